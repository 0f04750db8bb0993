"""Everything that runs while ``wayside up`` does, opened in order and closed in reverse."""

from __future__ import annotations

import fcntl
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from wayside import __version__
from wayside.cli.demo_town import TownTruth
from wayside.cli.detectors import Choice
from wayside.cli.served_archive import ServedArchive
from wayside.cli.served_site import ServedSite
from wayside.cli.sign_in import sign_in_of
from wayside.cli.sinks import SiteSinks
from wayside.config.site_file import SiteFile
from wayside.config.watcher import Watcher
from wayside.domain.errors import OutputError, StoreError, UsageError
from wayside.domain.feeds import FeedSpec
from wayside.domain.time import Clock, SystemClock
from wayside.events.sinks.sink import StateSink
from wayside.fleet.epochs import Epochs
from wayside.fleet.local import FleetSettings, LocalFleet
from wayside.ingest.network import EVERYWHERE, NetworkPolicy
from wayside.observe.logging import get_logger
from wayside.serve.accounts import Accounts
from wayside.serve.house import Facts, House
from wayside.serve.run import names_of
from wayside.store.abandoned import close_gone
from wayside.store.crossings import crossings
from wayside.store.database import Store
from wayside.store.dispatch import Dispatcher
from wayside.store.outbox import Outbox
from wayside.store.retention import purge
from wayside.store.writer import StoreWriter
from wayside.store.writer_thread import StoreWriterThread

WORKER = (sys.executable, "-m", "wayside.cli.worker_start")
_TICK_S = 0.5
_HOUR_S = 3600.0
_ENDING_S = 20.0
"""What a removed feed's worker has to end its session in order, and the writer to copy that."""


@dataclass(frozen=True, slots=True)
class Plan:
    """host: to listen on. data: folder of databases and journals. truth: of the town's cameras,
    None elsewhere.
    """

    site_file: Path
    data: Path
    workers: int
    host: str
    truth: Path | None = None
    log_level: str = "info"


