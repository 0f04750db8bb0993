from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from wayside.cli.worker_journal import JournalRecorder
from wayside.domain.records import Finding, Origin, Phase
from wayside.domain.time import SystemClock
from wayside.events.lifecycle import Incidents
from wayside.pipeline.clip_making import EventClip
from wayside.pipeline.coverage import Gap
from wayside.pipeline.outgoing import FINISHED, Outgoing, SessionFacts
from wayside.store.journal import Journal

START = datetime(2026, 5, 4, 10, tzinfo=UTC)


def test_the_end_of_one_session_the_begin_of_another_and_their_events_are_one_commit(
    tmp_path: Path,
) -> None:
    facts = SessionFacts("s1", "harbour", "north", "north.mp4", START, True)
    following = replace(facts, id="s2")
    incidents = Incidents(Origin("harbour", "north", "s1"), START, SystemClock())
    events = incidents.events([Finding("traffic.stopped_object", "z", Phase.OPEN, 5.0, None, "Z")])
    events += incidents.close_all(9.0)
    records = Outgoing(
        sessions={"s1": replace(facts, state=FINISHED, duration_s=9.0), "s2": following},
        events=events,
        gaps=[(facts, Gap(1.0, 2.0, "no pictures"))],
    )
    with Journal.open(tmp_path / "worker-0.journal") as journal:
        JournalRecorder(journal, {"name": "motion"}).commit(records)
        (entry,) = journal.read()
    rows = {row["id"]: row["status"] for row in entry.batch.sessions}
    assert rows == {"s1": "finished", "s2": "running"}
    assert [row["phase"] for row in entry.batch.events] == ["open", "close"]
    assert [row["session"] for row in entry.batch.gaps] == ["s1"]


def test_a_clip_is_a_commit_of_its_own(tmp_path: Path) -> None:
    clip = EventClip(uuid4(), b"\0\0\0\x18ftypmp42")
    with Journal.open(tmp_path / "worker-0.journal") as journal:
        JournalRecorder(journal, {"name": "motion"}).commit(Outgoing(clips=[clip]))
        (entry,) = journal.read()
    assert entry.batch.clips == [{"event_id": clip.event_id, "mp4": clip.mp4}]
    assert entry.batch.events == []
