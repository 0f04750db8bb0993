"""Truth as JSON."""

from __future__ import annotations

from wayside.testing.sumo.truth import Encounter, Incident, LoopInterval, Truth


def truth() -> Truth:
    return Truth(
        window_s=60.0,
        lane_zones={"m:0": "road_0"},
        loops=(LoopInterval("m", 0, 0.0, 60.0, 3, 2, 4.5, 12.0, None),),
        passages=(),
        areas=(),
        area_samples=(),
        sections=(),
        encounters=(
            Encounter("a", "b", 1.0, 2.0, 0.9, 1.5, 2, None, None, None, 3.0, 1.6, (4.0, 5.0)),
        ),
        incidents=(Incident("traffic.collision", 1.0, None, (2.0, 3.0), ("a", "b")),),
        crossings=(),
    )


def test_truth_goes_through_json_unchanged() -> None:
    plain = truth().as_json()
    assert plain["loops"] == [["m", 0, 0.0, 60.0, 3, 2, 4.5, 12.0, None]]
    assert Truth.of_json(plain) == truth()
