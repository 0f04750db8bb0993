"""The list of promises names tests that exist, and the ledger books them right."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from guarantees import ROOT, Ledger, Promise, Proof, promises, table

MADE = promises()


@pytest.mark.parametrize("promise", MADE, ids=[promise.says for promise in MADE])
def test_each_proof_is_a_test_that_exists(promise: Promise) -> None:
    assert promise.proofs
    for proof in promise.proofs:
        path, _, name = proof.name.partition("::")
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        named = {
            node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        assert not name or name in named, proof.name


def test_areas_follow_each_other_and_nothing_is_promised_twice() -> None:
    areas = [promise.area for promise in MADE]
    assert areas == sorted(areas, key=list(dict.fromkeys(areas)).index)
    assert len({promise.says for promise in MADE}) == len(MADE)


def report(test: str, outcome: str, when: str = "call", **told: object) -> Any:
    return SimpleNamespace(
        nodeid=test,
        when=when,
        failed=outcome == "failed",
        skipped=outcome == "skipped",
        user_properties=list(told.items()),
    )


def booked(*reports: Any) -> Promise:
    promise = Promise("a", "says", "how", [Proof("t.py::test_a"), Proof("u.py")])
    ledger = Ledger([promise])
    for each in reports:
        ledger.pytest_runtest_logreport(cast("pytest.TestReport", each))
    return promise


ALL = report("t.py::test_a[1]", "passed", tries=500), report("u.py::test_b", "passed")


def test_it_holds_when_every_proof_has_passed() -> None:
    promise = booked(*ALL, report("t.py::test_a", "passed", "setup"))
    assert promise.holds
    assert promise.tries == 501


@pytest.mark.parametrize(
    ("reports", "says"),
    [
        ((*ALL, report("t.py::test_a[2]", "failed")), "broken"),
        ((*ALL, report("u.py::test_b", "failed", "teardown")), "broken"),
        ((*ALL, report("u.py::test_c", "skipped", "setup")), "not all tried"),
        ((ALL[0],), "not tried"),
        (
            (ALL[0], report("u.pyx::test_b", "passed"), report("t.py::test_ab", "passed")),
            "not tried",
        ),
    ],
)
def test_it_does_not_hold_where_one_failed_or_was_left_out(reports: Any, says: str) -> None:
    promise = booked(*reports)
    assert not promise.holds
    assert says in promise.outcome
    assert table([promise], 1.0).row_count == 2


def test_the_list_lies_beside_the_tests() -> None:
    assert (ROOT / "tests" / "guarantees.toml").is_file()
    assert Path(ROOT / "pyproject.toml").is_file()
