"""One clip, made in small steps: packets decoded again, each picture covered, encoded.

It fails closed. Only what the session had analysed is shown, and what lies
shortly between two analysed pictures, which is covered for what both of them
saw. Where nobody looked there is no picture, and after the last analysed one
there is none either. What the redactor cannot cover comes out blank.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from wayside.attend.sampling import Sampler
from wayside.decode.decoder import Decoder
from wayside.domain.media import Packet, RawFrame, StreamFormat
from wayside.domain.time import MediaTime
from wayside.pipeline.recent import Seen
from wayside.redact.encode_video import ClipWriter
from wayside.redact.frame import RedactedFrame
from wayside.redact.redactor import Redactor

BETWEEN_S = 0.4
"""Between analysed pictures farther apart than this none is shown: who comes and goes meanwhile
was seen by neither, and what is held would have to grow over half the picture."""
_PACKETS_A_STEP = 4


@dataclass(frozen=True, slots=True)
class ClipShape:
    """rate: pictures a second at most. width: pixels at most. longest_s: of the whole clip."""

    rate: float = 8.0
    width: int = 640
    longest_s: float = 8.0

    @property
    def most_pictures(self) -> int:
        return round(self.rate * self.longest_s) + 2


@dataclass(frozen=True, slots=True)
class ClipOrder:
    """A clip that is to be made.

    packets: in decoding order, from a keyframe on. seen: in media order, from a second before the
    first picture. begin, end: stamps of the first and the last picture. redactor: makes a fresh
    one.
    """

    event_id: UUID
    feed: str
    format: StreamFormat
    packets: list[Packet]
    seen: list[Seen]
    begin: int
    end: int
    redactor: Callable[[], Redactor]

    @property
    def size(self) -> int:
        """Bytes of the packets."""
        return sum(packet.size for packet in self.packets)


@dataclass(frozen=True, slots=True)
class EventClip:
    """The covered clip of an event."""

    event_id: UUID
    mp4: bytes


class ClipInWork:
    """Call ``step`` until it is False; then ``finish``. pictures, blanks: made so far."""

    def __init__(self, order: ClipOrder, shape: ClipShape | None = None) -> None:
        """Raises SourceUnreadable where nothing decodes it."""
        self.order = order
        self.pictures = 0
        self.blanks = 0
        self._shape = shape or ClipShape()
        self._decoder = Decoder(order.format, loop_filter=True)
        self._sampler = Sampler(self._shape.rate)
        self._redactor = order.redactor()
        self._packets = deque(order.packets)
        self._frames: deque[RawFrame] = deque()
        self._stamps = [seen.pts for seen in order.seen]
        self._told = 0
        self._last: int | None = None
        self._is_over = not order.seen
        self._is_flushed = False
        self._writer: ClipWriter | None = None

    def step(self) -> bool:
        """Makes one picture, or decodes a few packets. False: there is no more to do."""
        for _ in range(_PACKETS_A_STEP):
            while self._frames and not self._is_over:
                if self._show(self._frames.popleft()):
                    return True
            if self._is_over or not self._decode():
                return False
        return True

    def finish(self) -> EventClip | None:
        """None where there is nothing to be seen. Raises OutputError."""
        writer, self._writer = self._writer, None
        if writer is None:
            return None
        if self.blanks == self.pictures:
            writer.abort()
            return None
        mp4 = writer.close()
        return None if mp4 is None else EventClip(self.order.event_id, mp4)

    def abandon(self) -> None:
        """Gives up what was made so far."""
        if self._writer is not None:
            self._writer.abort()
            self._writer = None

    def _decode(self) -> bool:
        """Decodes the next packet; False where all of them are decoded."""
        if self._packets:
            self._frames.extend(self._decoder.decode(self._packets.popleft()))
            return True
        if not self._is_flushed:
            self._is_flushed = True
            self._frames.extend(self._decoder.flush())
            return True
        return False

    def _show(self, frame: RawFrame) -> bool:
        """True where it became a picture of the clip."""
        pts = frame.time.pts
        # Stamps that go back or end: from here on nobody can say which picture this is.
        went_back = self._last is not None and pts <= self._last
        self._last = pts
        if went_back or pts > min(self.order.end, self._stamps[-1]):
            self._is_over = True
            return False
        row = bisect_right(self._stamps, pts) - 1
        if pts < self.order.begin or row < 0:
            return False
        seen = self.order.seen[row]
        passed_s = float((pts - seen.pts) * frame.time.time_base)
        t_s = seen.t_s + passed_s
        after = None if passed_s == 0 else self.order.seen[row + 1]
        if after is not None and not t_s < after.t_s <= seen.t_s + BETWEEN_S:
            return False
        if not self._sampler.wants(t_s):
            return False
        self._tell(row)
        frame.time = MediaTime(pts, frame.time.time_base, t_s)
        sight = seen.sight
        ahead = None if after is None else (after.sight.tracks, after.sight.to_cover)
        self._write(self._redactor.redact(frame, sight.tracks, sight.to_cover, ahead=ahead))
        return True

    def _tell(self, row: int) -> None:
        """The redactor knows all that was seen before this row, whose picture it is given next."""
        for seen in self.order.seen[self._told : row]:
            self._redactor.note(seen.sight.tracks, seen.sight.to_cover)
        self._told = max(self._told, row)

    def _write(self, picture: RedactedFrame) -> None:
        if self._writer is None:
            full = self.order.format
            width = min(self._shape.width, full.width)
            height = max(2, round(full.height * width / full.width))
            self._writer = ClipWriter(
                max(2, width),
                height,
                pictures=self._shape.most_pictures,
                rate_hint=self._shape.rate,
            )
        self._writer.write(picture)
        self.pictures += 1
        self.blanks += picture.is_blank
        self._is_over = self.pictures >= self._shape.most_pictures
