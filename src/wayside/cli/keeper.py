"""Keeps what a chain yields: in the store, in the tagged video, and for the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from wayside.cli.results import Results
from wayside.domain.media import Session
from wayside.domain.records import Event, Measurement
from wayside.domain.tracks import Trajectory
from wayside.observe.stages import StageTimer
from wayside.pipeline.chain import Yield
from wayside.pipeline.coverage import Gap
from wayside.redact.encode_video import VideoWriter
from wayside.store.records import Gap as StoredGap
from wayside.store.records import SessionRecord, SessionStatus, Still

COMMIT_EVERY_S = 5.0
"""Media seconds between two commits to the store."""
USUAL_RATE = 12.5


class Keeper:
    """To the store every few seconds, to the video at once.

    events, measurements, trajectories, stills: what the report is made of, filled
    by ``close``. Trajectories and stills are drawn, so their number is bounded
    there; the store has them all.
    """

    MAX_TRAJECTORIES = 4000
    MAX_STILLS = 400

    def __init__(
        self,
        results: Results,
        record: SessionRecord,
        video: str | None,
        session: Session,
        timer: StageTimer,
    ) -> None:
        self.events: list[Event] = []
        self.measurements: list[Measurement] = []
        self.trajectories: list[Trajectory] = []
        self.stills: dict[UUID, bytes] = {}
        self._results = results
        self._record = record
        self._timer = timer
        self._waiting: list[Yield] = []
        self._written_s = 0.0
        self._writer: VideoWriter | None = None
        if video is not None:
            rate = min(session.format.rate or USUAL_RATE, USUAL_RATE)
            size = session.format.width, session.format.height
            self._writer = VideoWriter(results.path(video), *size, rate_hint=rate)
        results.store.write(record)

    def take(self, given: Yield, t_s: float) -> None:
        if given.picture is not None and self._writer is not None:
            with self._timer("encode"):
                self._writer.write(given.picture)
        given.picture = None
        self._waiting.append(given)
        if t_s - self._written_s >= COMMIT_EVERY_S:
            self._flush()
            self._written_s = t_s

    def close(
        self,
        gaps: Sequence[Gap],
        counters: Mapping[str, int],
        duration_s: float,
        coverage: float,
        *,
        was_stopped: bool,
    ) -> None:
        """The last commit and the end of the video."""
        self._flush()
        self._record = replace(
            self._record,
            duration_s=duration_s,
            coverage=coverage,
            status=SessionStatus.INTERRUPTED if was_stopped else SessionStatus.FINISHED,
            counters=dict(counters),
        )
        self._results.store.write(
            self._record,
            gaps=[
                StoredGap(self._record.feed, self._record.id, gap.start_s, gap.end_s, gap.reason)
                for gap in gaps
            ],
        )
        self._read_back()
        if self._writer is not None:
            with self._timer("encode"):
                self._writer.close()

    def abort(self) -> None:
        """Removes the unfinished video."""
        if self._writer is not None:
            self._writer.abort()

    def _read_back(self) -> None:
        """For the report, from the store: during a run, memory holds a few seconds of it."""
        store, session = self._results.store, self._record.id
        self.events = sorted(store.events(session=session), key=_sequence)
        self.measurements = sorted(store.measurements(session=session), key=_sequence)
        self.trajectories = store.trajectories(session=session)[: self.MAX_TRAJECTORIES]
        pictured = [event.event_id for event in self.events][: self.MAX_STILLS]
        self.stills = {key: still.jpeg for key, still in store.stills(pictured).items()}

    def _flush(self) -> None:
        with self._timer("store"):
            waiting, self._waiting = self._waiting, []
            self._results.store.write(
                self._record,
                events=[event for given in waiting for event in given.events],
                measurements=[m for given in waiting for m in given.measurements],
                trajectories=[t for given in waiting for t in given.trajectories],
                stills=[
                    Still(still.event_id, still.jpeg, still.width, still.height)
                    for given in waiting
                    for still in given.stills
                ],
            )


def _sequence(record: Event | Measurement) -> int:
    return record.sequence
