"""The thread that keeps the store writer going, through locked and full disks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from wayside.domain.errors import StoreError
from wayside.domain.time import Clock
from wayside.observe.logging import get_logger
from wayside.store.writer import StoreWriter, WriterStatus

_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 5.0


class StoreWriterThread:
    """Steps as long as there is something to copy, else a few times a second, at once if nudged.

    on_copied: called on this thread after each step that copied something,
    for those who wait for news; it must return at once.
    """

    def __init__(
        self, writer: StoreWriter, clock: Clock, on_copied: Callable[[], None] = lambda: None
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._on_copied = on_copied
        self._wake = threading.Event()
        self._ends = threading.Event()
        self._failures = 0
        self._problem = ""
        self._failed_since_s: float | None = None
        self._status = WriterStatus()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def nudge(self) -> None:
        """Something was committed: do not wait for the next look."""
        self._wake.set()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Copy what is there, then end. What cannot be copied now stays in the journals."""
        self._ends.set()
        self._wake.set()
        self._thread.join(timeout_s)

    def status(self) -> WriterStatus:
        """As of the latest step."""
        return replace(self._status, failures=self._failures, problem=self._problem)

    def _run(self) -> None:
        try:
            while not self._ends.is_set():
                self._wake.clear()
                if not self._step():
                    self._wake.wait(self._pause_s())
            while self._step():  # the last records of workers that ended before us
                pass
        finally:
            self._writer.close()

    def _step(self) -> int:
        """Records copied; 0 also where it failed."""
        try:
            copied = self._writer.step()
            self._status = self._writer.status()
        except StoreError as error:
            self._failed(str(error))
            return 0
        except Exception as error:  # noqa: BLE001  the wall: without this thread nothing is stored
            # The text of an unforeseen error may hold anything; its kind does not.
            self._failed(f"a fault inside wayside ({type(error).__name__})")
            return 0
        if self._problem:
            get_logger(__name__).info("store takes records again")
        self._problem, self._failed_since_s = "", None
        if copied:
            self._on_copied()
        return copied

    def _failed(self, problem: str) -> None:
        if self._problem != problem:
            get_logger(__name__).error(
                "store cannot take records, kept and tried again", problem=problem
            )
        self._problem = problem
        self._failures += 1  # last: whoever sees it finds the reason
        if self._failed_since_s is None:
            self._failed_since_s = self._clock.monotonic_s()
        with suppress(Exception):  # it is a fault that brought us here
            self._status = replace(self._status, lag_s=self._writer.lag_s())

    def _pause_s(self) -> float:
        """Longer the longer it fails: a full disk is not helped by many tries."""
        if self._failed_since_s is None:
            return _PAUSE_S
        failing_s = self._clock.monotonic_s() - self._failed_since_s
        return min(_LONGEST_PAUSE_S, max(_PAUSE_S, failing_s / 4))
