"""``wayside export --private``: counts that may be published, and what they cost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from wayside.config.load import load_site
from wayside.domain.errors import UsageError
from wayside.domain.time import SystemClock, rfc3339
from wayside.publish.answer import Expectation, as_json, rows
from wayside.publish.epsilon import epsilon_text, millionths_of
from wayside.publish.ledger import Ledger
from wayside.publish.policy import Policy
from wayside.publish.publisher import Publisher
from wayside.publish.question import Question
from wayside.publish.tally import Crossed
from wayside.serve.csv_answers import csv_lines
from wayside.store.crossings import each_crossing
from wayside.store.database import Store
from wayside.store.watched import was_connected, watched

LEDGER = "ledger.db"


class StoredCounts:
    """A publish.publisher.Counted out of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def has(self, feed: str, since: datetime, until: datetime) -> bool:
        return was_connected(self._store, feed, since, until)

    def crossings(self, feed: str, since: datetime, until: datetime) -> Iterator[Crossed]:
        for each in each_crossing(self._store, feed, since, until):
            yield Crossed(each.at_us, feed, each.line, each.direction, each.class_label)

    def watched(self, feed: str, since: datetime, until: datetime) -> list[tuple[int, int]]:
        return watched(self._store, feed, since, until)


def lines_of(site: Path, feeds: list[str], names: list[str]) -> tuple[tuple[str, str], ...]:
    """(feed, line) as site.yaml draws them; feeds, names: only these, none for all.

    What was counted is not asked: which lines there are must not hang on who came.
    """
    if not site.is_file():
        if len(feeds) != 1 or not names:
            raise UsageError(
                f"there is no {site}",
                where="--site",
                remedy="Name it, or one --feed and each --line",
            )
        return tuple((feeds[0], name) for name in dict.fromkeys(names))
    drawn = {each.id: [line.id for line in each.geometry().lines] for each in load_site(site).feeds}
    for feed in feeds:
        if feed not in drawn:
            known = ", ".join(drawn)
            raise UsageError(
                f"there is no feed {feed}", where=str(site), remedy=f"There are: {known}"
            )
    found = [
        (feed, line)
        for feed in dict.fromkeys(feeds or drawn)
        for line in drawn[feed]
        if not names or line in names
    ]
    missing = [name for name in names if name not in {line for _, line in found}]
    if missing or not found:
        raise UsageError(
            f"there is no line {missing[0]}" if missing else "there are no lines",
            where=str(site),
            remedy="Draw lines in the scenes of the feeds, or check the names",
        )
    return tuple(found)


def policy_of(
    path: Path, rho_s: int | None, stays: int | None, budget: str, chunk_s: int | None,
    memory_s: int | None,
) -> Policy:  # fmt: skip
    """As given; of what is not given as the ledger has it, where there is one. Writes nothing.

    Raises UsageError where it is not said, ValueError where it makes no sense, StoreError.
    """
    kept = None
    if path.exists():
        with Ledger.open(path) as ledger:
            kept = ledger.policy
    if kept is None and (rho_s is None or stays is None or not budget):
        raise UsageError(
            "nothing was published from here before, so whom to protect must be said",
            where=str(path),
            remedy="Give --rho, --stays and --budget: see docs/how-to/publish-counts.md",
        )
    given = {
        "rho_s": rho_s,
        "stays": stays,
        "budget": millionths_of(budget) if budget else None,
        "chunk_s": chunk_s,
        "memory_s": memory_s,
    }
    named = {name: value for name, value in given.items() if value is not None}
    return Policy(**named) if kept is None else replace(kept, **named)


def tell_expectation(question: Question, policy: Policy, path: Path) -> None:
    """On standard output. Looks at no record, spends nothing, makes no file."""
    expected = Expectation.of(question, policy)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"Nothing is published or spent. {escape(str(policy))}")
    console.print(
        f"{expected.numbers} numbers, {len(question.series)} an interval, each ± {expected.band}"
        f" (95 %), or ± {expected.band * policy.chunk_s} s for the time watched"
    )
    console.print(
        f"Of each line {question.clamp} crossings in {policy.chunk_s} s count at most:"
        f" {expected.most} an interval; what is more is left out"
    )
    console.print(
        f"K stays change all numbers together by {expected.sensitivity} at most;"
        f" scale {expected.scale:.1f}"
    )
    for size in (100, 1_000, 10_000):
        console.print(f"  a count of {size:>6} would be told ± {100 * expected.band / size:.0f} %")
    if path.exists():
        with Ledger.open(path) as ledger:
            if ledger.known(question) is not None:
                console.print("It was published before: the same answer would be given, for 0")
                return
            ledger.check(question)
    asked = epsilon_text(question.epsilon)
    console.print(f"It would cost {asked} of the budget of {epsilon_text(policy.budget)}")


def publish(question: Question, policy: Policy, data: Path, form: str) -> Iterable[str]:
    """The text of the release, once it is charged for."""
    clock = SystemClock()
    with (
        Store.open(data / "wayside.db") as store,
        Ledger.begin(data / LEDGER, policy, clock.now()) as ledger,
    ):
        release = Publisher(StoredCounts(store), ledger, clock).release(question)
        _say(release.number, ledger)
    if form == "json":
        return (json.dumps(as_json(question, policy, release), indent=2, ensure_ascii=False), "\n")
    return csv_lines(rows(question, policy, release))


def tell_ledger(path: Path) -> None:
    """What was published, and what is left of each feed where most is spent."""
    console = Console(highlight=False, soft_wrap=True)
    with Ledger.open(path) as ledger:
        console.print(escape(str(ledger.policy)))
        for each in ledger.releases():
            asked = json.loads(each.question)
            lines = ", ".join(f"{feed} {line}" for feed, line in asked["lines"])
            console.print(
                f"{each.number}  {rfc3339(each.at)}  epsilon {epsilon_text(each.epsilon)}"
                f"  {asked['since']} to {asked['until']}  {escape(lines)}"
            )
        _tell_left(console, ledger)


def _tell_left(console: Console, ledger: Ledger) -> None:
    for each in ledger.spendings():
        left = epsilon_text(ledger.policy.budget - each.spent)
        at = ledger.policy.begin_of(each.chunk)
        console.print(f"{escape(each.feed)}: least left is {left}, from {rfc3339(at)} on")


def _say(number: int, ledger: Ledger) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"Release {number}")
    _tell_left(console, ledger)
