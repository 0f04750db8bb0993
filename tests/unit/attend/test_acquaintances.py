"""When a known object is looked at again."""

from __future__ import annotations

import numpy as np
import pytest

from made_pictures import tracks_of
from wayside.attend.acquaintances import Acquaintances, AcquaintanceSettings, Meeting
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes
from wayside.domain.tracks import Tracks

SETTINGS = AcquaintanceSettings(
    often_s=0.25, seldom_s=1.0, settled_s=1.0, settled_share=0.8, steady=1.25, soon=0.5
)
CAR = [0.4, 0.4, 0.5, 0.5]
BLOB = [0.39, 0.4, 0.5, 0.52]
NEXT_BLOB = [0.52, 0.42, 0.6, 0.52]
NOWHERE = np.empty((0, 4), np.float32)


def boxes_of(*boxes: list[float]) -> Boxes:
    return np.array(boxes, np.float32).reshape(-1, 4)


def car(t_s: float, *more: list[float], speed: float = 0.1, **columns: object) -> Tracks:
    boxes = [CAR, *more]
    given = {"ages_s": [3.0] * len(boxes), "velocities": [[speed, 0.0]] * len(boxes)} | columns
    return tracks_of(boxes, [ObjectClass.CAR] * len(boxes), t_s, **given)


def met(tracks: Tracks, *blobs: list[float], since_s: float = 0.3, found: bool = True) -> Meeting:
    """``since_s`` after a look in which all was where it is now."""
    known = Acquaintances(SETTINGS)
    first = known.meet(tracks.t_s, tracks, tracks.boxes, boxes_of(*blobs))
    known.looked(first, tracks, tracks, tracks.boxes if found else NOWHERE, None)
    return known.meet(tracks.t_s + since_s, tracks, tracks.boxes, boxes_of(*blobs))


def test_what_was_never_looked_at_is_due() -> None:
    tracks = car(0.0)
    assert Acquaintances(SETTINGS).meet(0.1, tracks, tracks.boxes, boxes_of(BLOB)).due.all()


@pytest.mark.parametrize(("since_s", "due"), [(0.3, False), (0.9, False), (1.0, True)])
def test_a_settled_object_alone_in_its_blob_is_seldom_due(since_s: float, due: bool) -> None:
    assert met(car(0.0), BLOB, since_s=since_s).due.tolist() == [due]


@pytest.mark.parametrize(
    "columns",
    [{"ages_s": [0.5]}, {"class_shares": [0.6]}, {"speed": 2.0}],
    ids=["young", "undecided", "fast"],
)
def test_what_is_not_settled_is_often_due(columns: dict[str, object]) -> None:
    blob_is_own = "speed" not in columns
    meeting = met(car(0.0, **columns), *([BLOB] if blob_is_own else []))  # type: ignore[arg-type]
    assert meeting.due.tolist() == [True]


def test_what_was_not_found_is_often_due() -> None:
    assert met(car(0.0), BLOB, found=False).due.tolist() == [True]
    assert met(car(0.0, speed=0.0), found=False).due.tolist() == [True]


def test_two_in_one_blob_are_often_due() -> None:
    meeting = met(car(0.0, [0.52, 0.4, 0.6, 0.5]), [0.39, 0.4, 0.61, 0.52])
    assert meeting.due.tolist() == [True, True]
    assert not meeting.is_alone.any()


def test_two_side_by_side_have_a_blob_each() -> None:
    meeting = met(car(0.0, [0.56, 0.4, 0.66, 0.5]), BLOB, [0.56, 0.4, 0.66, 0.52])
    assert meeting.is_alone.all()
    assert not meeting.due.any()


def test_two_blobs_of_one_object_are_one() -> None:
    meeting = met(car(0.0), [0.4, 0.4, 0.44, 0.5], [0.46, 0.4, 0.5, 0.5])
    np.testing.assert_allclose(meeting.own, [CAR], atol=1e-6)
    assert meeting.is_alone.all()


def test_what_rests_and_has_nothing_near_is_never_due() -> None:
    assert not met(car(0.0, speed=0.0), since_s=100.0).due.any()
    assert met(car(0.0, speed=0.0), NEXT_BLOB, since_s=100.0).due.all()


def test_a_blob_carries_its_object() -> None:
    known, tracks = Acquaintances(SETTINGS), car(0.0)
    first = known.meet(0.0, tracks, tracks.boxes, boxes_of(BLOB))
    known.looked(first, tracks, tracks, tracks.boxes, None)
    moved = boxes_of([v + 0.02 * (i % 2 == 0) for i, v in enumerate(BLOB)])
    meeting = known.meet(0.2, tracks, tracks.boxes, moved)
    assert meeting.is_carried.all()
    np.testing.assert_allclose(meeting.carried, [[0.42, 0.4, 0.52, 0.5]], atol=1e-5)


def test_another_size_of_blob_carries_nothing() -> None:
    known, tracks = Acquaintances(SETTINGS), car(0.0)
    first = known.meet(0.0, tracks, tracks.boxes, boxes_of(BLOB))
    known.looked(first, tracks, tracks, tracks.boxes, None)
    merged = known.meet(0.3, tracks, tracks.boxes, boxes_of([0.3, 0.35, 0.5, 0.55]))
    assert not merged.is_carried.any()
    assert merged.due.all()


def test_what_lies_outside_of_a_look_was_not_looked_at() -> None:
    known, tracks = Acquaintances(SETTINGS), car(0.0)
    first = known.meet(0.0, tracks, tracks.boxes, boxes_of(BLOB))
    known.looked(first, tracks, tracks, tracks.boxes, boxes_of([0.6, 0.6, 0.9, 0.9]))
    meeting = known.meet(0.1, tracks, tracks.boxes, boxes_of(BLOB))
    assert meeting.due.all()
    assert not meeting.is_carried.any()


def test_no_track_and_no_blob_is_no_matter() -> None:
    none = Tracks.none(0.0)
    assert len(Acquaintances(SETTINGS).meet(0.1, none, none.boxes, boxes_of(BLOB)).due) == 0
    assert not met(car(0.0, speed=0.0)).near.any()
