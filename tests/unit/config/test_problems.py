import pytest

from wayside.config.problems import Problem, SiteInvalid, dotted
from wayside.domain.errors import ConfigError


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("site",), "site"),
        (("feeds", 0, "scene", "lines", 1, "a"), "feeds[0].scene.lines[1].a"),
        (("a", 0, 1), "a[0][1]"),
    ],
)
def test_a_path_is_written_with_dots_and_brackets(path, text):
    assert dotted(path) == text


def test_where_leaves_out_what_is_not_known():
    assert Problem("f", 1, 2, ("a",), "w").where == "f:1:2 a"
    assert Problem("f", 1, 2, (), "w").where == "f:1:2"
    assert Problem("f", 0, 0, (), "w").where == "f"


def test_one_problem_keeps_what_where_and_remedy_apart():
    error = SiteInvalid([Problem("f", 1, 2, ("a",), "it is wrong", "Mend it")])
    assert isinstance(error, ConfigError)
    assert (error.what, error.where, error.remedy) == ("it is wrong", "f:1:2 a", "Mend it")
    assert str(error) == "f:1:2 a: it is wrong. Mend it"


def test_several_are_listed_by_line():
    error = SiteInvalid([Problem("f", 9, 1, (), "late"), Problem("f", 2, 1, (), "early", "Mend")])
    assert str(error) == "f: 2 problems\n  f:2:1: early. Mend\n  f:9:1: late"
    assert [p.what for p in error.problems] == ["early", "late"]


def test_masking_changes_only_the_words():
    problem = Problem("f", 1, 1, ("a",), "a secret", "no secret")
    masked = problem.masked(lambda text: text.replace("secret", "*"))
    assert (masked.what, masked.remedy, masked.where) == ("a *", "no *", problem.where)


def test_thousands_are_not_all_written_out():
    error = SiteInvalid([Problem("f", n + 1, 1, (), f"wrong {n}") for n in range(5000)])
    assert len(error.problems) == 5000
    assert str(error).count("wrong") == 100
    assert str(error).endswith("and 4900 more")
