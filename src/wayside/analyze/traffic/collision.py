"""Whether two objects that came together collided: evidence, each sign with its weight."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.conflict import Conflict, Way
from wayside.analyze.traffic.exchanged import is_exchange
from wayside.analyze.traffic.moment import Moment, SmoothPath
from wayside.analyze.traffic.pairs import Member, Pair, State
from wayside.domain.classes import ClassGroup
from wayside.domain.geometry import Points
from wayside.domain.records import Severity

KIND = "traffic.collision"

JOIN_M = 20.0
NEARBY_M = 12.0
"""Who stands within this of the contact stands there because of it, and who was fast, within the
way that he slides."""
REST_MPS = 1.0

_LEAST_MPS = 3.0
_TOUCH_M = 0.3
_MOST_ERROR_M = 0.7
_KNOWN_M = 1.0
_SLIDES_MPS2 = 5.0
_PUSHED_MPS2 = 5.0
_DROVE_MPS = 2.0
_WATCHED_SHARE = 0.6
_DEEP_M = -0.5
_HARD_MPS2 = 5.5
_ABRUPT_MPS2 = 8.0
_SURE: Final = 1.5
_LOST_S = 2.0
_OWN_MPS: Final = {ClassGroup.PERSON: 4.0, ClassGroup.TWO_WHEELER: 12.0}


@dataclass(frozen=True, slots=True)
class CollisionRule:
    """What counts as a collision. zone: id of where, None for the whole picture. min_score: of
    the signs that crash_of adds up. classes: labels, of which both must be; empty for all.
    """

    least_rate: ClassVar[float] = 5.0

    zone: str | None = None
    min_score: float = 5.0
    classes: tuple[str, ...] = ()
    severity: Severity = Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Crash:
    """score: sum of the weights of ``signs``. at_s, place (2,) m: of the contact. closing_mps:
    how fast they came together before it.
    """

    score: float
    signs: tuple[str, ...]
    at_s: float
    place: Points
    closing_mps: float


def crash_of(pair: Pair, paths: tuple[SmoothPath, SmoothPath], moment: Moment) -> Crash | None:
    """The signs of a collision of two whose contact was expected at ``pair.contact_at_s``.

    None where they came together at less than 3 m/s, where their places are not known to a metre
    (far away in a dense queue everything touches), or where their footprints stayed further
    apart than 0.3 m and one standard deviation of their places (0.7 m at most): a vehicle that
    hides another in the picture is elsewhere on the ground. The score is 0 where their tracks only
    changed objects (see is_exchange). Signs and weights:

    contact 1: they came so close. overlap 1: footprints lay 0.5 m in each other. Of each of the
    two: hard 1, it lost speed at 5.5 m/s² at least, abrupt 2, at 8 m/s² (full braking on a dry
    road), each by a margin of one and a half standard deviations, about the time of contact;
    pushed 1, it gained speed at 5 m/s² at least, as no car does by itself, by the same margin;
    rest 1, it drove before and stands now, within 12 m or as far as both together slide at
    5 m/s²; lost 1, its track ended within 2 s though it was not at the picture's edge; jump 1, a
    person or rider moved as none can by himself. Of one who was not seen in most of the second
    before nothing counts. Without hard, abrupt, pushed and jump the score is 0.
    """
    closing = _closing(pair)
    ways = Way.of(paths[0]), Way.of(paths[1])
    if closing < _LEAST_MPS or ways[0] is None or ways[1] is None:
        return None
    conflict = Conflict(ways[0], ways[1])
    if not len(conflict.t_s):
        return None
    about = conflict.t_s >= pair.contact_at_s - 1.0
    apart = conflict.apart(ways[0].at(conflict.t_s), ways[1].at(conflict.t_s))
    apart = np.where(about, apart, np.inf)
    nearest = int(apart.argmin())
    sigma = _sigma(paths)
    error = min(_MOST_ERROR_M, sigma)
    if sigma > _KNOWN_M or not apart[nearest] <= _TOUCH_M + error:
        return None
    touching = np.flatnonzero(apart <= _TOUCH_M)
    at = int(touching[0]) if len(touching) else nearest
    at_s = float(conflict.t_s[at])
    both = [way.places_at(way.at(conflict.t_s[at : at + 1])).centres[0] for way in ways if way]
    place: NDArray[np.float64] = (both[0] + both[1]) / 2
    signs = ["contact"]
    if apart[nearest] <= _DEEP_M:
        signs.append("overlap")
    reach_m = max(NEARBY_M, _together_mps(pair, at_s) ** 2 / (2 * _SLIDES_MPS2))
    for member, path in zip(pair.members, paths, strict=True):
        signs += _signs_of(member, path, at_s, place, reach_m, moment)
    if not {"hard", "abrupt", "pushed", "jump"} & set(signs):
        # Side by side in a queue, or one walks past a standing other.
        return Crash(0.0, tuple(signs), at_s, place, closing)
    if is_exchange(pair, (ways[0], ways[1]), at_s):
        return Crash(0.0, (*signs, "exchange"), at_s, place, closing)
    score = sum(2.0 if sign == "abrupt" else 1.0 for sign in signs)
    return Crash(score, tuple(signs), at_s, place, closing)


def _signs_of(
    member: Member, path: SmoothPath, at_s: float, place: Points, reach_m: float, moment: Moment
) -> list[str]:
    if not _was_watched(member, at_s):
        return []
    signs: list[str] = []
    if _gain(path, at_s) >= _PUSHED_MPS2:
        signs.append("pushed")
    loss = _braking(member.states, at_s)
    if loss >= _ABRUPT_MPS2:
        signs.append("abrupt")
    elif loss >= _HARD_MPS2:
        signs.append("hard")
    if member.ended_s is not None:
        if member.ended_s - at_s <= _LOST_S and not member.at_edge:
            signs.append("lost")
        return signs
    if _drove(member, at_s) and _rests(member, place, reach_m, moment.t_s):
        signs.append("rest")
    if _jumps(member.states, at_s, member.kind.group):
        signs.append("jump")
    return signs


def _closing(pair: Pair) -> float:
    """m/s, the largest size of the difference of their velocities in the second before contact."""
    others = {state.t_s: state for state in pair.members[1].states}
    near = [
        (state.velocity, others[state.t_s].velocity)
        for state in pair.members[0].states
        if -1.0 <= state.t_s - pair.contact_at_s <= 0.5 and state.t_s in others
    ]
    if not near:
        return 0.0
    between = np.array([a - b for a, b in near])
    return float(np.nanmax(np.hypot(between[:, 0], between[:, 1]), initial=0.0))


def _sigma(paths: tuple[SmoothPath, SmoothPath]) -> float:
    a, b = (float(np.median(path.centre_sigmas_m)) for path in paths)
    return float(np.hypot(a, b))


def _braking(states: list[State], at_s: float) -> float:
    """m/s², by which it surely lost speed about the contact; 0 where it went on.

    From each state about the contact, its speed less one and a half standard deviations, to the
    places half a second to 1.6 s later: v² / 2 d where it can have come to rest, else
    2 (v u - d) / u² after u seconds. The median of the later places, the largest of the states.
    """
    seen = [s for s in states if s.observed and np.isfinite(s.velocity).all()]
    best = 0.0
    for state in seen:
        if not at_s - 0.7 <= state.t_s <= at_s + 0.5:
            continue
        speed = float(np.hypot(*state.velocity))
        sure = speed - _SURE * state.speed_sigma_mps
        if sure < _LEAST_MPS:
            continue
        losses = [
            _loss(state, later, speed, sure)
            for later in seen
            if 0.5 <= later.t_s - state.t_s <= 1.6
        ]
        if len(losses) >= 2:
            best = max(best, float(np.median(losses)))
    return best


def _loss(state: State, later: State, speed: float, sure: float) -> float:
    u = later.t_s - state.t_s
    along = float((later.place - state.place) @ state.velocity) / speed
    d = max(along + _SURE * state.place_sigma_m / 2, 0.2)
    stops = 2 * d <= sure * u
    return sure * sure / (2 * d) if stops else 2 * (sure * u - d) / (u * u)


def _together_mps(pair: Pair, at_s: float) -> float:
    """How fast two of one weight go on that stay together."""
    velocities = [
        min(member.states, key=lambda state: abs(state.t_s - at_s)).velocity
        for member in pair.members
    ]
    together = float(np.hypot(*(velocities[0] + velocities[1]) / 2))
    return together if np.isfinite(together) else 0.0


def _gain(path: SmoothPath, at_s: float) -> float:
    """m/s², at which it surely gained speed about the contact, over 0.3 to 1.2 s."""
    near = np.flatnonzero((path.t_s >= at_s - 0.7) & (path.t_s <= at_s + 1.2))
    speeds, sigmas = np.hypot(*path.velocities.T), path.speed_sigmas_mps
    best = 0.0
    for first in near[path.t_s[near] <= at_s + 0.5].tolist():
        for last in near[near > first].tolist():
            took_s = float(path.t_s[last] - path.t_s[first])
            margin = _SURE * float(np.hypot(sigmas[first], sigmas[last]))
            if 0.3 <= took_s <= 1.2:
                best = max(best, (float(speeds[last] - speeds[first]) - margin) / took_s)
    return best


def _was_watched(member: Member, at_s: float) -> bool:
    """Seen most of the second before, and twice: else it may be another one's track by now."""
    seen = [s.observed for s in member.states if -1.2 <= s.t_s - at_s <= 0.1]
    return sum(seen) >= max(2.0, _WATCHED_SHARE * len(seen))


