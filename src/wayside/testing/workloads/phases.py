"""Many feeds of a few films: each begins at another place of its film.

Feeds that all began at the beginning would all be busy in the same seconds. Each
gets a copy of its own, cut at keyframes, packets untouched: cheap to make, and
it plays to its end without a seam.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av

from wayside.domain.feeds import FeedSpec
from wayside.testing.workloads.films import WorkloadFilm

GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, spread evenly however many there are."""


def phased_feeds(
    films: Sequence[WorkloadFilm],
    count: int,
    seconds: float,
    folder: Path,
    made: Callable[[int], None] = lambda _count: None,
) -> list[FeedSpec]:
    """``count`` feeds that play ``seconds`` of films at least, all films in turn.

    made: called with the number of feeds so far.
    """
    folder.mkdir(parents=True, exist_ok=True)
    feeds = []
    for number in range(count):
        film = films[number % len(films)]
        path = folder / f"{number:04d}.mp4"
        phased(film.path, begins(number, len(films)) * film.seconds, seconds, path)
        spec = film.spec(f"feed-{number:04d}")
        feeds.append(replace(spec, source=replace(spec.source, address=str(path))))
        made(number + 1)
    return feeds


def begins(number: int, films: int) -> float:
    """Share of its film at which a feed begins. The first films begin where they begin, the next
    ones later and later.
    """
    return (number // films + (number % films) / films) * GOLDEN % 1.0


def phased(film: Path, start_s: float, seconds: float, path: Path) -> float:
    """``seconds`` of the film from the last keyframe before ``start_s`` on, over its end.

    Returns where it begins, in seconds of the film.
    """
    with av.open(str(film)) as container, av.open(str(path), "w", format="mp4") as output:
        source = container.streams.video[0]
        stream = output.add_stream_from_template(source)
        packets = [
            (bytes(p), p.pts or 0, p.dts or 0, bool(p.is_keyframe), p.duration or 0)
            for p in container.demux(source)
            if p.size
        ]
        base = source.time_base or Fraction(1, 25)
        keys = [number for number, packet in enumerate(packets) if packet[3]]
        times = [float(packets[number][1] * base) for number in keys]
        first = keys[max(0, bisect.bisect_right(times, start_s) - 1)]
        length = sum(packet[4] for packet in packets)
        shift = -packets[first][1]
        shown, number = 0, first
        while shown * base < seconds or not packets[number % len(packets)][3]:
            payload, pts, dts, is_keyframe, duration = packets[number % len(packets)]
            lap = number // len(packets) * length
            packet = av.Packet(payload)
            packet.pts, packet.dts = pts + shift + lap, dts + shift + lap
            packet.duration, packet.time_base, packet.stream = duration, base, stream
            packet.is_keyframe = is_keyframe
            output.mux(packet)
            shown += duration
            number += 1
    return float(packets[first][1] * base)
