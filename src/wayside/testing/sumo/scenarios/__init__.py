"""Every scenario by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wayside.testing.sumo.scenario import Scenario
from wayside.testing.sumo.scenarios import aloft, junctions, motorways, streets

SCENARIOS: Final[Mapping[str, Scenario]] = {
    scenario.name: scenario
    for scenario in (*junctions.SCENARIOS, *motorways.SCENARIOS, *streets.SCENARIOS)
}
"""What analyzers are judged by, from tracks."""

EVERY: Final[Mapping[str, Scenario]] = {
    **SCENARIOS,
    **{scenario.name: scenario for scenario in aloft.SCENARIOS},
}
"""All that can be recorded: those that are judged by pictures too."""
