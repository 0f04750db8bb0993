"""How fast records get through journal, store and outbox, and how long a page takes afterwards.

    python benchmarks/store.py [--rows 1000000] [--folder DIR]

Every commit is synced, so the first numbers are mostly the disk's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wayside.domain.records import Finding, Measurement, Origin, Phase, Reading, Severity
from wayside.domain.time import SystemClock
from wayside.events.lifecycle import Incidents
from wayside.store.batches import batch_of
from wayside.store.database import Store
from wayside.store.incidents import IncidentFilter
from wayside.store.journal import Journal, journal_path
from wayside.store.keeping import keep
from wayside.store.outbox import Outbox
from wayside.store.queries import Archive
from wayside.store.records import SessionRecord
from wayside.store.series import SeriesQuery
from wayside.store.writer import StoreWriter

START = datetime(2026, 5, 4, tzinfo=UTC)
FEEDS = 200
KINDS = ("traffic.line_crossing", "traffic.movement", "venue.zone_presence", "health.frozen")
LABELS = ("car", "bus", "person", "truck", "bicycle")
BATCH = 5000


def sessions() -> list[tuple[SessionRecord, Incidents]]:
    made = []
    for number in range(FEEDS):
        feed = f"feed-{number:03d}"
        record = SessionRecord(f"s{number}", "bench", feed, "rtsp", START, start_is_known=True)
        made.append((record, Incidents(Origin("bench", feed, record.id), START, SystemClock())))
    return made


def finding(number: int, seconds: float) -> Finding:
    return Finding(
        kind=KINDS[0] if number % 10 else KINDS[number // 10 % 4],
        key=str(number),
        phase=Phase.INSTANT,
        start_s=seconds,
        end_s=None,
        place=f"L{number % 7}",
        severity=Severity.WARNING if number % 50 == 0 else Severity.INFO,
        data={"class": LABELS[number % 5], "direction": "forward", "track": number, "t_s": seconds},
    )


def through_the_journal(folder: Path) -> None:
    """Commits of a busy worker, then all of it copied and read from the outbox."""
    commits, a_commit = 300, 10
    record, incidents = sessions()[0]
    with (
        Store.open(folder / "journal.db") as store,
        Journal.open(journal_path(folder, 0)) as journal,
    ):
        began = time.perf_counter()
        for commit in range(commits):
            events = incidents.events(finding(n, commit) for n in range(a_commit))
            journal.commit(record, events=events)
        tell("journal", commits * a_commit, time.perf_counter() - began, "events")
        print(f"  {(time.perf_counter() - began) / commits * 1e3:8.2f} ms a commit of {a_commit}")
        writer = StoreWriter(store, folder)
        began = time.perf_counter()
        while writer.step():
            pass
        tell("journal to store", commits * a_commit, time.perf_counter() - began, "events")
        writer.close()
        outbox, place, read = Outbox(store), 0, 0
        began = time.perf_counter()
        while (page := outbox.after(place)).records:
            place, read = page.last, read + len(page.records)
        tell("outbox", read, time.perf_counter() - began, "events")


def fill(store: Store, rows: int) -> None:
    """So many events and so many measurements over 200 feeds, as the store writer keeps them."""
    made = sessions()
    with store.transaction() as connection:
        for record, _ in made:
            keep(connection, batch_of(record))
    a_round = BATCH // FEEDS
    seconds = 86_400.0 * 7 / (rows / FEEDS)
    spent = 0.0
    for first in range(0, rows // FEEDS, a_round):
        events, windows = [], []
        for _, incidents in made:
            numbers = range(first, first + a_round)
            events += incidents.events(finding(n, n * seconds) for n in numbers)
            for n in numbers:
                windows += window(incidents, n)
        began = time.perf_counter()
        with store.transaction() as connection:
            keep(connection, batch_of(events=events, measurements=windows), outbox=True)
        spent += time.perf_counter() - began
    tell("kept in batches", 2 * rows, spent, "records")


def window(incidents: Incidents, number: int) -> list[Measurement]:
    direction = "forward" if number % 2 else "backward"
    reading = Reading("count", float(number % 9), "objects", "line", "L1", "", direction)
    if number % 4 == 3:
        reading = Reading("speed_mean", 10.0, "m/s", "line", "L1", "", direction)
    return incidents.measurements([reading], number * 60.0, number * 60.0 + 60.0, 0.98)


def ask(store: Store) -> None:
    archive = Archive(store)
    day = START + timedelta(days=1)
    first = archive.incidents(IncidentFilter())
    middle = archive.incidents(IncidentFilter(until=START + timedelta(days=3)))
    some = first.items[0]

    def series(hours: float, step_s: float, **more: str) -> Callable[[], object]:
        query = SeriesQuery(day, day + timedelta(hours=hours), step_s, **more)
        return lambda: archive.series(query)

    for each in middle.items[:20]:
        archive.acknowledge(each.id, "ann", day)
    questions: dict[str, Callable[[], object]] = {
        "page, newest": lambda: archive.incidents(IncidentFilter()),
        "page, from the middle on": lambda: archive.incidents(IncidentFilter(), middle.next),
        "page of a feed": lambda: archive.incidents(IncidentFilter(feed="feed-017")),
        "page of a feed and kind": lambda: archive.incidents(
            IncidentFilter(feed="feed-017", kind="health.frozen")
        ),
        "page of a prefix": lambda: archive.incidents(IncidentFilter(kind="traffic.")),
        "page of a rare kind": lambda: archive.incidents(IncidentFilter(kind="health.")),
        "page of a class, unseen": lambda: archive.incidents(
            IncidentFilter(class_label="bus", acknowledged=False)
        ),
        "page of what there is not": lambda: archive.incidents(IncidentFilter(place="nowhere")),
        "page of what was acknowledged": lambda: archive.incidents(
            IncidentFilter(acknowledged=True)
        ),
        "one incident": lambda: archive.incident(some.id),
        "series, 1 feed, 24 h by 15 min": series(24, 900, feed="feed-017", metric="count"),
        "series, 200 feeds, 1 h by 5 min": series(1, 300, metric="count"),
        "series, 200 feeds, 24 h by 1 h": series(24, 3600, metric="count"),
        "counts, all feeds, 1 h": lambda: archive.counts(day, day + timedelta(hours=1)),
        "counts, all feeds, 24 h": lambda: archive.counts(day, day + timedelta(hours=24)),
        "metrics list": archive.metrics,
    }
    for words, question in questions.items():
        times = []
        for _ in range(5):
            began = time.perf_counter()
            question()
            times.append(time.perf_counter() - began)
        print(f"  {sorted(times)[2] * 1e3:8.1f} ms  {words}")


def tell(words: str, number: int, seconds: float, unit: str) -> None:
    print(f"  {number / seconds:8.0f} {unit}/s  {words}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        print("through the journal:")
        through_the_journal(folder)
        with Store.open(folder / "wayside.db") as store:
            print(f"a store of {options.rows:,} events and as many measurements:")
            fill(store, options.rows)
            print(f"  {store.path.stat().st_size / 1e6:8.0f} MB")
            ask(store)


if __name__ == "__main__":
    main()
