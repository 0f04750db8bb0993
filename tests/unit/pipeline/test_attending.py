"""Which pictures of a live session are decoded and looked at: awake, asleep, woken."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from wayside.attend.alertness import AlertnessSettings
from wayside.decode.decoder import Decoder
from wayside.domain.classes import ObjectClass
from wayside.domain.media import Packet, RawFrame, StreamFormat
from wayside.domain.tracks import Trajectory
from wayside.ingest.file import FileSource
from wayside.observe.stages import StageTimer
from wayside.pipeline.attending import Attending

RATE = 25
GOP = 50
SETTINGS = AlertnessSettings(
    settle_s=1.0,
    learn_s=2.0,
    idle_rate=5.0,
    look_s=0.0,
    asleep_look_s=0.0,
    look_back_s=1.0,
    glance_s=2.0,
    glance_most_s=4.0,
)


class Film:
    """A place with the noise of a sensor; from ``moves_s`` on something goes through it."""

    def __init__(
        self, path: Path, options: dict[str, str], seconds: int = 12, moves_s: float = math.inf
    ) -> None:
        noise = np.random.default_rng(3)
        place = noise.integers(60, 180, (9, 16)).repeat(16, 0).repeat(16, 1)
        with av.open(str(path), "w") as output:
            options = {"g": str(GOP), "sc_threshold": "0", "crf": "20", **options}
            stream = output.add_stream("libx264", rate=RATE, options=options)
            stream.width, stream.height, stream.pix_fmt = 256, 144, "yuv420p"
            for index in range(RATE * seconds):
                grey = place + noise.normal(0, 2, place.shape)
                if index / RATE >= moves_s:
                    left = int(60 * (index / RATE - moves_s)) % 230
                    grey[60:84, left : left + 24] = 250
                frame = av.VideoFrame.from_ndarray(grey.clip(0, 255).astype(np.uint8), "gray")
                frame.pts, frame.time_base = index, Fraction(1, RATE)
                output.mux(stream.encode(frame.reformat(format="yuv420p")))
            output.mux(stream.encode())
        with FileSource(path).open() as session:
            self.format: StreamFormat = replace(session.format, duration_s=None)
            self.packets = list(session.packets())
        decoder = Decoder(self.format)
        frames = [frame for packet in self.packets for frame in decoder.decode(packet)]
        self.times = [frame.time.t_s for frame in frames + decoder.flush()]


class Sizes:
    """What a test makes the packets say."""

    def __init__(self) -> None:
        self.may_sleep = True
        self.is_telling = True
        self.is_alarmed = False
        self.learnt: list[tuple[int, bool]] = []
        self.heard = 0
        self.glances: list[bool] = []
        self.slept = 0

    def learn(self, packets: Sequence[Packet], *, is_still: bool) -> None:
        self.learnt.append((len(packets), is_still))

    def fell_asleep(self) -> None:
        self.slept += 1

    def wakes(self, packets: Sequence[Packet]) -> bool:
        self.heard += len(packets)
        return self.is_alarmed

    def glanced(self, is_still: bool) -> None:
        self.glances.append(is_still)


@pytest.fixture(scope="module", params=[{"bf": "0"}, {"bf": "2", "b_strategy": "0"}])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Film:
    return Film(tmp_path_factory.mktemp("film") / "a.mp4", request.param)


def stay(start_s: float, seconds: float) -> Trajectory:
    """Somebody who went through the picture in so long."""
    t_s = np.array([start_s, start_s + seconds])
    return Trajectory(
        1, int(ObjectClass.PERSON), t_s, np.array([[0, 0.5], [1, 0.5]], np.float32), None
    )


def awake(film: Film, sizes: Sizes | None, rate: float = 5.0) -> Attending:
    return Attending(film.format, rate, StageTimer(), sizes, SETTINGS)


def watch(
    attending: Attending, packets: Sequence[Packet], *, is_still: bool, rate: float | None = 5.0
) -> list[RawFrame]:
    """Takes packets and says of every picture what it showed; falls asleep where it may."""
    seen = []
    for number, packet in enumerate(packets):
        frames = attending.take(packet, rate)
        seen += frames
        for frame in frames:
            attending.saw(frame, is_still=is_still)
        frames = attending.rest()
        seen += frames
        if attending.is_asleep:
            asleep_from.append(number + 1)
            break
    return seen


asleep_from: list[int] = []


def asleep(film: Film, sizes: Sizes) -> tuple[Attending, int]:
    """(A session that has just fallen asleep, how many packets it has taken)."""
    attending = awake(film, sizes)
    asleep_from.clear()
    watch(attending, film.packets, is_still=True)
    assert attending.is_asleep
    return attending, asleep_from[0]


def times(frames: Sequence[RawFrame]) -> list[float]:
    return [frame.time.t_s for frame in frames]


def test_awake_pictures_are_taken_at_the_rate(film: Film) -> None:
    seen = times(watch(awake(film, None), film.packets, is_still=False))
    assert len(seen) == pytest.approx(5.0 * 12, abs=2)
    assert set(seen) <= set(film.times)


def test_while_nothing_moves_fewer_pictures_do(film: Film) -> None:
    moving = awake(film, None, rate=12.5)
    still = awake(film, None, rate=12.5)
    seen = [len(watch(moving, film.packets, is_still=False, rate=12.5))]
    seen.append(len(watch(still, film.packets, is_still=True, rate=12.5)))
    assert seen[0] > 2 * seen[1]


def test_without_stillness_or_trust_in_its_sizes_it_stays_awake(film: Film) -> None:
    moving = awake(film, Sizes())
    watch(moving, film.packets, is_still=False)
    assert not moving.is_asleep
    untrusted = Sizes()
    untrusted.may_sleep = untrusted.is_telling = False
    doubtful = awake(film, untrusted)
    for number in range(6):
        doubtful.visited(stay(10.0 * number, 1.5))  # some are gone before the next keyframe
    watch(doubtful, film.packets, is_still=True)
    assert not doubtful.is_asleep
    assert sum(count for count, _ in untrusted.learnt) > 200
    assert all(is_still for _, is_still in untrusted.learnt)


def test_asleep_only_a_keyframe_now_and_then_is_decoded(film: Film) -> None:
    sizes = Sizes()
    attending, at = asleep(film, sizes)
    assert 2.0 <= attending.t_s < 3.2
    seen: list[RawFrame] = []
    for first in range(at, len(film.packets), 7):
        frames = attending.listen(film.packets[first : first + 7])
        seen += frames
        for frame in frames:
            attending.saw(frame, is_still=True)
    assert attending.is_asleep
    assert times(seen) == pytest.approx([4.0, 6.0, 8.0, 10.0])
    assert sizes.glances == [True] * 4
    assert sizes.heard == len(film.packets) - at
    assert attending.t_s == pytest.approx(12.0, abs=0.15)
    assert attending.slept_s == pytest.approx(attending.t_s - 2.6, abs=0.7)


def test_where_nothing_falls_between_keyframes_it_sleeps_and_looks_at_each(film: Film) -> None:
    sizes = Sizes()
    sizes.may_sleep = sizes.is_telling = False
    sizes.is_alarmed = True  # nobody asks
    attending = awake(film, sizes)
    for number in range(6):
        attending.visited(stay(10.0 * number, 4.0))
    asleep_from.clear()
    watch(attending, film.packets, is_still=True)
    seen: list[RawFrame] = []
    for packet in film.packets[asleep_from[0] :]:
        frames = attending.listen([packet])
        seen += frames
        for frame in frames:
            attending.saw(frame, is_still=True)
    assert times(seen) == pytest.approx([4.0, 6.0, 8.0, 10.0])
    assert sizes.heard == 0


@pytest.mark.parametrize("options", [{"bf": "0"}, {"bf": "2", "b_strategy": "0"}])
def test_what_a_keyframe_shows_is_seen_from_its_beginning(
    tmp_path: Path, options: dict[str, str]
) -> None:
    film = Film(tmp_path / "a.mp4", options, moves_s=4.6)
    attending, at = asleep(film, Sizes())
    while attending.is_asleep:
        for frame in attending.listen(film.packets[at : at + 1]):
            attending.saw(frame, is_still=True)
        at += 1
    assert attending.t_s == pytest.approx(6.0, abs=0.2)
    again = attending.look_back()
    assert again[0].pts == film.packets[2 * GOP].pts
    seen = times(watch(attending, again + film.packets[at:], is_still=False))
    # From the last keyframe that was still as it had been: that one at 4.0 s.
    assert 4.0 < seen[0] < 4.25
    assert seen == sorted(seen)
    assert max(b - a for a, b in itertools.pairwise(seen)) < 0.25


def test_unchanged_pictures_are_told_and_not_looked_at(tmp_path: Path) -> None:
    film = Film(tmp_path / "a.mp4", {"bf": "0"}, moves_s=9.0)
    settings = replace(SETTINGS, look_s=2.0, learn_s=60.0)
    attending = Attending(film.format, 12.5, StageTimer(), Sizes(), settings)
    seen: list[float] = []
    unchanged: list[float] = []
    for packet in film.packets:
        for frame in attending.take(packet, 12.5):
            attending.saw(frame, is_still=frame.time.t_s < 9.0)
            seen.append(frame.time.t_s)
        unchanged += times(attending.unchanged())
    still = [t_s for t_s in seen if 1.0 < t_s < 9.0]
    assert 3 <= len(still) <= 8
    assert len([t_s for t_s in unchanged if 1.0 < t_s < 9.0]) > 25
    assert not [t_s for t_s in unchanged if t_s > 9.3]
    assert len([t_s for t_s in seen if t_s > 9.3]) > 25


def test_woken_it_looks_back_from_before_the_change(film: Film) -> None:
    sizes = Sizes()
    attending, at = asleep(film, sizes)
    before = times(watch(awake(film, Sizes()), film.packets[:at], is_still=True))
    change = at + 84
    for first in range(at, change, 6):
        for frame in attending.listen(film.packets[first : first + 6]):
            attending.saw(frame, is_still=True)
    sizes.is_alarmed = True
    heard_s = attending.t_s
    assert attending.listen(film.packets[change : change + 6]) == []
    assert not attending.is_asleep
    again = attending.look_back()
    assert again[0].is_keyframe
    assert [p.pts for p in again] == [p.pts for p in film.packets[: change + 6]][-len(again) :]
    assert attending.look_back() == []  # once
    learnt = len(sizes.learnt)
    seen = times(watch(attending, again, is_still=False))
    assert len(sizes.learnt) == learnt  # what is taken again teaches nothing
    assert seen == sorted(seen)
    assert set(seen) <= set(film.times)
    assert heard_s - 1.0 <= seen[0] <= heard_s - 0.75
    assert seen[0] > before[-1]
    rest = times(watch(attending, film.packets[change + 6 :], is_still=False))
    assert rest[0] > seen[-1]
    assert max(b - a for a, b in zip([*seen, *rest], [*seen, *rest][1:], strict=False)) < 0.25
    assert attending.woken == 1


def test_what_was_seen_at_a_glance_is_not_seen_again(film: Film) -> None:
    sizes = Sizes()
    attending, at = asleep(film, sizes)
    glanced: list[float] = []
    while not glanced:
        frames = attending.listen(film.packets[at : at + 5])
        at += 5
        glanced += times(frames)
    attending.saw(frames[0], is_still=False)
    assert not attending.is_asleep
    seen = times(watch(attending, attending.look_back(), is_still=False))
    assert glanced[0] not in seen
    assert all(t_s > glanced[0] for t_s in seen)


def test_somebody_who_watches_wakes_it(film: Film) -> None:
    attending, _ = asleep(film, Sizes())
    attending.stir()
    assert not attending.is_asleep
    assert attending.look_back()
    attending.stir()
    assert attending.look_back() == []


def test_a_damaged_packet_wakes_it(film: Film) -> None:
    attending, at = asleep(film, Sizes())
    attending.listen([film.packets[at], replace(film.packets[at + 1], is_corrupt=True)])
    assert not attending.is_asleep


def test_without_time_stamps_it_never_sleeps(film: Film) -> None:
    attending = awake(film, Sizes())
    watch(attending, [replace(p, pts=None, dts=None) for p in film.packets], is_still=True)
    assert not attending.is_asleep


def test_keyframes_alone_are_taken_under_load_and_it_may_sleep_then(film: Film) -> None:
    sizes = Sizes()
    attending = awake(film, sizes)
    asleep_from.clear()
    seen = times(watch(attending, film.packets, is_still=True, rate=None))
    assert attending.is_asleep
    assert all(round(t_s / 2.0, 3).is_integer() for t_s in seen)


def test_a_gop_too_long_to_keep_is_looked_at_before_it_is_lost(tmp_path: Path) -> None:
    film = Film(tmp_path / "long.mp4", {"bf": "0", "g": "2000", "keyint_min": "2000"}, seconds=26)
    sizes = Sizes()
    attending, at = asleep(film, sizes)
    while attending.is_asleep:
        attending.listen(film.packets[at : at + 8])
        at += 8
    again = attending.look_back()
    assert again[0].is_keyframe
    assert 480 <= len(again) < 600
    assert times(watch(attending, again, is_still=False))


def test_nothing_is_left_inside_at_the_end(film: Film) -> None:
    attending = awake(film, None, rate=25.0)
    seen = watch(attending, film.packets, is_still=False, rate=25.0)
    seen += attending.flush()
    assert times(seen) == pytest.approx(film.times)
