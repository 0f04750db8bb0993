"""A program that forks lives which get killed, and what they said: many cost one import."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

TESTS = Path(__file__).parents[1]


class ForkedLives(ABC):
    """The program, and in ``failed`` what was said that nobody expected."""

    def __init__(self, program: subprocess.Popen[str], folder: Path) -> None:
        self.failed: list[str] = []
        self.said = threading.Condition()
        self._program = program
        self._folder = folder
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @abstractmethod
    def hear(self, word: str, rest: str) -> bool:
        """Take in a line, with ``said`` held; False for what is not expected."""

    def ask(self, word: str, seed: int) -> None:
        """For one more life."""
        assert self._program.stdin is not None
        self._program.stdin.write(f"{word} {self._folder} {seed}\n")

    def end(self) -> None:
        assert self._program.stdin is not None
        self._program.stdin.close()
        self._reader.join()

    def _read(self) -> None:
        assert self._program.stdout is not None
        for line in self._program.stdout:
            word, _, rest = line.rstrip("\n").partition(" ")
            with self.said:
                if not self.hear(word, rest):
                    self.failed.append(line)
                self.said.notify_all()


Lives = TypeVar("Lives", bound=ForkedLives)


@contextmanager
def forking(kind: type[Lives], module: str, folder: Path) -> Iterator[Lives]:
    """module: of these tests, run as a program."""
    program = subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    with program:
        yield kind(program, folder)
