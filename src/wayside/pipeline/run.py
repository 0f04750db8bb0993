"""Drives a chain over one session: packets, pictures, samples, to the end or to a stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wayside.attend.sampling import Sampler
from wayside.decode.decoder import Decoder
from wayside.domain.media import Packet, RawFrame, Session
from wayside.observe.stages import StageTimer
from wayside.pipeline.chain import FeedChain, Yield


class SessionRun:
    """One pass over a session. stop: asked before each packet; True ends the run early.

    frames: decoded so far. packets: read so far. t_s: media seconds reached.
    """

    def __init__(
        self,
        session: Session,
        decoder: Decoder,
        sampler: Sampler,
        chain: FeedChain,
        *,
        stop: Callable[[], bool] = lambda: False,
        timer: StageTimer | None = None,
    ) -> None:
        self.frames = 0
        self.packets = 0
        self.t_s = 0.0
        self.was_stopped = False
        self._session = session
        self._decoder = decoder
        self._sampler = sampler
        self._chain = chain
        self._stop = stop
        self._timer = timer or StageTimer()

    def __iter__(self) -> Iterator[Yield]:
        """One Yield for each analysed picture, and a last one that closes everything."""
        for frame in self._pictures():
            self.frames += 1
            self.t_s = frame.time.t_s
            if self._sampler.wants(frame.time.t_s):
                yield self._chain.step(frame)
        duration_s = self._session.format.duration_s
        is_whole = not self.was_stopped and duration_s is not None
        yield self._chain.finish(duration_s if is_whole and duration_s else self.t_s)

    def _pictures(self) -> Iterator[RawFrame]:
        packets = self._session.packets()
        while not self.was_stopped:
            with self._timer("read"):
                packet = next(packets, None)
            if packet is None:
                with self._timer("decode"):
                    rest = self._decoder.flush()
                yield from rest
                return
            self.packets += 1
            yield from self._decoded(packet)
            self.was_stopped = self._stop()

    def _decoded(self, packet: Packet) -> list[RawFrame]:
        with self._timer("decode"):
            return self._decoder.decode(packet)
