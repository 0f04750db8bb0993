"""Clips of events from live feeds: which events get one, and when one is made.

Worth seeing is what begins (OPEN, INSTANT) with a severity above INFO, which
is what rules report (``traffic.stopped_object``) and that a camera is covered,
turned away, blurred, dark or frozen. Crossings, movements and stays are INFO:
a busy junction has several a second. Not worth it, though graver, is what a
picture does not show: ``health.signal_lost``, ``low_rate``, ``corrupt``,
``clock_drift``. One feed gets one clip in eight seconds at most; a queue in
which five cars stop at once is one clip, of the first.

A clip shows the four seconds before and after the start. Where that is over
for so long that it is not kept any more (a rule that waits a minute), it is
of the moment in which it was told.

A feed pays a few microseconds a packet for it. Making is done when no
feed's pictures wait, one picture a step, one clip at a time; what waits is
bounded, the oldest goes first and is counted.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from wayside.domain.errors import WaysideError
from wayside.domain.media import Packet, StreamFormat
from wayside.domain.records import Event, Severity
from wayside.domain.time import MediaTime
from wayside.observe.counters import Counters
from wayside.observe.logging import get_logger
from wayside.observe.stages import StageTimer
from wayside.pipeline.clip_making import ClipInWork, ClipOrder, ClipShape, EventClip
from wayside.pipeline.perception import Sight
from wayside.pipeline.recent import Recent, Seen
from wayside.redact.redactor import Redactor

UNSEEN = frozenset(
    {"health.signal_lost", "health.low_rate", "health.corrupt", "health.clock_drift"}
)
"""Kinds of which a picture shows nothing."""

_SETTLE_S = 1.0
"""A picture is analysed at most so much later than packets behind it come."""


def is_worth_a_clip(event: Event) -> bool:
    return event.phase.begins and event.severity is not Severity.INFO and event.kind not in UNSEEN


@dataclass(frozen=True, slots=True)
class ClipSettings:
    """before_s, after_s: around the start. apart_s: media seconds between clips of one session.

    keep_s, keep_size: seconds and bytes of packets kept of a session; a stop is told ten seconds
    after it began. all_size: bytes of all sessions together, shared evenly. waiting,
    waiting_size: clips that wait to be made, and bytes of their packets.
    """

    before_s: float = 4.0
    after_s: float = 4.0
    apart_s: float = 8.0
    keep_s: float = 16.0
    keep_size: int = 6_000_000
    all_size: int = 192_000_000
    waiting: int = 8
    waiting_size: int = 32_000_000
    shape: ClipShape = field(default_factory=ClipShape)


class ClipMaker:
    """Of one worker, for its one thread. deliver: takes what was made.

    is_on: False makes none and keeps nothing. counters: ``made``, ``given_up`` (too many waited,
    or the stream broke off), ``empty`` (nothing was analysed there), ``failed``.
    """

    def __init__(
        self,
        deliver: Callable[[EventClip], None],
        timer: StageTimer | None = None,
        settings: ClipSettings | None = None,
        *,
        is_on: bool = True,
    ) -> None:
        self.is_on = is_on
        self.settings = settings or ClipSettings()
        self.counters = Counters("made", "given_up", "empty", "failed")
        self._deliver = deliver
        self._timer = timer or StageTimer()
        self._sessions: weakref.WeakSet[SessionClips] = weakref.WeakSet()
        self._waiting: deque[ClipOrder] = deque()
        self._waiting_size = 0
        self._in_work: ClipInWork | None = None

    @classmethod
    def none(cls) -> Self:
        """Makes none."""
        return cls(lambda _clip: None, is_on=False)

    def session(
        self, feed: str, stream_format: StreamFormat, redactor: Callable[[], Redactor]
    ) -> SessionClips:
        """Of a session that begins. redactor: makes a fresh one."""
        made = SessionClips(self, feed, stream_format, redactor)
        self._sessions.add(made)
        return made

    def share(self) -> int:
        """Bytes that each session may keep."""
        settings = self.settings
        return min(settings.keep_size, settings.all_size // max(1, len(self._sessions)))

    @property
    def waiting(self) -> int:
        """Clips that wait, without the one in work."""
        return len(self._waiting)

    def order(self, order: ClipOrder) -> None:
        """Puts it behind the others; the oldest are given up where that is too much."""
        self._waiting.append(order)
        self._waiting_size += order.size
        settings = self.settings
        while (
            len(self._waiting) > settings.waiting or self._waiting_size > settings.waiting_size
        ) and len(self._waiting) > 1:
            self._waiting_size -= self._waiting.popleft().size
            self.counters.add("given_up")

    def step(self) -> bool:
        """A small piece of the clip in work, about a picture; False where there is nothing to do.

        Never raises: a clip that fails is counted and told, and the next one is begun.
        """
        if self._in_work is None and not self._waiting:
            return False
        with self._timer("clip"):
            try:
                self._work()
            except Exception as error:  # noqa: BLE001  the wall: a clip must not end any feed
                self._fail(error)
        return True

    def _work(self) -> None:
        if self._in_work is None:
            order = self._waiting.popleft()
            self._waiting_size -= order.size
            self._in_work = ClipInWork(order, self.settings.shape)
        if self._in_work.step():
            return
        done, self._in_work = self._in_work, None
        clip = done.finish()
        self.counters.add("empty" if clip is None else "made")
        if clip is not None:
            self._deliver(clip)

    def _fail(self, error: Exception) -> None:
        self.counters.add("failed")
        # The text of an unforeseen error may hold anything; its kind does not.
        reason = str(error) if isinstance(error, WaysideError) else type(error).__name__
        get_logger(__name__).warning("a clip cannot be made", reason=reason)
        failed, self._in_work = self._in_work, None
        if failed is not None:
            failed.abandon()


@dataclass(frozen=True, slots=True)
class _Wish:
    """A clip that will be ordered when packets up to the stamp ``due`` are there."""

    event_id: UUID
    begin: int
    end: int
    due: int
    breaks: int


class SessionClips:
    """What one session keeps for its clips. Made by ClipMaker.session."""

    def __init__(
        self,
        maker: ClipMaker,
        feed: str,
        stream_format: StreamFormat,
        redactor: Callable[[], Redactor],
    ) -> None:
        self.recent = Recent(maker.settings.keep_s, maker.settings.keep_size)
        self._maker = maker
        self._is_on = maker.is_on
        self._feed = feed
        self._format = stream_format
        self._redactor = redactor
        self._wishes: list[_Wish] = []
        self._last_s: float | None = None

    def keep(self, packet: Packet) -> None:
        """Every packet of the session, decoded or not, before it is decoded."""
        if not self._is_on:
            return
        if packet.is_keyframe:
            self.recent.size = self._maker.share()
        self.recent.keep(packet)
        if self._wishes:
            self._order_due()

    def saw(self, time: MediaTime, sight: Sight) -> None:
        """What was seen in an analysed picture."""
        if self._is_on:
            self.recent.saw(time, sight)

    def happened(self, events: Iterable[Event]) -> None:
        """Wishes a clip of those that are worth one."""
        if not self._is_on:
            return
        for event in events:
            if is_worth_a_clip(event) and self.recent.seen:
                self._wish(event)

    def ended(self) -> None:
        """No more packets come: what is wished for is made of what there is."""
        wishes, self._wishes = self._wishes, []
        for wish in wishes:
            self._order(wish)
        self.recent.forget()

    def _wish(self, event: Event) -> None:
        now = self.recent.seen[-1]
        settings = self._maker.settings
        if self._last_s is not None and 0 <= now.t_s - self._last_s < settings.apart_s:
            return
        oldest = self.recent.oldest
        moment = self._at(min(event.start_s, now.t_s))
        if oldest is None or moment < oldest:
            moment = now.pts
        self._last_s = now.t_s
        begin = moment - self._ticks(settings.before_s)
        end = moment + self._ticks(settings.after_s)
        due = end + self._ticks(_SETTLE_S)
        self._wishes.append(_Wish(event.event_id, begin, end, due, self.recent.breaks))
        self._order_due()

    def _order_due(self) -> None:
        newest = self.recent.newest
        due = [
            wish
            for wish in self._wishes
            if wish.breaks != self.recent.breaks or (newest is not None and newest >= wish.due)
        ]
        for wish in due:
            self._wishes.remove(wish)
            self._order(wish)

    def _order(self, wish: _Wish) -> None:
        if wish.breaks != self.recent.breaks:
            self._maker.counters.add("given_up")
            return
        last = wish.end + self._ticks(_SETTLE_S)
        packets = [each for each in self.recent.since(wish.begin) if (each.pts or 0) <= last]
        first = wish.begin - self._ticks(_SETTLE_S)
        seen = [each for each in self.recent.seen if first <= each.pts <= last]
        if not packets or not seen:
            self._maker.counters.add("empty")
            return
        self._maker.order(
            ClipOrder(
                wish.event_id,
                self._feed,
                self._format,
                packets,
                seen,
                wish.begin,
                wish.end,
                self._redactor,
            )
        )

    def _at(self, t_s: float) -> int:
        """The stamp of media second ``t_s``, counted from the analysed picture nearest to it."""
        near: Seen = min(self.recent.seen, key=lambda seen: abs(seen.t_s - t_s))
        return near.pts + self._ticks(t_s - near.t_s)

    def _ticks(self, seconds: float) -> int:
        return round(seconds / self._format.time_base)
