"""Records as a worker would hand them over, and a store to keep them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from wayside.domain.records import Event, Finding, Measurement, Origin, Phase, Reading, Severity
from wayside.domain.time import SystemClock
from wayside.domain.tracks import Trajectory
from wayside.events.lifecycle import Incidents
from wayside.store.database import Store
from wayside.store.records import SessionRecord, SessionStatus
from wayside.store.schema import APPLICATION_ID

START = datetime(2026, 5, 4, 10, 0, 0, 123_456, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wayside.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(path, busy_timeout_s=0.05) as opened:
        yield opened


@pytest.fixture
def session() -> SessionRecord:
    return SessionRecord(
        id="s1",
        site="harbour",
        feed="north",
        source="north.mp4",
        start=START,
        start_is_known=False,
        duration_s=600.5,
        status=SessionStatus.FINISHED,
        coverage=0.875,
        format={"codec": "h264", "width": 1280, "rate": 25.0, "duration_s": None},
        settings={"lines": [{"id": "L1", "points": [[0.1, 0.5], [0.9, 0.5]]}], "name": "Ångström"},
        model={"name": "small"},
        versions={"python": "3.11"},
        counters={"frames": 15012},
    )


@pytest.fixture
def incidents() -> Incidents:
    return Incidents(Origin("harbour", "north", "s1", shard=2, epoch=5), START, SystemClock())


@pytest.fixture
def make_events(incidents: Incidents) -> Callable[..., list[Event]]:
    def make(
        count: int = 3, *, kind: str = "traffic.line_crossing", first_s: float = 0.0, note: str = ""
    ) -> list[Event]:
        return incidents.events(
            Finding(
                kind=kind,
                key=f"{kind}:{number}",
                phase=Phase.INSTANT,
                start_s=first_s + number / 3,
                end_s=None,
                place="L1",
                severity=Severity.WARNING,
                data={"class": "car", "score": 0.1 + 0.2, "nested": [1, {"é": None}], "note": note},
            )
            for number in range(count)
        )

    return make


@pytest.fixture
def make_measurements(incidents: Incidents) -> Callable[..., list[Measurement]]:
    def make(*, metric: str = "count", start_s: float = 0.0) -> list[Measurement]:
        readings = [
            Reading(metric, 7.0, "objects", "line", "L1", "car", "forward", 0.5),
            Reading(metric, None, "objects", "line", "L1", "bus", "forward"),
        ]
        return incidents.measurements(readings, start_s, start_s + 60.0, 1 / 3)

    return make


@pytest.fixture
def make_trajectory() -> Callable[..., Trajectory]:
    def make(track: int = 2**62, *, first_s: float = 0.0, ground: bool = True) -> Trajectory:
        generator = np.random.default_rng(track)
        count = 50
        walk = np.cumsum(generator.normal(0, 0.003, (count, 2)), axis=0) + 0.5
        return Trajectory(
            track=track,
            class_id=4,
            t_s=first_s + np.arange(count) * 0.2 + generator.normal(0, 1e-3, count),
            image=walk.astype(np.float32),
            ground=(walk * 40).astype(np.float32) if ground else None,
        )

    return make


@pytest.fixture
def jpeg() -> bytes:
    """Not a picture, but with the two ends of one."""
    return b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40 + b"\xff\xd9"


@pytest.fixture
def older(path: Path) -> Callable[[str], None]:
    """``older("0001")`` makes the database as the wayside of that revision did."""

    def make(revision: str) -> None:
        engine = sa.create_engine(f"sqlite:///{path}")
        config = Config()
        config.set_main_option("script_location", "wayside.store:migrations")
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        engine.dispose()

    return make
