"""Whether two tracks that seem to have met only changed objects.

A tracker that has lost sight of one vehicle may give its track the one that drives past, and that
one's track the first: both tracks then jump, one brakes to nothing in an instant, the other starts.
It looks like a collision; but each goes on just as the other did before, and the two would have
passed each other with room between. Vehicles that do collide neither pass through each other nor
swap their speeds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.conflict import Way
from wayside.analyze.traffic.contact import Footprints, separations
from wayside.analyze.traffic.pairs import Pair, State

_BEFORE_S = (1.5, 0.2)
_AFTER_S = (0.2, 1.8)
_TIMES_S = np.arange(-1.5, 1.51, 0.1)
_PLACE_M = 1.5
_HANDLING_MPS2 = 3.0
"""What drivers do all the time: so far off straight on at one speed is undisturbed."""
_LEAST = 2


def is_exchange(pair: Pair, ways: tuple[Way, Way], at_s: float) -> bool:
    """From a sight of each in the 1.5 s before the contact they would, straight on at their speeds,
    have passed without touching; and of the sights of each in the 1.8 s after it most are nearer
    to where the other would be than to where it would be itself, and within 1.5 m and 3 m/s² of it.
    """
    early = [_seen(m.states, at_s - _BEFORE_S[0], at_s - _BEFORE_S[1]) for m in pair.members]
    late = [_seen(m.states, at_s + _AFTER_S[0], at_s + _AFTER_S[1]) for m in pair.members]
    if min(len(sights) for sights in late) < _LEAST:
        return False
    return any(
        _goes_on(late[1], like=a, not_like=b)
        and _goes_on(late[0], like=b, not_like=a)
        and _pass_clear(a, b, ways, at_s)
        for a in early[0]
        for b in early[1]
    )


def _seen(states: list[State], first_s: float, last_s: float) -> list[State]:
    return [
        s
        for s in states
        if s.observed and first_s <= s.t_s <= last_s and np.isfinite(s.velocity).all()
    ]


def _straight_on(state: State, t_s: float) -> NDArray[np.float64]:
    return np.asarray(state.place + _velocity(state) * (t_s - state.t_s))


def _velocity(state: State) -> NDArray[np.float64]:
    """None that is not known to be one: who stands seems to drift."""
    drifts = float(np.hypot(*state.velocity)) <= state.speed_sigma_mps
    return np.zeros(2) if drifts else state.velocity


def _goes_on(later: list[State], *, like: State, not_like: State) -> bool:
    fits = 0
    for state in later:
        off = float(np.hypot(*(state.place - _straight_on(like, state.t_s))))
        own = float(np.hypot(*(state.place - _straight_on(not_like, state.t_s))))
        after_s = state.t_s - like.t_s
        fits += off <= min(own, _PLACE_M + _HANDLING_MPS2 * after_s * after_s / 2)
    return fits >= max(_LEAST, len(later) / 2)


def _pass_clear(a: State, b: State, ways: tuple[Way, Way], at_s: float) -> bool:
    t_s = at_s + _TIMES_S
    t_s = t_s[t_s >= max(a.t_s, b.t_s)]
    bodies = [_body(state, way, t_s) for state, way in zip((a, b), ways, strict=True)]
    return bool((separations(*bodies) > 0).all())


def _body(state: State, way: Way, t_s: NDArray[np.float64]) -> Footprints:
    """Straight on, headed as it then was."""
    then = way.places_at(way.at(np.array([state.t_s])))
    size = np.ones(len(t_s))
    return Footprints(
        state.place + _velocity(state) * (t_s - state.t_s)[:, None],
        np.repeat(then.headings, len(t_s), axis=0),
        size * then.half_lengths[0],
        size * then.half_widths[0],
    )
