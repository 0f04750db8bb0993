"""``python -m fuzz.trial --fd N --page M --parent P``: the process that inputs are tried in.

It may die and it may hang: that is what it is for. It is started, watched and buried with what
wayside has for its own workers, and notes the case it is at in the page that it shares with
its parent, so that the parent knows what killed it.
"""

from __future__ import annotations

import argparse
import resource
import select
import socket
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from fuzz.target import TRIES, Target, numbers_of, target_of
from wayside.fleet.child import NotedFeed
from wayside.fleet.parent import end_with_parent
from wayside.fleet.wire import Channel

MEMORY = 6 << 30
"""Bytes of addresses. A worker has no such limit, but the kernel's patience ends somewhere too."""


class Trial:
    """One target's, told what to do over a channel, until that is closed."""

    def __init__(self, channel: Channel, noted: NotedFeed) -> None:
        self._channel = channel
        self._noted = noted
        self._target: Target | None = None
        self._seed = 0

    def run(self) -> None:
        while not self._channel.closed:
            select.select([self._channel], [], [])
            for frame in self._channel.receive():
                getattr(self, f"_{frame.op}")(
                    **{k: v for k, v in frame.header.items() if k != "op"}
                )

    def _target_is(self, name: str, seed: int, cache: str) -> None:
        self._target, self._seed = target_of(name, Path(cache)), seed
        self._content(0)
        self._tell(op="ready")

    def _go(self, first: int, tries: int, seconds: float, skip: list[int]) -> None:
        """Tries cases from the first on, until it was often or long enough."""
        seen: Counter[str] = Counter()
        slowest = 0.0, first
        until_s, case = time.monotonic() + seconds, first
        while case == first or (seen[TRIES] < tries and time.monotonic() < until_s):
            if case not in skip:
                began_s = time.process_time()
                seen += self._one(case)
                slowest = max(slowest, (time.process_time() - began_s, case))
            case += 1
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        self._tell(op="gone", next=case, seen=dict(seen), slowest=slowest, memory=memory)

    def _one(self, case: int) -> Counter[str]:
        assert self._target is not None
        self._noted.note(case + 1)
        content = self._content(case)
        try:
            return self._target.attempt(content)
        except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
            self._found(case, traceback.format_exc(), content)
            return Counter({TRIES: 1})
        finally:
            self._noted.note(0)

    def _keep(self, case: int, what: str) -> None:
        """An input that has ended a process before this one: it is made again, not tried."""
        self._found(case, what, self._content(case))

    def _content(self, case: int) -> bytes:
        assert self._target is not None
        return self._target.make(numbers_of(self._seed, self._target.name, case))

    def _found(self, case: int, what: str, content: bytes) -> None:
        self._channel.send({"op": "found", "case": case, "what": what}, content)
        self._flush()

    def _tell(self, **header: Any) -> None:
        self._channel.send(header)
        self._flush()

    def _flush(self) -> None:
        while self._channel.pending_bytes:
            select.select([], [self._channel], [])
            self._channel.flush()


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--fd", type=int, required=True)
    arguments.add_argument("--page", type=int, required=True)
    arguments.add_argument("--parent", type=int, required=True)
    given = arguments.parse_args()
    end_with_parent(given.parent)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    channel = Channel(socket.socket(fileno=given.fd))
    Trial(channel, NotedFeed(given.page)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
