"""Signalised junctions of several layouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from wayside.domain.scene import XY
from wayside.testing.sumo.crashes import Crossing
from wayside.testing.sumo.happenings import Breakdown
from wayside.testing.sumo.kinds import CYCLISTS
from wayside.testing.sumo.network import Crosswalk, Edge, Network, Node
from wayside.testing.sumo.scenario import CountingLine, Flow, LaneArea, Scenario, Walks
from wayside.testing.town.camera import Camera

_ARMS: Final[dict[str, XY]] = {"n": (0, 250), "e": (250, 0), "s": (0, -250), "w": (-250, 0)}
_SKEW: Final[dict[str, XY]] = {"n": (70, 240), "e": (250, 0), "s": (-40, -245), "w": (-250, 40)}
_TEE: Final[dict[str, XY]] = {"n": (0, 250), "e": (250, 0), "w": (-250, 0)}


def junction(arms: dict[str, XY], lanes: int, speed_mps: float, cycle_s: int) -> Network:
    """Arms around J, a footway along each and a crosswalk over each."""
    nodes = [Node("J", 0, 0, "traffic_light")]
    edges: list[Edge] = []
    for arm, (x, y) in arms.items():
        nodes.append(Node(arm, x, y))
        edges.append(Edge(f"{arm}_in", arm, "J", lanes, speed_mps, 2.5))
        edges.append(Edge(f"{arm}_out", "J", arm, lanes, speed_mps, 2.5))
    walks = tuple(Crosswalk("J", (f"{arm}_in", f"{arm}_out")) for arm in arms)
    return Network(tuple(nodes), tuple(edges), walks, ("--tls.cycle.time", str(cycle_s)))


def flows(
    arms: Sequence[str], per_hour: float, mix: dict[str, float] | None = None
) -> tuple[Flow, ...]:
    """From each arm, ``per_hour`` in all: three fifths to the one opposite, where there is one,
    the rest to the others.
    """
    found: list[Flow] = []
    opposite = {"n": "s", "s": "n", "e": "w", "w": "e"}
    for arm in arms:
        others = [other for other in arms if other != arm]
        shares = [0.6 if other == opposite[arm] else 0.2 for other in others]
        for other, share in zip(others, shares, strict=True):
            way = (f"{arm}_in", f"{other}_out", per_hour * share / sum(shares))
            found.append(Flow(*way, mix) if mix else Flow(*way))
    return tuple(found)


def walks(arms: Sequence[str], per_hour: float) -> tuple[Walks, ...]:
    return tuple(
        Walks(f"{arm}_in", f"{arms[(number + turn) % len(arms)]}_out", per_hour / 2)
        for number, arm in enumerate(arms)
        for turn in (1, len(arms) - 1)
    )


# South of the junction, looking north over it: the north arm comes towards the camera.
SOUTH: Final = Camera(6.0, -44.0, 17.0, 97.0, 21.0, 84.0, 1280, 720)
# On a roof at the corner, higher and farther.
CORNER: Final = Camera(-38.0, -40.0, 28.0, 48.0, 29.0, 64.0, 1280, 720)
# Over the west arm, looking along it at the backs of who waits there.
BEHIND: Final = Camera(-78.0, -13.0, 10.0, 9.0, 12.0, 56.0, 1280, 720)

_IN_VIEW: Final = (
    CountingLine("n_in", "n_in", -14.0),
    CountingLine("n_out", "n_out", 14.0),
    CountingLine("w_in", "w_in", -10.0),
    CountingLine("e_in", "e_in", -10.0),
)

CROSS: Final = Scenario(
    name="junction_cross",
    what="four arms of two lanes, signals, people on crosswalks",
    network=junction(_ARMS, 2, 13.9, 70),
    camera=SOUTH,
    flows=flows("nesw", 420),
    walks=walks("nesw", 120),
    lines=_IN_VIEW,
    areas=(
        LaneArea("n_in", "n_in", 60.0),
        LaneArea("w_in", "w_in", 18.0),
        LaneArea("n_out", "n_out", 50.0, 178.0),
    ),
    movements=(("w_in", "n_out"), ("e_in", "n_out")),
    inside_nodes=("J",),
    safety=True,
)
SKEW: Final = replace(
    CROSS,
    name="junction_skew",
    what="four arms askew, one lane each, from a roof",
    network=junction(_SKEW, 1, 13.9, 60),
    camera=CORNER,
    flows=flows("nesw", 260),
    lines=(
        CountingLine("n_in", "n_in", -12.0),
        CountingLine("e_in", "e_in", -12.0),
        CountingLine("w_in", "w_in", -6.0),
    ),
    areas=(LaneArea("n_in", "n_in", 45.0), LaneArea("e_in", "e_in", 45.0)),
    movements=(),
)
TEE: Final = replace(
    CROSS,
    name="junction_tee",
    what="three arms of two lanes",
    network=junction(_TEE, 2, 13.9, 60),
    camera=Camera(2.0, -44.0, 15.0, 92.0, 20.0, 80.0, 1280, 720),
    flows=flows("new", 480),
    walks=walks("new", 80),
    areas=(LaneArea("n_in", "n_in", 60.0),),
)
QUEUE: Final = replace(
    CROSS,
    name="junction_queue",
    what="three lanes that wait long before a signal, seen from behind",
    network=junction(_ARMS, 3, 16.7, 100),
    camera=BEHIND,
    flows=(
        Flow("w_in", "e_out", 1100),
        Flow("w_in", "n_out", 150),
        Flow("w_in", "s_out", 150),
        Flow("n_in", "s_out", 500),
        Flow("s_in", "n_out", 500),
        Flow("e_in", "w_out", 500),
    ),
    walks=walks("nesw", 40),
    lines=(CountingLine("w_in", "w_in", -20.0),),
    areas=(LaneArea("w_in", "w_in", 38.0),),
    movements=(),
)
CYCLING: Final = replace(
    SKEW,
    name="junction_cyclists",
    what="the same askew, with many bicycles and people",
    flows=flows("nesw", 240, dict(CYCLISTS)),
    walks=walks("nesw", 300),
)
_STRAIGHT: Final = {a: (f"{a}_in", f"{b}_out") for a, b in ("ns", "sn", "ew", "we")}
_CROSSING_WAYS: Final = tuple(
    (_STRAIGHT[a], _STRAIGHT[b]) for a, b in ("nw", "wn", "ne", "en", "sw", "ws", "se", "es")
)

CRASH: Final = replace(
    CROSS,
    name="junction_crash",
    what="somebody drives through the red light into another",
    make_scripts=(
        partial(
            Crossing,
            _CROSSING_WAYS,
            100.0,
            pet_s=None,
            every_s=150.0,
        ),
    ),
)
NEAR_MISS: Final = replace(
    CROSS,
    name="junction_near_miss",
    what="drivers who jump the red light and just miss another",
    make_scripts=(partial(Crossing, _CROSSING_WAYS, 60.0, pet_s=0.6, every_s=20.0),),
)
BREAKDOWN: Final = replace(
    CROSS,
    name="junction_breakdown",
    what="a vehicle breaks down before the signal",
    flows=flows("nesw", 300),
    make_scripts=(partial(Breakdown, "n_in", (195.0, 220.0), start_s=120.0, for_s=240.0),),
    safety=False,
)

SCENARIOS: Final = (CROSS, SKEW, TEE, QUEUE, CYCLING, CRASH, NEAR_MISS, BREAKDOWN)
