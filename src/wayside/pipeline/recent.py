"""The last seconds of a session as it came: compressed packets, and what was seen in them.

Keeping decoded pictures would cost 50 MB a feed at 640x360; packets cost what
the line brought. A packet is kept whether or not it was decoded, so that the
seconds before an event are there also where nobody looked at them. They are
kept in whole groups from a keyframe on, so that whatever is left can be
decoded by itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

from wayside.domain.media import Packet
from wayside.domain.time import MediaTime
from wayside.pipeline.perception import Sight

BREAK_S = 1.0
"""Stamps that go back by more than this begin a new count: nothing before them compares."""
_MOST_SIGHTS = 512


@dataclass(frozen=True, slots=True)
class Seen:
    """What one analysed picture gave. pts: that picture's own stamp."""

    pts: int
    sight: Sight

    @property
    def t_s(self) -> float:
        return self.sight.tracks.t_s


@dataclass(slots=True)
class _Group:
    """From a keyframe on. first: its pts. order: its place in decoding order."""

    first: int
    order: int
    packets: list[Packet] = field(default_factory=list)
    size: int = 0


class Recent:
    """Of one session, for one thread. seconds, size: bounds of what is kept, the latter in bytes.

    Whole groups go when they are too old. A group larger than ``size`` alone is
    given up, and nothing is kept until the next keyframe. Streams without
    stamps (pts) are not kept: their pictures could not be told apart when they
    are decoded again. newest: the stamp of the newest packet, None before the first.
    breaks: how often everything was let go because the stamps began anew.
    """

    def __init__(self, seconds: float, size: int) -> None:
        self.seconds = seconds
        self.size = size
        self.newest: int | None = None
        self.breaks = 0
        self.seen: deque[Seen] = deque(maxlen=_MOST_SIGHTS)
        self._groups: deque[_Group] = deque()
        self._held = 0
        self._last: int | None = None

    @property
    def held_bytes(self) -> int:
        return self._held

    def keep(self, packet: Packet) -> None:
        """Takes the next packet in decoding order; one that is there already stays there once."""
        pts = packet.pts
        if pts is None:
            return
        order = pts if packet.dts is None else packet.dts
        if self._last is not None and order <= self._last:
            if self._has(packet, order):
                return
            if (self._last - order) * packet.time_base > BREAK_S:
                self.forget()
        self._last, self.newest = order, pts
        if packet.is_keyframe:
            self._groups.append(_Group(pts, order))
            self._thin(packet)
        elif not self._groups:
            return
        group = self._groups[-1]
        group.packets.append(packet)
        group.size += packet.size
        self._held += packet.size
        if self._held > self.size:
            self._shrink()

    def saw(self, time: MediaTime, sight: Sight) -> None:
        """Notes what was seen in the picture of that time, in media order."""
        if self.seen and time.pts <= self.seen[-1].pts:
            self.forget()
        self.seen.append(Seen(time.pts, sight))

    def forget(self) -> None:
        """Nothing that was kept belongs to what comes."""
        self._groups.clear()
        self.seen.clear()
        self._held = 0
        self._last = None
        self.breaks += 1

    def since(self, pts: int) -> list[Packet]:
        """All packets from the last keyframe at or before ``pts`` on; from the first where none."""
        firsts = [group.first for group in self._groups]
        begin = max(0, bisect_right(firsts, pts) - 1)
        return [packet for group in list(self._groups)[begin:] for packet in group.packets]

    @property
    def oldest(self) -> int | None:
        """Stamp of the oldest picture that can be decoded; None where there is none."""
        return self._groups[0].first if self._groups else None

    def _thin(self, newest: Packet) -> None:
        """Lets groups go that end before the time kept, and what was seen before the rest."""
        ticks = round(self.seconds / newest.time_base)
        limit = self._groups[-1].first - ticks
        while len(self._groups) > 1 and self._groups[1].first <= limit:
            self._held -= self._groups.popleft().size
        # One second more of what was seen: it is still covered in the first pictures.
        limit = self._groups[0].first - round(1 / newest.time_base)
        while self.seen and self.seen[0].pts < limit:
            self.seen.popleft()

    def _shrink(self) -> None:
        while self._groups and self._held > self.size:
            self._held -= self._groups.popleft().size

    def _has(self, packet: Packet, order: int) -> bool:
        """A feed that wakes up is given what it slept over again. Asked only where time stands."""
        begun = [group for group in self._groups if group.order <= order]
        return bool(begun) and any(one.payload is packet.payload for one in begun[-1].packets)