def _drove(member: Member, at_s: float) -> bool:
    """Who stood there before does not stand there because of it."""
    before = [s.velocity for s in member.states if s.observed and s.t_s <= at_s - 0.3]
    speeds = [float(np.hypot(*velocity)) for velocity in before]
    return max((speed for speed in speeds if np.isfinite(speed)), default=np.inf) >= _DROVE_MPS


def _rests(member: Member, place: Points, reach_m: float, t_s: float) -> bool:
    states = [s for s in member.states if t_s - s.t_s <= 1.0 and s.observed]
    if not states:
        return False
    speeds = [float(np.hypot(*s.velocity)) for s in states]
    away = float(np.hypot(*(states[-1].place - place)))
    return speeds[-1] < REST_MPS and away < reach_m


def _jumps(states: list[State], at_s: float, group: ClassGroup) -> bool:
    """Moved from sight to sight, about the contact, faster than it can by itself."""
    if group not in _OWN_MPS:
        return False
    own = _OWN_MPS[group]
    seen = [s for s in states if s.observed and at_s - 0.7 <= s.t_s <= at_s + 1.5]
    for before, after in pairwise(seen):
        moved = float(np.hypot(*(after.place - before.place)))
        if moved > own * (after.t_s - before.t_s) + 1.0 + 2 * before.place_sigma_m:
            return True
    return False
