"""All that can be wrong with one feed, told from values alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from wayside.analyze.health import HealthWatch
from wayside.domain.feeds import FeedState
from wayside.domain.health import PictureQuality, ViewShift, Vitals
from wayside.domain.records import Finding, Origin, Phase, Severity
from wayside.events.lifecycle import Incidents
from wayside.testing.clock import FakeClock

GOOD = PictureQuality(
    t_s=0.0,
    luma_mean=110,
    luma_spread=45,
    lit=1.0,
    sharpness=0.5,
    usual_sharpness=0.5,
    is_learned=True,
)
ASIDE = replace(GOOD, match=0.1, shift=ViewShift(0.1, 0, 0, 1, 0.8, 0.1), steady_s=20)


def pictures(
    watch: HealthWatch, like: PictureQuality, begin: int, end: int, *, still: bool = False
) -> list[Finding]:
    found = []
    for t_s in range(begin, end):
        picture = replace(like, t_s=float(t_s))
        if still:
            picture = replace(picture, still_s=float(t_s - begin), still_samples=t_s - begin)
        found += watch.picture(picture)
    return found


def phases(found: Iterable[Finding]) -> list[tuple[str, Phase]]:
    return [(finding.kind, finding.phase) for finding in found]


def test_a_good_feed_is_left_alone() -> None:
    watch = HealthWatch()
    assert pictures(watch, GOOD, 0, 500) == []
    assert watch.conditions == frozenset()
    assert not watch.counting_paused
    assert not watch.geometry_suspended


def test_frozen_is_told_within_30_s_and_from_its_beginning() -> None:
    watch = HealthWatch()
    found = pictures(watch, GOOD, 100, 130, still=True)
    assert [(f.kind, f.phase, f.start_s) for f in found] == [("health.frozen", Phase.OPEN, 100)]
    assert watch.counting_paused
    found = pictures(watch, GOOD, 130, 133)
    assert phases(found) == [("health.frozen", Phase.CLOSE)]
    assert not watch.counting_paused


def test_a_slow_snapshot_feed_is_not_frozen_by_two_equal_pictures() -> None:
    watch = HealthWatch()
    assert watch.picture(replace(GOOD, t_s=60, still_s=60, still_samples=1)) == []


@pytest.mark.parametrize(
    ("like", "kind", "pauses"),
    [
        (replace(GOOD, lit=0.0, luma_mean=3, luma_spread=1), "black", True),
        (replace(GOOD, covered=0.9, match=0.0), "covered", True),
        (replace(GOOD, covered=0.3, match=0.5), "covered", True),
        (replace(GOOD, sharpness=0.1), "blurred", False),
    ],
)
def test_each_is_told_by_its_name_alone_and_ends(
    like: PictureQuality, kind: str, pauses: bool
) -> None:
    watch = HealthWatch()
    pictures(watch, GOOD, 0, 30)
    found = pictures(watch, like, 30, 100)
    assert phases(found) == [(f"health.{kind}", Phase.OPEN)]
    assert found[0].start_s == 30
    assert {"value", "threshold", "unit"} <= set(found[0].data)
    assert watch.conditions == {kind}
    assert watch.counting_paused is pauses
    assert phases(pictures(watch, GOOD, 100, 130)) == [(f"health.{kind}", Phase.CLOSE)]


def test_a_passing_lorry_is_no_cover() -> None:
    watch = HealthWatch()
    found = pictures(watch, replace(GOOD, covered=0.4, match=0.5), 0, 45)
    assert found + pictures(watch, GOOD, 45, 60) == []


def test_a_moved_view_suspends_geometry_until_it_returns() -> None:
    watch = HealthWatch()
    found = pictures(watch, ASIDE, 100, 101)
    assert phases(found) == [("health.view_moved", Phase.OPEN)]
    assert found[0].start_s == 80
    assert found[0].data["dx"] == 0.1
    assert watch.geometry_suspended
    assert not watch.counting_paused
    assert phases(pictures(watch, GOOD, 101, 110)) == [("health.view_moved", Phase.CLOSE)]
    assert not watch.geometry_suspended


def test_a_view_that_does_not_stand_still_has_not_moved() -> None:
    watch = HealthWatch()
    assert pictures(watch, replace(ASIDE, steady_s=5), 0, 300) == []


def test_an_unlearned_view_cannot_move() -> None:
    watch = HealthWatch()
    assert pictures(watch, replace(ASIDE, is_learned=False), 0, 300) == []


def test_blindness_is_not_another_view() -> None:
    watch = HealthWatch()
    blind = replace(ASIDE, shift=None, match=0.0)
    assert pictures(watch, replace(blind, lit=0.0), 0, 5) == []
    assert pictures(watch, replace(blind, covered=0.2), 5, 10) == []
    assert pictures(watch, replace(blind, sharpness=0.2), 10, 15) == []
    assert phases(pictures(watch, blind, 15, 16)) == [("health.view_moved", Phase.OPEN)]


def test_geometry_stays_suspended_over_the_end_of_a_session() -> None:
    watch = HealthWatch()
    pictures(watch, ASIDE, 100, 101)
    assert phases(watch.finish(101)) == [("health.view_moved", Phase.CLOSE)]
    assert watch.geometry_suspended
    assert pictures(watch, replace(ASIDE, steady_s=1), 0, 3) == []
    assert watch.geometry_suspended
    pictures(watch, GOOD, 3, 4)
    assert not watch.geometry_suspended


def test_confirming_the_view_ends_it() -> None:
    watch = HealthWatch()
    pictures(watch, ASIDE, 100, 101)
    assert phases(watch.confirm_view(101)) == [("health.view_moved", Phase.CLOSE)]
    assert not watch.geometry_suspended
    assert watch.conditions == frozenset()


class Feed:
    """Vital signs of a feed of 25 pictures a second, second by second."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.watch = HealthWatch()
        self.pictures = self.corrupt = 0
        self.wall_off_s = 0.0
        self.source_off_s: float | None = 0.0

    def run(self, seconds: int, **given: object) -> list[Finding]:
        found = []
        for _ in range(seconds):
            self.clock.advance(1)
            found += self.watch.vitals(self.vitals(**given))
        return found

    def vitals(self, fps: float = 25.0, damaged: int = 0, **given: object) -> Vitals:
        t_s = self.clock.monotonic_s()
        self.pictures += round(fps)
        self.corrupt += damaged
        captured = None
        if self.source_off_s is not None:
            captured = self.clock.now() + timedelta(seconds=self.source_off_s - 0.2)
        vitals = Vitals(
            t_s=t_s,
            now=self.clock.now() + timedelta(seconds=self.wall_off_s),
            session_s=t_s - 0.2,
            captured=captured,
            arrived_s=t_s - 0.1,
            fps_in=fps,
            pictures=self.pictures,
            corrupt=self.corrupt,
        )
        return replace(vitals, **given)  # type: ignore[arg-type]


