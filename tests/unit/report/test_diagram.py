import re
from xml.etree import ElementTree as ET

from wayside.domain.junctions import Approach, Junction, JunctionMovement
from wayside.report.diagram import movement_diagram

SQUARE = Junction(
    "square",
    approaches=(Approach("n", "North <1>", 0.0), Approach("e", "", 90.0), Approach("s", "", 180.0)),
    movements=(
        JunctionMovement("left", "n", "e", "f", "left"),
        JunctionMovement("ahead", "n", "s", "f", "ahead"),
        JunctionMovement("lost", "x", "s", "f", "lost"),
    ),
)


def widths(svg: str) -> dict[str, float]:
    found = re.findall(r"<title>(.+?)</title><path d=\"[^\"]+\" stroke-width=\"([\d.]+)\"", svg)
    return {title: float(width) for title, width in found}


def test_ribbons_are_as_wide_as_their_counts() -> None:
    svg = str(movement_diagram(SQUARE, {"left": 10, "ahead": 30, "lost": 9}, label="a"))
    found = widths(svg)
    assert set(found) == {"n to e: 10", "n to s: 30"}
    assert found["n to s: 30"] == 26
    assert round(found["n to s: 30"] / found["n to e: 10"], 1) == 3
    assert "in 40 \N{MIDDLE DOT} out 0" in svg
    assert "in 0 \N{MIDDLE DOT} out 10" in svg


def test_names_are_text_and_nothing_made_is_a_thin_line() -> None:
    svg = str(movement_diagram(SQUARE, {}, label='"quoted"'))
    assert "North &lt;1&gt;" in svg
    assert set(widths(svg).values()) == {1.5}
    root = ET.fromstring(svg)
    assert root.get("aria-label") == '"quoted"'


def test_who_comes_from_the_north_begins_left_of_its_axis_and_turns_left_next_to_it() -> None:
    svg = str(movement_diagram(SQUARE, {"left": 10, "ahead": 30}, label="a"))
    begins = {
        title: float(x)
        for title, x in re.findall(r"<title>(n to .): \d+</title><path d=\"M(-?[\d.]+) ", svg)
    }
    assert begins["n to s"] < begins["n to e"] < 0
