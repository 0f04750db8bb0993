"""Every fault of a camera is found in time and named; what only looks like one is not.

Films of the synthetic town; seeds that no threshold was chosen on are in benchmarks/health.py.
"""

from __future__ import annotations

import pytest

from feed_health import findings
from wayside.domain.media import Picture
from wayside.domain.records import Phase
from wayside.testing.degraded import ONSET_S, Case, cases
from wayside.testing.town import Scenario, build_town, frames


@pytest.fixture(scope="module")
def town() -> list[Picture]:
    return [picture for _, picture in frames(build_town(Scenario(seed=5, duration_s=60, fps=1.0)))]


@pytest.mark.slow
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_told_in_time_and_by_name(case: Case, town: list[Picture]) -> None:
    told = {
        finding.kind.removeprefix("health."): t_s
        for t_s, finding in findings(case.make(town, 5))
        if finding.phase is Phase.OPEN
    }
    assert all(t_s >= ONSET_S for t_s in told.values())
    assert set(told) - case.also == ({case.expected} if case.expected else set())
    assert not case.expected or told[case.expected] <= ONSET_S + case.within_s