def test_a_low_rate_against_the_usual_one() -> None:
    feed = Feed()
    assert feed.run(120) == []
    assert feed.run(60, fps=12.5) == []  # as cameras do at dusk
    found = feed.run(40, fps=5.0)
    assert phases(found) == [("health.low_rate", Phase.OPEN)]
    assert found[0].severity is Severity.INFO
    assert found[0].start_s == pytest.approx(180.8)
    assert phases(feed.run(5, fps=1.0)) == [("health.low_rate", Phase.UPDATE)]
    assert phases(feed.run(15)) == [("health.low_rate", Phase.CLOSE)]


def test_a_feed_that_declares_25_and_sends_12_is_well() -> None:
    feed = Feed()
    assert feed.run(300, fps=12.0, fps_declared=25.0) == []


def test_a_lost_feed_has_no_low_rate() -> None:
    feed = Feed()
    feed.run(120)
    assert feed.run(100, fps=0.0, state=FeedState.RETRYING) == []


def test_a_burst_of_damage_is_one_incident() -> None:
    feed = Feed()
    feed.run(60)
    found = feed.run(3, damaged=5)
    found += feed.run(4)
    found += feed.run(2, damaged=5)
    assert phases(found) == [("health.corrupt", Phase.OPEN)]
    assert phases(feed.run(30)) == [("health.corrupt", Phase.CLOSE)]


def test_single_damaged_pictures_are_no_burst() -> None:
    feed = Feed()
    assert [f for _ in range(20) for f in feed.run(1, damaged=1) + feed.run(29)] == []


def test_a_new_session_counts_anew() -> None:
    feed = Feed()
    feed.run(30, damaged=0)
    feed.pictures = feed.corrupt = 0
    assert feed.run(30) == []


def test_a_source_with_a_wrong_clock() -> None:
    feed = Feed()
    feed.source_off_s = -90.0
    found = feed.run(60)
    assert phases(found) == [("health.clock_drift", Phase.OPEN)]
    assert found[0].data["whose"] == "source"
    assert found[0].data["value"] == pytest.approx(-90.1)
    assert feed.watch.clock_drift_s == pytest.approx(-90.1)
    feed.source_off_s = 0.0
    assert phases(feed.run(30)) == [("health.clock_drift", Phase.CLOSE)]


def test_a_source_without_a_clock_has_no_drift() -> None:
    feed = Feed()
    feed.source_off_s = None
    assert feed.run(300) == []
    assert feed.watch.clock_drift_s is None


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
def test_our_own_clock_jumps_and_the_source_is_not_blamed(jump_s: float) -> None:
    feed = Feed()
    feed.run(60)
    feed.wall_off_s = jump_s
    found = feed.run(300)
    assert [(f.kind, f.phase) for f in found] == [("health.clock_drift", Phase.INSTANT)]
    assert found[0].data["whose"] == "machine"
    assert found[0].data["value"] == pytest.approx(jump_s)
    assert feed.watch.conditions == frozenset()


def test_our_own_clock_is_put_right() -> None:
    feed = Feed()
    feed.wall_off_s = 3600.0
    feed.run(60)
    feed.wall_off_s = 0.0
    found = feed.run(60)
    assert [f.phase for f in found] == [Phase.INSTANT, Phase.CLOSE]
    assert feed.watch.conditions == frozenset()


def test_every_finding_makes_an_event() -> None:
    feed = Feed()
    found = pictures(feed.watch, replace(GOOD, lit=0.0), 0, 60, still=True)
    found += pictures(feed.watch, ASIDE, 60, 61)
    feed.source_off_s = 100.0
    found += feed.run(60)
    feed.wall_off_s = -9.0
    found += feed.run(60, damaged=9)
    found += feed.run(60, fps=1.0)
    found += feed.watch.finish(400)
    incidents = Incidents(Origin("s", "f", "x"), feed.clock.now(), feed.clock)
    events = incidents.events(found)
    assert len(events) == len(found)
    assert incidents.open_count == 0
    assert not any(incidents.counters.totals().values())
