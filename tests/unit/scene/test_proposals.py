"""What is proposed to be drawn, of paths on a ground that is known exactly."""

import numpy as np
import pytest

from wayside.domain.classes import ObjectClass
from wayside.domain.geometry import inside
from wayside.domain.scene import SceneGeometry, ZoneUse
from wayside.domain.tracks import Trajectory
from wayside.scene.automatic import Undetermined
from wayside.scene.checks import geometry_problems
from wayside.scene.homography import project
from wayside.scene.pinhole import Pinhole
from wayside.scene.posed import PoseEstimate
from wayside.scene.proposals import SceneProposal, propose

ASPECT = 16 / 9
CAMERA = Pinhole.posed(ASPECT, focal=0.8, pitch_deg=25.0, height_m=12.0)
PLANE = (PoseEstimate(np.array([np.log(0.8), 25.0, 0.0, np.log(12.0)]), np.eye(4) * 1e-6)).plane(
    ASPECT
)


def path(rng, start, end, kind=ObjectClass.CAR, stop_at=None, speed=10.0):
    """A straight way over the ground with 10 cm of jitter; stop_at: metres on, for 8 s."""
    start, end = np.array(start, float), np.array(end, float)
    length = np.hypot(*(end - start))
    arc = np.arange(0, length, speed / 5)
    if stop_at is not None:
        arc = np.sort(np.concatenate([arc, np.full(40, stop_at)]))
    ground = start + arc[:, None] * (end - start) / length + rng.normal(0, 0.1, (len(arc), 2))
    image, _ = project(CAMERA.to_image(), ground)
    shown = ((image > 0) & (image < 1)).all(1)
    return Trajectory(
        1, int(kind), np.arange(len(arc))[shown] / 5, image[shown].astype(np.float32), None
    )


@pytest.fixture(scope="module")
def street():
    """Two lanes away (y = -2, -5.4), one towards (y = 2), and people across at x = 26."""
    rng = np.random.default_rng(5)
    paths = []
    for _ in range(20):
        paths.append(path(rng, (12, -2), (60, -2)))
        paths.append(path(rng, (12, -5.4), (60, -5.4)))
        paths.append(path(rng, (60, 2), (12, 2), stop_at=26.0 if len(paths) % 2 else 27.0))
    paths += [path(rng, (26, -9), (26, 6), ObjectClass.PERSON, speed=1.4) for _ in range(6)]
    return paths


@pytest.fixture(scope="module")
def found(street):
    proposal = propose(street, PLANE)
    assert isinstance(proposal, SceneProposal)
    return proposal


def lanes_of(proposal):
    return [zone for zone in proposal.zones if zone.use is ZoneUse.LANE]


def test_each_lane_is_found_with_the_way_its_traffic_goes(found):
    lanes = lanes_of(found)
    middles = {}
    for lane in lanes:
        heading = PLANE.to_ground(np.array(lane.heading))
        middles[round(float(heading[:, 1].mean()))] = heading[-1, 0] - heading[0, 0]
        assert found.support[lane.id] == 20
    assert sorted(middles) == [-5, -2, 2]
    assert middles[2] < 0 < min(middles[-2], middles[-5])


def test_lanes_hold_their_traffic_and_do_not_overlap(found, street):
    for place, count in (((30.0, -2.0), 1), ((30.0, -5.4), 1), ((40.0, 2.0), 1), ((30.0, 6.0), 0)):
        image, _ = project(CAMERA.to_image(), np.array([place]))
        held = [zone for zone in lanes_of(found) if inside(np.array(zone.polygon), image)[0]]
        assert len(held) == count


def test_a_lane_ends_where_its_traffic_waits(found):
    (towards,) = [
        lane for lane in lanes_of(found) if PLANE.to_ground(np.array(lane.heading))[-1, 1] > 0
    ]
    # It stands 26 m on of 48 m from x = 60.
    assert PLANE.to_ground(np.array(towards.heading))[-1, 0] == pytest.approx(33.5, abs=2.0)


def test_lanes_side_by_side_share_a_line_that_counts_forward(found):
    assert sorted(found.support[line.id] for line in found.lines) == [20, 40]


def test_people_who_cross_make_a_crossing(found):
    (crossing,) = [zone for zone in found.zones if zone.use is ZoneUse.CROSSING]
    ground = PLANE.to_ground(np.array(crossing.polygon))
    assert found.support[crossing.id] == 6
    assert ground[:, 0].mean() == pytest.approx(26.0, abs=1.0)
    assert ground[:, 1].min() < -5.4
    assert ground[:, 1].max() > 2.0


def test_what_is_proposed_is_a_sound_scene(found):
    geometry = SceneGeometry(lines=found.lines, zones=found.zones, movements=found.movements)
    assert geometry_problems(geometry) == []


def test_a_turning_stream_is_a_movement_and_no_lane():
    rng = np.random.default_rng(6)
    paths = [path(rng, (12, -2), (55, -2)) for _ in range(15)]
    for _ in range(12):
        first = path(rng, (12, -2), (30, -2))
        second = path(rng, (30, -2), (30, 16))
        t_s = np.concatenate([first.t_s, second.t_s + first.t_s[-1] + 0.2])
        image = np.vstack([first.image, second.image])
        paths.append(Trajectory(1, int(ObjectClass.CAR), t_s, image, None))
    found = propose(paths, PLANE)
    assert isinstance(found, SceneProposal)
    turned = [m for m in found.movements if found.support[m.id] == 12]
    assert len(turned) == 1


def test_too_few_paths_are_refused_with_a_reason(street):
    refused = propose(street[:6], PLANE)
    assert isinstance(refused, Undetermined)
    assert "only" in refused.why
