"""Whoever was started ends when its parent is gone."""

from __future__ import annotations

import os
import threading

from wayside.testing.cameras.parent import when_parent_is_gone


def test_it_acts_at_the_end_of_the_input_and_not_before() -> None:
    reading, writing = os.pipe()
    gone = threading.Event()
    watcher = when_parent_is_gone(gone.set, reading)
    os.write(writing, b"still here")
    assert not gone.is_set()
    os.close(writing)
    watcher.join(10)
    os.close(reading)
    assert gone.is_set()
