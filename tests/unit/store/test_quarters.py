"""Sums of quarter hours say what the windows themselves would say."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from wayside.domain.records import Measurement, Origin, Reading
from wayside.domain.time import SystemClock
from wayside.events.lifecycle import Incidents
from wayside.store import schema
from wayside.store.database import Store
from wayside.store.queries import Archive
from wayside.store.records import SessionRecord
from wayside.store.retention import purge
from wayside.store.series import SeriesQuery

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SESSION = SessionRecord("s9", "harbour", "north", "x", NOON, True)
COUNTED, TIMED, FULL = "count", "speed_mean", "occupancy_max"


def windows(length_s: float = 60.0, number: int = 180) -> list[Measurement]:
    """Three hours with gaps, undefined values and partial coverage."""
    made = Incidents(Origin("harbour", "north", "s9"), NOON, SystemClock())
    chance = Random(4)
    rows: list[Measurement] = []
    for n in range(number):
        if chance.random() < 0.1:
            continue
        readings = [
            Reading(COUNTED, float(chance.randint(0, 9)), "objects", "line", "L1", label, "forward")
            for label in ("", "car")
        ]
        speed = chance.choice((None, chance.uniform(5, 20)))
        readings.append(Reading(TIMED, speed, "m/s", "line", "L1", "", "forward"))
        readings.append(Reading(FULL, chance.uniform(0, 5), "objects", "zone", "Z1"))
        start_s = 13.0 + n * length_s
        rows += made.measurements(
            readings, start_s, start_s + length_s, chance.choice((1.0, 0.5, 0.0))
        )
    return rows


def values(store: Store, metric: str, step_s: float) -> list[tuple[float | None, float]]:
    query = SeriesQuery(NOON, NOON + timedelta(hours=4), step_s, metric, class_label="")
    (found,) = Archive(store).series(query).series
    return [(each.value, each.coverage) for each in found.points]


def by_hand(
    rows: list[Measurement], metric: str, step_s: float
) -> list[tuple[float | None, float]]:
    found = []
    for step in range(round(4 * 3600 / step_s)):
        here = [
            (row.reading.value, row.coverage * (row.window_end_s - row.window_start_s))
            for row in rows
            if row.reading.metric == metric
            and row.reading.class_label == ""
            and step * step_s <= (row.window_start_s + row.window_end_s) / 2 < (step + 1) * step_s
        ]
        known = [(value, weight) for value, weight in here if value is not None]
        coverage = min(1.0, sum(weight for _, weight in here) / step_s)
        weight = math.fsum(each for _, each in known)
        value: float | None = None
        if known and metric == COUNTED:
            value = sum(each for each, _ in known)
        elif known and metric == FULL:
            value = max(each for each, _ in known)
        elif weight > 0:
            value = math.fsum(each * share for each, share in known) / weight
        found.append((value, coverage))
    return found


@pytest.mark.parametrize("metric", [COUNTED, TIMED, FULL])
@pytest.mark.parametrize("step_s", [900.0, 3600.0, 600.0])
def test_a_step_is_what_its_windows_make_it(store: Store, metric: str, step_s: float) -> None:
    rows = windows()
    store.write(SESSION, measurements=rows)
    for (value, coverage), (wanted, share) in zip(
        values(store, metric, step_s), by_hand(rows, metric, step_s), strict=True
    ):
        assert coverage == pytest.approx(share)
        assert value == (None if wanted is None else pytest.approx(wanted))


def test_totals_of_any_range_are_those_of_its_windows(store: Store) -> None:
    rows = windows()
    store.write(SESSION, measurements=rows)
    for begin, end in ((0, 10800), (100, 9000), (900, 1800), (1000, 1500), (7, 10793)):
        found = Archive(store).counts(
            NOON + timedelta(seconds=begin), NOON + timedelta(seconds=end)
        )
        for each in found:
            wanted = sum(
                row.reading.value or 0
                for row in rows
                if row.reading.metric == COUNTED
                and row.reading.class_label == each.class_label
                and begin <= (row.window_start_s + row.window_end_s) / 2 < end
            )
            assert each.count == wanted


def test_a_record_that_is_brought_again_is_summed_once(store: Store) -> None:
    rows = windows()
    store.write(SESSION, measurements=rows)
    before = values(store, COUNTED, 900.0)
    store.write(SESSION, measurements=rows)
    assert values(store, COUNTED, 900.0) == before


def test_windows_that_are_longer_than_a_quarter_make_longer_steps(store: Store) -> None:
    rows = windows(length_s=1800.0, number=6)
    store.write(SESSION, measurements=rows)
    query = SeriesQuery(NOON, NOON + timedelta(hours=4), 900.0, COUNTED)
    assert Archive(store).series(query).step_s == 1800.0


def test_an_older_database_gets_its_sums(path: Path) -> None:
    rows = windows()
    with Store.open(path) as store:
        store.write(SESSION, measurements=rows)
        wanted = values(store, TIMED, 900.0)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "DROP TRIGGER sum_quarters; DROP TABLE quarters;"
            "UPDATE alembic_version SET version_num = '0002'"
        )
    with Store.open(path) as store:
        assert values(store, TIMED, 900.0) == wanted


def test_sums_go_with_what_they_were_made_of(store: Store) -> None:
    store.write(SESSION, measurements=windows())
    purge(store, NOON + timedelta(hours=1))
    (row,) = store.select(sa.select(sa.func.min(schema.quarters.c.start_us).label("first")))
    first = datetime.fromtimestamp(row["first"] / 1e6, UTC)
    assert first == NOON + timedelta(minutes=45)
    purge(store, NOON + timedelta(days=1))
    assert store.select(sa.select(schema.quarters)) == []
