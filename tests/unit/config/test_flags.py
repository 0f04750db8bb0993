import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.config.flags import (
    LINE_EXAMPLE,
    ZONE_EXAMPLE,
    parse_line,
    parse_lines,
    parse_zone,
    parse_zones,
)
from wayside.domain.errors import UsageError
from wayside.domain.scene import Line, Zone


def test_a_line():
    assert parse_line("north-in=0,0.5,1.0,.5") == Line("north-in", (0.0, 0.5), (1.0, 0.5))


def test_a_zone():
    assert parse_zone("Z=0.1,0.1,0.5,0.1,0.5,0.5") == Zone(
        "Z", ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5))
    )


def test_the_examples_are_right():
    assert parse_line(LINE_EXAMPLE).id == "L"
    assert len(parse_zone(ZONE_EXAMPLE).polygon) == 3


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("0,0,1,1", "there is no `=` between the name and the numbers"),
        ("=0,0,1,1", "the name is missing"),
        ("a b=0,0,1,1", "`a b` is not a name of letters, digits, _ and -"),
        ("L=", "a number is missing at character 3"),
        ("L=0,,1,1", "a number is missing at character 5"),
        ("L=0,0,1", "3 numbers do not make x, y pairs"),
        ("L=0,0", "a line takes 4 numbers, this has 2"),
        ("L=0,0,1,1,0,1", "a line takes 4 numbers, this has 6"),
        ("L=0.1,abc,1,1", "`abc` at character 7 is not a number"),
        ("L=0,nan,1,1", "`nan` at character 5 is not a finite number"),
        ("L=0,0,inf,1", "`inf` at character 7 is not a finite number"),
        (
            "L=0,0,1.5,1",
            "`1.5` at character 7 is outside the picture, which reaches from 0 to 1",
        ),
        (
            "L=-0.1,0,1,1",
            "`-0.1` at character 3 is outside the picture, which reaches from 0 to 1",
        ),
        ("L=0.2,0.2,0.2,0.2", "line 'L' has no length"),
    ],
)
def test_a_wrong_line_says_what_where_and_shows_an_example(text, what):
    with pytest.raises(UsageError) as caught:
        parse_line(text)
    assert caught.value.what == what
    assert caught.value.where == repr(text)
    assert LINE_EXAMPLE in caught.value.remedy
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Z=0,0,1,1", "a zone takes at least 6 numbers, this has 4"),
        ("Z=0,0,1,1,1", "5 numbers do not make x, y pairs"),
        ("Z=0,0,1,1,1,0,0,1", "crosses itself"),
        ("Z=0,0,1,1,1,1", "different corners"),
    ],
)
def test_a_wrong_zone(text, what):
    with pytest.raises(UsageError) as caught:
        parse_zone(text)
    assert what in caught.value.what
    assert ZONE_EXAMPLE in caught.value.remedy


def test_an_id_given_twice_is_refused():
    assert [line.id for line in parse_lines(["A=0,0,1,1", "B=0,0,1,1"])] == ["A", "B"]
    with pytest.raises(UsageError, match="given twice"):
        parse_lines(["A=0,0,1,1", "A=0,0,1,0"])
    with pytest.raises(UsageError, match="given twice"):
        parse_zones(["A=0,0,1,1,1,0"] * 2)
    assert parse_zones([]) == ()


@settings(deadline=None)
@given(st.text(alphabet="LZ=,.-+0123456789eEnaif \n\x00é", max_size=40))
def test_any_text_is_a_drawing_or_a_usage_error(text):
    for parse in (parse_line, parse_zone):
        try:
            assert parse(text).id
        except UsageError as error:
            assert error.remedy  # noqa: PT017
