"""The ground plan: traffic keeps right, turns end where they should, people use the zebras."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.testing.town.layout import Layout, Turn, route, walk

LAYOUT = Layout()


@pytest.mark.parametrize("arm", range(4))
@pytest.mark.parametrize("is_cycle", [False, True])
@pytest.mark.parametrize(("turn", "exit_"), [(Turn.STRAIGHT, 2), (Turn.RIGHT, 1), (Turn.LEFT, 3)])
def test_a_route_begins_and_ends_on_the_right(
    arm: int, is_cycle: bool, turn: Turn, exit_: int
) -> None:
    way = route(LAYOUT, arm, turn, is_cycle=is_cycle)
    assert way.exit == (arm + exit_) % 4
    offset = LAYOUT.cycle_centre if is_cycle else LAYOUT.lane_centre
    for at, ahead in ((0.0, 1.0), (way.path.length - 1.0, way.path.length)):
        start, end = way.path.at(np.array([at, ahead]))
        heading = (end - start) / np.hypot(*(end - start))
        right = np.array([heading[1], -heading[0]])
        assert start @ right == pytest.approx(offset, abs=0.02)


def test_stop_lines_lie_before_the_zebra_and_gates_do_not_block_it() -> None:
    straight = route(LAYOUT, 0, Turn.STRAIGHT, is_cycle=False)
    right = route(LAYOUT, 0, Turn.RIGHT, is_cycle=False)
    left = route(LAYOUT, 0, Turn.LEFT, is_cycle=False)
    (front,) = straight.path.at(np.array([straight.s_stop]))
    assert front[1] < -LAYOUT.zebra_to
    assert straight.s_gate is None
    assert right.s_gate == right.s_stop
    assert left.s_gate is not None
    (waiting,) = left.path.at(np.array([left.s_gate]))
    assert -LAYOUT.zebra_from < waiting[1] < -LAYOUT.kerb / 2


@pytest.mark.parametrize("corner", range(4))
@pytest.mark.parametrize("from_next_arm", [False, True])
@pytest.mark.parametrize("to_next_arm", [False, True])
@pytest.mark.parametrize("crossings", [(), (1,), (-1,), (1, 1), (-1, -1)])
def test_people_step_on_the_carriageway_only_on_zebras(
    corner: int, from_next_arm: bool, to_next_arm: bool, crossings: tuple[int, ...]
) -> None:
    way = walk(
        LAYOUT,
        corner,
        from_next_arm=from_next_arm,
        crossings=crossings,
        to_next_arm=to_next_arm,
        keep=0.5,
    )
    lateral, along = np.sort(np.abs(way.path.xy), axis=1).T
    on_road = lateral < LAYOUT.kerb
    on_zebra = (along > LAYOUT.zebra_from - 0.3) & (along < LAYOUT.zebra_to + 0.3)
    assert on_zebra[on_road].all()
    assert on_road.any() == bool(crossings)


@pytest.mark.parametrize(("corner", "step", "arm"), [(0, 1, 1), (0, -1, 0), (3, 1, 0), (2, -1, 2)])
def test_people_wait_at_the_kerb_of_the_arm_they_cross(corner: int, step: int, arm: int) -> None:
    way = walk(LAYOUT, corner, from_next_arm=False, crossings=(step,), to_next_arm=True, keep=0.2)
    (kerb,) = way.kerbs
    assert kerb.arm == arm
    (place,) = way.path.at(np.array([kerb.s_m]))
    assert np.abs(place).min() > LAYOUT.kerb + 0.8
