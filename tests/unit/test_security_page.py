"""SECURITY.md maps each promise to code and tests that are there."""

from __future__ import annotations

import ast
import re

import pytest

from guarantees import ROOT, promises

ROWS = re.findall(
    r"^\| (.+?) \| (`src.+?|`supply.+?) \| (.+?) \|$",
    (ROOT / "SECURITY.md").read_text("utf-8").split("## What holds it")[1],
    re.MULTILINE,
)


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_no_line_of_the_map_is_left_out() -> None:
    lines = (ROOT / "SECURITY.md").read_text("utf-8").split("## What holds it")[1].splitlines()
    table = [line for line in lines if line.startswith("| ")]
    assert len(ROWS) == len(table) - 2  # the heading and the line below it
    assert len(ROWS) >= 20


@pytest.mark.parametrize(("promise", "code", "tests"), ROWS, ids=[row[0][:40] for row in ROWS])
def test_each_promise_has_code_and_tests(promise: str, code: str, tests: str) -> None:
    assert quoted(code)
    assert quoted(tests)
    assert all((ROOT / path).is_file() for path in quoted(code)), code
    for name in quoted(tests):
        path, _, test = name.partition("::")
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert any(each.startswith("test_") for each in found), name
        assert not test or test in found, name


def test_what_the_page_names_is_run_with_the_guarantees() -> None:
    run = {proof.name for promise in promises() for proof in promise.proofs}
    named = {name for _, _, tests in ROWS for name in quoted(tests)}
    left_out = {
        name
        for name in named
        if name not in run
        and name.split("::")[0] not in run
        and not any(each.startswith(f"{name}::") for each in run)
    }
    assert left_out == set()
