"""Drives a chain over one session: packets, pictures, samples, to the end or to a stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wayside.attend.sampling import Sampler
from wayside.decode.decoder import Decoder
from wayside.domain.media import Packet, RawFrame, Session
from wayside.observe.stages import StageTimer
from wayside.pipeline.chain import FeedChain, Yield

LONGEST_S = 7 * 86_400.0
"""A header that promises more is damaged: no single recording is as long as that, and every
minute of it would become a window of measurements."""


class SessionRun:
    """One pass over a session. stop: asked after each packet; True ends the run early.

    frames: decoded so far. packets: read so far. t_s: media seconds reached,
    at the end those that the source declared where they are more.
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
        if not self.was_stopped:
            self.t_s = max(self.t_s, self._declared_s())
        yield self._chain.finish(self.t_s)

    def _declared_s(self) -> float:
        """What is missing at the end of a cut-off recording counts as not analysed."""
        declared_s = self._session.format.duration_s or 0.0
        return declared_s if declared_s <= LONGEST_S else 0.0

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
