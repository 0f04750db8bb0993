"""TTC, PET and DRAC of ways for which they are known."""

import numpy as np
import pytest

from wayside.analyze.traffic.conflict import Conflict, Way
from wayside.analyze.traffic.moment import SmoothPath

LENGTH, WIDTH = 4.5, 1.8


def way(start, velocity, *, brakes=0.0, seconds=6.0, step_s=0.2, length=LENGTH, width=WIDTH):
    """Straight on, braking at ``brakes`` m/s², from ``start`` at second 0."""
    t_s = np.arange(0.0, seconds + step_s / 2, step_s)
    velocity = np.array(velocity, float)
    speed = np.hypot(*velocity)
    heading = velocity / speed
    speeds = np.maximum(speed - brakes * t_s, 0.0)
    until = np.minimum(t_s, speed / brakes) if brakes else t_s
    metres = speed * until - brakes * until**2 / 2
    centres = np.array(start, float) + metres[:, None] * heading
    blank, count = np.full(len(t_s), 0.1), len(t_s)
    slowing = np.where(speeds > 0, -brakes, 0.0)[:, None] * heading
    headings = np.tile(heading, (count, 1))
    path = SmoothPath(
        t_s, centres, speeds[:, None] * heading, slowing, headings, blank, blank, length, width
    )
    found = Way.of(path)
    assert found is not None
    return found


def test_a_follower_who_brakes_in_time_has_the_minima_of_the_formula():
    # gap 21 - 10 t + 1.25 t², closing 10 - 2.5 t
    found = Conflict(way((0, 0), (20, 0), brakes=2.5), way((25.5, 0), (10, 0))).severities()
    t_s = np.arange(0.0, 3.99, 0.001)
    gap, closing = 21 - 10 * t_s + 1.25 * t_s**2, 10 - 2.5 * t_s
    assert found.ttc_s == pytest.approx((gap / closing).min(), abs=0.02)
    assert found.drac_mps2 == pytest.approx((closing**2 / 2 / gap).max(), rel=0.01)
    assert found.pet_s is None
    assert found.apart_m == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("later_s", [0.3, 0.8, 1.5])
def test_post_encroachment_time_of_two_who_cross(later_s):
    # The first's rear leaves the other's strip when its centre is half of both beyond.
    half = (LENGTH + WIDTH) / 2
    back = 10 * (3.0 + later_s) + 2 * half
    found = Conflict(way((-30, 0), (10, 0)), way((0, -back), (0, 10), seconds=9.0)).severities()
    assert found.pet_s == pytest.approx(later_s, abs=0.03)
    assert found.second == 1
    assert found.second_mps == pytest.approx(10)
    assert found.angle_deg == pytest.approx(90, abs=1)


def test_two_who_would_meet_have_a_time_until_they_do():
    conflict = Conflict(way((-30, 0), (10, 0)), way((0, -30), (0, 10)))
    times = conflict.times_to_collision()
    touch_s = (30 - (LENGTH + WIDTH) / 2) / 10
    at = int(np.argmin(abs(conflict.t_s - 1.0)))
    assert times[at] == pytest.approx(touch_s - 1.0, abs=0.05)
    assert conflict.severities().apart_m < 0
    assert conflict.severities().pet_s == 0


def test_head_on_both_brake():
    ways = way((-30, 0), (10, 0), seconds=2.0), way((30, 0), (-10, 0), seconds=2.0)
    found = Conflict(*ways).severities()
    assert found.ttc_s == pytest.approx((20 - LENGTH) / 20, abs=0.15)
    assert found.drac_mps2 == pytest.approx(20 / (4 * found.ttc_s), rel=0.1)


def test_neighbouring_lanes_never_meet():
    found = Conflict(way((-30, 0), (10, 0)), way((30, 3.2), (-10, 0))).severities()
    assert (found.ttc_s, found.pet_s, found.drac_mps2) == (None, None, None)
    assert found.apart_m == pytest.approx(3.2 - WIDTH, abs=0.02)


def test_a_time_gap_is_no_encroachment():
    found = Conflict(way((0, 0), (10, 0)), way((9.0, 0), (10, 0))).severities()
    assert (found.ttc_s, found.pet_s) == (None, None)


def test_those_never_seen_together_have_no_encounter():
    early, late = way((0, 0), (10, 0)), way((0, 0), (10, 0))
    later = Way(late.t_s + 60, late.along_m, late.speeds_mps, late.grid_m, late.places)
    assert Conflict(early, later).severities() is None
