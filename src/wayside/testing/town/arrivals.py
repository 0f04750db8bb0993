"""Who comes, when and where to: Poisson arrivals with realistic shares, speeds and turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wayside.testing.town.agents import Driver, Kind, Size, Walker
from wayside.testing.town.layout import Layout, Route, Turn, Walk, route, walk
from wayside.testing.town.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who comes into the simulation at t_s."""

    t_s: float
    who: Driver | Walker


ARM_SHARES = (0.28, 0.22, 0.28, 0.22)
TURN_SHARES = {
    Kind.CAR: (0.83, 0.12, 0.05),
    Kind.VAN: (0.83, 0.12, 0.05),
    Kind.LORRY: (0.9, 0.1, 0.0),
    Kind.BUS: (1.0, 0.0, 0.0),
    Kind.CYCLIST: (0.82, 0.18, 0.0),
}
SIZES = {
    Kind.CAR: (Size(3.9, 1.72, 1.45), Size(4.7, 1.86, 1.58)),
    Kind.VAN: (Size(4.9, 1.95, 1.95), Size(5.7, 2.05, 2.35)),
    Kind.LORRY: (Size(7.2, 2.35, 3.0), Size(9.0, 2.5, 3.4)),
    Kind.BUS: (Size(10.8, 2.5, 3.0), Size(12.0, 2.55, 3.15)),
    Kind.CYCLIST: (Size(1.72, 0.58, 1.68), Size(1.85, 0.66, 1.82)),
    Kind.PERSON: (Size(0.42, 0.46, 1.58), Size(0.5, 0.56, 1.9)),
}
SPEEDS = {  # desired: mean, standard deviation, least, greatest, m/s
    Kind.CAR: (10.8, 1.2, 8.0, 13.5),
    Kind.VAN: (10.4, 1.1, 8.0, 13.0),
    Kind.LORRY: (9.3, 0.8, 8.0, 11.0),
    Kind.BUS: (9.0, 0.6, 8.0, 10.5),
    Kind.CYCLIST: (5.2, 0.6, 4.0, 6.5),
    Kind.PERSON: (1.4, 0.15, 1.1, 1.7),
}
# Which zebras a person crosses, from its corner: mostly one, sometimes none or two.
CROSSINGS: tuple[tuple[int, ...], ...] = ((1,), (-1,), (), (1, 1), (-1, -1))
CROSSING_SHARES = (0.36, 0.36, 0.14, 0.07, 0.07)


def arrivals(scenario: Scenario, start_s: float) -> list[Arrival]:
    """In order of time, from ``start_s`` to the scenario's end."""
    random = np.random.default_rng([scenario.seed, 1])
    shares = scenario.mix.shares()
    kinds = [Kind(name) for name in shares]
    routes = _routes(scenario.layout)
    found: list[Arrival] = []
    rate = scenario.objects_per_minute / 60
    t_s = start_s
    while rate > 0:
        t_s += float(random.exponential(1 / rate))
        if t_s >= scenario.duration_s:
            break
        kind = kinds[int(random.choice(len(kinds), p=list(shares.values())))]
        found.append(Arrival(t_s, _arrival(kind, scenario.layout, routes, random)))
    return found


def _routes(layout: Layout) -> dict[tuple[int, Turn, bool], Route]:
    """Every way through for wheels; shared, so that where they meet is worked out once."""
    return {
        (arm, turn, is_cycle): route(layout, arm, turn, is_cycle=is_cycle)
        for arm in range(4)
        for turn in Turn
        for is_cycle in (False, True)
    }


def _arrival(
    kind: Kind,
    layout: Layout,
    routes: dict[tuple[int, Turn, bool], Route],
    random: np.random.Generator,
) -> Driver | Walker:
    low, high = SIZES[kind]
    share = float(random.random())
    size = Size(
        low.length + share * (high.length - low.length),
        low.width + share * (high.width - low.width),
        low.height + share * (high.height - low.height),
    )
    mean, deviation, least, most = SPEEDS[kind]
    speed = float(np.clip(random.normal(mean, deviation), least, most))
    look = int(random.integers(1 << 30))
    if kind is Kind.PERSON:
        return Walker(kind, size, _walk(layout, random), speed, look, speed)
    arm = int(random.choice(4, p=ARM_SHARES))
    turn = list(Turn)[int(random.choice(3, p=TURN_SHARES[kind]))]
    return Driver(kind, size, routes[arm, turn, kind is Kind.CYCLIST], speed, look, speed)


def _walk(layout: Layout, random: np.random.Generator) -> Walk:
    corner = int(random.integers(4))
    crossings = CROSSINGS[int(random.choice(len(CROSSINGS), p=CROSSING_SHARES))]
    from_next_arm = bool(random.random() < 0.5)
    if not crossings:
        to_next_arm = not from_next_arm
    else:
        # On along the street that was crossed into, seldom back along the one just crossed.
        ahead = bool(random.random() < 0.75)
        to_next_arm = ahead if crossings[-1] > 0 else not ahead
    return walk(
        layout,
        corner,
        from_next_arm=from_next_arm,
        crossings=crossings,
        to_next_arm=to_next_arm,
        keep=float(random.random()),
    )
