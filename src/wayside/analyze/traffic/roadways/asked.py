"""The road that a rule names."""

from __future__ import annotations

from wayside.analyze.traffic.roadways.roadway import Roadway
from wayside.domain.errors import ConfigError


def road_of(
    zones: tuple[Roadway, ...], zone: str, where: str, *, needs_heading: bool
) -> tuple[int, Roadway]:
    """(its index among the roads, the road). Raises ConfigError where there is none."""
    for index, road in enumerate(zones):
        if road.id == zone:
            if needs_heading and road.way is None:
                raise ConfigError(
                    f"the way traffic goes in zone {zone!r} is not drawn",
                    where=where,
                    remedy="Give the zone a `heading`",
                )
            return index, road
    raise ConfigError(
        f"the rule names {zone!r}, which is no lane and no carriageway of this scene",
        where=where,
        remedy=f"Lanes and carriageways: {', '.join(r.id for r in zones) or 'none'}",
    )
