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

    Also holds it for the report. Trajectories and stills are what a report
    draws, so their number is bounded; the store has them all.
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
        self._remember(given)
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
        if self._writer is not None:
            with self._timer("encode"):
                self._writer.close()

    def abort(self) -> None:
        """Removes the unfinished video."""
        if self._writer is not None:
            self._writer.abort()

    def _remember(self, given: Yield) -> None:
        self.events += given.events
        self.measurements += given.measurements
        room = self.MAX_TRAJECTORIES - len(self.trajectories)
        self.trajectories += given.trajectories[: max(room, 0)]
        for still in given.stills:
            if len(self.stills) < self.MAX_STILLS:
                self.stills[still.event_id] = still.jpeg

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
