"""When a film is busy and when it is empty: users of an endless place, moved into bursts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wayside.testing.places import Place
from wayside.testing.town.agents import Traveller
from wayside.testing.town.truth import tight_boxes

STEP_S = 0.2
LEAD_S = 0.4
"""A journey is kept so long before and after it can be seen: its shadow comes first."""
NEAREST_M = 4.0
SMALLEST = 0.004
"""Share of the picture's width and height that must show of somebody."""


@dataclass(frozen=True, slots=True)
class Burst:
    """From and to, in seconds of the film, when somebody may be in the picture."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True, eq=False)
class _Stay:
    """One journey and when it is in the picture, in seconds of its place."""

    who: Traveller
    start_s: float
    end_s: float


def in_bursts(place: Place, bursts: Sequence[Burst], seed: int) -> tuple[Traveller, ...]:
    """Journeys of ``place``, moved in time so that they are seen inside the bursts alone.

    Those who are together in a burst were together in the place, so nobody
    runs into anybody. A burst is filled with the stretch of the place's period
    that covers most of it.
    """
    random = np.random.default_rng(seed)
    stays = [stay for who in place.travel() if (stay := _seen(who, place)) is not None]
    chosen: list[Traveller] = []
    for burst in bursts:
        starts = random.uniform(0.0, place.period_s, 60)
        best = max(starts, key=lambda start: _covered(_inside(stays, start, burst, place)))
        chosen += [
            _moved(stay, burst.start_s - float(best))
            for stay in _inside(stays, float(best), burst, place)
        ]
    chosen.sort(key=lambda who: float(who.t_s[0]))
    return tuple(replace(who, track=track) for track, who in enumerate(chosen))


def active_share(travellers: Iterable[Traveller], place: Place) -> float:
    """Share of the film in which anybody is in the picture; who is seen twice counts once."""
    stays = [stay for who in travellers if (stay := _seen(who, place)) is not None]
    instants = np.arange(0.0, place.period_s, STEP_S)
    busy = np.zeros(len(instants), bool)
    for stay in stays:
        for lap in (0.0, place.period_s):
            busy |= (instants >= stay.start_s - lap) & (instants < stay.end_s - lap)
    return float(busy.mean())


def _seen(who: Traveller, place: Place) -> _Stay | None:
    instants = np.arange(who.t_s[0], who.t_s[-1], STEP_S)
    if len(instants) < 2:
        return None
    poses = who.poses(instants)
    feet = np.column_stack([poses[:, :2], np.zeros(len(poses))])
    near = place.camera.depth_m(feet) > NEAREST_M
    if not near.any():
        return None
    boxes = np.clip(tight_boxes(who, poses[near], place.camera), 0.0, 1.0)
    shown: NDArray[np.float64] = instants[near][(boxes[:, 2:] - boxes[:, :2] > SMALLEST).all(1)]
    if not len(shown):
        return None
    return _Stay(who, float(shown[0]), float(shown[-1]) + STEP_S)


def _inside(stays: Sequence[_Stay], start_s: float, burst: Burst, place: Place) -> list[_Stay]:
    """Those who are seen from ``start_s`` of the place on, no longer than the burst lasts."""
    found = []
    for stay in stays:
        for lap in (0.0, place.period_s):
            begin, end = stay.start_s + lap, stay.end_s + lap
            if begin >= start_s and end <= start_s + burst.length_s:
                found.append(_Stay(_later(stay.who, lap), begin, end))
    return found


def _covered(stays: Sequence[_Stay]) -> float:
    """Seconds in which at least one of them is seen, and a little for each one."""
    total, end = 0.0, -np.inf
    for stay in sorted(stays, key=lambda stay: stay.start_s):
        total += max(0.0, stay.end_s - max(stay.start_s, end))
        end = max(end, stay.end_s)
    return total + 0.01 * len(stays)


def _moved(stay: _Stay, by_s: float) -> Traveller:
    """The part of the journey around what is seen of it, so much later."""
    times = stay.who.t_s
    kept = (times >= stay.start_s - LEAD_S) & (times <= stay.end_s + LEAD_S)
    part = replace(stay.who, t_s=times[kept], states=stay.who.states[kept])
    return _later(part, by_s)


def _later(who: Traveller, by_s: float) -> Traveller:
    return replace(who, t_s=who.t_s + by_s) if by_s else who
