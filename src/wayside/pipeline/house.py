"""What the feeds of one worker share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from wayside.domain.errors import SourceError
from wayside.domain.feeds import FeedState, LivePicture
from wayside.domain.health import Vitals
from wayside.domain.media import RawFrame
from wayside.domain.records import Finding
from wayside.domain.time import Clock
from wayside.events.identifiers import Identifiers
from wayside.ingest.buffer import PacketBuffer
from wayside.observe.stages import StageTimer
from wayside.pipeline.attending import SizeWatch
from wayside.pipeline.clips import ClipMaker
from wayside.pipeline.outgoing import CommitGroup
from wayside.pipeline.shared_looks import SharedLooks
from wayside.pipeline.wiring import Eyes


class ReaderState(Protocol):
    """What a reader says of its feed; see ingest.reader.ReaderStatus."""

    @property
    def state(self) -> FeedState: ...
    @property
    def error(self) -> SourceError | None: ...
    @property
    def attempt(self) -> int: ...
    @property
    def next_try_s(self) -> float | None: ...
    @property
    def received(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def corrupt(self) -> int: ...
    @property
    def reconnects(self) -> int: ...
    @property
    def clock_offset_s(self) -> float | None: ...


class FeedHealth(Protocol):
    """What watches whether a feed can be seen. It outlives sessions."""

    @property
    def conditions(self) -> frozenset[str]: ...
    @property
    def counting_paused(self) -> bool: ...
    @property
    def geometry_suspended(self) -> bool: ...
    @property
    def clock_drift_s(self) -> float | None: ...
    @property
    def is_suspicious(self) -> bool:
        """Something may be wrong with the picture: it has to be watched to tell."""
        ...

    def new_session(self) -> None:
        """Media time begins anew."""
        ...

    def picture(self, frame: RawFrame) -> list[Finding]:
        """What this sample made certain, in media seconds of the present session."""
        ...

    def vitals(self, vitals: Vitals) -> list[Finding]:
        """What the last second made certain."""
        ...

    def confirm_view(self, t_s: float) -> list[Finding]:
        """Somebody says that the present view is the right one."""
        ...

    def finish(self, t_s: float) -> list[Finding]:
        """The session has ended."""
        ...


class Reader(Protocol):
    """The thread that fills a feed's buffer."""

    def start(self) -> None: ...

    def stop(self, timeout_s: float = 2.0) -> bool: ...

    def status(self) -> ReaderState: ...


@dataclass(frozen=True, slots=True)
class FeedInput:
    """A feed's buffer, and the reader that fills it. source: its name, as people may read it."""

    buffer: PacketBuffer
    reader: Reader
    source: str


@dataclass(frozen=True, slots=True)
class House:
    """One worker's. number: which worker, and the shard of its records. window_s: of
    measurements. on_picture: called on the processing thread; it must return at once. health:
    makes the watch of one feed. size_watch: makes what listens to one session's packets while it
    sleeps; None where sessions never sleep. looks: shared with the other feeds; None without a
    network. clips: makes those of all feeds, or none. stills: keep a covered picture of each event.
    has_room: the worker has time for what is nice to have.
    """

    site: str
    number: int
    epoch: int
    window_s: float
    eyes: Eyes
    clock: Clock
    identifiers: Identifiers
    journal: CommitGroup
    timer: StageTimer
    on_picture: Callable[[LivePicture], None]
    health: Callable[[], FeedHealth | None] = field(default=lambda: None)
    size_watch: Callable[[], SizeWatch | None] = field(default=lambda: None)
    looks: SharedLooks | None = None
    clips: ClipMaker = field(default_factory=ClipMaker.none)
    stills: bool = True

    has_room: Callable[[], bool] = field(default=lambda: True)

    def forget_looks(self, feed: str) -> None:
        """The feed does not wait for the network any more."""
        if self.looks is not None:
            self.looks.forget(feed)
