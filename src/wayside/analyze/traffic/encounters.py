"""Objects that come dangerously close, and those that collide."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from wayside.analyze.traffic import collision, near_miss
from wayside.analyze.traffic.collision import CollisionRule, Crash, crash_of
from wayside.analyze.traffic.conflict import Conflict, Severities, Way
from wayside.analyze.traffic.moment import Moment, SmoothPath
from wayside.analyze.traffic.motion import Motion
from wayside.analyze.traffic.near_miss import NearMissRule
from wayside.analyze.traffic.pairs import BEFORE_S, LATER_S, Member, Pair, Pairs
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ConfigError
from wayside.domain.geometry import Points, inside
from wayside.domain.records import Finding, JsonValue, Phase, Reading
from wayside.scene.scene import Scene

_CHECKS_S = (1.5, 2.5, 4.0)
_LEAST_SIGHTS = 2
_SAME_SHARE = 0.5
_DEEP_M = -0.5
_LINGER_S = 30.0
_SAME_S = 20.0
_THERE_M = 3.0
"""Under whatever track: one of the two still stands there."""
_UNSEEN_S = 0.4
"""A track is confirmed at its second sight: of fast objects a good part of the way is missing."""
_SLIMMER_M = 0.2


@dataclass(slots=True)
class _Open:
    """A collision that has been told, until what it left has gone.

    rests: where each of its tracks was seen standing last, (2,) metres.
    """

    rule: int
    finding: Finding
    place: Points
    seen_s: float
    tracks: set[int]
    rests: dict[int, Points] = field(default_factory=dict)


class Encounters:
    """Watches all pairs of objects; judges each in retrospect, on smoothed ways.

    Near misses: see NearMissRule and Conflict. Told 1.2 s after nothing is seen of the encounter
    any more. Collisions: see CollisionRule and crash_of. Told 1.5 to 4 s after the contact; it
    closes when nobody has stood where they did for 30 s. An encounter that is a collision is no
    near miss. Both need a calibrated feed.

    Readings, per rule's place: ``near_misses``, ``collisions``: those told, by the time at which
    they happened; unit encounters. Undefined where the feed is not calibrated.
    """

    settling_s = 4.0

    def __init__(
        self,
        motion: Motion,
        near_misses: tuple[NearMissRule, ...],
        collisions: tuple[CollisionRule, ...],
    ) -> None:
        """Raises ConfigError for a rule that names a zone the scene does not have."""
        for zone in [rule.zone for rule in near_misses] + [rule.zone for rule in collisions]:
            _require_zone(motion.scene, zone)
        self._scene = motion.scene
        self._pairs = Pairs(motion)
        self._near_misses = near_misses
        self._collisions = collisions
        self._open: list[_Open] = []
        self._told: list[tuple[float, str, str]] = []
        self._number = 0

    def update(self, moment: Moment) -> list[Finding]:
        if self._scene.ground_plane is None:
            return []
        self._pairs.update(moment)
        found: list[Finding] = []
        if self._collisions:
            for pair in self._pairs:
                found += self._check(pair, moment)
            found += self._watch(moment)
        for pair in self._pairs.over(moment.t_s):
            found += self._judge(pair)
        return found

    def finish(self, t_s: float) -> list[Finding]:
        found: list[Finding] = []
        for pair in self._pairs.all():
            found += self._judge(pair)
        found += [self._close(each, t_s, complete=False) for each in self._open]
        self._open.clear()
        return found

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        told = [(metric, place) for at_s, metric, place in self._told if at_s < end_s]
        self._told = [row for row in self._told if row[0] >= end_s]

        def number(metric: str, place: str) -> float | None:
            is_known = self._scene.ground_plane is not None
            return float(told.count((metric, place))) if is_known else None

        rows: list[Reading] = []
        for place in dict.fromkeys(rule.zone or "" for rule in self._near_misses):
            where = "zone" if place else "feed"
            missed = number("near_misses", place)
            rows.append(Reading("near_misses", missed, "encounters", where, place))
        for place in dict.fromkeys(rule.zone or "" for rule in self._collisions):
            where = "zone" if place else "feed"
            met = number("collisions", place)
            rows.append(Reading("collisions", met, "encounters", where, place))
        return rows

    def _judge(self, pair: Pair) -> list[Finding]:
        if pair.has_collided or not self._near_misses or pair.sights < _LEAST_SIGHTS:
            return []
        paths = self._pairs.ways(pair, pair.since_s - BEFORE_S)
        ways = None if paths is None else _ways(pair, paths, slim=False)
        if paths is None or ways is None:
            return []
        conflict = Conflict(*ways)
        severities = conflict.severities()
        if severities is None or _is_one_object(conflict, *ways):
            return []
        place = _meeting_place(severities, *ways)
        for rule in self._near_misses:
            why = near_miss.reasons(severities, rule, pair.kinds)
            if why and self._is_in(rule.zone, place) and _is_sure(pair, paths, rule):
                return [self._near_miss(pair, rule, severities, why, place)]
        return []

    def _near_miss(
        self, pair: Pair, rule: NearMissRule, severities: Severities, why: list[str], place: Points
    ) -> Finding:
        at_s = severities.apart_at_s
        if severities.ttc_at_s is not None:
            at_s = severities.ttc_at_s
        elif severities.pet_at_s is not None:
            at_s = severities.pet_at_s
        self._told.append((at_s, "near_misses", rule.zone or ""))
        data = self._data(pair, at_s, place)
        data |= near_miss.values(severities) | {"reasons": list[JsonValue](why)}
        return Finding(
            near_miss.KIND,
            self._key("near_miss"),
            Phase.INSTANT,
            at_s,
            at_s,
            rule.zone or "",
            near_miss.severity_of(severities),
            data,
        )

    def _check(self, pair: Pair, moment: Moment) -> list[Finding]:
        """Whether a pair that would have touched did; looked at three times."""
        if pair.has_collided or pair.checked >= len(_CHECKS_S):
            return []
        due_s = pair.contact_at_s + _CHECKS_S[pair.checked]
        pair.seen_s = max(pair.seen_s, min(moment.t_s, pair.contact_at_s + _CHECKS_S[-1] - LATER_S))
        if moment.t_s < due_s:
            return []
        pair.checked += 1
        paths = self._pairs.ways(pair, pair.contact_at_s - 2.0)
        if paths is None or pair.sights < _LEAST_SIGHTS:
            return []
        crash = crash_of(pair, paths, moment)
        if crash is None:
            pair.checked = len(_CHECKS_S)  # they did not touch: nor will they have later
            return []
        for index, rule in enumerate(self._collisions):
            asked = not rule.classes or all(kind.label in rule.classes for kind in pair.kinds)
            if asked and crash.score >= rule.min_score and self._is_in(rule.zone, crash.place):
                pair.has_collided = True
                return self._collided(index, pair, crash, moment.t_s)
        return []

    def _collided(self, index: int, pair: Pair, crash: Crash, t_s: float) -> list[Finding]:
        for each in self._open:
            near = float(np.hypot(*(each.place - crash.place))) < collision.JOIN_M
            soon = t_s - each.finding.start_s < _SAME_S
            if each.rule == index and ((near and soon) or each.tracks & set(pair.tracks)):
                each.tracks |= set(pair.tracks)
                return []
        rule = self._collisions[index]
        data = self._data(pair, crash.at_s, crash.place)
        data |= {
            "score": round(crash.score, 2),
            "threshold": rule.min_score,
            "closing_mps": round(crash.closing_mps, 2),
            "signs": list[JsonValue](crash.signs),
        }
        finding = Finding(
            collision.KIND,
            self._key("collision"),
            Phase.OPEN,
            crash.at_s,
            None,
            rule.zone or "",
            rule.severity,
            data,
        )
        self._told.append((crash.at_s, "collisions", rule.zone or ""))
        self._open.append(_Open(index, finding, crash.place, t_s, set(pair.tracks)))
        return [finding]

    def _watch(self, moment: Moment) -> list[Finding]:
        """Close what nothing is left of."""
        if not self._open:
            return []
        speeds = moment.speeds_mps
        with np.errstate(invalid="ignore"):
            still = np.isnan(speeds) | (speeds < collision.REST_MPS)
        ids = moment.tracks.ids
        for each in self._open:
            for row in np.flatnonzero(still & np.isin(ids, list(each.tracks))).tolist():
                if np.isfinite(moment.centres[row]).all():
                    each.rests[int(ids[row])] = moment.centres[row]
            for place in each.rests.values():
                away = np.hypot(*(moment.centres - place).T)
                with np.errstate(invalid="ignore"):
                    if bool((still & (away < _THERE_M)).any()):
                        each.seen_s = moment.t_s
        over = [each for each in self._open if moment.t_s - each.seen_s >= _LINGER_S]
        self._open = [each for each in self._open if each not in over]
        return [self._close(each, each.seen_s, complete=True) for each in over]

    def _close(self, each: _Open, end_s: float, *, complete: bool) -> Finding:
        opened = each.finding
        end_s = max(end_s, opened.start_s)
        data = {
            **opened.data,
            "lasted_s": round(end_s - opened.start_s, 2),
            "complete": complete,
        }
        return Finding(
            opened.kind,
            opened.key,
            Phase.CLOSE,
            opened.start_s,
            end_s,
            opened.place,
            opened.severity,
            data,
        )

    def _data(self, pair: Pair, at_s: float, place: Points) -> dict[str, JsonValue]:
        data: dict[str, JsonValue] = {
            "classes": [kind.label for kind in pair.kinds],
            "class": _foremost(pair.kinds).label,
            "group": _foremost(pair.kinds).group.value,
            "t_s": round(at_s, 4),
            "tracks": list(pair.tracks),
        }
        x, y = self._picture(place)
        if np.isfinite([x, y]).all():
            data |= {"x": round(x, 4), "y": round(y, 4)}
        return data

    def _picture(self, place: Points) -> tuple[float, float]:
        plane = self._scene.ground_plane
        if plane is None:
            return np.nan, np.nan
        x, y = plane.to_image(place[None])[0].tolist()
        return x, y

    def _is_in(self, zone: str | None, place: Points) -> bool:
        if zone is None:
            return True
        polygon = self._scene.polygons[self._scene.zone_ids.index(zone)]
        return bool(inside(polygon, np.array([self._picture(place)]))[0])

    def _key(self, name: str) -> str:
        self._number += 1
        return f"{name}:{self._number}"


def _is_sure(pair: Pair, paths: tuple[SmoothPath, SmoothPath], rule: NearMissRule) -> bool:
    """It is one with footprints as small as they may well be, too."""
    ways = _ways(pair, paths, slim=True)
    slim = None if ways is None else Conflict(*ways).severities()
    return slim is not None and near_miss.is_sure(slim, rule, pair.kinds)


def _ways(
    pair: Pair, paths: tuple[SmoothPath, SmoothPath], *, slim: bool
) -> tuple[Way, Way] | None:
    a, b = (_way(path, each, slim) for path, each in zip(paths, pair.members, strict=True))
    return None if a is None or b is None else (a, b)


def _way(path: SmoothPath, member: Member, slim: bool) -> Way | None:
    if not len(path):
        return None
    if not slim:
        return Way.of(path, before_s=_UNSEEN_S)
    slimmer_m = _SLIMMER_M + float(np.median(path.centre_sigmas_m)) / 2
    shorter_m = member.length_sigma_m / 2
    return Way.of(path, before_s=_UNSEEN_S, slimmer_m=slimmer_m, shorter_m=shorter_m)


def _meeting_place(severities: Severities, a: Way, b: Way) -> Points:
    """(2,) metres, between the two at the worst instant."""
    at = severities.ttc_at_s if severities.ttc_at_s is not None else severities.apart_at_s
    both = [way.places_at(way.at(np.array([at]))).centres[0] for way in (a, b)]
    return np.asarray((both[0] + both[1]) / 2)


def _is_one_object(conflict: Conflict, a: Way, b: Way) -> bool:
    """Two tracks of one thing: its footprints lie in each other most of the time."""
    apart = conflict.apart(a.at(conflict.t_s), b.at(conflict.t_s))
    return bool((apart < _DEEP_M).mean() > _SAME_SHARE)


def _foremost(kinds: tuple[ObjectClass, ObjectClass]) -> ObjectClass:
    """Whom one speaks of first: the one with less around him."""
    order = (
        ObjectClass.PERSON,
        ObjectClass.BICYCLE,
        ObjectClass.MOTORCYCLE,
        ObjectClass.CAR,
        ObjectClass.BUS,
        ObjectClass.TRUCK,
        ObjectClass.UNKNOWN,
    )
    return min(kinds, key=order.index)


def _require_zone(scene: Scene, zone: str | None) -> None:
    if zone is not None and zone not in scene.zone_ids:
        raise ConfigError(
            f"a rule for encounters names the zone {zone!r}, which is not drawn",
            where="rules",
            remedy=f"Zones of this scene: {', '.join(scene.zone_ids) or 'none'}",
        )
