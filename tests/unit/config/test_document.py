import math

import pytest

from wayside.config.document import MAX_DEPTH, read_document, scalar
from wayside.config.expand import Expander
from wayside.config.problems import SiteInvalid


def read(text, **env):
    return read_document(text, "site.yaml", Expander(env))


def fault(text):
    """The single problem of a text that cannot be read at all."""
    with pytest.raises(SiteInvalid) as caught:
        read(text)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("~", None),
        ("", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("off", "off"),
        ("12", 12),
        ("-3", -3),
        ("010", 10),
        ("1_000", "1_000"),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("12:30", "12:30"),
        ("2026-05-04", "2026-05-04"),
    ],
)
def test_bare_words_follow_yaml_1_2(text, value):
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_not_a_number_is_read_as_such():
    assert math.isnan(scalar(".nan"))


def test_values_types_and_quotes():
    values = read(
        "a: 1\nb: '1'\nc: [x, 2.5, null]\nd: {e: true}\nf: !!str 5\ng: |\n  text\n"
    ).values
    assert values == {
        "a": 1,
        "b": "1",
        "c": ["x", 2.5, None],
        "d": {"e": True},
        "f": "5",
        "g": "text\n",
    }


def test_places_count_from_one():
    document = read("a: 1\nb:\n  - {c: 2}\n  -   d: x\n")
    assert document.place(("a",)) == (1, 4)
    assert document.place(("b", 0, "c")) == (3, 9)
    assert document.place(("b", 0, "c"), at_key=True) == (3, 6)
    assert document.place(("b", 1, "d")) == (4, 10)


def test_a_missing_value_is_placed_at_its_nearest_parent():
    document = read("a: 1\nb:\n  - {c: 2}\n")
    assert document.place(("b", 0, "nothing", "below")) == (3, 5)
    assert document.place(("b", 7)) == (3, 3)
    assert document.place(("a", "b")) == (1, 4)


def test_a_key_without_a_value_is_placed_at_the_key():
    assert read("a:\n\n\nb: 1\n").place(("a",)) == (1, 1)


def test_written_is_what_stands_in_the_file():
    document = read("a: ${X}/y\nb: [1]\n", X="secret")
    assert document.values["a"] == "secret/y"
    assert document.written(("a",)) == "${X}/y"
    assert document.written(("b",)) is None


def test_every_doubled_key_is_reported_and_the_first_kept():
    document = read("a: 1\nb: {c: 1, c: 2}\na: 3\na: 4\n")
    assert [(p.line, p.column) for p in document.problems] == [(2, 11), (3, 1), (4, 1)]
    assert "already set on line 1" in document.problems[1].what
    assert document.values == {"a": 1, "b": {"c": 1}}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1, 2\nb: 3\n", 2),
        ("a: 1\n  b: 2\n", 2),
        ("a: 'x\n", 2),
        ("a: *nobody\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: \x07\n", 1),
        ("a: 1\n\tb: 2\n", 2),
    ],
)
def test_text_that_is_not_yaml_names_its_line(text, line):
    problem = fault(text)
    assert problem.line == line
    assert problem.what.startswith("this is not valid YAML: ")


def test_an_escape_beyond_unicode_is_an_error_not_a_crash():
    assert "not valid YAML" in fault('a: "\\U0fffffff"\n').what


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_says_so(text):
    assert "the file is empty" in fault(text).what


@pytest.mark.parametrize("text", ["- a\n", "word\n", "5\n"])
def test_the_top_must_be_a_mapping(text):
    assert "must be a mapping" in fault(text).what


@pytest.mark.parametrize("text", ["a: !!binary aGk=\n", "a: !thing {b: 1}\n", "a: !!set {x, y}\n"])
def test_tags_are_refused(text):
    (problem,) = read(text).problems
    assert "has no meaning here" in problem.what


def test_merge_keys_are_refused_with_what_to_do_instead():
    document = read("a: &x {b: 1}\nc:\n  <<: *x\n")
    (problem,) = document.problems
    assert problem.line == 3
    assert "alias" in problem.remedy


@pytest.mark.parametrize("text", ["[1]: 2\n", "? {a: 1}\n: 2\n", '"\\ud800": 1\n'])
def test_keys_are_words(text):
    (problem,) = read(text).problems
    assert problem.what == "a key must be a word"


def test_half_a_character_is_refused():
    (problem,) = read('a: "\\ud800"\n').problems
    assert "half a character" in problem.what


def test_aliases_are_followed():
    document = read("a: &x {b: [1, 2]}\nc: *x\n")
    assert document.values["c"] == {"b": [1, 2]}
    assert document.problems == []


def test_an_anchor_may_be_used_again_with_another_value():
    assert read("a: &x 1\nb: *x\nc: &x 2\nd: *x\n").values == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_aliases_of_aliases_stop_at_a_bound():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    document = read("\n".join(lines))
    assert "values once its aliases are followed" in document.problems[-1].what
    assert document.values == {}


def test_an_alias_of_itself_is_refused():
    document = read("a: &x {b: *x, c: [*x]}\n")
    assert len(document.problems) == 2
    assert "leads back into itself" in document.problems[0].what


def test_a_chain_of_aliases_cannot_be_deeper_than_a_file_may_be():
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 3 * MAX_DEPTH)]
    assert read("\n".join(lines)).problems


def test_deep_nesting_is_an_error_not_a_crash():
    assert "nested deeper than 32 levels" in fault("a: " + "[" * 5000).what


def test_a_fault_in_a_variable_is_placed():
    document = read("a:\n  b: ${NOPE}\n")
    (problem,) = document.problems
    assert problem.where == "site.yaml:2:6 a.b"