class Running:
    """Context manager; ``house`` is what the server is given."""

    def __init__(self, plan: Plan, choice: Choice, clock: Clock | None = None) -> None:
        self._plan = plan
        self._choice = choice
        self._clock = clock or SystemClock()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Raises ConfigError, StoreError, OutputError; then nothing stays open."""
        with ExitStack() as stack:
            self._open(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def _open(self, stack: ExitStack) -> None:
        data, clock = self._plan.data, self._clock
        stack.callback(os.close, _held(data))
        file = SiteFile(self._plan.site_file)
        network = NetworkPolicy(file.site.network.networks() or EVERYWHERE)
        store = stack.enter_context(Store.open(data / "wayside.db"))
        journals = data / "journals"
        journals.mkdir(exist_ok=True)
        sinks = SiteSinks(file.folder, network, clock)
        dispatcher = Dispatcher(Outbox(store), sinks.of(file.site), clock)
        writer = StoreWriterThread(StoreWriter(store, journals, clock), clock, dispatcher.nudge)
        # Ends in the order worker, writer, sinks: each hands on what the one before left.
        dispatcher.start()
        stack.callback(dispatcher.stop)
        writer.start()
        stack.callback(writer.stop)
        fleet = LocalFleet(
            WORKER,
            self._worker_settings(file, journals),
            Epochs(data / "epochs.json"),
            settings=FleetSettings(workers=self._plan.workers),
            clock=clock,
        )
        fleet.start()
        stack.callback(fleet.close)
        fleet.apply(file.specs)
        keeper = _Keeper(file, fleet, store, sinks, dispatcher, clock)
        keeper.start()
        stack.callback(keeper.stop)
        accounts = Accounts(data / "accounts.db", clock)
        stack.callback(accounts.close)
        archive = ServedArchive(store, lag_s=lambda: writer.status().lag_s, sinks=dispatcher.status)
        truth = self._plan.truth
        self.accounts = accounts
        self.site = file.site
        self.house = House(
            fleet=fleet,
            archive=archive,
            site=ServedSite(file, keeper.apply),
            accounts=accounts,
            clock=clock,
            facts=Facts(
                version=__version__,
                model=self._model(),
                model_why=self._choice.why,
                started=clock.now(),
                cores=len(os.sched_getaffinity(0)),
            ),
            truth=None if truth is None else TownTruth(truth, partial(crossings, store), clock),
            hosts=(*names_of(self._plan.host), *file.site.server.hosts),
            public_url=file.site.server.public_url or "",
            metrics_on_loopback=file.site.server.metrics_on_loopback,
            sign_in=sign_in_of(file.site, file.folder, network, accounts, clock),
            page=Path(__file__).parents[1] / "web" / "static",
        )

    def _model(self) -> str:
        return str(self._choice.described()["name"])

    def _worker_settings(self, file: SiteFile, journals: Path) -> dict[str, object]:
        """As worker_process.WorkerSettings reads them."""
        site = file.site
        return {
            "site": site.site,
            "journals": str(journals.absolute()),
            "model": site.detect.model,
            "backend": site.detect.backend,
            "precision": site.detect.precision,
            "threshold": site.detect.threshold,
            "style": site.privacy.style,
            "interval_s": float(site.output.interval_s),
            "stills": site.output.stills,
            "log_level": self._plan.log_level,
            "networks": [str(each) for each in site.network.networks()],
            "clips": site.output.clips,
        }


class _Keeper:
    """One slow thread: follows site.yaml, shows states to sinks, deletes what is too old.

    faults: turns that failed for a reason unforeseen; the next one is made all the same.
    """

    def __init__(
        self,
        file: SiteFile,
        fleet: LocalFleet,
        store: Store,
        sinks: SiteSinks,
        dispatcher: Dispatcher,
        clock: Clock,
    ) -> None:
        self._file = file
        self._fleet = fleet
        self._store = store
        self._sinks = sinks
        self._dispatcher = dispatcher
        self._clock = clock
        self._watcher = Watcher(file.stamp, clock)
        self._lock = threading.Lock()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._purge_s = clock.monotonic_s()
        self._gone_s = clock.monotonic_s() + _ENDING_S
        self.faults = 0
        self._log = get_logger(__name__)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ends.set()
        self._thread.join(10.0)

    def apply(self, feeds: Sequence[FeedSpec]) -> None:
        """The page has changed the file itself."""
        with self._lock:
            self._apply(feeds)
            self._watcher.caught_up()

    def _run(self) -> None:
        while not self._ends.wait(_TICK_S):
            for part in (self._follow, self._show, self._close_gone, self._purge):
                self._guarded(part)

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            part()
        except Exception as error:  # noqa: BLE001  the wall: nobody else follows, shows or deletes
            self.faults += 1
            self._log.error(
                "a part of the keeper failed",
                part=part.__name__.strip("_"),
                kind=type(error).__name__,
                faults=self.faults,
            )

    def _apply(self, feeds: Sequence[FeedSpec]) -> None:
        self._fleet.apply(feeds)
        self._gone_s = self._clock.monotonic_s() + _ENDING_S

    def _show(self) -> None:
        statuses = list(self._fleet.statuses().values())
        for sink in self._sinks.present:
            if isinstance(sink, StateSink):
                sink.show(statuses)

    def _follow(self) -> None:
        with self._lock:
            if not self._watcher.changed():
                return
            if self._file.refresh():
                self._apply(self._file.specs)
                self._put_sinks()
                self._log.info("site.yaml applied", feeds=len(self._file.specs))
                for notice in self._file.waiting:
                    self._log.warning("site.yaml", where=notice.where, what=notice.what)
        for problem in self._file.problems:
            self._log.error("site.yaml not applied", where=problem.where, what=problem.what)

    def _put_sinks(self) -> None:
        """A sink that cannot be made is said; the others, and those that were, go on."""
        before = self._sinks.present
        try:
            now = self._sinks.of(self._file.site)
        except UsageError as error:
            self._log.error("sinks not applied", why=error.what)
            return
        if now != before:
            self._dispatcher.put(now)
            self._log.info("sinks applied", sinks=[sink.name for sink in now])

    def _close_gone(self) -> None:
        """A while after each change of feeds, and once an hour: what nobody will ever end."""
        now_s = self._clock.monotonic_s()
        if now_s < self._gone_s:
            return
        self._gone_s = now_s + _HOUR_S
        feeds = {spec.id for spec in self._file.specs}
        try:
            if ended := close_gone(self._store, self._file.started.site, feeds, self._clock.now()):
                self._log.info("sessions of feeds that are gone were ended", sessions=ended)
        except StoreError as error:
            self._gone_s = now_s + 60.0
            self._log.warning("feeds that are gone not ended", why=str(error))

    def _purge(self) -> None:
        """Once an hour. A store that cannot do it now is asked again in a minute."""
        if self._clock.monotonic_s() < self._purge_s:
            return
        due_s, self._purge_s = self._purge_s, self._purge_s + 60.0
        days = timedelta(days=self._file.site.output.retention_days)
        try:
            purge(self._store, self._clock.now() - days)
            Outbox(self._store).trim()
            self._purge_s = due_s + _HOUR_S
        except StoreError as error:
            self._log.warning("old records not deleted", why=str(error))


def _held(data: Path) -> int:
    """A lock on the data folder, made where it is absent. Raises OutputError.

    Events, paths and pictures are in it: a new one is for this user alone.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(data / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OutputError(
            f"the data folder cannot be used ({error.strerror})",
            where=str(data),
            remedy="Choose another with --data",
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise OutputError(
            "another wayside runs on this data folder",
            where=str(data),
            remedy="Stop it first, or choose another folder with --data",
        ) from error
    return handle
