"""Whatever is done to a right file, it loads or is refused with a place and a reason."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from wayside.config.load import parse_site
from wayside.config.problems import SiteInvalid
from wayside.config.site_file import SiteFile
from wayside.domain.errors import ConfigError

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


def loads_or_explains(text):
    try:
        site = parse_site(text, env={"VIDEOS": "v", "X": "1"})
    except ConfigError as error:
        assert error.exit_code == 3  # noqa: PT017
        assert "site.yaml" in str(error)  # noqa: PT017
    else:
        for feed in site.feeds:
            feed.geometry()
            feed.asked()


# The fixtures are constant text, so that they outlive an example does no harm.
fuzzed = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@fuzzed
@given(st.data())
def test_mutated_text(full, data):
    text = full
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        if data.draw(st.booleans()):
            text = text[:at] + data.draw(st.sampled_from(PIECES)) + text[at:]
        else:
            text = text[:at] + text[at + data.draw(st.integers(1, 12)) :]
    loads_or_explains(text)


@pytest.fixture
def values(full):
    """The full file as plain values; its one alias is left out."""
    yaml = YAML(typ="safe", pure=True)
    loaded = yaml.load(full.replace("scene: &scene", "scene:").replace("    scene: *scene\n", ""))
    return json.dumps(loaded, default=str).replace("2026-05-04 07:00:00+00:00", "2026-05-04T07:00Z")


@fuzzed
@given(st.data())
def test_mutated_values(values, data):
    tree = json.loads(values)
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


def places(tree):
    """(container, key) of every value below a tree of lists and dictionaries."""
    items = list(tree.items() if isinstance(tree, dict) else enumerate(tree))
    for key, inner in items:
        yield tree, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def test_the_unmutated_values_load(values):
    assert parse_site(values, env={"VIDEOS": "v"}).site == "north-junction"


@settings(fuzzed, max_examples=100)
@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(-1e7, 1e7), st.floats(-1e7, 1e7)),
        min_size=4,
        max_size=6,
    )
)
def test_any_calibration_fits_or_is_refused(points):
    rows = [{"image": [x, y], "ground": [u, v]} for x, y, u, v in points]
    feed = {"id": "f", "source": "f.mp4", "scene": {"calibration": {"points": rows}}}
    loads_or_explains(json.dumps({"site": "s", "feeds": [feed]}))


@settings(fuzzed, max_examples=100)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=8))
def test_any_drawing_is_sound_or_refused(points):
    lines = [{"id": "l", "a": points[0], "b": points[1]}]
    zones = [{"id": "z", "polygon": points}]
    feed = {"id": "f", "source": "f.mp4", "scene": {"lines": lines, "zones": zones}}
    loads_or_explains(json.dumps({"site": "s", "feeds": [feed]}))


FEED_KEYS = ["id", "source", "username", "password", "transport", "loop", "scene", "rules", "rate"]
SOURCES = ["rtsp://u:p@h/1", "http://h/x?pwd=q", "a.mp4", "concat:x", "${X}", "/dev/video0", ""]
feed_values = st.dictionaries(
    st.one_of(st.sampled_from(FEED_KEYS), st.text(max_size=4)),
    st.one_of(st.sampled_from([*SOURCES, "cam", "mast-1"]), trees),
    max_size=4,
).map(lambda values: {"source": "rtsp://10.0.0.1/x", **values})


@settings(fuzzed, max_examples=150)
@given(st.data())
def test_any_change_is_made_whole_or_not_at_all(full, env, tmp_path, data):
    (tmp_path / "secrets").mkdir(exist_ok=True)
    (tmp_path / "secrets" / "s").write_text("sesame")
    path = tmp_path / "site.yaml"
    path.write_text(full, encoding="utf-8")
    site = SiteFile(path, env=env)
    name = data.draw(st.sampled_from([feed.id for feed in site.site.feeds]))
    values = data.draw(feed_values)
    change = data.draw(
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
        change()
    except SiteInvalid:
        assert path.read_text(encoding="utf-8") == full
    again = SiteFile(path, env=env)
    assert again.site == site.site
    assert again.specs == site.specs
    assert [feed for feed in again.site.feeds if feed.id not in (name, "cam")] == others
