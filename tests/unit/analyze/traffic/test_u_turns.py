import numpy as np
import pytest

from wayside.analyze.traffic.pack import Traffic
from wayside.analyze.traffic.u_turns import UTurnRule, UTurns
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ConfigError
from wayside.domain.scene import ControlPoint

ABOVE = (
    ControlPoint((0.1, 0.1), (0.0, 45.0)),
    ControlPoint((0.9, 0.1), (80.0, 45.0)),
    ControlPoint((0.9, 0.9), (80.0, 0.0)),
    ControlPoint((0.1, 0.9), (0.0, 0.0)),
)
"""100 m a picture width, 56 m a height: square metres."""
CAR = (0.035, 0.045)


@pytest.fixture(params=["calibrated", "in own sizes"])
def u_turns(request, stage):
    points = ABOVE if request.param == "calibrated" else ()
    scene = stage.scene(zones=(stage.box(),), control_points=points)
    rules = (UTurnRule(), UTurnRule(zone="Z"))
    return Traffic(scene, [lambda m: UTurns(m, rules)])


def drive(stage, track, *path, **kwargs):
    return stage.Actor(track, path, **{"size": CAR, "jitter": 0.03, "seed": track, **kwargs})


def turn(start_s, radius_m, angle_deg, x=0.4, y=0.55):
    """Straight on to the right, a bend to the left, straight on again; 5 m/s."""
    way = [(start_s, x - 0.3, y), (start_s + 6.0, x, y)]
    took_s = radius_m * np.radians(angle_deg) / 5.0
    for share in np.linspace(0.1, 1, 10):
        a = np.radians(angle_deg * share)
        way.append(
            (
                start_s + 6 + took_s * share,
                x + radius_m * np.sin(a) / 100,
                y - radius_m * (1 - np.cos(a)) / 56.25,
            )
        )
    (t1, x1, y1), (t0, x0, y0) = way[-1], way[-2]
    for second in range(1, 6):
        scale = second / (t1 - t0)
        way.append((t1 + second, x1 + (x1 - x0) * scale, y1 + (y1 - y0) * scale))
    return tuple((float(t), float(a), float(b)) for t, a, b in way)


def counted(stage, u_turns, actors, step_s=0.33, until_s=40):
    assert stage.play(u_turns, actors, stage.every(step_s, until_s)) == []
    rows = u_turns.readings(0, until_s)
    return [row.value for row in sorted(rows, key=lambda row: row.place)]


@pytest.mark.parametrize("step_s", [0.2, 0.33])
@pytest.mark.parametrize("radius_m", [4, 7])
def test_a_u_turn_is_counted_once_where_it_was_made(stage, u_turns, radius_m, step_s):
    actors = [drive(stage, 1, *turn(0.0, radius_m, 180))]
    assert counted(stage, u_turns, actors, step_s) == [1, 1]
    assert [row.value for row in u_turns.readings(40, 80)] == [0, 0]


def test_outside_the_zone_only_the_picture_counts_it(stage, u_turns):
    actors = [drive(stage, 1, *turn(0.0, 4, 180, y=0.25))]
    assert counted(stage, u_turns, actors) == [1, 0]


@pytest.mark.parametrize("angle_deg", [0.001, 45, 90, 120])
def test_lesser_bends_are_none(stage, u_turns, angle_deg):
    assert counted(stage, u_turns, [drive(stage, 1, *turn(0.0, 8, angle_deg))]) == [0, 0]


def test_backing_up_is_none(stage, u_turns):
    backs = drive(stage, 1, (0.0, 0.1, 0.5), (6.0, 0.5, 0.5), (8.0, 0.5, 0.5), (14.0, 0.3, 0.52))
    assert counted(stage, u_turns, [backs]) == [0, 0]


def test_a_track_that_jumps_to_an_oncoming_vehicle_is_none(stage, u_turns):
    jumps = drive(stage, 1, (0.0, 0.1, 0.5), (5.0, 0.5, 0.5), (5.3, 0.5, 0.43), (10.0, 0.1, 0.43))
    assert counted(stage, u_turns, [jumps]) == [0, 0]


def test_people_are_none(stage, u_turns):
    person = drive(stage, 1, *turn(0.0, 4, 180), votes=((-1.0, ObjectClass.PERSON, 0.9),))
    assert counted(stage, u_turns, [person]) == [0, 0]


def test_a_zone_that_is_not_drawn_is_refused(stage):
    with pytest.raises(ConfigError, match="'Q'"):
        Traffic(stage.scene(), [lambda m: UTurns(m, (UTurnRule(zone="Q"),))])
