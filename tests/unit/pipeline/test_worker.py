"""Many feeds on one thread: nobody starves, and one feed's fault stays its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from live_feeds import RATE, Film, Stage, film, spec, until
from wayside.attend.budget import Budget, BudgetSettings
from wayside.domain.errors import SourceMissing
from wayside.domain.feeds import FeedSpec, FeedState
from wayside.domain.records import Finding, Phase
from wayside.pipeline.house import FeedInput
from wayside.pipeline.live_feed import LiveFeed
from wayside.pipeline.worker import Worker


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return film(tmp_path_factory.mktemp("film") / "a.mp4", 8.0)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def worker_on(stage: Stage, *names: str, open_input: object = None, **given: object) -> Worker:
    worker = Worker(stage.house, open_input or stage.open, **given)  # type: ignore[arg-type]
    for number, name in enumerate(names, 1):
        worker.add(spec(name), number)
    worker.turn()
    return worker


def turns(worker: Worker, stage: Stage, seconds: float) -> None:
    """Lets time pass in half seconds."""
    for _ in range(round(2 * seconds)):
        stage.clock.advance(0.5)
        worker.turn()


def break_feed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    whole: Callable[..., None] = LiveFeed.step

    def step(self: LiveFeed, rate: float | None, why: str) -> None:
        if self.spec.id == name:
            raise ZeroDivisionError("a secret in a text")
        whole(self, rate, why)

    monkeypatch.setattr(LiveFeed, "step", step)


def test_the_oldest_waiting_picture_goes_first(stage: Stage, played: Film) -> None:
    worked: list[int] = []
    worker = worker_on(stage, "a", "b", "c", mark=worked.append)
    for name in "abc":
        stage.begin(name, played, f"s-{name}")
    until(worker.turn, lambda: worker.is_idle)
    worked.clear()
    stage.put("c", played.packets[0])
    stage.clock.advance(0.1)
    stage.put("a", played.packets[0])
    stage.clock.advance(0.1)
    stage.put("b", played.packets[0])
    until(worker.turn, lambda: len([n for n in worked if n]) == 3)
    assert [number for number in worked if number] == [3, 1, 2]


def test_a_feed_with_a_flood_of_packets_starves_nobody(stage: Stage, played: Film) -> None:
    worker = worker_on(stage, "flood", "calm")
    for name in ("flood", "calm"):
        stage.begin(name, played, f"s-{name}")
    for packet in played.packets:
        stage.put("flood", packet)
    stage.clock.advance(0.01)
    for packet in played.packets[:5]:
        stage.put("calm", packet)
    until(worker.turn, lambda: worker.is_idle)
    turns(worker, stage, 1.5)
    assert worker._slots["calm"].feed is not None
    assert worker._slots["calm"].feed._signs.analysed == 5


def test_one_feeds_fault_ends_its_session_and_harms_no_other(
    stage: Stage, played: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = worker_on(stage, "good", "bad")
    for name in ("good", "bad"):
        stage.begin(name, played, f"s-{name}")
        stage.put(name, played.packets[0])
    until(worker.turn, lambda: worker.is_idle)
    turns(worker, stage, 0.5)
    break_feed(monkeypatch, "bad")
    first = stage.inputs["bad"]
    for packet in played.packets[1:]:
        stage.put("good", packet)
        stage.put("bad", packet)
        stage.clock.advance(1 / RATE)
        worker.turn()
        worker.turn()
    turns(worker, stage, 0.5)
    assert worker.faults >= 1
    assert ("s-bad", "failed") in stage.kept.sessions()
    assert "s-good" not in {name for name, state in stage.kept.sessions() if state != "running"}
    assert stage.kept.events()[0][1:] == ("health.signal_lost", "open")
    assert first.reader.stopped >= 1  # type: ignore[attr-defined]
    assert stage.inputs["bad"] is not first  # tried again with a reader of its own
    status = worker.statuses["good"]
    assert (status.state, status.coverage) == (FeedState.LIVE, 1.0)
    assert "secret" not in repr(worker.statuses)


def test_the_fifth_fault_in_a_minute_quarantines_and_rest_ends_it(
    stage: Stage, played: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = worker_on(stage, "bad")
    break_feed(monkeypatch, "bad")
    for _ in range(60):
        if (slot := worker._slots["bad"]).feed is not None:
            stage.begin("bad", played, "s")
        turns(worker, stage, 0.5)
        if slot.quarantine.is_quarantined(stage.clock.monotonic_s()):
            break
    turns(worker, stage, 1.0)
    assert worker.faults == 5
    status = worker.statuses["bad"]
    assert status.state is FeedState.QUARANTINED
    assert "ZeroDivisionError" in status.reason
    monkeypatch.undo()
    stage.clock.advance(600.0)
    turns(worker, stage, 1.0)
    assert worker.statuses["bad"].state is not FeedState.QUARANTINED


def test_a_source_that_cannot_be_made_says_why(stage: Stage) -> None:
    def refuse(given: FeedSpec) -> FeedInput:
        if given.id == "bad":
            raise SourceMissing("there is no such file", where="bad.mp4")
        return stage.open(given)

    worker = worker_on(stage, "bad", "good", open_input=refuse)
    turns(worker, stage, 1.5)
    assert worker.statuses["bad"].state is FeedState.RETRYING
    assert "no such file" in worker.statuses["bad"].reason
    assert worker.statuses["good"].state is FeedState.CONNECTING


def test_a_confirmed_view_is_told_in_the_session_that_runs(stage: Stage, played: Film) -> None:
    health = ConfirmedHealth()
    stage.house = replace(stage.house, health=lambda: health)
    worker = worker_on(stage, "a")
    worker.confirm_view("a")  # no picture yet: nothing to confirm
    worker.confirm_view("nobody")
    worker.turn()
    assert health.confirmed == []
    stage.begin("a", played, "s-a")
    for packet in played.packets[:10]:
        stage.put("a", packet)
    until(worker.turn, lambda: worker.is_idle)
    worker.confirm_view("a")
    worker.turn()
    assert health.confirmed == [1.8]
    turns(worker, stage, 1.0)
    assert ("s-a", "health.view_moved", "instant") in stage.kept.events()
    health.is_broken = True
    worker.confirm_view("a")
    worker.turn()
    assert worker.faults == 1


class ConfirmedHealth:
    """A FeedHealth that notes at which media second somebody confirmed the view."""

    conditions: frozenset[str] = frozenset()
    counting_paused = geometry_suspended = is_suspicious = is_broken = False
    clock_drift_s = None

    def __init__(self) -> None:
        self.confirmed: list[float] = []

    def new_session(self) -> None: ...

    def confirm_view(self, t_s: float) -> list[Finding]:
        if self.is_broken:
            raise ZeroDivisionError("injected")
        self.confirmed.append(round(t_s, 2))
        return [Finding("health.view_moved", "view:1", Phase.INSTANT, t_s, t_s, "")]

    def picture(self, frame: object) -> list[Finding]:
        return []

    def vitals(self, vitals: object) -> list[Finding]:
        return []

    def finish(self, t_s: float) -> list[Finding]:
        return []


def test_removing_ends_its_session_alone(stage: Stage, played: Film) -> None:
    worker = worker_on(stage, "a", "b")
    for name in "ab":
        stage.begin(name, played, f"s-{name}")
        for packet in played.packets[:10]:
            stage.put(name, packet)
    until(worker.turn, lambda: worker.is_idle)
    worker.remove("a")
    turns(worker, stage, 1.5)
    assert list(worker.statuses) == ["b"]
    assert [s for s in stage.kept.sessions() if s[1] != "running"] == [("s-a", "interrupted")]


def test_commits_are_grouped_and_half_a_second_late_at_most(stage: Stage, played: Film) -> None:
    worker = worker_on(stage, "a", "b")
    for name in "ab":
        stage.begin(name, played, f"s-{name}")
        stage.put(name, played.packets[0])
    until(worker.turn, lambda: worker.is_idle)
    assert stage.kept.commits == []
    stage.clock.advance(0.5)
    worker.turn()
    [commit] = stage.kept.commits
    assert set(commit.sessions) == {"s-a", "s-b"}


def test_overload_lowers_the_rate_of_all_feeds_and_says_so(stage: Stage, played: Film) -> None:
    budget = Budget(BudgetSettings(share=0.03, least_capacity=0.001))
    worker = worker_on(stage, "a", "b", budget=budget)
    for name in "ab":
        stage.begin(name, played, f"s-{name}")
        stage.put(name, played.packets[0])
        worker.watch(name, 64, 5.0)  # what nobody watches and does not move costs little
    until(worker.turn, lambda: worker.is_idle)
    turns(worker, stage, 1.5)
    assert budget.mode == "thinned"
    assert "too slow" in budget.reason
    assert 2.0 <= worker.budget.rates["a"] < 5.0  # type: ignore[operator]
    assert worker.budget.rates["a"] == worker.budget.rates["b"]


def test_close_ends_sessions_commits_and_stops_readers(stage: Stage, played: Film) -> None:
    worker = worker_on(stage, "a")
    stage.begin("a", played, "s-a")
    stage.put("a", played.packets[0])
    until(worker.turn, lambda: worker.is_idle)
    worker.start()
    assert worker.close()
    assert stage.kept.sessions()[-1] == ("s-a", "interrupted")
    assert stage.inputs["a"].reader.stopped >= 1  # type: ignore[attr-defined]
