"""What stands between a feed's reader and the worker that decodes it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from wayside.domain.errors import SourceError
from wayside.domain.media import Packet, Session


@dataclass(frozen=True, slots=True)
class Opened:
    """A session begins; the packets that follow are its own."""

    session: Session


@dataclass(frozen=True, slots=True)
class Lost:
    """A session ended, or could not be opened (session_id None). retry_in_s: to the next try."""

    error: SourceError
    retry_in_s: float
    session_id: str | None


Item: TypeAlias = Opened | Packet | Lost


class PacketBuffer:
    """Bounded; ``put`` never waits. When full the oldest pictures go, in whole GOPs.

    A picture needs all before it back to its keyframe, so what is dropped is
    everything from the oldest packet up to the next keyframe; where the buffer
    holds no later keyframe, everything, and what comes until the next one.
    So what is left can always be decoded. Opened and Lost are never dropped.

    One thread puts and one takes. packets, size (bytes) and seconds (of
    arrival) are the bounds of what waits to be taken. dropped: packets given
    up so far. pace_s: how long the reader may rest between two reads, set by
    the one that takes; 0 for not at all. A reader that rests finds several
    packets at once, and waking a thread costs more than reading a packet.
    """

    def __init__(
        self, *, packets: int = 1_000, size: int = 16_000_000, seconds: float = 10.0
    ) -> None:
        if packets < 1 or size < 1 or not seconds > 0:
            raise ValueError("a buffer needs room")
        self.dropped = 0
        self.pace_s = 0.0
        self._bounds = packets, size, seconds
        self._items: deque[Item] = deque()
        self._packets = 0
        self._size = 0
        self._needs_keyframe = False
        self._newest_s: float | None = None
        self._lock = threading.Lock()
        self._listener: Callable[[], None] | None = None

    def set_listener(self, listener: Callable[[], None] | None) -> None:
        """Called after what is put and told, on the reader's thread; it must return at once."""
        self._listener = listener

    def put(self, item: Item, *, tell: bool = True) -> None:
        """tell: at once; else with the next one, or with ``tell``."""
        with self._lock:
            if isinstance(item, Packet):
                self._put_packet(item)
            else:
                self._needs_keyframe = False
                self._items.append(item)
        if tell:
            self.tell()

    def tell(self) -> None:
        """Something waits to be taken."""
        if self._listener is not None:
            self._listener()

    def take(self, limit: int) -> list[Item]:
        """Up to ``limit`` items, oldest first. Never waits."""
        with self._lock:
            items = self._items
            if limit >= len(items):
                taken = list(items)
                items.clear()
                self._packets = self._size = 0
                return taken
            taken = [items.popleft() for _ in range(limit)]
            for item in taken:
                if isinstance(item, Packet):
                    self._packets -= 1
                    self._size -= item.size
        return taken

    @property
    def depth_s(self) -> float:
        """Seconds of arrival between the oldest packet that waits and the newest."""
        with self._lock:
            oldest_s = self._oldest_s()
            if oldest_s is None or self._newest_s is None:
                return 0.0
            return max(0.0, self._newest_s - oldest_s)

    def __len__(self) -> int:
        """Items that wait."""
        return len(self._items)

    def _put_packet(self, packet: Packet) -> None:
        if self._needs_keyframe and not packet.is_keyframe:
            self.dropped += 1
            return
        self._needs_keyframe = False
        self._items.append(packet)
        self._packets += 1
        self._size += packet.size
        self._newest_s = packet.arrived_s
        packets, size, seconds = self._bounds
        while self._packets and (
            self._packets > packets or self._size > size or self._is_older_than(seconds)
        ):
            self._drop_oldest_gop()

    def _is_older_than(self, seconds: float) -> bool:
        if self._newest_s is None or (oldest_s := self._oldest_s()) is None:
            return False
        return self._newest_s - oldest_s > seconds

    def _oldest_s(self) -> float | None:
        """Arrival of the oldest packet that waits. It is at the front but for Opened and Lost."""
        for item in self._items:
            if isinstance(item, Packet):
                return item.arrived_s
        return None

    def _drop_oldest_gop(self) -> None:
        """Everything up to the next keyframe, or up to the end of its session."""
        kept: list[Item] = []
        began = False
        while self._items:
            item = self._items[0]
            if isinstance(item, Packet):
                if began and item.is_keyframe:
                    break
                began = True
                self._packets -= 1
                self._size -= item.size
                self.dropped += 1
            elif began:
                break
            else:
                kept.append(item)
            self._items.popleft()
        self._needs_keyframe = not self._items
        self._items.extendleft(reversed(kept))
