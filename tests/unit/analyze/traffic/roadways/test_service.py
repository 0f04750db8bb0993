from __future__ import annotations

import pytest

from wayside.analyze.traffic.roadways.service import by_delay, by_density


@pytest.mark.parametrize(
    ("per_mile", "level"),
    [(0, 1), (11, 1), (11.1, 2), (18, 2), (26, 3), (35, 4), (45, 5), (45.1, 6), (150, 6)],
)
def test_levels_by_density_are_those_of_the_manual(per_mile, level):
    assert by_density(per_mile / 1.609344) == level


@pytest.mark.parametrize(
    ("delay_s", "level"), [(-1, 1), (10, 1), (10.1, 2), (20, 2), (35, 3), (55, 4), (80, 5), (81, 6)]
)
def test_levels_by_delay_are_those_of_the_manual(delay_s, level):
    assert by_delay(delay_s) == level
