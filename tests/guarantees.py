"""Runs the tests behind each promise of guarantees.toml and prints what came out.

``make guarantees``, or ``python tests/guarantees.py`` with arguments for pytest. A test that tries
something many times says so: ``record_property("tries", 10_000)``; else it counts as one.
"""

from __future__ import annotations

import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

PROMISES = Path(__file__).with_suffix(".toml")
ROOT = PROMISES.parents[1]


@dataclass(slots=True)
class Proof:
    """One entry of a promise: what its tests did. left_out: skipped."""

    name: str
    passed: int = 0
    failed: int = 0
    left_out: int = 0
    tries: int = 0

    def is_of(self, test: str) -> bool:
        return test == self.name or test.startswith((f"{self.name}::", f"{self.name}["))

    @property
    def holds(self) -> bool:
        return self.passed > 0 and not self.failed and not self.left_out


@dataclass(slots=True)
class Promise:
    area: str
    says: str
    how: str
    proofs: list[Proof] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return bool(self.proofs) and all(proof.holds for proof in self.proofs)

    @property
    def tries(self) -> int:
        return sum(proof.tries for proof in self.proofs)

    @property
    def outcome(self) -> str:
        if self.holds:
            return "[green]holds[/]"
        failed = sum(proof.failed for proof in self.proofs)
        if failed:
            return f"[red]broken[/]: {failed} failed"
        missing = [proof.name.split("/")[-1] for proof in self.proofs if not proof.passed]
        if missing:
            return f"[yellow]not tried[/]: {', '.join(missing)}"
        return f"[yellow]not all tried[/]: {sum(p.left_out for p in self.proofs)} left out"


def promises(path: Path = PROMISES) -> list[Promise]:
    entries = tomllib.loads(path.read_text("utf-8"))["promise"]
    return [
        Promise(each["area"], each["says"], each["how"], [Proof(name) for name in each["proof"]])
        for each in entries
    ]


class Ledger:
    """A pytest plugin: books each test's outcome to the promises that it proves."""

    def __init__(self, made: Sequence[Promise]) -> None:
        self._proofs = [proof for promise in made for proof in promise.proofs]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for proof in self._proofs:
            if proof.is_of(report.nodeid):
                self._book(proof, report)

    def _book(self, proof: Proof, report: pytest.TestReport) -> None:
        if report.failed:
            proof.failed += 1
        elif report.skipped:
            proof.left_out += 1
        elif report.when == "call":
            proof.passed += 1
            told = [int(str(value)) for name, value in report.user_properties if name == "tries"]
            proof.tries += sum(told) or 1


def table(made: Sequence[Promise], seconds: float) -> Table:
    shown = Table(title="What wayside promises", caption=f"{seconds:.0f} s", show_lines=True)
    for name, ratio in (("promise", 5), ("how it was tried", 5)):
        shown.add_column(name, ratio=ratio)
    shown.add_column("times", justify="right", min_width=7)
    shown.add_column("outcome", ratio=2)
    area = ""
    for promise in made:
        if promise.area != area:
            area = promise.area
            shown.add_row(f"[bold]{area}[/]", "", "", "")
        shown.add_row(promise.says, promise.how, f"{promise.tries:,}", promise.outcome)
    return shown


def main(arguments: Sequence[str]) -> int:
    made, began = promises(), time.monotonic()
    names = dict.fromkeys(proof.name for promise in made for proof in promise.proofs)
    # A file that is named whole makes its own tests' names superfluous, and pytest runs them twice.
    wanted = [name for name in names if "::" not in name or name.split("::")[0] not in names]
    status = pytest.main([*wanted, "--rootdir", str(ROOT), *arguments], plugins=[Ledger(made)])
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table(made, time.monotonic() - began))
    holding = sum(promise.holds for promise in made)
    console.print(f"{holding} of {len(made)} promises hold")
    return 0 if holding == len(made) and status == pytest.ExitCode.OK else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
