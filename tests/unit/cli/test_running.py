"""What runs while the server does: opened in order, closed in reverse, and nothing left."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from wayside.cli import running
from wayside.cli.detectors import Choice
from wayside.cli.running import Plan, Running, _Keeper
from wayside.cli.sinks import SiteSinks
from wayside.cli.worker_process import WorkerSettings
from wayside.config.site_file import SiteFile
from wayside.domain.errors import OutputError, StoreError, UsageError, WaysideError
from wayside.domain.feeds import FeedSpec, FeedState, FeedStatus
from wayside.domain.time import Clock
from wayside.fleet.epochs import Epochs
from wayside.fleet.local import FleetSettings
from wayside.ingest.network import EVERYWHERE, NetworkPolicy
from wayside.serve.records import FeedDraft
from wayside.store.database import Store
from wayside.store.dispatch import Dispatcher
from wayside.store.outbox import Outbox
from wayside.testing.clock import FakeClock

SITE = """\
site: harbour
detect: {model: motion, threshold: 0.3}
privacy: {style: silhouette}
output: {interval_s: 30, retention_days: 7, stills: false}
network: {allow: ['10.0.0.0/8']}
server: {hosts: [cams.example.org], public_url: 'https://cams.example.org'}
sinks:
  - {kind: jsonl, path: events.jsonl}
feeds:
  - {id: a, source: 'rtsp://u:hunter2@10.0.0.1/x'}
