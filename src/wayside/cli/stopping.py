"""Ctrl-C: the first asks a run to end and keep what it has, the second ends it at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import typer

INTERRUPTED = 130

_NOTE = b"\nStopping: what is done is kept. Once more to throw it away.\n"


@contextmanager
def stop_on_signal() -> Iterator[Callable[[], bool]]:
    """Gives a question that is answered True once Ctrl-C, or a polite kill, has come.

    The second one raises KeyboardInterrupt where the run just is, and the
    block then ends with exit code 130.
    """
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        with suppress(OSError, ValueError):
            # Past every buffer: the handler may have interrupted a write to the same stream.
            os.write(sys.stderr.fileno(), _NOTE)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
