"""A run hands every sampled picture to its chain, in order, to the end or to a stop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wayside.attend.sampling import Sampler
from wayside.domain.errors import SourceUnreadable
from wayside.domain.media import Packet, RawFrame
from wayside.observe.stages import StageTimer
from wayside.pipeline.chain import Yield
from wayside.pipeline.run import LONGEST_S, SessionRun
from wayside.testing.scripted import ScriptedSession, raw_frame, steps

PICTURE = np.zeros((8, 8, 3), np.uint8)


class DelayingDecoder:
    """One picture behind, as a decoder that reorders is."""

    def __init__(self) -> None:
        self._held: list[RawFrame] = []

    def decode(self, packet: Packet) -> list[RawFrame]:
        out, self._held = self._held, [raw_frame(packet)]
        return out

    def flush(self) -> list[RawFrame]:
        out, self._held = self._held, []
        return out


class NotingChain:
    def __init__(self) -> None:
        self.seen_s: list[float] = []
        self.ended_s: float | None = None

    def step(self, frame: RawFrame) -> Yield:
        self.seen_s.append(round(frame.time.t_s, 3))
        return Yield()

    def finish(self, t_s: float) -> Yield:
        self.ended_s = t_s
        return Yield()


def run_of(
    pictures: int = 10,
    *,
    rate: float = 10.0,
    duration_s: float | None = None,
    failure: SourceUnreadable | None = None,
    **options: object,
) -> tuple[SessionRun, NotingChain]:
    session = ScriptedSession(steps([PICTURE] * pictures, rate=10.0), failure=failure)
    session.format = replace(session.format, duration_s=duration_s)
    chain = NotingChain()
    run = SessionRun(
        session,  # type: ignore[arg-type]
        DelayingDecoder(),  # type: ignore[arg-type]
        Sampler(rate),
        chain,  # type: ignore[arg-type]
        **options,  # type: ignore[arg-type]
    )
    return run, chain


def test_every_picture_up_to_those_the_decoder_held_back() -> None:
    run, chain = run_of()
    assert len(list(run)) == 11  # ten pictures and the end
    assert chain.seen_s == [n / 10 for n in range(10)]
    assert (run.packets, run.frames, run.was_stopped) == (10, 10, False)
    assert chain.ended_s == run.t_s == pytest.approx(0.9)


def test_the_sample_rate_is_kept() -> None:
    run, chain = run_of(rate=5.0)
    assert len(list(run)) == 6
    assert chain.seen_s == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert run.frames == 10


def test_the_declared_end_counts_where_it_is_later() -> None:
    for declared_s, end_s in ((60.0, 60.0), (0.5, 0.9), (LONGEST_S, LONGEST_S)):
        run, chain = run_of(duration_s=declared_s)
        list(run)
        assert chain.ended_s == run.t_s == pytest.approx(end_s)


@pytest.mark.parametrize("declared_s", [LONGEST_S + 1, 1e15, float("inf"), float("nan"), -5.0])
def test_a_declared_end_that_cannot_be_is_not_believed(declared_s: float) -> None:
    run, chain = run_of(duration_s=declared_s)
    list(run)
    assert chain.ended_s == run.t_s == pytest.approx(0.9)


def test_a_stop_ends_where_it_came_and_closes_everything() -> None:
    run, chain = run_of(duration_s=60.0, stop=lambda: run.packets == 4)
    assert len(list(run)) == 4  # three pictures out of four packets, and the end
    assert run.was_stopped
    assert chain.seen_s == [0.0, 0.1, 0.2]
    assert chain.ended_s == run.t_s == pytest.approx(0.2)


def test_an_empty_stream_ends_at_zero() -> None:
    run, chain = run_of(0)
    assert len(list(run)) == 1
    assert chain.ended_s == 0.0


def test_a_source_that_fails_is_not_silenced() -> None:
    run, chain = run_of(3, failure=SourceUnreadable("the disk fails"))
    with pytest.raises(SourceUnreadable, match="the disk fails"):
        list(run)
    assert chain.seen_s == [0.0, 0.1]
    assert chain.ended_s is None


def test_reading_and_decoding_are_timed() -> None:
    timer = StageTimer()
    run, _ = run_of(timer=timer)
    list(run)
    assert {name: total.calls for name, total in timer.totals().items()} == {
        "read": 11,
        "decode": 11,
    }
