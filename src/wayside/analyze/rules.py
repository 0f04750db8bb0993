"""What a user asks for beyond what the drawing itself asks for.

Each kind of rule is a frozen dataclass beside the analyzer that follows it. Its ``least_rate``
(pictures a second, 0 for any) is what it needs of a feed in which something moves. A new kind is
added to ``KINDS`` here, gets its analyzer in ``analyzers.py`` and its section in
``config/rules.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from wayside.analyze.traffic.braking_wave import BrakingWaveRule
from wayside.analyze.traffic.closed_lines import ClosedLineRule
from wayside.analyze.traffic.collision import CollisionRule
from wayside.analyze.traffic.near_miss import NearMissRule
from wayside.analyze.traffic.on_carriageway import OnCarriagewayRule
from wayside.analyze.traffic.passages import CrossingSettings
from wayside.analyze.traffic.roadways.congestion import CongestionRule
from wayside.analyze.traffic.roadways.queue_watch import QueueRule
from wayside.analyze.traffic.stopped import StoppedRule
from wayside.analyze.traffic.u_turns import UTurnRule
from wayside.analyze.traffic.wrong_way import WrongWayRule
from wayside.analyze.venue.presence import PresenceSettings

Rule: TypeAlias = (
    StoppedRule
    | WrongWayRule
    | OnCarriagewayRule
    | UTurnRule
    | ClosedLineRule
    | QueueRule
    | CongestionRule
    | NearMissRule
    | CollisionRule
    | BrakingWaveRule
)

KINDS: Final[Mapping[str, type[Rule]]] = MappingProxyType(
    {
        "stopped": StoppedRule,
        "wrong_way": WrongWayRule,
        "on_carriageway": OnCarriagewayRule,
        "u_turn": UTurnRule,
        "closed_line": ClosedLineRule,
        "queue": QueueRule,
        "congestion": CongestionRule,
        "near_miss": NearMissRule,
        "collision": CollisionRule,
        "braking_wave": BrakingWaveRule,
    }
)
"""Kind, as in site.yaml, to what it asks."""

_R = TypeVar("_R", bound=Rule)


@dataclass(frozen=True, slots=True)
class Rules:
    """All that one feed is watched for.

    Every line is counted, every movement matched, and every zone measured for what it is because
    it was drawn. Incidents are told only where a rule of ``asked`` says so. crossing, presence:
    how sure a crossing or a stay must be.
    """

    asked: tuple[Rule, ...] = ()
    crossing: CrossingSettings = field(default_factory=CrossingSettings)
    presence: PresenceSettings = field(default_factory=PresenceSettings)

    def of(self, kind: type[_R]) -> tuple[_R, ...]:
        """Those of one kind, in their order."""
        return tuple(rule for rule in self.asked if isinstance(rule, kind))

    @property
    def least_rate(self) -> float:
        """Pictures a second below which not all of these rules can be followed; 0 for any rate.

        Asked for while something moves. A worker that cannot give it says so in the coverage.
        """
        return max((rule.least_rate for rule in self.asked), default=0.0)
