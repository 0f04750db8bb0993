"""A kill from outside is no feed's fault; a crash and a lack of memory may be."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from wayside.fleet.blame import can_be_a_feeds, memory_kills


@pytest.mark.parametrize("code", [-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, 0, 1, 137])
def test_what_a_process_does_to_itself_may_be_a_feeds(code: int) -> None:
    assert can_be_a_feeds(code, 3, 3)


def test_a_kill_is_from_outside_unless_the_kernel_killed_for_memory() -> None:
    assert not can_be_a_feeds(-signal.SIGKILL, 3, 3)
    assert can_be_a_feeds(-signal.SIGKILL, 3, 4)


@pytest.mark.parametrize(("before", "now"), [(None, 3), (3, None), (None, None)])
def test_where_the_kernel_does_not_say_the_feed_is_suspected(
    before: int | None, now: int | None
) -> None:
    assert can_be_a_feeds(-signal.SIGKILL, before, now)


def test_the_kernel_is_asked(tmp_path: Path) -> None:
    said = tmp_path / "vmstat"
    assert memory_kills(said) is None
    said.write_text("drop_slab 0\noom_kill 7\noom_killer_else 9\n")
    assert memory_kills(said) == 7
    said.write_text("drop_slab 0\n")
    assert memory_kills(said) is None
