"""Never two greens at odds, and nobody is sent onto a zebra that traffic is using."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.testing.town.signal import Aspect, Signal

SIGNAL = Signal()
INSTANTS = np.arange(0.0, 2 * SIGNAL.cycle_s, 0.25)


@pytest.mark.parametrize("t_s", INSTANTS[::12])
def test_phases_exclude_each_other(t_s: float) -> None:
    aspects = [SIGNAL.aspect(arm, t_s) for arm in range(4)]
    assert aspects[0] == aspects[2]
    assert aspects[1] == aspects[3]
    assert Aspect.RED in (aspects[0], aspects[1])


@pytest.mark.parametrize("arm", range(4))
def test_people_walk_while_the_arm_is_red_and_reach_the_other_side(arm: int) -> None:
    width_m, slowest_mps = 9.2, 1.1
    for t_s in INSTANTS[[SIGNAL.may_walk(arm, t) for t in INSTANTS]]:
        for later in np.arange(0.0, width_m / slowest_mps, 0.5):
            assert SIGNAL.aspect(arm, t_s + later) is Aspect.RED


def test_each_aspect_has_its_time() -> None:
    seen = [SIGNAL.aspect(0, t) for t in INSTANTS]
    assert seen.count(Aspect.GREEN) * 0.25 == pytest.approx(2 * SIGNAL.green_s[0], abs=0.5)
    assert seen.count(Aspect.AMBER) * 0.25 == pytest.approx(2 * SIGNAL.amber_s, abs=0.5)
    assert any(SIGNAL.may_walk(1, t) for t in INSTANTS)
