"""Terms are permissive, or explained; nothing in a wheel goes unnamed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from supply import licences
from supply.licences import Part, is_permissive, libraries_in, licence_of, parts, unexplained
from supply.lock import REQUIREMENTS, modules, packages


def of_runtime() -> dict[str, str]:
    return {each.name: licence_of(each.name) for each in packages(REQUIREMENTS / "runtime.txt")}


def test_all_that_runs_is_permissive_or_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert unexplained(of_runtime(), parts()) == []
    assert licences.main() == 0
    assert "x264, x265 (av): GPL-2.0-or-later" in capsys.readouterr().out


def test_the_page_is_built_under_permissive_terms_and_mpl_of_tools() -> None:
    other = {each.name for each in modules() if not is_permissive(each.licence)}
    assert {name for name in other if not name.startswith("lightningcss")} <= {"axe-core"}
    assert {each.licence for each in modules() if each.name in other} <= {"MPL-2.0"}


@pytest.mark.parametrize(
    ("expression", "is_good"),
    [
        ("MIT", True),
        ("EPL-2.0 OR BSD-3-Clause", True),
        ("BSD-3-Clause AND 0BSD AND CC0-1.0", True),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT OR GPL-3.0-only) AND AGPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", False),
        ("LGPL-2.1-or-later", False),
        ("MPL-2.0", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_terms(expression: str, is_good: bool) -> None:
    assert is_permissive(expression) is is_good


def test_what_nobody_explained_is_named() -> None:
    assert unexplained({"numpy": "AGPL-3.0-only"}, parts()) == [
        "numpy is AGPL-3.0-only, and not explained"
    ]
    assert unexplained({"numpy": ""}, parts()) == [
        "numpy is under unknown terms, and not explained"
    ]
    x264 = next(part for part in parts() if "libx264" in part.files)
    silent = [replace(x264, why="") if part == x264 else part for part in parts()]
    assert "nothing says why" in " ".join(unexplained(of_runtime(), silent))


def test_a_library_that_a_wheel_brings_anew_is_named() -> None:
    without = [part for part in parts() if "libx264" not in part.files]
    assert unexplained({"av": "BSD-3-Clause"}, without) == [
        "av carries libx264, which explained.toml does not name",
        "av carries libx265, which explained.toml does not name",
    ]


def test_nothing_is_explained_that_is_not_there() -> None:
    def absent(part: Part) -> set[str]:
        return set(part.files) - libraries_in(part.wheel)

    assert [(part.name, absent(part)) for part in parts() if absent(part)] == []
    assert {part.wheel for part in parts()} <= set(of_runtime())
