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

    open_journal, commit, add = Journal.open.__func__, Journal.commit, CommitGroup.add

    def traced_open(kind: Any, path: Any, **options: Any) -> Any:
        journal = open_journal(kind, path, **options)
        say("began", place=int(path.stem.partition("-")[2]))
        return journal

    def traced_commit(self: Any, session: Any = None, **records: Any) -> Any:
        sequence = commit(self, session, **records)
        say("kept", feed=session.feed if session else "", **ids(records))
        return sequence

    def traced_add(self: Any, facts: Any, given: Any) -> None:
        add(self, facts, given)
        made = {"events": given.events, "measurements": given.measurements}
        if given.events or given.measurements:
            say("made", feed=facts.feed, **ids(made))

    Journal.open, Journal.commit = classmethod(traced_open), traced_commit
    CommitGroup.add = traced_add


def ids(records: Any) -> dict[str, list[str]]:
    return {
        "events": [each.event_id.hex for each in records.get("events", ())],
        "measurements": [each.measurement_id.hex for each in records.get("measurements", ())],
    }


if TRACE and "wayside.cli.worker_process" in sys.orig_argv:
    trace()
