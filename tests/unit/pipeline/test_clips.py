"""Which events get a clip, and that making one is bounded and hurts nobody."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from live_feeds import START
from made_clips import RATE, RedFilm, order_of, red_film, red_pixels, shown
from wayside.domain.records import Event, Origin, Phase, Severity
from wayside.pipeline.clip_making import EventClip
from wayside.pipeline.clips import ClipMaker, ClipSettings, SessionClips, is_worth_a_clip
from wayside.redact.redactor import Redactor

SETTINGS = ClipSettings(before_s=1.0, after_s=1.0, apart_s=2.0, keep_s=4.0)


def event(
    kind: str = "traffic.stopped_object",
    phase: Phase = Phase.OPEN,
    severity: Severity = Severity.WARNING,
    start_s: float = 3.0,
) -> Event:
    origin = Origin("test", "north", "s1")
    end_s = start_s if phase in (Phase.INSTANT, Phase.CLOSE) else None
    ids = uuid4(), uuid4()
    return Event(*ids, origin, 0, kind, phase, START, None, start_s, end_s, "Z", severity, {})


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> RedFilm:
    return red_film(tmp_path_factory.mktemp("film") / "a.mp4", 12.0)


class Kept(list[EventClip]):
    """What a maker has delivered."""

    def maker(self, settings: ClipSettings = SETTINGS, *, is_on: bool = True) -> ClipMaker:
        return ClipMaker(self.append, settings=settings, is_on=is_on)


@pytest.fixture
def kept() -> Kept:
    return Kept()


def session_of(maker: ClipMaker, film: RedFilm) -> SessionClips:
    return maker.session("north", film.format, Redactor)


def play(clips: SessionClips, film: RedFilm, begin_s: float, end_s: float) -> None:
    """Packets of these seconds, every fourth picture analysed when its packet has come."""
    for number in range(round(RATE * begin_s), round(RATE * end_s)):
        clips.keep(film.packets[number])
        if number % 4 == 0:
            clips.saw(film.time(number), film.sight(number))


def work(maker: ClipMaker) -> int:
    steps = 0
    while maker.step():
        steps += 1
    return steps


@pytest.mark.parametrize(
    ("one", "is_worth"),
    [
        (event(), True),
        (event(phase=Phase.INSTANT), True),
        (event("health.covered", severity=Severity.CRITICAL), True),
        (event("health.view_moved"), True),
        (event(phase=Phase.UPDATE), False),
        (event(phase=Phase.CLOSE), False),
        (event("traffic.line_crossing", Phase.INSTANT, Severity.INFO), False),
        (event("venue.zone_presence", severity=Severity.INFO), False),
        (event("health.signal_lost"), False),
        (event("health.corrupt", severity=Severity.CRITICAL), False),
        (event("health.clock_drift", Phase.INSTANT), False),
    ],
)
def test_what_is_worth_seeing(one: Event, is_worth: bool) -> None:
    assert is_worth_a_clip(one) is is_worth


def test_the_seconds_before_and_after_the_start(film: RedFilm, kept: Kept) -> None:
    maker = kept.maker()
    clips = session_of(maker, film)
    play(clips, film, 0.0, 3.5)
    clips.happened([told := event(start_s=3.0)])
    play(clips, film, 3.5, 4.9)
    assert maker.waiting == 0  # its last pictures are not analysed yet
    play(clips, film, 4.9, 5.2)
    assert maker.waiting == 1
    work(maker)
    [clip] = kept
    assert clip.event_id == told.event_id
    pictures = shown(clip.mp4)
    assert pictures[-1][0] == pytest.approx(2.0, abs=0.13)
    assert all(red_pixels(picture) == 0 for _, picture in pictures)
    assert maker.counters["made"] == 1


def test_a_start_that_is_not_kept_any_more_gives_way_to_the_telling(
    film: RedFilm, kept: Kept
) -> None:
    maker = kept.maker()
    clips = session_of(maker, film)
    play(clips, film, 0.0, 9.0)
    clips.happened([event(start_s=1.0)])
    play(clips, film, 9.0, 12.0)
    work(maker)
    [clip] = kept
    assert shown(clip.mp4)[-1][0] == pytest.approx(2.0, abs=0.13)


def test_the_end_of_the_session_is_the_end_of_the_clip(film: RedFilm, kept: Kept) -> None:
    maker = kept.maker()
    clips = session_of(maker, film)
    play(clips, film, 0.0, 3.2)
    clips.happened([event(start_s=3.0)])
    clips.ended()
    work(maker)
    [clip] = kept
    assert shown(clip.mp4)[-1][0] == pytest.approx(1.12, abs=0.13)
    assert clips.recent.held_bytes == 0


def test_pictures_that_nobody_decoded_are_there_too(film: RedFilm, kept: Kept) -> None:
    """Only the last second was analysed: all of it is shown, though packets before it were not."""
    maker = kept.maker()
    clips = session_of(maker, film)
    for number in range(round(RATE * 3.0)):
        clips.keep(film.packets[number])
    play(clips, film, 3.0, 3.5)
    clips.happened([event(start_s=3.2)])
    play(clips, film, 3.5, 6.0)
    work(maker)
    [clip] = kept
    assert shown(clip.mp4)[-1][0] == pytest.approx(1.2, abs=0.13)


def test_one_clip_of_a_crowd_of_incidents(film: RedFilm, kept: Kept) -> None:
    maker = kept.maker()
    clips = session_of(maker, film)
    play(clips, film, 0.0, 3.5)
    clips.happened([event(), event(), event()])
    play(clips, film, 3.5, 5.0)
    clips.happened([event(start_s=4.8)])
    play(clips, film, 5.0, 6.0)
    clips.happened([event(start_s=5.8)])
    play(clips, film, 6.0, 9.0)
    work(maker)
    assert len(kept) == 2


def test_an_event_before_the_first_picture_or_with_stamps_begun_anew_gets_none(
    film: RedFilm, kept: Kept
) -> None:
    maker = kept.maker()
    clips = session_of(maker, film)
    clips.happened([event(start_s=0.0)])
    play(clips, film, 0.0, 6.0)
    clips.happened([event(start_s=5.8)])
    play(clips, film, 0.0, 3.0)  # the camera counts from nought again
    assert work(maker) == 0
    assert kept == []
    assert maker.counters["given_up"] == 1


def test_what_waits_is_bounded_and_the_oldest_goes(film: RedFilm, kept: Kept) -> None:
    maker = kept.maker(replace(SETTINGS, waiting=2))
    orders = [order_of(film, film.seen(range(0, 100, 4)), 1.0, 1.5) for _ in range(5)]
    for order in orders:
        maker.order(order)
    assert maker.waiting == 2
    work(maker)
    assert [clip.event_id for clip in kept] == [order.event_id for order in orders[3:]]
    assert maker.counters["given_up"] == 3


def test_what_waits_is_bounded_in_bytes(film: RedFilm, kept: Kept) -> None:
    orders = [order_of(film, film.seen(range(0, 100, 4)), 1.0, 1.5) for _ in range(5)]
    maker = kept.maker(replace(SETTINGS, waiting_size=2 * orders[0].size))
    for order in orders:
        maker.order(order)
    assert maker.waiting == 2
    work(maker)
    for order in orders[:2]:  # nothing of what is done counts any more
        maker.order(order)
    assert maker.waiting == 2


def test_one_is_in_work_at_a_time(film: RedFilm, kept: Kept) -> None:
    maker = kept.maker()
    for _ in range(2):
        maker.order(order_of(film, film.seen(range(0, 100, 4)), 1.0, 2.0))
    steps = 0
    while not kept:
        assert maker.step()
        steps += 1
    assert steps > 8
    assert maker.waiting == 1
    work(maker)
    assert len(kept) == 2


def test_one_that_fails_is_counted_and_the_next_is_made(film: RedFilm, kept: Kept) -> None:
    def broken() -> Redactor:
        raise ZeroDivisionError("a secret in a text")

    maker = kept.maker()
    maker.order(order_of(film, film.seen(range(0, 100, 4)), 1.0, 2.0, broken))
    maker.order(order_of(film, film.seen(range(0, 100, 4)), 1.0, 2.0))
    work(maker)
    assert len(kept) == 1
    assert (maker.counters["failed"], maker.counters["made"]) == (1, 1)


def test_sessions_share_the_room(film: RedFilm, kept: Kept) -> None:
    settings = replace(SETTINGS, keep_size=1000, all_size=1500)
    maker = kept.maker(settings)
    first = session_of(maker, film)
    assert maker.share() == 1000
    second = session_of(maker, film)
    assert maker.share() == 750
    play(first, film, 0.0, 1.0)
    assert first.recent.size == 750
    del second
    assert maker.share() == 1000


def test_switched_off_it_keeps_nothing(film: RedFilm, kept: Kept) -> None:
    maker = kept.maker(is_on=False)
    clips = session_of(maker, film)
    play(clips, film, 0.0, 3.5)
    clips.happened([event()])
    play(clips, film, 3.5, 6.0)
    clips.ended()
    assert clips.recent.held_bytes == 0
    assert not clips.recent.seen
    assert not maker.step()
    assert kept == []
