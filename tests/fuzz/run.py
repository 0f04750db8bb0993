"""Many cases of one target, in a process that is replaced when it dies or hangs."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from fuzz.corpus import BROKEN, DIED, HUNG, Corpus, Progress
from fuzz.target import TRIES
from wayside.fleet.child import Child
from wayside.fleet.wire import Frame

STRETCH_S = 2.0
"""What a trial does between two reports; so much is done again where it dies."""
START_S = 300.0
WAIT_S = 120.0
"""In one case without an end, however little CPU it takes."""
LOG_S = 60.0
MOST_HARM = 1_000
"""A run that does so much harm has been told enough."""

TRIAL = (sys.executable, "-m", "fuzz.trial")


class TrialLost(Exception):
    """The process has ended, or had to be ended. case: that it was at, None for none."""

    def __init__(self, kind: str, what: str, case: int | None) -> None:
        super().__init__(what)
        self.kind = kind
        self.case = case


class Run:
    """told: called with the progress after each stretch. seconds: of CPU for one case."""

    def __init__(
        self,
        target: str,
        suffix: str,
        seconds: float,
        seed: int,
        corpus: Corpus,
        told: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        self.progress = corpus.progress()
        self._target = target
        self._suffix = suffix
        self._seconds = seconds
        self._seed = seed
        self._corpus = corpus
        self._told = told
        self._child: Child | None = None
        self._inputs = 0

    def until(self, tries: int) -> Progress:
        """Goes on from where an earlier run stopped, until so much was tried in all."""
        progress = self.progress
        self._corpus.note(what="begun", target=self._target, seed=self._seed, tries=tries)
        began_s, before_s, logged_s = time.monotonic(), progress.seconds, time.monotonic()
        try:
            while progress.tries < tries and progress.harm < MOST_HARM:
                self._stretch(tries)
                progress.seconds = before_s + time.monotonic() - began_s
                self._corpus.save(progress)
                self._told(progress)
                if time.monotonic() - logged_s > LOG_S:
                    logged_s = time.monotonic()
                    self._log("so far")
        finally:
            self._end()
            self._log("ended")
        return progress

    def one(self, case: int) -> Progress:
        """This case alone, whatever was tried before."""
        self.progress = progress = Progress(next=case)
        try:
            self._stretch(1)
        finally:
            self._end()
        return progress

    def _stretch(self, tries: int) -> None:
        """Some seconds of cases; the progress is left as it was where the process is lost."""
        progress = self.progress
        try:
            self._child = self._child or self._started()
            wanted = {"first": progress.next, "tries": tries - progress.tries}
            self._ask("go", **wanted, seconds=STRETCH_S, skip=progress.skip)
            kept: list[Frame] = []
            told = self._answer("gone", kept)
        except TrialLost as lost:
            self._lost(lost)
            return
        for frame in kept:
            self._found(frame, BROKEN)
        progress.next = int(told["next"])
        progress.seen.update(Counter(told["seen"]))
        progress.slowest = max(progress.slowest, tuple(told["slowest"]))
        progress.memory = max(progress.memory, int(told["memory"]))
        progress.skip = [case for case in progress.skip if case >= progress.next]

    def _started(self) -> Child:
        paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        self._child = Child(TRIAL, environment, time.monotonic())
        cache = str(self._corpus.cache)
        self._ask("target_is", name=self._target, seed=self._seed, cache=cache)
        self._answer("ready", [])
        return self._child

    def _lost(self, lost: TrialLost) -> None:
        """Notes what was lost; the input is made again in a new process and kept."""
        self._end()
        self.progress.seen[lost.kind] += 1
        self._corpus.note(what=lost.kind, why=str(lost), case=lost.case)
        if lost.case is None:
            raise lost
        self.progress.skip.append(lost.case)
        self.progress.seen[TRIES] += 1
        self._child = self._started()
        self._ask("keep", case=lost.case, what=str(lost))
        [frame] = self._received(bool)
        self._found(frame, "")

    def _found(self, frame: Frame, kind: str) -> None:
        case, what = int(frame.header["case"]), str(frame.header["what"])
        again = f"make fuzz TARGETS={self._target} SEED={self._seed} CASE={case}"
        path = self._corpus.keep(case, self._suffix, frame.payload, f"{what}\nAgain: {again}\n")
        if kind:
            self.progress.seen[kind] += 1
            why = what.strip().splitlines()[-1]
            self._corpus.note(what=kind, case=case, why=why, kept=str(path))

    def _ask(self, op: str, **header: object) -> None:
        assert self._child is not None
        self._child.channel.send({"op": op, **header})
        self._child.channel.flush()

    def _answer(self, op: str, others: list[Frame]) -> Mapping[str, object]:
        """The header of the answer of that name; what came before it goes to ``others``."""
        frames = self._received(lambda frames: frames[-1].op == op)
        others += frames[:-1]
        return frames[-1].header

    def _received(self, is_enough: Callable[[list[Frame]], bool]) -> list[Frame]:
        assert self._child is not None
        child, watch = self._child, _Watch(self._child, self._seconds)
        frames: list[Frame] = []
        while not frames or not is_enough(frames):
            if child.channel.closed:
                raise self._died(child)
            select.select([child.channel], [], [], 0.25)
            child.channel.flush()
            frames += child.channel.receive()
            watch.look()
        return frames

    def _died(self, child: Child) -> TrialLost:
        """Asked of the child as the fleet asks about a worker."""
        child.suspect()
        number = child.noted.number
        with suppress(ValueError, TypeError):
            how = signal.Signals(-child.process.returncode).name
            return TrialLost(DIED, f"the process ended with {how}", number - 1 if number else None)
        code = child.process.returncode
        return TrialLost(DIED, f"the process ended with {code}", number - 1 if number else None)

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.close()
            self._child = None

    def _log(self, what: str) -> None:
        progress = self.progress
        self._corpus.note(
            what=what,
            cases=progress.next,
            seconds=round(progress.seconds, 1),
            seen=dict(sorted(progress.seen.items())),
            slowest_s=round(progress.slowest[0], 3),
            slowest_case=progress.slowest[1],
            memory_mb=progress.memory >> 20,
        )


class _Watch:
    """Sees to it that a process moves. By its CPU, so that a busy machine is no hang."""

    def __init__(self, child: Child, seconds: float) -> None:
        self._child = child
        self._seconds = seconds
        self._case = 0
        self._since_s = time.monotonic()
        self._cpu_s = self._spent_s()

    def look(self) -> None:
        """Raises TrialLost where the case that it is at has taken too long."""
        case, now_s = self._child.noted.number, time.monotonic()
        if case != self._case:
            self._case, self._since_s, self._cpu_s = case, now_s, self._spent_s()
            return
        wait_s = max(WAIT_S, 4 * self._seconds) if case else START_S
        spent_s = self._spent_s() - self._cpu_s
        if (case and spent_s > self._seconds) or now_s - self._since_s > wait_s:
            why = f"the process hung: {spent_s:.1f} s of CPU, {now_s - self._since_s:.1f} s"
            raise TrialLost(HUNG, why, case - 1 if case else None)

    def _spent_s(self) -> float:
        try:
            text = Path(f"/proc/{self._child.pid}/stat").read_text("utf-8")
        except OSError:
            return 0.0
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
