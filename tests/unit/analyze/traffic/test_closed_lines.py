import pytest

from wayside.analyze.traffic.closed_lines import ClosedLineRule, ClosedLines
from wayside.analyze.traffic.pack import Traffic
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ConfigError
from wayside.domain.scene import Direction


@pytest.fixture
def closed(stage):
    def make(*rules):
        scene = stage.scene(lines=(stage.across(),))
        return Traffic(scene, [lambda m: ClosedLines(m, rules or (ClosedLineRule("L"),))])

    return make


def counted(stage, closed, *actors, step_s=0.33):
    assert stage.play(closed, actors, stage.every(step_s, 30)) == []
    rows = closed.readings(0, 31)
    return {row.direction: row.value for row in rows}


def car(stage, track, *path, **kwargs):
    return stage.Actor(track, path, **{"jitter": 0.03, "seed": track, **kwargs})


def test_each_direction_has_its_number(stage, closed):
    """Down is forward."""
    down = [car(stage, i, (i, 0.3, 0.3), (i + 8.0, 0.6, 0.7)) for i in range(3)]
    up = car(stage, 9, (0.0, 0.3, 0.7), (8.0, 0.6, 0.3))
    assert counted(stage, closed(), *down, up) == {"forward": 3, "backward": 1}
    one = closed(ClosedLineRule("L", Direction.BACKWARD))
    assert counted(stage, one, *down, up) == {"backward": 1}


def test_along_the_line_and_on_it_is_none(stage, closed):
    beside = car(stage, 1, (0.0, 0.15, 0.48), (20.0, 0.85, 0.48), jitter=0.05)
    on_it = car(stage, 2, (0.0, 0.15, 0.5), (20.0, 0.85, 0.5), jitter=0.05)
    swings = car(stage, 3, (0.0, 0.3, 0.45), (5.0, 0.4, 0.51), (10.0, 0.5, 0.45))
    actors = [beside, on_it, swings]
    assert counted(stage, closed(), *actors, step_s=0.2) == {"forward": 0, "backward": 0}


def test_round_its_end_is_none(stage, closed):
    around = car(stage, 1, (0.0, 0.95, 0.3), (8.0, 0.95, 0.7))
    assert counted(stage, closed(), around) == {"forward": 0, "backward": 0}


def test_people_are_none(stage, closed):
    votes = ((-1.0, ObjectClass.PERSON, 0.9),)
    person = car(stage, 1, (0.0, 0.5, 0.3), (8.0, 0.5, 0.7), votes=votes)
    assert counted(stage, closed(), person) == {"forward": 0, "backward": 0}


def test_numbers_are_of_their_window(stage, closed):
    part = closed()
    stage.play(part, [car(stage, 1, (0.0, 0.3, 0.3), (8.0, 0.6, 0.7))], stage.every(0.33, 12))
    rows = [stage.value(part.readings(s, s + 6), "closed_line_crossings", direction="forward")
            for s in (0, 6)]  # fmt: skip
    assert sum(rows) == 1


def test_a_line_that_is_not_drawn_is_refused(closed):
    with pytest.raises(ConfigError, match="'Q'"):
        closed(ClosedLineRule("Q"))
