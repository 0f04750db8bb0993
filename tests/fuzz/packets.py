"""Mutated packets through wayside's own way from a packet to a picture, and to events.

Most reels go through what looks at the packets of a live feed (sizes, lost pictures) and the
decoder. Some go through a whole live feed that looks at a place where nothing moves: whatever
it tells as an event, it has made of damage.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np

from fuzz.mutation import changed, place
from fuzz.reel import RATE, SIZES, STREAMS, Piece, Reel, film, with_pieces
from fuzz.target import TRIES
from live_feeds import Film, Stage, spec
from wayside.attend.sleeping import PacketListener
from wayside.decode.decoder import Decoder
from wayside.domain.errors import SourceError, WaysideError
from wayside.domain.media import MAX_PIXELS, Packet, RawFrame
from wayside.domain.scene import Line, SceneGeometry, Zone
from wayside.ingest.changes import SizeWatch
from wayside.ingest.loss import FrameNumbers
from wayside.pipeline.feed_health import PictureHealth
from wayside.pipeline.live_feed import LiveFeed

FRAMES = 48
_THUMBNAIL = 32, 24
_SEEN = 24
"""Grey levels by which a pixel of a picture may differ from the film's before it shows damage."""
FEEDS = 0.005
"""Share of the reels that go through a whole feed: it costs thirty times as much."""
_START_CODE = b"\0\0\1"
GEOMETRY = SceneGeometry(
    lines=(Line("down", (0.5, 1.0), (0.5, 0.0)), Line("across", (0.0, 0.5), (1.0, 0.5))),
    zones=(Zone("middle", ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))),),
)


