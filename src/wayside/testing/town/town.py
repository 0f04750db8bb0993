"""A scenario that has been played: who was where when."""

from __future__ import annotations

from dataclasses import dataclass

from wayside.testing.town.agents import Traveller
from wayside.testing.town.scenario import Scenario
from wayside.testing.town.traffic import simulate


@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """The scenario and everybody's journey; pictures and truth are both made from it."""

    scenario: Scenario
    travellers: tuple[Traveller, ...]


def build_town(scenario: Scenario) -> Town:
    """Play the scenario. Deterministic: the same scenario gives the same town."""
    return Town(scenario, simulate(scenario))
