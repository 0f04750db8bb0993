"""Dataclasses from JSON values, as workers read them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import ClassVar

import pytest

from wayside.domain.plain import from_plain
from wayside.domain.scene import (
    Anchor,
    CameraPose,
    KnownLength,
    Line,
    SceneGeometry,
    Zone,
    ZoneUse,
)

GEOMETRY = SceneGeometry(
    anchor=Anchor.CENTRE,
    lines=(Line("a", (0.1, 0.2), (0.3, 0.4)),),
    zones=(Zone("z", ((0, 0), (1, 0), (1, 1)), ZoneUse.LANE, ((0.5, 0.1), (0.5, 0.9))),),
    lengths=(KnownLength((0.1, 0.1), (0.2, 0.1), 3.5),),
    camera=CameraPose(0.9, 24.0, 0.5, 8.0, 0.02, 0.4, 0.1, 0.3),
)


@dataclass(frozen=True)
class Asked:
    least_rate: ClassVar[float] = 4.0

    zone: str | None = None
    for_s: float = 3.0
    count: int = 2
    classes: tuple[str, ...] = ()
    loud: bool = False


@dataclass(frozen=True)
class Needed:
    name: str


def test_a_geometry_comes_back_through_json():
    assert from_plain(SceneGeometry, json.loads(json.dumps(asdict(GEOMETRY)))) == GEOMETRY


def test_what_is_left_out_has_its_default_and_whole_numbers_are_floats():
    found = from_plain(Asked, {"for_s": 5, "classes": ["car", "bus"]})
    assert found == Asked(for_s=5.0, classes=("car", "bus"))
    assert isinstance(found.for_s, float)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"zoom": 1}, "zoom"),
        ({"least_rate": 1}, "least_rate"),
        ({"zone": 3}, "zone"),
        ({"for_s": "3"}, "for_s"),
        ({"for_s": True}, "for_s"),
        ({"for_s": None}, "for_s"),
        ({"count": 1.5}, "count"),
        ({"count": True}, "count"),
        ({"classes": "car"}, "classes"),
        ({"classes": [1]}, "classes"),
        ({"loud": 1}, "loud"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_key(given, key):
    with pytest.raises(ValueError, match=key):
        from_plain(Asked, given)


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match="name"):
        from_plain(Needed, {})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"anchor": "roof"}, "anchor"),
        ({"lines": [{"id": "a", "start": [0.1], "end": [0, 0]}]}, "1 values instead of 2"),
        ({"camera": 3}, "not a mapping"),
    ],
)
def test_inner_values_are_checked_too(given, words):
    with pytest.raises(ValueError, match=words):
        from_plain(SceneGeometry, given)
