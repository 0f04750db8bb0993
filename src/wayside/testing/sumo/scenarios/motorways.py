"""A motorway of three lanes with a slip road, in all its moods."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from wayside.testing.sumo.actors import Stray, lane_way
from wayside.testing.sumo.crashes import RearEnd
from wayside.testing.sumo.happenings import Bottleneck, BrakingWave, Breakdown
from wayside.testing.sumo.kinds import MOTORWAY
from wayside.testing.sumo.network import Edge, Network, Node
from wayside.testing.sumo.scenario import CountingLine, Flow, LaneArea, Scenario
from wayside.testing.town.camera import Camera

ROAD: Final = Network(
    nodes=(
        Node("west", -900, 0),
        Node("slip", -620, -60),
        Node("merge", -450, 0),
        Node("end", -250, 0),
        Node("far", 350, 0),
        Node("east", 1000, 0),
    ),
    edges=(
        Edge("before", "west", "merge", 3, 33.3),
        Edge("ramp", "slip", "merge", 1, 22.2),
        Edge("weave", "merge", "end", 4, 33.3),
        Edge("road", "end", "far", 3, 33.3),
        Edge("beyond", "far", "east", 3, 33.3),
    ),
)
"""The road's place x is 250 m + x along the edge ``road``."""

# On a gantry over the verge, looking after the traffic.
RECEDING: Final = Camera(-6.0, -13.0, 11.0, 6.0, 14.0, 54.0, 1280, 720)
# On a bridge ahead, looking against it.
ONCOMING: Final = Camera(150.0, -4.0, 9.0, 181.0, 12.0, 48.0, 1280, 720)
# High on a mast beside the road, farther away.
MAST: Final = Camera(60.0, -42.0, 24.0, 62.0, 24.0, 66.0, 1280, 720)
# Where the slip road joins.
MERGE: Final = Camera(-448.0, -26.0, 14.0, 20.0, 16.0, 62.0, 1280, 720)


def _flows(main: float, ramp: float) -> tuple[Flow, ...]:
    return (Flow("before", "beyond", main, MOTORWAY), Flow("ramp", "beyond", ramp, MOTORWAY))


FREE: Final = Scenario(
    name="motorway_free",
    what="three lanes, light traffic, seen from behind",
    network=ROAD,
    camera=RECEDING,
    flows=_flows(1500, 200),
    lines=(CountingLine("m", "road", 305.0),),
    areas=(LaneArea("road", "road", 80.0, 250.0),),
)
ONCOMING_LINES: Final = (CountingLine("m", "road", 350.0),)
ONCOMING_AREAS: Final = (LaneArea("road", "road", 95.0, 225.0),)

