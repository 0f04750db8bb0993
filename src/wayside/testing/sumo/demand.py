"""Demand and detectors of a scenario, as SUMO's XML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wayside.testing.sumo.kinds import KINDS
from wayside.testing.sumo.network import element
from wayside.testing.sumo.scenario import Scenario
from wayside.testing.sumo.simulation import WARM_UP_S

WINDOW_S = 60.0


def write_demand(scenario: Scenario, file: Path, seconds: float) -> None:
    """Kinds, flows and walks for ``seconds`` after the warm-up."""
    end_s = WARM_UP_S + seconds
    rows = [kind.as_xml() for kind in KINDS.values()]
    for number, flow in enumerate(scenario.flows):
        mix = " ".join(flow.mix)
        shares = " ".join(str(share) for share in flow.mix.values())
        name = f"mix{number}"
        rows.append(element("vTypeDistribution", id=name, vTypes=mix, probabilities=shares))
        rows.append(
            element(
                "flow",
                id=f"f{number}",
                type=name,
                from_=flow.origin,
                to=flow.destination,
                begin=0,
                end=end_s,
                period=f"exp({flow.per_hour / 3600:.6f})",
                departLane="best",
                departSpeed="max",
                departPos="base",
            )
        )
    for number, walk in enumerate(scenario.walks):
        stage = element("walk", from_=walk.origin, to=walk.destination)
        rows.append(
            f'<personFlow id="w{number}" type="person" begin="0" end="{end_s}" '
            f'period="exp({walk.per_hour / 3600:.6f})" departPos="random">{stage}</personFlow>'
        )
    file.write_text("\n".join(["<routes>", *rows, "</routes>", ""]))


def write_detectors(scenario: Scenario, file: Path, lengths: dict[str, float]) -> None:
    """Detectors of lines and areas, and parking places. lengths: of edges, in metres."""
    rows = [
        *_loops(scenario, lengths),
        *_areas(scenario, lengths),
        *_sections(scenario, lengths),
        *_parking(scenario),
    ]
    file.write_text("\n".join(["<additional>", *rows, "</additional>", ""]))


def position_m(at_m: float, length_m: float) -> float:
    """Metres from the beginning of an edge, of a place perhaps given from its end."""
    return at_m if at_m >= 0 else length_m + at_m


def _loops(scenario: Scenario, lengths: dict[str, float]) -> Iterator[str]:
    for line in scenario.lines:
        edge = scenario.network.edge(line.edge)
        for lane in range(edge.lanes):
            place = {
                "lane": edge.lane_id(lane),
                "pos": round(position_m(line.at_m, lengths[edge.id]), 2),
            }
            name = f"{line.id}:{lane}"
            yield element("inductionLoop", id=name, period=WINDOW_S, file="loops.xml", **place)
            yield element("instantInductionLoop", id=f"i:{name}", file="passages.xml", **place)


def _areas(scenario: Scenario, lengths: dict[str, float]) -> Iterator[str]:
    for area in scenario.areas:
        edge = scenario.network.edge(area.edge)
        end_m = lengths[edge.id] - area.before_end_m
        for lane in range(edge.lanes):
            yield element(
                "laneAreaDetector",
                id=f"{area.id}_{lane}",
                lane=edge.lane_id(lane),
                pos=round(max(end_m - area.length_m, 0.0), 2),
                endPos=round(end_m - 0.01, 2),
                period=WINDOW_S,
                file="areas.xml",
                friendlyPos="true",
            )


def _sections(scenario: Scenario, lengths: dict[str, float]) -> Iterator[str]:
    for area in scenario.areas:
        edge = scenario.network.edge(area.edge)
        end_m = lengths[edge.id] - area.before_end_m
        start = round(max(end_m - area.length_m, 0.0), 2)
        gates = [
            row
            for lane in range(edge.lanes)
            for row in (
                element("detEntry", lane=edge.lane_id(lane), pos=start),
                element("detExit", lane=edge.lane_id(lane), pos=round(end_m - 0.1, 2)),
            )
        ]
        yield (
            f'<entryExitDetector id="{area.id}" period="{WINDOW_S}" file="sections.xml">'
            + "".join(gates)
            + "</entryExitDetector>"
        )


def _parking(scenario: Scenario) -> Iterator[str]:
    for place in scenario.parking:
        edge = scenario.network.edge(place.edge)
        yield element(
            "parkingArea",
            id=place.id,
            lane=edge.lane_id(0),
            startPos=place.from_m,
            endPos=place.to_m,
            roadsideCapacity=max(int((place.to_m - place.from_m) / 7), 1),
            width=2.4,
            friendlyPos="true",
        )
