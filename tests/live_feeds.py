"""Live feeds without a network: real packets of a small film, put when a test says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from made_media import make_video
from wayside.domain.errors import SourceError, WaysideError
from wayside.domain.feeds import FeedSpec, FeedState, LivePicture, SourceKind, SourceSpec
from wayside.domain.media import Packet, StreamFormat
from wayside.domain.scene import Line, SceneGeometry
from wayside.events.identifiers import Identifiers
from wayside.ingest.buffer import Lost, Opened, PacketBuffer
from wayside.ingest.file import FileSource
from wayside.observe.stages import StageTimer
from wayside.pipeline.house import FeedInput, House
from wayside.pipeline.outgoing import CommitGroup, Outgoing
from wayside.pipeline.wiring import Eyes
from wayside.testing.clock import FakeClock

START = datetime(2026, 5, 4, 7, 0, 7, 500_000, tzinfo=UTC)
RATE = 5
GEOMETRY = SceneGeometry(lines=(Line("L", (0.5, 1.0), (0.5, 0.0)),))


@dataclass(slots=True)
class Film:
    """Packets at RATE a second, a keyframe every two seconds."""

    format: StreamFormat
    packets: list[Packet]


def film(path: Path, seconds: float) -> Film:
    make_video(
        path, frames=round(RATE * seconds), rate=RATE, options={"g": str(2 * RATE), "bf": "0"}
    )
    with FileSource(path).open() as session:
        return Film(replace(session.format, duration_s=None), list(session.packets()))


class PlayedSession:
    """A session whose packets a test puts itself."""

    def __init__(self, played: Film, identity: str, start: datetime = START) -> None:
        self.id = identity
        self.format = played.format
        self.start = start
        self.start_is_known = True
        self.corrupt_packets = 0


@dataclass(slots=True)
class ReaderStatus:
    state: FeedState = FeedState.LIVE
    error: SourceError | None = None
    attempt: int = 0
    next_try_s: float | None = None
    received: int = 0
    size: int = 0
    corrupt: int = 0
    reconnects: int = 0
    clock_offset_s: float | None = None


class IdleReader:
    """A reader that reads nothing and counts what it is asked."""

    def __init__(self) -> None:
        self.given = ReaderStatus()
        self.started = 0
        self.stopped = 0

    def start(self) -> None:
        self.started += 1

    def stop(self, timeout_s: float = 2.0) -> bool:
        self.stopped += 1
        return True

    def status(self) -> ReaderStatus:
        return self.given


class Kept:
    """A Recorder that keeps everything; ``refuse`` is raised as long as it is set."""

    def __init__(self) -> None:
        self.commits: list[Outgoing] = []
        self.refuse: WaysideError | None = None

    def commit(self, records: Outgoing) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.commits.append(records)

    def events(self) -> list[tuple[str, str, str]]:
        """(session, kind, phase) in order."""
        return [
            (event.origin.session, event.kind, event.phase.value)
            for commit in self.commits
            for event in commit.events
        ]

    def sessions(self) -> list[tuple[str, str]]:
        return [
            (facts.id, facts.state) for commit in self.commits for facts in commit.sessions.values()
        ]


class Stage:
    """A house on a fake clock, and the feeds of it."""

    def __init__(self, window_s: float = 10.0) -> None:
        self.clock = FakeClock(START)
        self.kept = Kept()
        self.pictures: list[LivePicture] = []
        self.inputs: dict[str, FeedInput] = {}
        self.house = House(
            site="test",
            number=3,
            epoch=7,
            window_s=window_s,
            eyes=Eyes(),
            clock=self.clock,
            identifiers=Identifiers(self.clock),
            journal=CommitGroup(self.kept, self.clock),
            timer=StageTimer(),
            on_picture=self.pictures.append,
        )

    def open(self, spec: FeedSpec) -> FeedInput:
        self.inputs[spec.id] = FeedInput(PacketBuffer(), IdleReader(), f"{spec.id}.mp4")
        return self.inputs[spec.id]

    def begin(self, name: str, played: Film, identity: str, start: datetime = START) -> None:
        self.inputs[name].buffer.put(Opened(PlayedSession(played, identity, start)))

    def put(self, name: str, packet: Packet) -> None:
        """As if it had just arrived."""
        self.inputs[name].buffer.put(replace(packet, arrived_s=self.clock.monotonic_s()))

    def lose(self, name: str, error: SourceError, session: str | None) -> None:
        self.inputs[name].buffer.put(Lost(error, 1.0, session))


def spec(name: str = "north", geometry: SceneGeometry = GEOMETRY) -> FeedSpec:
    return FeedSpec(name, SourceSpec(SourceKind.FILE, f"{name}.mp4"), geometry)


def until(turn: Callable[[], object], enough: Callable[[], bool], most: int = 2000) -> None:
    """Turns until it is enough; AssertionError where that never comes."""
    for _ in range(most):
        if enough():
            return
        turn()
    raise AssertionError("that never came")
