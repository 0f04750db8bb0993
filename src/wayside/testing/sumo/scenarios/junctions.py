"""Signalised junctions of several layouts."""

from __future__ import annotations

from typing import Final

from wayside.testing.sumo.network import Crosswalk, Edge, Network, Node
from wayside.testing.sumo.scenario import CountingLine, Flow, LaneArea, Scenario, Walks
from wayside.testing.town.camera import Camera

_ARMS = {"n": (0, 200), "e": (200, 0), "s": (0, -200), "w": (-200, 0)}


def cross(lanes: int, speed_mps: float = 13.9) -> Network:
    """Four arms at right angles around J, a footway along each and a crosswalk over each."""
    nodes = [Node("J", 0, 0, "traffic_light")]
    edges: list[Edge] = []
    for arm, (x, y) in _ARMS.items():
        nodes.append(Node(arm, x, y))
        edges.append(Edge(f"{arm}_in", arm, "J", lanes, speed_mps, 2.5))
        edges.append(Edge(f"{arm}_out", "J", arm, lanes, speed_mps, 2.5))
    walks = tuple(Crosswalk("J", (f"{arm}_in", f"{arm}_out")) for arm in _ARMS)
    return Network(tuple(nodes), tuple(edges), walks, ("--tls.cycle.time", "70"))


def flows(per_hour: float, left: float = 0.2, right: float = 0.2) -> tuple[Flow, ...]:
    """From each arm, ``per_hour`` in all, to the three others."""
    ring = tuple(_ARMS)
    found: list[Flow] = []
    for number, arm in enumerate(ring):
        turns = {1: left, 2: 1 - left - right, 3: right}
        for turn, share in turns.items():
            other = ring[(number + turn) % 4]
            found.append(Flow(f"{arm}_in", f"{other}_out", per_hour * share))
    return tuple(found)


def walks(per_hour: float) -> tuple[Walks, ...]:
    ring = tuple(_ARMS)
    return tuple(
        Walks(f"{arm}_in", f"{ring[(number + turn) % 4]}_out", per_hour / 2)
        for number, arm in enumerate(ring)
        for turn in (1, 3)
    )


# South of the junction, looking north over it: the north arm comes towards the camera.
SOUTH: Final = Camera(13.0, -37.0, 15.0, 100.0, 22.0, 74.0, 1280, 720)

CROSS: Final = Scenario(
    name="junction_cross",
    what="four arms of two lanes, signals, people on crosswalks",
    network=cross(2),
    camera=SOUTH,
    flows=flows(420),
    walks=walks(120),
    lines=(
        CountingLine("n_in", "n_in", -14.0),
        CountingLine("n_out", "n_out", 14.0),
        CountingLine("w_in", "w_in", -4.0),
        CountingLine("e_in", "e_in", -4.0),
    ),
    areas=(LaneArea("n_in", "n_in", 60.0), LaneArea("w_in", "w_in", 18.0)),
    movements=(("w_in", "n_out"), ("e_in", "n_out")),
    inside_nodes=("J",),
    safety=True,
)

SCENARIOS: Final = (CROSS,)
