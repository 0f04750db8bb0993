"""Two objects that may come close, from when that is first seen until it can be judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.candidates import Candidates, candidates
from wayside.analyze.traffic.moment import Moment, SmoothPath
from wayside.analyze.traffic.motion import Motion
from wayside.domain.classes import ObjectClass

BEFORE_S = 1.0
"""How much of their ways before they were first noticed belongs to an encounter."""
LATER_S = 1.2
"""An encounter is over when nothing has been seen of it for so long: what follows then tells how
they moved at its worst."""
LONGEST_S = 8.0
_NEAR_S = 1.2


@dataclass(frozen=True, slots=True)
class State:
    """One object as it was known at t_s from what came before: place, velocity (2,), and their
    standard deviations. observed: it was seen at that instant.
    """

    t_s: float
    place: NDArray[np.float64]
    velocity: NDArray[np.float64]
    place_sigma_m: float
    speed_sigma_mps: float
    observed: bool


@dataclass(slots=True)
class Member:
    """One of the two. kind: its class as known last; length_sigma_m: of its length. path: its way,
    once its track has ended at ended_s; at_edge: the picture's edge cut it there.
    """

    track: int
    kind: ObjectClass
    states: list[State] = field(default_factory=list)
    length_sigma_m: float = 0.0
    path: SmoothPath | None = None
    ended_s: float | None = None
    at_edge: bool = False


@dataclass(slots=True)
class Pair:
    """members: by rising id. seen_s: when they were noticed last, in ``sights`` instants.
    contact_at_s: when they would have touched, as it looked last; inf where never within 1.2 s.
    checked: how often it was looked at for a collision.
    """

    members: tuple[Member, Member]
    since_s: float
    seen_s: float
    sights: int = 1
    contact_at_s: float = np.inf
    checked: int = 0
    has_collided: bool = False

    @property
    def kinds(self) -> tuple[ObjectClass, ObjectClass]:
        return self.members[0].kind, self.members[1].kind

    @property
    def tracks(self) -> tuple[int, int]:
        return self.members[0].track, self.members[1].track


class Pairs:
    """All encounters that go on."""

    def __init__(self, motion: Motion) -> None:
        self._motion = motion
        self._pairs: dict[tuple[int, int], Pair] = {}

    def __iter__(self) -> Iterator[Pair]:
        return iter(list(self._pairs.values()))

    def update(self, moment: Moment) -> None:
        """Take in who may meet now, and what became of those who might."""
        found = candidates(moment)
        if len(found.first):
            self._notice(moment, found)
        if not self._pairs:
            return
        rows = {track: row for row, track in enumerate(moment.tracks.ids.tolist())}
        for pair in self._pairs.values():
            for member in pair.members:
                row = rows.get(member.track)
                if row is not None:
                    _remember(member, moment, row)
        gone = set(moment.tracks.ended.tolist())
        for pair in self._pairs.values():
            for member in pair.members:
                if member.track in gone and member.path is None:
                    self._end(member, pair, moment.t_s)

    def over(self, t_s: float) -> list[Pair]:
        """Those of which all is known that will be, in their order; they are forgotten."""
        done = [
            pair
            for pair in self._pairs.values()
            if t_s - pair.seen_s >= LATER_S or t_s - pair.since_s >= LONGEST_S
        ]
        for pair in done:
            del self._pairs[pair.tracks]
        return done

    def all(self) -> list[Pair]:
        """All of them; they are forgotten."""
        done = list(self._pairs.values())
        self._pairs.clear()
        return done

    def ways(self, pair: Pair, start_s: float) -> tuple[SmoothPath, SmoothPath] | None:
        """The smoothed ways of both since start_s; None where one is not known."""
        paths: list[SmoothPath] = []
        for member in pair.members:
            path = member.path
            if path is None:
                if member.track not in self._motion.histories:
                    return None
                path = self._motion.smoothed(member.track, start_s)
            paths.append(path)
        return paths[0], paths[1]

    def _notice(self, moment: Moment, found: Candidates) -> None:
        ids, t_s = moment.tracks.ids, moment.t_s
        for i, j, contact_s in zip(
            found.first.tolist(), found.second.tolist(), found.contact_s.tolist(), strict=True
        ):
            first, second = (i, j) if ids[i] < ids[j] else (j, i)
            key = int(ids[first]), int(ids[second])
            pair = self._pairs.get(key)
            if pair is None:
                kinds = moment.tracks.class_ids
                members = (
                    Member(key[0], ObjectClass(int(kinds[first]))),
                    Member(key[1], ObjectClass(int(kinds[second]))),
                )
                pair = self._pairs[key] = Pair(members, t_s, t_s, 0)
            pair.seen_s = t_s
            pair.sights += 1
            if contact_s <= _NEAR_S and not pair.checked:
                pair.contact_at_s = t_s + contact_s

    def _end(self, member: Member, pair: Pair, t_s: float) -> None:
        member.ended_s = t_s
        if member.track in self._motion.histories:
            member.path = self._motion.smoothed(member.track, pair.since_s - BEFORE_S)


def _remember(member: Member, moment: Moment, row: int) -> None:
    member.kind = ObjectClass(int(moment.tracks.class_ids[row]))
    member.length_sigma_m = float(moment.length_sigmas_m[row])
    member.at_edge = not bool(moment.whole[row])
    member.states.append(
        State(
            moment.t_s,
            moment.centres[row],
            moment.velocities[row],
            float(moment.centre_sigmas_m[row].max()),
            float(moment.speed_sigmas_mps[row]),
            bool(moment.tracks.observed[row]),
        )
    )
