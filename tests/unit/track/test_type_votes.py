"""Types are voted over looks, believed from a threshold on, and forgotten with their track."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.domain.classes import ObjectClass
from wayside.domain.tracks import Tracks
from wayside.track.type_votes import EAGER_S, MOST_LOOKS, TypeVotes

Box = tuple[float, ...]
ROW = np.array([0])
WHOLE = (0.4, 0.4, 0.6, 0.6)
CUT = (0.0, 0.4, 0.2, 0.6)


def tracks(
    t_s: float, box: tuple[float, ...] = WHOLE, *, track: int = 7, age_s: float = 1.0
) -> Tracks:
    return Tracks(
        t_s,
        np.array([track]),
        np.array([box], np.float32),
        np.zeros(1, np.int8),
        np.ones(1, np.float32),
        np.ones(1, np.float32),
        np.zeros((1, 2), np.float32),
        np.ones(1, bool),
        np.ones(1, bool),
        np.array([age_s], np.float32),
        np.empty(0, np.int64),
    )


def scores(**shares: float) -> np.ndarray:
    row = np.zeros((1, len(ObjectClass)), np.float32)
    for label, share in shares.items():
        row[0, ObjectClass.from_label(label)] = share
    return row


WANTED = np.ones(1, bool)


def voted(
    votes: TypeVotes, *looks: np.ndarray, box: tuple[float, ...] = WHOLE
) -> tuple[int, float]:
    for at, look in enumerate(looks):
        votes.add(tracks(at, box), ROW, look)
    named = votes.named(tracks(len(looks), box), WANTED)
    return int(named.class_ids[0]), float(named.class_shares[0])


def test_looks_that_agree_name_a_track() -> None:
    assert voted(TypeVotes(0.6), scores(car=0.9, bus=0.1), scores(car=0.8, truck=0.2)) == (
        ObjectClass.CAR,
        pytest.approx(0.85),
    )


def test_one_look_names_nothing() -> None:
    assert voted(TypeVotes(0.6), scores(car=1.0))[0] == ObjectClass.UNKNOWN


def test_what_is_unsure_stays_unknown() -> None:
    unsure = scores(person=0.5, unknown=0.5)
    assert voted(TypeVotes(0.6), unsure, unsure)[0] == ObjectClass.UNKNOWN


def test_bus_and_truck_stand_together_against_a_car() -> None:
    look = scores(bus=0.4, truck=0.3, car=0.3)
    assert voted(TypeVotes(0.6), look, look) == (ObjectClass.BUS, pytest.approx(0.7))


def test_a_whole_box_outweighs_one_that_the_border_cuts() -> None:
    votes = TypeVotes(0.6)
    votes.add(tracks(0, CUT), ROW, scores(person=1.0))
    assert voted(votes, scores(car=1.0)) == (ObjectClass.CAR, pytest.approx(0.8))


def test_of_a_vehicle_only_its_type_is_asked() -> None:
    votes = TypeVotes(0.6, (ObjectClass.CAR, ObjectClass.BUS, ObjectClass.TRUCK))
    look = scores(person=0.7, truck=0.3)
    assert voted(votes, look, look)[0] == ObjectClass.TRUCK


def test_a_look_that_says_nothing_counts_for_nothing() -> None:
    nothing = scores()
    assert voted(TypeVotes(0.6), nothing, nothing)[0] == ObjectClass.UNKNOWN


def test_looks_are_spaced_and_end() -> None:
    votes = TypeVotes(0.6)
    assert len(votes.due(tracks(0, age_s=0.1), WANTED)) == 0
    looks = 0
    for step in range(1000):
        now = tracks(step * 0.05)
        if len(votes.due(now, WANTED)):
            looks += 1
            votes.add(now, ROW, scores(car=1.0))
            assert not len(votes.due(tracks(now.t_s + EAGER_S / 2), WANTED))
    assert looks == MOST_LOOKS


def test_votes_do_not_outlive_their_track() -> None:
    votes = TypeVotes(0.6)
    assert voted(votes, scores(car=1.0), scores(car=1.0))[0] == ObjectClass.CAR
    votes.due(tracks(5, track=8), WANTED)
    assert votes.named(tracks(6), WANTED).class_ids[0] == ObjectClass.UNKNOWN
