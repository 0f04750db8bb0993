import pytest

from wayside.config.expand import (
    MAX_EXPANDED_CHARACTERS,
    MAX_SECRET_BYTES,
    Expander,
    ExpansionFault,
)


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("plain $5 {x} $x", "plain $5 {x} $x"),
        ("${A}", "alpha"),
        ("x${A}y${A}", "xalphayalpha"),
        ("${A:-other}", "alpha"),
        ("${B:-other}", "other"),
        ("${B:-}", ""),
        ("${EMPTY}", ""),
        ("${EMPTY:-other}", "other"),
        ("${B:-a b/c:-d}", "a b/c:-d"),
        ("$${A}", "${A}"),
        ("$$${A}", "$${A}"),
        ("${NESTED}", "${A}"),
    ],
)
def test_references_are_replaced_once(text, expanded):
    env = {"A": "alpha", "EMPTY": "", "NESTED": "${A}"}
    assert Expander(env).expand(text) == expanded


@pytest.mark.parametrize("text", ["${", "${}", "${1A}", "${A", "${A:=x}", "${A B}"])
def test_a_broken_reference_is_an_error(text):
    with pytest.raises(ExpansionFault, match="begins a variable"):
        Expander({"A": "x"}).expand(text)


def test_an_unset_variable_says_how_to_set_it():
    with pytest.raises(ExpansionFault) as caught:
        Expander({}).expand("${A}")
    assert caught.value.what == "the variable A is not set"
    assert "A_FILE" in caught.value.remedy


def test_a_secret_file_stands_in_for_an_unset_variable(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret value\r\n", encoding="utf-8", newline="")
    env = {"A_FILE": str(secret)}
    assert Expander(env).expand("${A}") == "s3cret value"
    assert Expander(env).expand("${A:-x}") == "s3cret value"
    assert Expander({**env, "A": "set"}).expand("${A}") == "set"


def test_only_the_last_line_break_of_a_secret_file_goes(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("a\n\n", encoding="utf-8")
    assert Expander({"A_FILE": str(secret)}).expand("${A}") == "a\n"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00secret", b"x" * (MAX_SECRET_BYTES + 1)])
def test_a_secret_file_that_is_no_short_text_is_an_error(tmp_path, content):
    secret = tmp_path / "secret"
    secret.write_bytes(content)
    with pytest.raises(ExpansionFault, match="A_FILE") as caught:
        Expander({"A_FILE": str(secret)}).expand("${A}")
    assert "secret" not in caught.value.what.replace(str(secret), "")


def test_a_missing_secret_file_is_named(tmp_path):
    with pytest.raises(ExpansionFault, match="not a file"):
        Expander({"A_FILE": str(tmp_path / "none")}).expand("${A}")
    with pytest.raises(ExpansionFault, match="cannot be read"):
        Expander({"A_FILE": str(tmp_path / ("n" * 300))}).expand("${A}")


def test_expansion_is_bounded_over_the_whole_file():
    expander = Expander({"BIG": "x" * (MAX_EXPANDED_CHARACTERS // 2)})
    expander.expand("${BIG}")
    with pytest.raises(ExpansionFault, match="more than 4 MiB"):
        expander.expand("${BIG}${BIG}")


def test_values_are_masked_again_longest_first():
    expander = Expander({"A": "password", "B": "password-long", "C": "abc"})
    expander.expand("${A}${B}${C}")
    assert expander.masked("a password-long and password, abc") == "a ${B} and ${A}, abc"
