"""Roads from high masts, where nobody hides anybody: what motion alone can tell apart."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from wayside.testing.sumo.actors import Stray, lane_way
from wayside.testing.sumo.crashes import RearEnd
from wayside.testing.sumo.happenings import Breakdown
from wayside.testing.sumo.scenario import CountingLine, LaneArea
from wayside.testing.sumo.scenarios import junctions, motorways, streets
from wayside.testing.town.camera import Camera

# Over the motorway, looking down along its lanes: vehicles side by side show the gap between them.
GANTRY: Final = Camera(52.0, -4.8, 44.0, 0.0, 55.0, 66.0, 1280, 720)
# Beside the junction, nearly straight down.
TOWER: Final = Camera(2.0, -14.0, 60.0, 92.0, 77.0, 66.0, 1280, 720)
# Over the street's zebra crossing.
CRANE: Final = Camera(-14.0, -14.0, 36.0, 90.0, 66.0, 66.0, 1280, 720)

_LINES: Final = (CountingLine("m", "road", 330.0),)
_AREAS: Final = (LaneArea("road", "road", 50.0, 238.0),)

MOTORWAY: Final = replace(
    motorways.FREE,
    name="aloft_motorway",
    what="three lanes, light traffic, from high above",
    camera=GANTRY,
    lines=_LINES,
    areas=_AREAS,
    seconds=300.0,
)
MOTORWAY_BREAKDOWN: Final = replace(
    MOTORWAY,
    name="aloft_motorway_breakdown",
    what="the same with a vehicle that breaks down",
    make_scripts=(partial(Breakdown, "road", (346.0, 358.0), start_s=20.0, for_s=150.0),),
)
MOTORWAY_WRONG_WAY: Final = replace(
    MOTORWAY,
    name="aloft_motorway_wrong_way",
    what="the same with a driver against the traffic, twice",
    flows=motorways.WRONG_WAY.flows,
    make_scripts=tuple(
        partial(
            Stray,
            event="traffic.wrong_way",
            kind=kind,
            way=lane_way("road_2", 400.0, 260.0),
            speed_mps=speed,
            start_s=start_s,
            lanes=("road_2", "beyond_2"),
            zone="road_2",
        )
        for kind, speed, start_s in (("car", 16.0, 30.0), ("lorry", 10.0, 80.0))
    ),
)
MOTORWAY_WALKER: Final = replace(
    MOTORWAY,
    name="aloft_motorway_walker",
    what="the same with somebody on foot in the right lane, later a cyclist",
    flows=motorways.WALKER.flows,
    make_scripts=tuple(
        partial(
            Stray,
            event="traffic.person_on_carriageway",
            kind=kind,
            way=lane_way("road_0", from_m, to_m, 0.6),
            speed_mps=speed,
            start_s=start_s,
            lanes=("road_0", "weave_0"),
            zone="road_0",
        )
        for kind, from_m, to_m, speed, start_s in (
            ("person", 318.0, 348.0, 1.3, 20.0),
            ("bicycle", 280.0, 420.0, 5.0, 70.0),
        )
    ),
)
MOTORWAY_CRASH: Final = replace(
    MOTORWAY,
    name="aloft_motorway_crash",
    what="the same with rear-end collisions",
    flows=motorways.CRASH.flows,
    make_scripts=(
        partial(RearEnd, "road", (275.0, 300.0), start_s=20.0, ends=True, every_s=130.0),
    ),
)
CROSS: Final = replace(
    junctions.CROSS,
    name="aloft_cross",
    what="the junction of two lanes each, from a tower",
    camera=TOWER,
    lines=(
        *(CountingLine(f"{arm}_out", f"{arm}_out", 3.0) for arm in "nesw"),
        *(CountingLine(f"{arm}_in", f"{arm}_in", -14.0) for arm in "ew"),
    ),
    areas=(LaneArea("e_in", "e_in", 14.0), LaneArea("w_in", "w_in", 14.0)),
    movements=(),
    seconds=300.0,
)
CRASH: Final = replace(
    CROSS,
    name="aloft_crash",
    what="the same; somebody drives through the red light into another",
    make_scripts=junctions.CRASH.make_scripts,
)
STREET: Final = replace(
    streets.ZEBRA,
    name="aloft_street",
    what="the street with a zebra crossing and a bus stop, from a crane",
    camera=CRANE,
    lines=(CountingLine("east", "east_a", -12.0), CountingLine("west", "west_b", 12.0)),
    areas=(LaneArea("east_a", "east_a", 20.0), LaneArea("west_b", "west_b", 20.0, 190.0)),
    make_scripts=(),
    seconds=300.0,
)

SCENARIOS: Final = (
    MOTORWAY,
    MOTORWAY_BREAKDOWN,
    MOTORWAY_WRONG_WAY,
    MOTORWAY_WALKER,
    MOTORWAY_CRASH,
    CROSS,
    CRASH,
    STREET,
)
