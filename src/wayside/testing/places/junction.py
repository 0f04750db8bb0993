"""The town's junction with traffic that repeats: the same arrivals, period after period."""

from __future__ import annotations

from dataclasses import replace

from wayside.domain.media import Picture
from wayside.testing.places.place import Ground, Place
from wayside.testing.town.agents import Traveller
from wayside.testing.town.arrivals import Arrival, arrivals
from wayside.testing.town.ground import SHEET, Sheet, ground_picture
from wayside.testing.town.scenario import Scenario, Sky
from wayside.testing.town.scenery import BUILDINGS, POSTS, TREES
from wayside.testing.town.signal import Signal
from wayside.testing.town.site import CONTROL_GROUND, ground_lines, movements_of
from wayside.testing.town.traffic import simulate

PERIOD_S = 60.0
SETTLING = 2
"""Periods simulated before the one that is kept: by then each is like the one before."""
LONGEST_S = 110.0
"""Nobody's journey lasts longer."""
SCENARIO = Scenario(
    seed=2,
    duration_s=PERIOD_S,
    objects_per_minute=38.0,
    signal=Signal(green_s=(28.0, 23.0)),
    sky=Sky(cloud_swing=0.4),
)


def _due(first: int, periods: int) -> list[Arrival]:
    """One period's arrivals, again and again; fresh each time, for a simulation moves them."""
    return [
        Arrival(one.t_s + lap * PERIOD_S, one.who)
        for lap in range(first, first + periods)
        for one in arrivals(SCENARIO, 0.0)
    ]


def _travel() -> tuple[Traveller, ...]:
    whole = replace(SCENARIO, duration_s=PERIOD_S + LONGEST_S)
    everybody = simulate(whole, _due(-SETTLING, SETTLING + 3), SETTLING * PERIOD_S)
    kept = [one for one in everybody if 0.0 <= one.t_s[0] < PERIOD_S - 1e-9]
    return tuple(replace(one, track=track) for track, one in enumerate(kept))


def _pave(sheet: Sheet) -> Picture:
    del sheet
    return ground_picture(SCENARIO.layout, SCENARIO.seed)


def junction() -> Place:
    """See the module."""
    half = SCENARIO.layout.kerb
    lines = {
        name: (tuple(ends[0].tolist()), tuple(ends[1].tolist()))
        for name, ends in ground_lines(SCENARIO.layout).items()
    }
    return Place(
        "junction",
        "Junction",
        SCENARIO.camera,
        Ground(
            lines=lines,
            zones={"box": ((-half, -half), (half, -half), (half, half), (-half, half))},
            control=CONTROL_GROUND,
            movements=movements_of(),
        ),
        SHEET,
        _pave,
        (*TREES, *POSTS, *BUILDINGS),
        _travel,
        PERIOD_S,
        sky=SCENARIO.sky,
        seed=SCENARIO.seed,
        signal=SCENARIO.signal,
    )
