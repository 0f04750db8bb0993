"""Whatever is done to a right file, it loads or is refused with a place and a reason.

A short part of what ``make fuzz TARGETS=configs`` does for long.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz import configs
from wayside.config.load import parse_site

# The fixtures are constant, so that they outlive an example does no harm.
fuzzed = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SHORTER = (configs.calibration, configs.drawing)


@fuzzed
@given(st.data())
def test_mutated_text(data):
    configs.mutated_text(data)


@fuzzed
@given(st.data())
def test_mutated_values(data):
    configs.mutated_values(data)


def test_the_unmutated_values_load():
    assert parse_site(configs.values(), env={"VIDEOS": "v"}).site == "north-junction"


@pytest.mark.parametrize("way", SHORTER)
@settings(fuzzed, max_examples=50)
@given(st.data())
def test_any_geometry_is_sound_or_refused(way, data):
    way(data)


@settings(fuzzed, max_examples=40)
@given(st.data())
def test_any_change_is_made_whole_or_not_at_all(tmp_path, data):
    configs.change(data, tmp_path)