DENSE: Final = replace(
    FREE,
    name="motorway_dense",
    what="three lanes, dense traffic, seen from ahead",
    camera=ONCOMING,
    flows=_flows(3600, 500),
    lines=ONCOMING_LINES,
    areas=ONCOMING_AREAS,
    safety=True,
)
RAMP: Final = replace(
    FREE,
    name="motorway_ramp",
    what="where the slip road joins",
    camera=MERGE,
    flows=_flows(2200, 700),
    lines=(CountingLine("m", "weave", 62.0),),
    areas=(LaneArea("weave", "weave", 75.0, 85.0),),
    safety=True,
)
RAIN: Final = replace(
    FREE,
    name="motorway_rain",
    what="lower speeds in rain, seen from a mast at the side",
    camera=MAST,
    flows=_flows(2600, 200),
    lines=(CountingLine("m", "road", 330.0),),
    areas=(LaneArea("road", "road", 50.0, 240.0),),
    wet=0.7,
)
BREAKDOWN: Final = replace(
    FREE,
    name="motorway_breakdown",
    what="a vehicle breaks down in a lane",
    camera=ONCOMING,
    lines=ONCOMING_LINES,
    areas=ONCOMING_AREAS,
    make_scripts=(partial(Breakdown, "road", (315.0, 368.0), start_s=150.0, for_s=240.0),),
)
WRONG_WAY: Final = replace(
    FREE,
    name="motorway_wrong_way",
    what="a driver in the left lane against the traffic, three times",
    camera=ONCOMING,
    lines=ONCOMING_LINES,
    areas=ONCOMING_AREAS,
    flows=_flows(900, 100),
    make_scripts=tuple(
        partial(
            Stray,
            event="traffic.wrong_way",
            kind=kind,
            way=lane_way("road_2", 378.0, 200.0),
            speed_mps=speed,
            start_s=start_s,
            lanes=("road_2", "beyond_2"),
            zone="road_2",
        )
        for kind, speed, start_s in (
            ("car", 16.0, 90.0),
            ("estate", 9.0, 270.0),
            ("lorry", 12.0, 450.0),
        )
    ),
)
WALKER: Final = replace(
    FREE,
    name="motorway_walker",
    what="somebody walks in the right lane, later a cyclist rides there",
    flows=_flows(900, 100),
    make_scripts=(
        partial(
            Stray,
            event="traffic.person_on_carriageway",
            kind="person",
            way=lane_way("road_0", 272.0, 320.0, 0.6),
            speed_mps=1.3,
            start_s=80.0,
            lanes=("road_0", "weave_0"),
            zone="road_0",
        ),
        partial(
            Stray,
            event="traffic.person_on_carriageway",
            kind="bicycle",
            way=lane_way("road_0", 262.0, 420.0, 0.8),
            speed_mps=5.0,
            start_s=330.0,
            lanes=("road_0", "weave_0"),
            zone="road_0",
        ),
    ),
)
OBJECT: Final = replace(
    FREE,
    name="motorway_object",
    what="something falls from a lorry and stays in the middle lane",
    flows=_flows(700, 100),
    make_scripts=(
        partial(
            Stray,
            event="traffic.object_on_carriageway",
            kind="object",
            way=lane_way("road_1", 270.0, 360.0, 0.5),
            speed_mps=14.0,
            brake_mps2=3.5,
            stays_s=150.0,
            start_s=150.0,
            lanes=("road_1", "weave_2"),
            zone="road_1",
        ),
    ),
)
CRASH: Final = replace(
    FREE,
    name="motorway_crash",
    what="a rear-end collision, and another one later",
    camera=ONCOMING,
    lines=ONCOMING_LINES,
    areas=ONCOMING_AREAS,
    flows=_flows(2200, 300),
    make_scripts=(
        partial(RearEnd, "road", (285.0, 330.0), start_s=120.0, ends=True, every_s=150.0),
    ),
)
NEAR_MISS: Final = replace(
    DENSE,
    name="motorway_near_miss",
    what="drivers who brake too late, every 40 s",
    flows=_flows(2400, 300),
    make_scripts=(
        partial(RearEnd, "road", (280.0, 320.0), start_s=60.0, ends=False, every_s=40.0),
    ),
)
WAVE: Final = replace(
    DENSE,
    name="motorway_wave",
    what="braking waves in dense traffic, every 90 s",
    flows=_flows(4800, 500),
    make_scripts=(partial(BrakingWave, "road", 385.0, start_s=60.0, every_s=90.0),),
)
CONGESTION: Final = replace(
    DENSE,
    name="motorway_congestion",
    what="a crawl ahead: congestion comes and goes",
    camera=RECEDING,
    flows=_flows(4200, 300),
    lines=FREE.lines,
    areas=FREE.areas,
    seconds=900.0,
    safety=False,
    make_scripts=(
        partial(
            Bottleneck,
            ("beyond_0", "beyond_1", "beyond_2"),
            "road",
            start_s=180.0,
            for_s=300.0,
        ),
    ),
)

SCENARIOS: Final = (
    FREE,
    DENSE,
    RAMP,
    RAIN,
    BREAKDOWN,
    WRONG_WAY,
    WALKER,
    OBJECT,
    CRASH,
    NEAR_MISS,
    WAVE,
    CONGESTION,
)
