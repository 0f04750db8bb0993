"""Python reads this at its start, where a test has put its folder first: workers leave a trace.

One line of JSON in the file WAYSIDE_TRACE for each thing that a worker has
begun, made or committed, written after the fact. So a line about a commit is
proof that the journal has returned from it, and no line proves nothing.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

TRACE = os.environ.get("WAYSIDE_TRACE", "")


def say(what: str, **facts: Any) -> None:
    line = json.dumps({"what": what, "pid": os.getpid(), "at_s": time.monotonic(), **facts})
    handle = os.open(TRACE, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    # A line break before it: what a kill cuts off spoils no other line.
    os.write(handle, b"\n" + line.encode())
    os.close(handle)


def trace() -> None:
    from wayside.pipeline.outgoing import CommitGroup
    from wayside.store.journal import Journal

    open_journal, append, add = Journal.open.__func__, Journal.append, CommitGroup.add

    def traced_open(kind: Any, path: Any, **options: Any) -> Any:
        journal = open_journal(kind, path, **options)
        say("began", place=int(path.stem.partition("-")[2]))
        return journal

    def traced_append(self: Any, batch: Any) -> Any:
        sequence = append(self, batch)
        events = [row["event_id"].hex for row in batch.events]
        windows = [row["measurement_id"].hex for row in batch.measurements]
        say("kept", events=events, measurements=windows)
        return sequence

    def traced_add(self: Any, facts: Any, given: Any) -> None:
        add(self, facts, given)
        events = [event.event_id.hex for event in given.events]
        windows = [each.measurement_id.hex for each in given.measurements]
        if events or windows:
            say("made", feed=facts.feed, events=events, measurements=windows)

    Journal.open, Journal.append = classmethod(traced_open), traced_append
    CommitGroup.add = traced_add


class WhenTheWorkerComes:
    """On sys.meta_path: no sooner than without a trace, or its imports would come first."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        if name == "wayside.cli.worker_process":
            trace()


if TRACE and "wayside.cli.worker_start" in sys.orig_argv:
    sys.meta_path.insert(0, WhenTheWorkerComes)
