from pathlib import Path

import pytest

from wayside.config.load import parse_site
from wayside.config.problems import SiteInvalid
from wayside.config.site_file import SiteFile
from wayside.domain.junctions import Approach, JunctionMovement, LineRef
from wayside.domain.scene import Direction

SITE = """\
site: here
feeds:
  - id: mast
    source: rtsp://10.0.0.1/a
    scene:
      lines: [{id: in, a: [0.1, 0.5], b: [0.5, 0.5]}, {id: out, a: [0.8, 0.3], b: [0.8, 0.9]}]
      movements: [{id: turn, from: in, to: out}]
# what follows is kept
junctions:
  - id: square
    title: The Square   # as people say
    approaches:
      - {id: north, bearing_deg: 350, in: [{feed: mast, line: in, direction: forward}]}
      - {id: east}
    movements:
      - {id: left, from: north, to: east, feed: mast, movement: turn}
"""


def faults(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(SiteInvalid) as caught:
        parse_site(text, env={})
    return [(p.line, p.what, p.remedy) for p in caught.value.problems]


def test_a_junction_becomes_plain_values() -> None:
    (found,) = (each.junction() for each in parse_site(SITE, env={}).junctions)
    line = LineRef("mast", "in", Direction.FORWARD)
    assert found.approaches == (Approach("north", "", 350.0, (line,)), Approach("east"))
    assert found.movements == (JunctionMovement("left", "north", "east", "mast", "turn"),)
    assert (found.name, found.feeds, found.is_compass) == ("The Square", ("mast",), True)


@pytest.mark.parametrize(
    ("old", "new", "line", "what", "remedy"),
    [
        ("feed: mast, line", "feed: mist, line", 13, "no feed `mist`", "Did you mean `mast`?"),
        ("line: in,", "line: inn,", 13, "no line `inn`", "Did you mean `in`?"),
        ("movement: turn", "movement: u", 16, "no movement `u`", "of this feed are: turn"),
        ("to: east, feed", "to: west, feed", 16, "no approach `west`", "Did you mean `east`?"),
        ("{id: east}", "{id: north}", 14, "`north` is taken by the entry on line 13", "its own"),
    ],
)
def test_what_a_junction_names_must_be_there(
    old: str, new: str, line: int, what: str, remedy: str
) -> None:
    assert old in SITE
    found = faults(SITE.replace(old, new))
    assert found[0][0] == line
    assert what in found[0][1]
    assert remedy in found[0][2]


def test_junctions_are_doubled_within_the_site_only() -> None:
    text = SITE + "  - {id: square, approaches: [{id: north}]}\n"
    assert faults(text)[0][:2] == (17, "the id `square` is taken by the entry on line 10")


def test_the_page_changes_adds_and_removes_one_and_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(SITE, "utf-8")
    file = SiteFile(path, env={})
    file.set_junction({"id": "square", "title": "Market", "approaches": [{"id": "north"}]})
    assert [each.title for each in file.site.junctions] == ["Market"]
    assert file.site.junctions[0].movements == ()
    assert "# what follows is kept" in path.read_text("utf-8")
    file.set_junction({"id": "bridge", "title": "${HOME}", "approaches": [{"id": "a"}]})
    assert [each.title for each in file.site.junctions] == ["Market", "${HOME}"]
    file.remove_junction("square")
    file.remove_junction("bridge")
    assert file.site.junctions == ()
    assert "junctions" not in path.read_text("utf-8")
    with pytest.raises(KeyError):
        file.remove_junction("bridge")


def test_a_junction_of_something_that_is_not_there_is_refused_and_nothing_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(SITE, "utf-8")
    file = SiteFile(path, env={})
    line = {"feed": "mast", "line": "gone", "direction": "forward"}
    with pytest.raises(SiteInvalid, match="no line `gone`"):
        file.set_junction({"id": "square", "approaches": [{"id": "north", "in": [line]}]})
    with pytest.raises(SiteInvalid, match="no feed `mast`"):
        file.remove_feed("mast")
    assert path.read_text("utf-8") == SITE
