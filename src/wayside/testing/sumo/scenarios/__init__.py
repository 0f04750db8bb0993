"""Every scenario by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wayside.testing.sumo.scenario import Scenario
from wayside.testing.sumo.scenarios import junctions, motorways, streets

SCENARIOS: Final[Mapping[str, Scenario]] = {
    scenario.name: scenario
    for scenario in (*junctions.SCENARIOS, *motorways.SCENARIOS, *streets.SCENARIOS)
}