class Packets:
    name = "packets"
    unit = "mutated packets"
    whole = 10_000_000
    suffix = "reel"
    seconds = 10.0

    def make(self, random: Random) -> bytes:
        way = "feed" if random.random() < FEEDS else "decode"
        whole = random.choice(self._films)
        others = [reel for reel in self._films if reel.codec == whole.codec and reel is not whole]
        if way == "feed":
            # From its beginning, so that the feed has seen how the place is.
            begin, end = 0, len(whole.pieces)
        else:
            begin = random.randrange(len(whole.pieces) // 2)
            end = begin + random.randint(4, 24)
        reel = replace(whole, way=way, pieces=whole.pieces[begin:end])
        reel = _Changes(random, reel, random.choice(others)).made()
        if random.random() < 0.03:
            reel = replace(reel, extradata=changed(random, reel.extradata or b"\0"))
        return reel.written()

    def attempt(self, content: bytes) -> Counter[str]:
        reel = Reel.read(content)
        seen = Counter({TRIES: reel.changes, "packets": len(reel.pieces), "reels": 1})
        seen[f"of {reel.codec}"] = reel.changes
        decoded = _decoded(reel, self._truth[reel.stream])
        if reel.way == "feed":
            return seen + _fed(reel, decoded[f"of these not marked, {reel.codec}"] > 0)
        return seen + decoded

    @cached_property
    def _films(self) -> list[Reel]:
        with tempfile.TemporaryDirectory(prefix="reels-") as folder:
            return [
                film(Path(folder), stream, size, FRAMES, still=True)
                for stream in STREAMS
                for size in SIZES
            ]

    @cached_property
    def _truth(self) -> dict[str, np.ndarray]:
        """(24, 32) int16 luma of the place of each film: it is the same in all its pictures."""
        return {reel.stream: _place(reel) for reel in self._films}


class _Changes:
    """One reel's. other: of the same codec, for what comes in from elsewhere."""

    def __init__(self, random: Random, reel: Reel, other: Reel) -> None:
        self._random = random
        self._reel = reel
        self._other = other
        self._headers = _headers(other)
        self._lengths = reel.extradata[:1] == b"\1"

    def made(self) -> Reel:
        """At least one of its packets is changed; often all."""
        random, pieces = self._random, list(self._reel.pieces)
        share = random.choice((0.1, 0.5, 1.0))
        fixed = random.randrange(len(pieces))
        made: list[Piece] = []
        count = 0
        for index, piece in enumerate(pieces):
            if index != fixed and random.random() > share:
                made.append(piece)
                continue
            count += 1
            made += self._instead(piece)
        if random.random() < 0.2 and len(made) > 2:
            count += self._reorder(made)
        return with_pieces(self._reel, made, count)

    def _instead(self, piece: Piece) -> list[Piece]:
        random = self._random
        kind = random.random()
        if kind < 0.04:
            return []
        if kind < 0.08:
            return [piece] * random.choice((2, 2, 30))
        if kind < 0.14:
            return [self._restamped(piece)]
        if kind < 0.2:
            return [piece, random.choice(self._other.pieces)]
        if kind < 0.24:
            return [replace(piece, is_keyframe=not piece.is_keyframe)]
        if kind < 0.27:
            return [replace(piece, is_corrupt=True)]
        return [replace(piece, content=self._damaged(piece.content))]

    def _damaged(self, content: bytes) -> bytes:
        random = self._random
        kind = random.random()
        if kind < 0.15 and self._headers:
            return random.choice(self._headers) + content  # another size, profile, table
        if kind < 0.35:
            return self._lying(content)
        if kind < 0.4:
            return random.choice(self._other.pieces).content
        return changed(random, content)

    def _lying(self, content: bytes) -> bytes:
        """About where its NAL units, or the segments of a JPEG, begin and what they are."""
        random, mutable = self._random, bytearray(content)
        if not mutable:
            return content
        if self._lengths:
            at = 0
            for _ in range(random.randrange(3)):
                length = int.from_bytes(mutable[at : at + 4], "big")
                at = at + 4 + length if at + 8 + length < len(mutable) else at
            lie = random.choice((0, 1, 2, len(content), 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFF))
            mutable[at : at + 4] = lie.to_bytes(4, "big")
            return bytes(mutable)
        mark = b"\xff" if self._reel.codec == "mjpeg" else _START_CODE
        at = mutable.find(mark, place(random, mutable))
        at = mutable.find(mark) if at < 0 else at
        behind = at + len(mark)
        kind = random.randrange(3)
        if kind == 0 or at < 0:
            where = place(random, mutable)
            mutable[where:where] = mark + random.randbytes(1)
        elif kind == 1:
            del mutable[at:behind]
        elif behind < len(mutable):
            mutable[behind] = random.randrange(256)
        return bytes(mutable)

    def _restamped(self, piece: Piece) -> Piece:
        random = self._random
        stamps = (None, 0, -1, -(1 << 40), 1 << 33, (1 << 33) - 1, 1 << 62, (1 << 63) - 1)
        pts, dts = piece.pts, piece.dts
        if random.random() < 0.7:
            pts = random.choice((*stamps, (pts or 0) + random.randint(-900_000, 900_000)))
        if random.random() < 0.7:
            dts = random.choice((*stamps, pts))
        return replace(piece, pts=pts, dts=dts)

    def _reorder(self, pieces: list[Piece]) -> int:
        at = self._random.randrange(len(pieces) - 1)
        window = pieces[at : at + self._random.choice((2, 2, 8))]
        self._random.shuffle(window)
        pieces[at : at + len(window)] = window
        return len(window)


def _headers(reel: Reel) -> list[bytes]:
    """What tells a decoder the size: parameter sets in front of its first picture."""
    if reel.extradata and reel.extradata[:1] != b"\1":
        return [reel.extradata]
    first = reel.pieces[0].content
    if reel.codec == "mjpeg":
        return [first[: first.find(b"\xff\xda")]]
    return [first[: min(len(first), 64)]]


def _place(reel: Reel) -> np.ndarray:
    frames = _frames(reel, Decoder(reel.form))
    width, height = _THUMBNAIL
    return frames[-1].luma(width, height).astype(np.int16)


def _frames(reel: Reel, decoder: Decoder) -> list[RawFrame]:
    frames = [frame for packet in reel.packets() for frame in decoder.decode(packet)]
    return frames + decoder.flush()


def _decoded(reel: Reel, truth: np.ndarray) -> Counter[str]:
    form = reel.form
    try:
        decoder = Decoder(form)
    except SourceError:
        return Counter({"headers refused": 1})
    watch = SizeWatch(form)
    numbers = FrameNumbers(reel.extradata or None) if form.codec == "h264" else None
    seen: Counter[str] = Counter()
    frames: list[RawFrame] = []
    for packet in reel.packets():
        frames += _looked_at(packet, watch, numbers, decoder, seen)
    frames += decoder.flush()
    times = [frame.time.t_s for frame in frames]
    assert all(later > earlier for earlier, later in pairwise(times)), times
    for frame in frames:
        _look(frame, truth, seen, form.codec)
    seen["pictures"] += len(frames)
    seen["refused by the decoder"] += decoder.decode_errors
    assert decoder.corrupt_frames == seen["marked pictures"]
    return seen


def _looked_at(
    packet: Packet,
    watch: SizeWatch,
    numbers: FrameNumbers | None,
    decoder: Decoder,
    seen: Counter[str],
) -> list[RawFrame]:
    """As LiveSession does with each packet."""
    if packet.is_keyframe:
        seen["sizes changed"] += watch.changed(packet.payload) is not None
    else:
        watch.is_foreign(packet.payload)
    if numbers is not None:
        seen["losses noticed"] += numbers.lost(bytes(packet.payload)[:512])
    return decoder.decode(packet)


def _look(frame: RawFrame, truth: np.ndarray, seen: Counter[str], codec: str) -> None:
    assert 0 < frame.width * frame.height <= MAX_PIXELS
    width, height = _THUMBNAIL
    luma = frame.luma(width, height)
    assert luma.shape == (height, width)
    is_wrong = bool((np.abs(luma - truth) > _SEEN).any())
    seen["marked pictures"] += frame.is_corrupt
    seen["pictures that show damage"] += is_wrong
    seen[f"of these not marked, {codec}"] += is_wrong and not frame.is_corrupt


def _fed(reel: Reel, has_unmarked: bool) -> Counter[str]:
    """Through a live feed, with somebody who watches it. A fault of the feed is raised.

    has_unmarked: some of its pictures show damage of which FFmpeg says nothing: JPEGs have no
    check sums, and H.265 pictures no count that would tell when one is missing. What is told of
    those is counted; of marked pictures nothing may be told.
    """
    stage = Stage()
    stage.house = replace(stage.house, health=PictureHealth, size_watch=PacketListener)
    given = spec(geometry=GEOMETRY)
    feed = LiveFeed(given, stage.open(given), stage.house)
    feed.watch(64, 1.0)
    stage.begin("north", Film(reel.form, []), "s1")
    seen = Counter({"feeds": 1})
    try:
        for packet in reel.packets():
            stage.put("north", packet)
            while feed.waiting_since_s is not None:
                feed.step(2.0 * RATE, "")
            stage.clock.advance(1 / RATE)
        feed.tick()
    except WaysideError:
        feed.fail("refused")
        seen["feeds refused"] += 1
    feed.close()
    stage.house.journal.commit(at_once=True)
    told = [kind for _, kind, phase in stage.kept.events() if phase != "close"]
    of_health = [kind for kind in told if kind.startswith("health.")]
    seen["events of health"] += len(of_health)
    seen["pictures shown"] += len(stage.pictures)
    if has_unmarked:
        seen[f"events of unmarked damage, {reel.codec}"] += len(told) - len(of_health)
    else:
        assert told == of_health, told
    return seen
