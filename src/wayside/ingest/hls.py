"""HLS: a playlist that is fetched again and again, and the segments it names.

FFmpeg's own HLS reader opens whatever a playlist says, on any host, and
sleeps where nothing can wake it. So playlists and segments are fetched here
(see fetch.py: each connection, redirect and host is held to the policy) and
FFmpeg only demuxes the segments' bytes, one after the other. Segments come in
bursts of several seconds; they are handed out at the speed they were filmed
at, so that a worker's buffer is not flooded every ten seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime

from wayside.domain.errors import (
    SourceChanged,
    SourceError,
    SourceLost,
    SourceTimedOut,
    SourceUnreadable,
)
from wayside.domain.feeds import SourceSpec
from wayside.domain.media import Packet
from wayside.domain.time import Clock
from wayside.ingest.address import masked
from wayside.ingest.fetch import Fetcher
from wayside.ingest.halt import Halt
from wayside.ingest.live_session import LiveSession
from wayside.ingest.live_source import RemoteSource
from wayside.ingest.network import NetworkPolicy
from wayside.ingest.opening import AGAIN, open_input
from wayside.ingest.pacing import Pacer
from wayside.ingest.playlist import Playlist, Segment, parse_playlist

_LONGEST_PLAYLIST = 4_000_000
_LONGEST_SEGMENT = 128_000_000
_BEHIND = 2
"""A session begins so many segments before the newest end, so that the next is there in time."""
_STALLED_TARGETS = 3.0
"""A playlist that names nothing new for so many of its own target durations is dead."""


class SegmentStream:
    """The segments of a playlist as one run of bytes for FFmpeg.

    failure: why it ended. first_time: UTC of the first picture, where the
    playlist tells.
    """

    def __init__(
        self, spec: SourceSpec, network: NetworkPolicy, halt: Halt, clock: Clock, stall_s: float
    ) -> None:
        """Reads the playlists. Raises SourceError, then nothing stays open."""
        self.failure: SourceError | None = None
        self.first_time: datetime | None = None
        self._where = masked(spec)
        self._halt = halt
        self._clock = clock
        self._answer_s = stall_s
        self._held = memoryview(b"")
        self._waiting: deque[Segment] = deque()
        self._header: str | None = None
        self._next_number: int | None = None
        self._fetcher = Fetcher(spec, network, halt, answer_s=stall_s)
        try:
            self._url, self._playlist = self._media_playlist(spec.address)
        except BaseException:
            self._fetcher.close()
            raise
        self._loaded_s = self._new_s = clock.monotonic_s()
        self._queue(self._playlist)

    @property
    def is_fragmented_mp4(self) -> bool:
        """True for fMP4, False for MPEG-TS."""
        return bool(self._waiting) and self._waiting[0].header is not None

    @property
    def patience_s(self) -> float:
        """Seconds without a picture that are still normal for segments of this length."""
        return max(self._answer_s, _STALLED_TARGETS * self._playlist.target_s)

    def picture(self, within_s: float) -> None:
        """Nothing: what is dead here is told by the playlist."""

    def read(self, size: int) -> bytes:
        while self.failure is None and not self._halt.is_set:
            if self._held:
                piece, self._held = bytes(self._held[:size]), self._held[size:]
                return piece
            failure: SourceError | None = None
            try:
                self._held = memoryview(self._more())
            except SourceError as error:
                failure = error
            self.failure = failure
        return b""

    def release(self) -> None:
        self._held = memoryview(b"")
        self._fetcher.close()

    def _more(self) -> bytes:
        """The next segment's bytes, or b"" after a look at the playlist that gave none."""
        if not self._waiting:
            if self._playlist.ended:
                raise SourceLost("the playlist has ended", where=self._where, remedy=AGAIN)
            self._reload()
            return b""
        segment = self._waiting.popleft()
        content = self._get(segment.url, _LONGEST_SEGMENT)
        if segment.header != self._header:
            if self._header is not None:
                raise SourceChanged("the stream's format changed", where=self._where, remedy=AGAIN)
            self._header = segment.header
            if segment.header is not None:
                content = self._get(segment.header, _LONGEST_SEGMENT) + content
        return content

    def _reload(self) -> None:
        """Fetch the playlist once more, at the pace that HLS asks for."""
        now_s = self._clock.monotonic_s()
        if now_s - self._new_s > self.patience_s:
            raise SourceTimedOut(
                f"its playlist has named nothing new for {self.patience_s:g} s",
                where=self._where,
                remedy="Look at the encoder that fills it",
            )
        # RFC 8216 6.3.4: after a change the target duration, else half of it.
        target_s = self._playlist.target_s
        pause_s = target_s if self._new_s == self._loaded_s else target_s / 2
        # Halved again: waiting the whole of it would cost up to a segment of delay.
        if self._halt.wait(self._loaded_s + pause_s / 2 - now_s):
            return
        self._playlist = self._parsed(self._url)[1]
        self._loaded_s = self._clock.monotonic_s()
        if self._queue(self._playlist):
            self._new_s = self._loaded_s

    def _queue(self, playlist: Playlist) -> bool:
        """Note the segments not yet seen; True where there are some."""
        segments = playlist.segments
        if not segments:
            return False
        restarted = self._next_number is not None and segments[-1].number < self._next_number - 1
        if self._next_number is None or restarted:
            # An encoder that was started again counts from 0.
            newest = segments if playlist.ended else segments[-_BEHIND:]
        else:
            newest = tuple(s for s in segments if s.number >= (self._next_number or 0))
        if self._next_number is None:
            self.first_time = newest[0].time
        self._next_number = segments[-1].number + 1
        self._waiting.extend(newest)
        return bool(newest)

    def _media_playlist(self, url: str) -> tuple[str, Playlist]:
        url, playlist = self._parsed(url)
        if playlist.variants:
            url, playlist = self._parsed(playlist.best_variant.url)
        if not playlist.segments:
            raise SourceUnreadable(
                "its playlist names no segment",
                where=self._where,
                remedy="The encoder may just be starting; it is tried again",
            )
        return url, playlist

    def _parsed(self, url: str) -> tuple[str, Playlist]:
        """(the URL after redirects, what it holds)."""
        response = self._fetcher.get(url, limit=_LONGEST_PLAYLIST, within_s=self._answer_s)
        text = response.content.decode("utf-8", "replace")
        final = str(response.request.url)
        return url, parse_playlist(text, final, self._where)

    def _get(self, url: str, limit: int) -> bytes:
        # A segment that takes much longer than it lasts can never be live.
        within_s = max(self._answer_s, 2.0 * self._playlist.target_s)
        return self._fetcher.get(url, limit=limit, within_s=within_s).content


