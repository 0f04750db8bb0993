"""site.yaml in every wrong form: it loads, or is refused with a place and a reason."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from fuzz.target import TRIES
from made_site import ENV, FULL
from wayside.config.load import parse_site
from wayside.config.problems import SiteInvalid
from wayside.config.site_file import SiteFile
from wayside.domain.errors import ConfigError

BATCH = 50
"""Configurations of one case: Hypothesis takes a while to begin."""

KEYS = ["id", "source", "a", "b", "polygon", "from", "points", "image", "ground", "kind", "zone"]
PIECES = [
    *"\n\t -:[]{},#&*!|>'\"%@`?=<~$\\019.eExa\0\x85\u2028\ufeff\ud800",
    *(
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "%YAML 9\n",
        "!!binary ",
        "!!set ",
        "!x ",
        "&a ",
        "*a",
        "<<: ",
    ),
    *("${X}", "${", "$${", '"\\U0fffffff"', '"\\ud800"', ".nan", ".inf", "1e999", "? ", "- - "),
    *("[[[[", "{{{{", "\r", "0x", "null", "*scene", "&scene "),
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["${X}", "${", "north-in", "box", "1e999", "2026-05-04T07:00:00Z", "10" * 200]),
)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)), inner, max_size=3),
    ),
    max_leaves=8,
)


def loads_or_explains(text: str) -> None:
    try:
        site = parse_site(text, env={"VIDEOS": "v", "X": "1"})
    except ConfigError as error:
        assert error.exit_code == 3  # noqa: PT017
        assert "site.yaml" in str(error)  # noqa: PT017
    else:
        for feed in site.feeds:
            feed.geometry()
            feed.asked()


def mutated_text(data: st.DataObject) -> None:
    """The full file with letters put in and taken out."""
    text = FULL
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        if data.draw(st.booleans()):
            text = text[:at] + data.draw(st.sampled_from(PIECES)) + text[at:]
        else:
            text = text[:at] + text[at + data.draw(st.integers(1, 12)) :]
    loads_or_explains(text)


@cache
def values() -> str:
    """The full file as plain values; its one alias is left out."""
    yaml = YAML(typ="safe", pure=True)
    loaded = yaml.load(FULL.replace("scene: &scene", "scene:").replace("    scene: *scene\n", ""))
    return json.dumps(loaded, default=str).replace("2026-05-04 07:00:00+00:00", "2026-05-04T07:00Z")


def mutated_values(data: st.DataObject) -> None:
    """The full file with values replaced, removed, doubled and added."""
    tree = json.loads(values())
    for _ in range(data.draw(st.integers(1, 3))):
        parent, key = data.draw(st.sampled_from(list(places(tree))))
        kind = data.draw(st.sampled_from(["replace", "replace", "remove", "double", "add"]))
        if kind == "replace":
            parent[key] = data.draw(trees)
        elif kind == "remove":
            del parent[key]
        elif isinstance(parent, list):
            parent.append(parent[key] if kind == "double" else data.draw(trees))
        else:
            parent[data.draw(st.sampled_from(KEYS))] = parent[key]
        if not tree:
            break
    loads_or_explains(json.dumps(tree))


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of every value below a tree of lists and dictionaries."""
    items = list(tree.items() if isinstance(tree, dict) else enumerate(tree))
    for key, inner in items:
        yield tree, key
        if isinstance(inner, dict | list):
            yield from places(inner)


_SHARE = st.floats(0, 1)
_METRES = st.floats(-1e7, 1e7)
points = st.lists(st.tuples(_SHARE, _SHARE, _METRES, _METRES), min_size=4, max_size=6)
polygons = st.lists(st.tuples(_SHARE, _SHARE), min_size=2, max_size=8)


def calibration(data: st.DataObject) -> None:
    """Any control points."""
    rows = [{"image": [x, y], "ground": [u, v]} for x, y, u, v in data.draw(points)]
    feed = {"id": "f", "source": "f.mp4", "scene": {"calibration": {"points": rows}}}
    loads_or_explains(json.dumps({"site": "s", "feeds": [feed]}))


def drawing(data: st.DataObject) -> None:
    """Any line and polygon."""
    corners = data.draw(polygons)
    lines = [{"id": "l", "a": corners[0], "b": corners[1]}]
    zones = [{"id": "z", "polygon": corners}]
    feed = {"id": "f", "source": "f.mp4", "scene": {"lines": lines, "zones": zones}}
    loads_or_explains(json.dumps({"site": "s", "feeds": [feed]}))


FEED_KEYS = ["id", "source", "username", "password", "transport", "loop", "scene", "rules", "rate"]
SOURCES = ["rtsp://u:p@h/1", "http://h/x?pwd=q", "a.mp4", "concat:x", "${X}", "/dev/video0", ""]
feed_values = st.dictionaries(
    st.one_of(st.sampled_from(FEED_KEYS), st.text(max_size=4)),
    st.one_of(st.sampled_from([*SOURCES, "cam", "mast-1"]), trees),
    max_size=4,
).map(lambda values: {"source": "rtsp://10.0.0.1/x", **values})


def change(data: st.DataObject, folder: Path | None = None) -> None:
    """A change from the page is made whole or not at all, and leaves the others as they were."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="configs-", dir=_MEMORY) as made:
            change(data, Path(made))
        return
    (folder / "secrets").mkdir(exist_ok=True)
    (folder / "secrets" / "s").write_text("sesame")
    path = folder / "site.yaml"
    path.write_text(FULL, encoding="utf-8")
    site = SiteFile(path, env=ENV)
    name = data.draw(st.sampled_from([feed.id for feed in site.site.feeds]))
    values = data.draw(feed_values)
    wanted = data.draw(
        st.sampled_from(
            [
                lambda: site.add_feed({"id": "cam", **values}),
                lambda: site.update_feed(name, values),
                lambda: site.set_scene(name, values),
                lambda: site.set_rules(name, [values]),
                lambda: site.import_feeds([{"id": "cam", **values}, {"id": name, **values}]),
                lambda: site.remove_feed(name),
            ]
        )
    )
    others = [feed for feed in site.site.feeds if feed.id != name]
    try:
        wanted()
    except SiteInvalid:
        assert path.read_text(encoding="utf-8") == FULL
    again = SiteFile(path, env=ENV)
    assert again.site == site.site
    assert again.specs == site.specs
    assert [feed for feed in again.site.feeds if feed.id not in (name, "cam")] == others


_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
WAYS: tuple[Callable[[st.DataObject], None], ...] = (
    mutated_text,
    mutated_values,
    calibration,
    drawing,
    change,
)


class Configs:
    """A case is a number for Hypothesis, from which it makes a batch of one way."""

    name = "configs"
    unit = "configurations"
    whole = 100_000
    suffix = "json"
    seconds = 120.0

    def make(self, random: Random) -> bytes:
        way = random.choice(WAYS).__name__
        return json.dumps({"way": way, "seed": random.getrandbits(32), "count": BATCH}).encode()

    def attempt(self, content: bytes) -> Counter[str]:
        about = json.loads(content)
        [way] = [each for each in WAYS if each.__name__ == about["way"]]
        counted = 0

        @seed(about["seed"])
        @settings(
            max_examples=about["count"],
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        )
        @given(st.data())
        def batch(data: st.DataObject) -> None:
            nonlocal counted
            counted += 1
            way(data)

        batch()
        return Counter({TRIES: counted, f"by {way.__name__}": counted})
