"""Settings that contradict each other are refused."""

import pytest

from wayside.track.settings import TrackerSettings


def test_defaults_are_consistent() -> None:
    settings = TrackerSettings()
    assert settings.low_score <= settings.new_score <= settings.high_score


@pytest.mark.parametrize(
    "wrong",
    [
        {"low_score": 0.6},
        {"new_score": 1.2},
        {"high_score": 0.05},
        {"confirm_hits": 0},
        {"confirm_hits_low": 1},
        {"max_lost_s": 0.0},
        {"rest_decay_s": -1.0},
    ],
)
def test_contradictions_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"need|positive"):
        TrackerSettings(**wrong)
