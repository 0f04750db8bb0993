"""Tries a source in a process of its own, so that no source can hang or harm anything."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Mapping, Sequence
from typing import Any

from wayside.domain.feeds import Probe, SourceSpec
from wayside.fleet import codec
from wayside.fleet.child import Child
from wayside.fleet.wire import Frame, WireError


def probed(
    command: Sequence[str], settings: Mapping[str, Any], source: SourceSpec, timeout_s: float
) -> Probe:
    """What the source showed. Waits; never raises for a bad source."""
    began_s = time.monotonic()
    try:
        child = Child(command, os.environ, began_s)
    except OSError as error:
        return Probe(f"no process can be started to try it ({error.strerror})", "Free some memory")
    try:
        child.channel.send(
            {"op": "probe", "settings": dict(settings), "source": codec.source_to_json(source)}
        )
        frame = _answer(child, began_s + timeout_s)
    finally:
        child.kill()
        child.close()
    if frame is not None:
        return codec.probe_from_json(frame.header["probe"], frame.payload)
    seconds = time.monotonic() - began_s
    if seconds >= timeout_s:
        what = f"no picture came within {timeout_s:.0f} s"
        return Probe(what, "Check the address, and that the camera is on", seconds=seconds)
    return Probe("trying it ended its process", "Report this, with the source", seconds=seconds)


def _answer(child: Child, until_s: float) -> Frame | None:
    while (left_s := until_s - time.monotonic()) > 0 and not child.channel.closed:
        poll = select.poll()
        writes = select.POLLOUT if child.channel.pending_bytes else 0
        poll.register(child.channel, select.POLLIN | writes)
        poll.poll(1000 * left_s)
        child.channel.flush()
        try:
            frames = child.channel.receive()
        except WireError:
            return None
        for frame in frames:
            if frame.op == "probed":
                return frame
    return None
