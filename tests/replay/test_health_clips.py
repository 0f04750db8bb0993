"""Real clips are healthy as they are, the drone's and the dash-cam's as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from feed_health import findings, once_a_second
from wayside.domain.records import Phase
from wayside.testing.degraded import ONSET_S, Case, cases

pytestmark = [pytest.mark.clips, pytest.mark.slow]

NAMES = [
    "dashcam_udacity_solidWhiteRight.mp4",
    "driver_face2_eyes_incluit.mp4",
    "intel_car-detection.mp4",
    "intel_face-walking_preview.mp4",
    "intel_head-pose-female-and-male.h264",
    "intel_one-by-one-person-detection.mp4",
    "intel_person-bicycle-car-detection_39s.mp4",
    "intel_store-aisle_preview.mp4",
    "night_wet_square_roboflow.mp4",
    "road_approach_bgs_video03.avi",
]


@pytest.mark.parametrize("name", NAMES)
def test_healthy_as_it_is(name: str, clips: Path) -> None:
    pictures = once_a_second(clips / name)
    assert len(pictures) > 1
    assert findings(pictures) == []


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_degraded(case: Case, clips: Path) -> None:
    film = [picture for _, picture in once_a_second(clips / NAMES[5])]
    told = {
        finding.kind.removeprefix("health."): t_s
        for t_s, finding in findings(case.make(film, 10))
        if finding.phase is Phase.OPEN
    }
    assert all(t_s >= ONSET_S for t_s in told.values())
    assert set(told) - case.also == ({case.expected} if case.expected else set())
    assert not case.expected or told[case.expected] <= ONSET_S + case.within_s