class HlsSession(LiveSession):
    """A LiveSession that hands its packets out at their own speed."""

    def paced(self, pacer: Pacer, wait: Callable[[float], bool]) -> None:
        """Before the first packet is read."""
        self._pacer, self._wait = pacer, wait

    def packets(self) -> Iterator[Packet]:
        base = float(self.format.time_base)
        for packet in super().packets():
            stamp = packet.dts if packet.dts is not None else packet.pts
            if stamp is not None:
                delay_s = self._pacer.delay_s(stamp * base)
                if delay_s > 0 and self._wait(delay_s):
                    return
            yield packet


class HlsSource(RemoteSource):
    """HLS with MPEG-TS or fragmented MP4 segments, not encrypted."""

    def open(self) -> HlsSession:
        self._not_halted()
        stream = SegmentStream(self._spec, self._network, self._halt, self._clock, self._stall_s)
        try:
            container = open_input(
                stream,
                where=self.name,
                demuxer="mov" if stream.is_fragmented_mp4 else "mpegts",
                options={"fpsprobesize": "0"},
            )
        except BaseException:
            stream.release()
            raise
        try:
            session = HlsSession(
                container,
                self.name,
                clock=self._clock,
                halt=self._halt,
                stream=stream,
                stall_s=self._stall_s,
                captured=stream.first_time,
                release=stream.release,
            )
        except BaseException:
            container.close()
            stream.release()
            raise
        session.paced(Pacer(self._clock), self._halt.wait)
        return session