"""
CHOICE = Choice(None, 0.3, "asked for", None, "motion")
START = datetime(2026, 5, 4, 7, tzinfo=UTC)


class RecordingFleet:
    """Stands in for LocalFleet: no process. made: all of them, the newest last."""

    made: list[RecordingFleet]

    def __init__(
        self,
        command: Sequence[str] = (),
        worker_settings: Mapping[str, Any] | None = None,
        epochs: Epochs | None = None,
        *,
        settings: FleetSettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.worker_settings = dict(worker_settings or {})
        self.settings = settings
        self.applied: list[list[str]] = []
        self.calls: list[str] = []
        self.made.append(self)

    def start(self) -> None:
        self.calls.append("start")

    def apply(self, feeds: Sequence[FeedSpec]) -> None:
        self.applied.append([feed.id for feed in feeds])

    def statuses(self) -> dict[str, FeedStatus]:
        return {"a": FeedStatus("a", FeedState.LIVE)}

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture
def fleets(monkeypatch: pytest.MonkeyPatch) -> list[RecordingFleet]:
    RecordingFleet.made = []
    monkeypatch.setattr(running, "LocalFleet", RecordingFleet)
    return RecordingFleet.made


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    path = tmp_path / "site.yaml"
    path.write_text(SITE, encoding="utf-8")
    return Plan(path, tmp_path / "data", workers=3, host="192.0.2.7", log_level="debug")


def test_a_house_of_all_that_site_yaml_says(plan: Plan, fleets: list[RecordingFleet]) -> None:
    threads = threading.active_count()
    with Running(plan, CHOICE) as opened:
        house = opened.house
        assert house.fleet is fleets[0]
        assert set(house.hosts) == {"192.0.2.7", "cams.example.org"}
        assert house.public_url == "https://cams.example.org"
        assert (house.facts.model, house.facts.model_why) == ("motion", "asked for")
        assert house.truth is None
        assert house.page is not None
        assert (house.page / "index.html").is_file()
        assert [feed.id for feed in house.site.current().feeds] == ["a"]
        assert house.archive.is_writable()
        assert house.archive.lag_s() == 0.0
        assert [sink.name for sink in house.archive.sinks()] == ["jsonl"]
        assert not opened.accounts.has_users()
        assert fleets[0].applied == [["a"]]
    assert fleets[0].calls == ["start", "close"]
    assert threading.active_count() == threads


def test_a_worker_is_told_what_it_needs_and_no_password(
    plan: Plan, fleets: list[RecordingFleet]
) -> None:
    with Running(plan, CHOICE):
        pass
    told = fleets[0].worker_settings
    settings = WorkerSettings(**{**told, "networks": tuple(told["networks"])})
    assert (settings.site, settings.style, settings.interval_s) == ("harbour", "silhouette", 30.0)
    assert (settings.model, settings.threshold, settings.log_level) == ("motion", 0.3, "debug")
    assert settings.networks == ("10.0.0.0/8",)
    assert settings.clips is True
    assert settings.stills is False
    assert Path(settings.journals) == plan.data / "journals"
    assert "hunter2" not in str(told)
    assert fleets[0].settings == FleetSettings(workers=3)


def test_the_town_has_its_truth(plan: Plan, fleets: list[RecordingFleet], tmp_path: Path) -> None:
    town = Plan(plan.site_file, plan.data, 1, "127.0.0.1", truth=tmp_path / "truth.jsonl")
    with Running(town, CHOICE) as opened:
        assert opened.house.truth is not None
        assert opened.house.truth.counts(START, START + timedelta(hours=1)) == []


def test_a_change_on_the_page_runs_at_once_and_once(
    plan: Plan, fleets: list[RecordingFleet]
) -> None:
    with Running(plan, CHOICE) as opened:
        draft = FeedDraft("b", "rtsp://10.0.0.2/y", changed=frozenset({"source"}))
        opened.house.site.add(draft, None)
        assert fleets[0].applied == [["a"], ["a", "b"]]


def test_a_new_data_folder_is_for_nobody_else(plan: Plan, fleets: list[RecordingFleet]) -> None:
    new = replace(plan, data=plan.data / "deep" / "new")
    with Running(new, CHOICE):
        assert stat.S_IMODE(new.data.stat().st_mode) == 0o700
        assert (new.data / "wayside.db").exists()


def test_two_on_one_folder_are_refused_and_the_first_goes_on(
    plan: Plan, fleets: list[RecordingFleet]
) -> None:
    with Running(plan, CHOICE) as first:
        with pytest.raises(OutputError, match="another wayside") as caught, Running(plan, CHOICE):
            pass
        assert "--data" in str(caught.value.remedy)
        assert first.house.archive.is_writable()
    with Running(plan, CHOICE):
        assert len(fleets) == 2


def test_a_folder_that_cannot_be_made_is_said(
    plan: Plan, fleets: list[RecordingFleet], tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(OutputError, match="cannot be used"), Running(plan, CHOICE):
        pass
    assert not fleets


def test_whatever_fails_at_the_start_leaves_nothing_open(
    plan: Plan, fleets: list[RecordingFleet]
) -> None:
    (plan.data / "accounts.db").mkdir(parents=True)
    threads = threading.active_count()
    with pytest.raises(WaysideError), Running(plan, CHOICE):
        pass
    assert fleets[0].calls == ["start", "close"]
    assert threading.active_count() == threads
    (plan.data / "accounts.db").rmdir()
    with Running(plan, CHOICE):
        pass


class Shown:
    """A StateSink."""

    has_news = False

    def __init__(self) -> None:
        self.came = threading.Event()
        self.statuses: list[FeedStatus] = []

    def show(self, statuses: Sequence[FeedStatus]) -> None:
        self.statuses = list(statuses)
        self.came.set()


class Kept:
    """A keeper whose thread does not run, and the clock it goes by."""

    def __init__(self, path: Path, store: Store, shown: Sequence[Shown] = ()) -> None:
        self.path = path
        self.clock = FakeClock(START)
        self.fleet = RecordingFleet()
        self.file = SiteFile(path)
        self.sinks = SiteSinks(path.parent, NetworkPolicy(EVERYWHERE), self.clock)
        self.dispatcher = Dispatcher(Outbox(store), self.sinks.of(self.file.site), self.clock)
        if shown:
            self.sinks._made = [(object(), sink) for sink in shown]  # type: ignore[misc]
        self.keeper = _Keeper(
            self.file,
            self.fleet,  # type: ignore[arg-type]
            store,
            self.sinks,
            self.dispatcher,
            self.clock,
        )

    def edit(self, text: str) -> None:
        """Seen, and then left alone for long enough."""
        self.path.write_text(text, encoding="utf-8")
        self.turns()

    def turns(self, count: int = 4) -> None:
        for _ in range(count):
            self.clock.advance(1.0)
            self.keeper._follow()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "wayside.db") as opened:
        yield opened


@pytest.fixture
def kept(plan: Plan, fleets: list[RecordingFleet], store: Store) -> Kept:
    return Kept(plan.site_file, store)


def test_an_edit_is_followed_once(kept: Kept) -> None:
    kept.edit(SITE + "  - {id: b, source: 'rtsp://10.0.0.2/y'}\n")
    kept.turns()
    assert kept.fleet.applied == [["a", "b"]]


def test_a_bad_edit_is_told_once_and_changes_nothing(kept: Kept) -> None:
    with capture_logs() as lines:
        kept.edit(SITE.replace("id: a", "id: A b"))
        kept.turns()
    assert kept.fleet.applied == []
    (line,) = [line for line in lines if line["event"] == "site.yaml not applied"]
    assert "site.yaml:10:" in line["where"]
    assert kept.file.site.feeds[0].id == "a"
    kept.edit(SITE + "# corrected\n")
    assert kept.file.problems == ()


def test_an_edited_sink_is_made_anew_and_the_others_stay(kept: Kept) -> None:
    before = kept.sinks.present
    more = SITE.replace(
        "path: events.jsonl}\n",
        "path: events.jsonl}\n  - {id: second, kind: jsonl, path: second.jsonl}\n",
    )
    kept.edit(more)
    first, second = kept.sinks.present
    assert (first,) == before
    assert [status.sink for status in kept.dispatcher.status()] == ["jsonl", "second"]
    kept.edit(more.replace("second.jsonl", "elsewhere.jsonl"))
    assert kept.sinks.present[0] is first
    assert kept.sinks.present[1] is not second
    assert kept.file.waiting == ()
    kept.edit(SITE)
    assert kept.sinks.present == before
    assert [status.sink for status in kept.dispatcher.status()] == ["jsonl"]


def test_a_sink_that_cannot_be_made_is_said_and_the_others_go_on(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept.sinks.present

    def refuse(*_: object) -> None:
        raise UsageError("no such address")

    monkeypatch.setattr(kept.sinks, "_new", refuse)
    with capture_logs() as lines:
        kept.edit(SITE.replace("path: events.jsonl", "path: other.jsonl"))
    assert kept.sinks.present == before
    assert [line["why"] for line in lines if line["event"] == "sinks not applied"] == [
        "no such address"
    ]


def test_what_the_page_has_written_is_not_followed_again(kept: Kept) -> None:
    kept.file.add_feed({"id": "b", "source": "rtsp://10.0.0.2/y"})
    kept.keeper.apply(kept.file.specs)
    kept.turns()
    assert kept.fleet.applied == [["a", "b"]]


def test_what_is_too_old_is_deleted_once_an_hour(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[datetime] = []
    monkeypatch.setattr(running, "purge", lambda _store, until: asked.append(until))
    kept.keeper._purge()
    assert asked == [START - timedelta(days=7)]
    assert kept.keeper._purge_s == 3600.0


def test_a_store_that_cannot_delete_is_asked_again_in_a_minute(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_store: Store, _until: datetime) -> None:
        raise StoreError("locked")

    monkeypatch.setattr(running, "purge", refuse)
    with capture_logs() as lines:
        kept.keeper._purge()
    assert kept.keeper._purge_s == 60.0
    assert [line["event"] for line in lines] == ["old records not deleted"]


def test_feeds_that_are_gone_are_ended_a_while_after_each_change(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, set[str]]] = []

    def close_gone(_store: Store, site: str, feeds: set[str], _now: datetime) -> int:
        asked.append((site, feeds))
        return 1

    monkeypatch.setattr(running, "close_gone", close_gone)
    kept.keeper._close_gone()
    assert asked == []  # workers may be ending them in order just now
    kept.clock.advance(20.0)
    for _ in range(2):
        kept.keeper._close_gone()
    assert asked == [("harbour", {"a"})]
    kept.edit(SITE + "  - {id: b, source: 'rtsp://10.0.0.2/y'}\n")
    kept.clock.advance(20.0)
    kept.keeper._close_gone()
    assert asked[1:] == [("harbour", {"a", "b"})]


def test_a_fault_in_one_part_of_the_keeper_ends_neither_it_nor_the_others(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_store: Store, _until: datetime) -> None:
        raise ZeroDivisionError("a secret in a text")

    monkeypatch.setattr(running, "_TICK_S", 0.001)
    monkeypatch.setattr(running, "purge", fail)
    sink = Shown()
    kept.sinks._made = [(object(), sink)]  # type: ignore[list-item]
    with capture_logs() as lines:
        kept.keeper.start()
        try:
            for _ in range(3):
                assert sink.came.wait(10.0)
                sink.came.clear()
        finally:
            kept.keeper.stop()
    assert kept.keeper.faults == 1  # and not twice a second
    assert kept.keeper._purge_s == 60.0
    told = [line for line in lines if line["event"] == "a part of the keeper failed"]
    assert {(line["part"], line["kind"]) for line in told} == {("purge", "ZeroDivisionError")}
    assert "secret" not in str(lines)


def test_its_thread_shows_states_deletes_and_ends(
    plan: Plan, fleets: list[RecordingFleet], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_TICK_S", 0.001)
    sink = Shown()
    kept = Kept(plan.site_file, store, [sink])
    kept.keeper.start()
    try:
        assert sink.came.wait(10.0)
        assert [status.feed for status in sink.statuses] == ["a"]
        sink.came.clear()
        assert sink.came.wait(10.0)  # the turn before this one is over
    finally:
        kept.keeper.stop()
    assert kept.keeper._purge_s == 3600.0
    assert not kept.keeper._thread.is_alive()
