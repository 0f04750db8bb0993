"""A file in a loop, on a clock that moves only while it waits."""

from __future__ import annotations

from itertools import islice, pairwise
from pathlib import Path

import pytest

from made_media import make_video
from wayside.decode.decoder import Decoder
from wayside.domain.errors import SourceMissing
from wayside.domain.feeds import SourceKind, SourceSpec
from wayside.ingest.looped import LoopedFileSource
from wayside.ingest.pacing import MAX_LAG_S, Pacer
from wayside.testing.clock import FakeClock


def looped(path: Path, clock: FakeClock, **spec: float) -> LoopedFileSource:
    def wait(seconds: float) -> bool:
        clock.advance(seconds)
        return False

    made = SourceSpec(SourceKind.FILE, str(path), loop=True, **spec)  # type: ignore[arg-type]
    return LoopedFileSource(made, clock=clock, wait=wait)


@pytest.mark.parametrize("name", ["a.mp4", "a.ts", "a.mkv"])
def test_time_goes_on_over_the_loop_at_its_own_speed(tmp_path: Path, name: str) -> None:
    path = make_video(tmp_path / name, frames=10, rate=10)
    clock = FakeClock()
    with looped(path, clock).open() as session:
        decoder = Decoder(session.format)
        packets = list(islice(session.packets(), 35))
        times = [f.time.t_s for p in packets for f in decoder.decode(p)]
    assert session.format.duration_s is None
    steps = [b - a for a, b in pairwise(times)]
    assert steps == pytest.approx([0.1] * len(steps), abs=0.012)
    assert len(times) >= 28
    assert decoder.discontinuities == 0
    assert decoder.corrupt_frames == 0
    assert clock.monotonic_s() == pytest.approx(3.4, abs=0.2)
    assert [p.arrived_s for p in packets] == sorted(p.arrived_s or 0.0 for p in packets)


def test_a_stream_without_times_is_played_at_its_rate(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.h264", frames=10)
    clock = FakeClock()
    with looped(path, clock, rate=5.0).open() as session:
        packets = list(islice(session.packets(), 26))
    stamps = [p.pts for p in packets]
    assert stamps == sorted(set(stamps))  # type: ignore[type-var]
    assert clock.monotonic_s() == pytest.approx(5.0, abs=0.3)


def test_a_stop_ends_it(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", frames=10)
    source = looped(path, FakeClock())
    with source.open() as session:
        packets = session.packets()
        next(packets)
        source.interrupt()
        assert list(packets) == []


def test_a_file_that_vanishes_is_missing_at_the_next_turn(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", frames=5)
    with looped(path, FakeClock()).open() as session:
        path.unlink()
        with pytest.raises(SourceMissing):
            list(session.packets())


def test_a_pacer_waits_for_the_media_and_not_for_the_past() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    assert pacer.delay_s(100.0) == 0.0
    assert pacer.delay_s(100.5) == 0.5
    clock.advance(0.4)
    assert pacer.delay_s(100.5) == pytest.approx(0.1)
    clock.advance(MAX_LAG_S + 5)
    assert pacer.delay_s(101.0) == 0.0
    assert pacer.delay_s(101.5) == pytest.approx(0.5)
    assert pacer.delay_s(7.0) == 0.0  # a leap back starts anew
    assert pacer.delay_s(7.25) == pytest.approx(0.25)
