"""Objects of a recording as travellers that can be drawn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from wayside.testing.sumo.kinds import NAMES
from wayside.testing.sumo.recording import Recording
from wayside.testing.town.agents import Kind, Size, Traveller

KINDS = {
    "small": Kind.CAR,
    "car": Kind.CAR,
    "estate": Kind.CAR,
    "lorry": Kind.LORRY,
    "trailer": Kind.LORRY,
    "bus": Kind.BUS,
    "motorcycle": Kind.CYCLIST,
    "bicycle": Kind.CYCLIST,
    "person": Kind.PERSON,
    "object": Kind.LOAD,
}
"""How SUMO's kinds look; there is no motorcycle of its own."""

JUMP_M = 0.7
"""Sideways in one step: SUMO puts a vehicle that changes lanes into the other one at once."""
CHANGE_S = 2.4
"""What the change of a lane takes here."""
SLOWEST_MPS = 4.0
"""Below it the nose is not turned by a change of lanes: SUMO's jump would be a spin."""


def travellers(recording: Recording, from_s: float, to_s: float) -> tuple[Traveller, ...]:
    """All that is in reach of the camera in [from_s, to_s], with times from 0 on."""
    chance = np.random.default_rng((recording.seed, 31))
    looks = chance.integers(1 << 30, size=len(recording.object_ids))
    found: list[Traveller] = []
    for thing, steps, rows in _stays(recording, from_s, to_s):
        name = NAMES[recording.kinds[thing]]
        length, width, height = (float(v) for v in recording.sizes[thing])
        states = _states(recording, rows, drives=name != "person")
        t_s = steps.astype(np.float64) * recording.step_s - from_s
        size = Size(length, width, height)
        found.append(Traveller(len(found), KINDS[name], size, int(looks[thing]), t_s, states))
    return tuple(found)


def _stays(
    recording: Recording, from_s: float, to_s: float
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """Object, steps and rows of each uninterrupted stay in reach."""
    first, last = (round(t_s / recording.step_s) for t_s in (from_s, to_s))
    last = min(last, len(recording) - 1)
    begin, end = int(recording.starts[first]), int(recording.starts[last + 1])
    counts = np.diff(recording.starts[first : last + 2])
    steps = np.repeat(np.arange(first, last + 1), counts)
    objects = recording.objects[begin:end]
    order = np.lexsort((steps, objects))
    breaks = (np.diff(objects[order]) != 0) | (np.diff(steps[order]) > 1)
    for part in np.split(order, np.flatnonzero(breaks) + 1):
        if len(part) > 1:
            yield int(objects[part[0]]), steps[part], part + begin


def _states(recording: Recording, rows: NDArray[np.int64], *, drives: bool) -> NDArray[np.float64]:
    """(K, 5), see Traveller."""
    xy = recording.xy[rows].astype(np.float64)
    heading = np.unwrap(recording.headings[rows].astype(np.float64))
    speed = recording.speeds[rows].astype(np.float64)
    if drives:
        xy, turn = _eased(xy, heading, speed, recording.step_s)
        heading = heading + turn
    travelled = np.concatenate([[0.0], np.cumsum(speed[:-1] * recording.step_s)])
    return np.column_stack([xy, heading, speed, travelled])


def _eased(
    xy: NDArray[np.float64],
    heading: NDArray[np.float64],
    speed: NDArray[np.float64],
    step_s: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places with each sideways jump spread over CHANGE_S, and the turn of the nose for it."""
    along = (heading[1:] + heading[:-1]) / 2
    normal = np.stack([-np.sin(along), np.cos(along)], axis=1)
    sideways = (np.diff(xy, axis=0) * normal).sum(axis=1)
    turn = np.zeros(len(xy))
    half = CHANGE_S / step_s / 2
    moved = xy.copy()
    number = np.arange(len(xy))
    for at in np.flatnonzero(np.abs(sideways) > JUMP_M):
        share = np.clip((number - at - 0.5 + half) / (2 * half), 0, 1)
        share = share * share * (3 - 2 * share)
        jump = sideways[at] * normal[at]
        moved += (share - (number > at))[:, None] * jump
        rate = np.gradient(share) / step_s * sideways[at]
        turn += np.where(speed > SLOWEST_MPS, np.arctan2(rate, np.maximum(speed, 1e-6)), 0.0)
    return moved, turn
