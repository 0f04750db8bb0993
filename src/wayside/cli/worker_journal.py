"""A worker's records into its journal: the pipeline's values as the store's."""

from __future__ import annotations

from collections.abc import Mapping

from wayside.domain.records import JsonValue
from wayside.domain.tracks import Trajectory
from wayside.observe.versions import versions
from wayside.pipeline.chain import EventStill
from wayside.pipeline.coverage import Gap
from wayside.pipeline.outgoing import Outgoing, SessionFacts
from wayside.store.batches import batch_of
from wayside.store.journal import Journal
from wayside.store.records import Clip, SessionRecord, SessionStatus, Still, describe_format
from wayside.store.records import Gap as StoredGap


class JournalRecorder:
    """A Recorder. One commit for everything: a session never ends without its incidents' ends."""

    def __init__(self, journal: Journal, model: Mapping[str, JsonValue]) -> None:
        self._journal = journal
        self._model = dict(model)
        self._versions: dict[str, JsonValue] = dict(versions())

    def commit(self, records: Outgoing) -> None:
        """Raises StoreError; then nothing is kept."""
        paths: dict[str, tuple[SessionFacts, list[Trajectory]]] = {
            key: (facts, []) for key, facts in records.sessions.items()
        }
        for facts, path in records.trajectories:
            paths.setdefault(facts.id, (facts, []))[1].append(path)
        batch = batch_of(
            events=records.events,
            measurements=records.measurements,
            stills=[_still(still) for still in records.stills],
            gaps=[_gap(facts, gap) for facts, gap in records.gaps],
            clips=[Clip(clip.event_id, clip.mp4) for clip in records.clips],
        )
        for facts, its in paths.values():
            batch.add(batch_of(self._session(facts), trajectories=its))
        self._journal.append(batch)

    def _session(self, facts: SessionFacts) -> SessionRecord:
        return SessionRecord(
            id=facts.id,
            site=facts.site,
            feed=facts.feed,
            source=facts.source,
            start=facts.start,
            start_is_known=facts.start_is_known,
            duration_s=facts.duration_s,
            status=SessionStatus(facts.state),
            coverage=facts.coverage,
            format=describe_format(facts.format) if facts.format else {},
            model=self._model,
            versions=self._versions,
            counters=dict(facts.counters),
        )


def _still(still: EventStill) -> Still:
    return Still(still.event_id, still.jpeg, still.width, still.height)


def _gap(facts: SessionFacts, gap: Gap) -> StoredGap:
    return StoredGap(facts.feed, facts.id, gap.start_s, gap.end_s, gap.reason)
