"""A viewer's tiles: one slot, one credit, the newest only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from wayside.domain.feeds import LivePicture
from wayside.fleet.interface import OnPicture
from wayside.serve.live.desk import Desk, Wanted


def picture(feed: str, t_s: float) -> LivePicture:
    return LivePicture(feed, "s", datetime(2026, 5, 4, tzinfo=UTC), t_s, 4, 4, (), b"jpeg")


@dataclass
class Watched:
    """Stands for a fleet: remembers who watches, and hands pictures out when told."""

    log: list[str] = field(default_factory=list)
    open: dict[str, OnPicture] = field(default_factory=dict)
    wakes: int = 0

    def watch(self, feed: str, width: int, fps: float, on_picture: OnPicture) -> Callable[[], None]:
        self.log.append(f"watch {feed} {width} {fps:g}")
        self.open[feed] = on_picture

        def stop() -> None:
            self.log.append(f"stop {feed} {width}")
            if self.open.get(feed) is on_picture:
                del self.open[feed]

        return stop

    def wake(self) -> None:
        self.wakes += 1

    def show(self, feed: str, t_s: float) -> None:
        self.open[feed](picture(feed, t_s))


def test_a_tile_starts_with_one_credit() -> None:
    fleet = Watched()
    desk = Desk(fleet.watch, fleet.wake)
    desk.want([Wanted("a", 320, 5)])
    assert desk.next() is None
    fleet.show("a", 1)
    assert desk.next() == picture("a", 1)
    fleet.show("a", 2)
    assert desk.next() is None
    desk.painted("a")
    assert desk.next() == picture("a", 2)
    assert fleet.wakes == 2


def test_a_newer_picture_takes_the_slot() -> None:
    fleet = Watched()
    desk = Desk(fleet.watch, fleet.wake)
    desk.want([Wanted("a", 320, 5)])
    for t_s in range(1000):
        fleet.show("a", t_s)
    assert desk.next() == picture("a", 999)
    desk.painted("a")
    assert desk.next() is None
    assert desk.skipped == 999


def test_credit_cannot_be_saved_up() -> None:
    fleet = Watched()
    desk = Desk(fleet.watch, fleet.wake)
    desk.want([Wanted("a", 320, 5)])
    for _ in range(50):
        desk.painted("a")
    sent = 0
    for t_s in range(10):
        fleet.show("a", t_s)
        sent += desk.next() is not None
    assert sent == 1


def test_no_tile_starves() -> None:
    fleet = Watched()
    desk = Desk(fleet.watch, fleet.wake)
    desk.want([Wanted(feed, 320, 5) for feed in "abc"])
    order = []
    for t_s in range(9):
        for feed in "abc":
            fleet.show(feed, t_s)
            desk.painted(feed)
        found = desk.next()
        assert found is not None
        order.append(found.feed)
    assert order == list("abcabcabc")


def test_one_slow_tile_does_not_hold_the_others() -> None:
    fleet = Watched()
    desk = Desk(fleet.watch, fleet.wake)
    desk.want([Wanted("slow", 320, 5), Wanted("quick", 320, 5)])
    fleet.show("slow", 0)
    assert desk.next() == picture("slow", 0)
    for t_s in range(5):
        fleet.show("slow", t_s)
        fleet.show("quick", t_s)
        assert desk.next() == picture("quick", t_s)
        assert desk.next() is None
        desk.painted("quick")


def test_wanting_replaces_the_whole_set() -> None:
    fleet = Watched()
    desk = Desk(fleet.watch, fleet.wake)
    desk.want([Wanted("a", 320, 5), Wanted("b", 320, 5)])
    desk.want([Wanted("b", 320, 5), Wanted("c", 320, 5)])
    assert set(fleet.open) == {"b", "c"}
    assert fleet.log == ["watch a 320 5", "watch b 320 5", "stop a 320", "watch c 320 5"]
    desk.painted("a")
    desk.close()
    assert fleet.open == {}


def test_another_size_keeps_the_credit_and_begins_before_the_old_ends() -> None:
    fleet = Watched()
    desk = Desk(fleet.watch, fleet.wake)
    desk.want([Wanted("a", 320, 5)])
    fleet.show("a", 1)
    assert desk.next() is not None
    old = fleet.open["a"]
    desk.want([Wanted("a", 960, 10)])
    assert fleet.log[1:] == ["watch a 960 10", "stop a 320"]
    old(picture("a", 2))
    fleet.show("a", 3)
    assert desk.next() is None
    desk.painted("a")
    assert desk.next() == picture("a", 3)


def test_two_tiles_of_one_feed_are_one() -> None:
    fleet = Watched()
    desk = Desk(fleet.watch, fleet.wake)
    desk.want([Wanted("a", 320, 10), Wanted("a", 960, 2)])
    assert fleet.log == ["watch a 960 10"]
