"""A batch: rows that are kept together. Without SQLAlchemy, which a worker need not load."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from wayside.domain.records import Event, Measurement
from wayside.domain.tracks import Trajectory
from wayside.store import rows
from wayside.store.records import Clip, Gap, SessionRecord, SessionStatus, Still
from wayside.store.rows import Row

EVENT, MEASUREMENT = "event", "measurement"
"""outbox.record_kind"""


@dataclass(slots=True)
class Batch:
    """The rows of one commit, one list for each table."""

    sessions: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    measurements: list[Row] = field(default_factory=list)
    trajectories: list[Row] = field(default_factory=list)
    stills: list[Row] = field(default_factory=list)
    clips: list[Row] = field(default_factory=list)
    gaps: list[Row] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(kept) for kept in self._all())

    def add(self, other: Batch) -> None:
        """The other's rows after these."""
        for mine, theirs in zip(self._all(), other._all(), strict=True):
            mine.extend(theirs)

    def _all(self) -> tuple[list[Row], ...]:
        return (
            self.sessions,
            self.events,
            self.measurements,
            self.trajectories,
            self.stills,
            self.clips,
            self.gaps,
        )


def batch_of(
    session: SessionRecord | None = None,
    *,
    events: Iterable[Event] = (),
    measurements: Iterable[Measurement] = (),
    trajectories: Iterable[Trajectory] = (),
    stills: Iterable[Still] = (),
    gaps: Iterable[Gap] = (),
    clips: Iterable[Clip] = (),
) -> Batch:
    """The rows of these records. ``trajectories`` are those of ``session``.

    Raises ValueError for a record that cannot be kept, and for trajectories
    without their session.
    """
    if session is None and (trajectories := list(trajectories)):
        raise ValueError("trajectories need the session that they belong to")
    paths = []
    if session is not None:
        paths = [rows.trajectory_row(trajectory, session) for trajectory in trajectories]
    return Batch(
        sessions=[] if session is None else [rows.session_row(session)],
        events=[rows.event_row(event) for event in events],
        measurements=[rows.measurement_row(each) for each in measurements],
        trajectories=paths,
        stills=[rows.still_row(still) for still in stills],
        clips=[rows.clip_row(clip) for clip in clips],
        gaps=[rows.gap_row(gap) for gap in gaps],
    )


def stub_sessions(batch: Batch) -> list[Row]:
    """A row for every session that the batch speaks of: only what its records tell.

    For records whose session was lost with a damaged journal: they are kept all the same.
    """
    stubs: dict[str, Row] = {}
    for made, start in (
        (batch.events, "start"),
        (batch.measurements, "window_start"),
        (batch.trajectories, "start"),
    ):
        for row in made:
            if row["session"] not in stubs:
                start_us = row[f"{start}_us"] - round(row.get(f"{start}_s", 0.0) * 1e6)
                stubs[row["session"]] = _stub(row, start_us)
    return list(stubs.values())


def _stub(row: Row, start_us: int) -> Row:
    start = rows.from_microseconds(start_us)
    record = SessionRecord(
        id=row["session"],
        site=row.get("site", ""),
        feed=row["feed"],
        source="",
        start=start,
        start_is_known=False,
        status=SessionStatus.INTERRUPTED,
    )
    return rows.session_row(record)
