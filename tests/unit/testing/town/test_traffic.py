"""The simulation: deterministic, physical, and nobody drives through anybody."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from shapely.geometry import Polygon

from wayside.testing.town import Mix, Scenario, Town, build_town
from wayside.testing.town.agents import Kind, Traveller, travel_time_s

WHEELS = {Kind.CAR, Kind.VAN, Kind.LORRY, Kind.BUS, Kind.CYCLIST}


def footprint(one: Traveller, pose: np.ndarray) -> Polygon:
    c, s = np.cos(pose[2]), np.sin(pose[2])
    half, wide = one.size.length / 2, one.size.width / 2
    corners = [(half, wide), (half, -wide), (-half, -wide), (-half, wide)]
    return Polygon([(pose[0] + c * x - s * y, pose[1] + s * x + c * y) for x, y in corners])


def test_the_same_seed_gives_the_same_town() -> None:
    first, second, other = (
        build_town(Scenario(seed=seed, duration_s=5.0)).travellers for seed in (4, 4, 5)
    )
    assert len(first) == len(second) > 0
    for a, b in zip(first, second, strict=True):
        assert (a.kind, a.size) == (b.kind, b.size)
        assert (a.xy == b.xy).all()
    assert [one.size for one in first] != [one.size for one in other]


def test_no_wheels_overlap_anything(busy: Town) -> None:
    for t_s in np.arange(0.0, busy.scenario.duration_s, 0.4):
        about = [
            (one, one.poses(np.array([t_s]))[0])
            for one in busy.travellers
            if one.t_s[0] <= t_s <= one.t_s[-1]
        ]
        for (a, at_a), (b, at_b) in combinations(about, 2):
            if not {a.kind, b.kind} & WHEELS or np.hypot(*(at_a[:2] - at_b[:2])) > 13:
                continue
            shared = footprint(a, at_a).intersection(footprint(b, at_b)).area
            assert shared < 0.05, (t_s, a.track, a.kind, b.track, b.kind)


def test_shares_are_those_of_the_mix(busy: Town) -> None:
    kinds = [one.kind for one in busy.travellers]
    vehicles = sum(kind in WHEELS - {Kind.CYCLIST} for kind in kinds)
    assert 0.55 < vehicles / len(kinds) < 0.82
    assert len(kinds) == pytest.approx(150, rel=0.35)
    for kind in (Kind.CYCLIST, Kind.PERSON):
        assert 0.05 < kinds.count(kind) / len(kinds) < 0.27


@pytest.mark.parametrize(
    ("kind", "top_mps"), [(Kind.CAR, 13.6), (Kind.CYCLIST, 6.6), (Kind.PERSON, 1.71)]
)
def test_speeds_are_realistic_and_match_the_movement(
    busy: Town, kind: Kind, top_mps: float
) -> None:
    for one in busy.travellers:
        if one.kind is not kind:
            continue
        assert one.speed_mps.min() >= 0.0
        assert one.speed_mps.max() < top_mps
        moved = np.hypot(*np.diff(one.xy, axis=0).T) / np.diff(one.t_s)
        middle = (one.speed_mps[1:] + one.speed_mps[:-1]) / 2
        # The centre of a turning body cuts the corner a little.
        assert np.abs(moved - middle).max() < 0.25 * top_mps
        assert np.median(np.abs(moved - middle)) < 0.02


def test_everybody_goes_all_the_way(busy: Town) -> None:
    gone = [one for one in busy.travellers if one.t_s[-1] < busy.scenario.duration_s - 1]
    assert len(gone) > 50
    for one in gone:
        assert np.abs(one.xy[-1]).max() > 40
        assert one.travelled_m[-1] - one.travelled_m[0] > 60


def test_queues_form_and_clear(busy: Town) -> None:
    stood = [one for one in busy.travellers if one.kind is Kind.CAR and one.speed_mps.min() < 0.1]
    assert len(stood) > 10
    longest = max(one.t_s[-1] - one.t_s[0] for one in busy.travellers)
    assert longest < 180


def test_an_empty_street_stays_empty() -> None:
    assert build_town(Scenario(duration_s=2.0, objects_per_minute=0)).travellers == ()


def test_a_mix_is_normalised() -> None:
    shares = Mix(car=2, van=0, lorry=0, bus=0, cyclist=0, person=2).shares()
    assert shares["car"] == shares["person"] == 0.5
    assert sum(Mix().shares().values()) == pytest.approx(1.0)


@pytest.mark.parametrize("wrong", [{"duration_s": 0}, {"fps": -1}, {"objects_per_minute": -1}])
def test_a_scenario_needs_time(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        Scenario(**wrong)


def test_travel_time_accelerates_then_keeps_its_speed() -> None:
    assert travel_time_s(-1.0, 5.0, 10.0, 2.0) == 0.0
    assert travel_time_s(20.0, 10.0, 10.0, 2.0) == pytest.approx(2.0)
    assert travel_time_s(4.0, 0.0, 10.0, 2.0) == pytest.approx(2.0)
    assert travel_time_s(35.0, 0.0, 10.0, 2.0) == pytest.approx(5.0 + 1.0)
