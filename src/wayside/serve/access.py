"""Which route asks for which role: one table, read in one minute. What is not in it is refused.

A route that is missing here cannot be built (GuardedRoute), so that a new one
fails at once and not in the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from wayside.serve.roles import Role

V1: Final = "/api/v1"


class Open(StrEnum):
    """ANYONE: no session needed. METRICS: see guard.admit_scraper."""

    ANYONE = "anyone"
    METRICS = "metrics"


_VIEWER, _OPERATOR, _ADMIN = Role.VIEWER, Role.OPERATOR, Role.ADMIN

ACCESS: Final[Mapping[tuple[str, str], Role | Open]] = MappingProxyType(
    {
        ("GET", "/healthz"): Open.ANYONE,
        ("GET", "/readyz"): Open.ANYONE,
        ("GET", "/metrics"): Open.METRICS,
        ("GET", "/api/openapi.json"): Open.ANYONE,
        ("POST", f"{V1}/session"): Open.ANYONE,
        ("GET", f"{V1}/sign-in"): Open.ANYONE,
        ("GET", f"{V1}/sign-in/begin"): Open.ANYONE,
        ("GET", f"{V1}/sign-in/callback"): Open.ANYONE,
        ("GET", f"{V1}/session"): _VIEWER,
        ("DELETE", f"{V1}/session"): _VIEWER,
        ("PUT", f"{V1}/session/password"): _VIEWER,
        ("GET", f"{V1}/site"): _VIEWER,
        ("GET", f"{V1}/feeds"): _VIEWER,
        ("POST", f"{V1}/feeds"): _ADMIN,
        ("POST", f"{V1}/feeds/import"): _ADMIN,
        ("POST", f"{V1}/feeds/probe"): _ADMIN,
        ("GET", f"{V1}/feeds/{{feed}}"): _VIEWER,
        ("PATCH", f"{V1}/feeds/{{feed}}"): _ADMIN,
        ("DELETE", f"{V1}/feeds/{{feed}}"): _ADMIN,
        ("GET", f"{V1}/feeds/{{feed}}/still.jpg"): _VIEWER,
        ("GET", f"{V1}/feeds/{{feed}}/tracks"): _VIEWER,
        ("GET", f"{V1}/feeds/{{feed}}/scene"): _VIEWER,
        ("PUT", f"{V1}/feeds/{{feed}}/scene"): _OPERATOR,
        ("POST", f"{V1}/feeds/{{feed}}/scene/preview"): _OPERATOR,
        ("POST", f"{V1}/feeds/{{feed}}/scene/propose"): _OPERATOR,
        ("POST", f"{V1}/feeds/{{feed}}/scene/grid"): _OPERATOR,
        ("POST", f"{V1}/feeds/{{feed}}/calibration/propose"): _OPERATOR,
        ("POST", f"{V1}/feeds/{{feed}}/view/confirm"): _OPERATOR,
        ("POST", f"{V1}/feeds/{{feed}}/view/propose"): _OPERATOR,
        ("GET", f"{V1}/feeds/{{feed}}/rules"): _VIEWER,
        ("PUT", f"{V1}/feeds/{{feed}}/rules"): _OPERATOR,
        ("GET", f"{V1}/junctions"): _VIEWER,
        ("GET", f"{V1}/junctions/{{junction}}"): _VIEWER,
        ("PUT", f"{V1}/junctions/{{junction}}"): _OPERATOR,
        ("DELETE", f"{V1}/junctions/{{junction}}"): _OPERATOR,
        ("GET", f"{V1}/junctions/{{junction}}/turning-counts"): _VIEWER,
        ("GET", f"{V1}/junctions/{{junction}}/usual"): _VIEWER,
        ("GET", f"{V1}/feeds/{{feed}}/turning-counts"): _VIEWER,
        ("GET", f"{V1}/feeds/{{feed}}/usual"): _VIEWER,
        ("GET", f"{V1}/events"): _VIEWER,
        ("GET", f"{V1}/events/stream"): _VIEWER,
        ("GET", f"{V1}/events/{{incident}}"): _VIEWER,
        ("GET", f"{V1}/events/{{incident}}/still.jpg"): _VIEWER,
        ("GET", f"{V1}/events/{{incident}}/clip.mp4"): _VIEWER,
        ("GET", f"{V1}/events/{{incident}}/path"): _VIEWER,
        ("POST", f"{V1}/events/{{incident}}/acknowledgement"): _OPERATOR,
        ("DELETE", f"{V1}/events/{{incident}}/acknowledgement"): _OPERATOR,
        ("GET", f"{V1}/measurements"): _VIEWER,
        ("GET", f"{V1}/metrics-list"): _VIEWER,
        ("GET", f"{V1}/counts"): _VIEWER,
        ("GET", f"{V1}/truth"): _VIEWER,
        ("GET", f"{V1}/users"): _ADMIN,
        ("POST", f"{V1}/users"): _ADMIN,
        ("PATCH", f"{V1}/users/{{name}}"): _ADMIN,
        ("DELETE", f"{V1}/users/{{name}}"): _ADMIN,
        ("GET", f"{V1}/audit"): _ADMIN,
        ("GET", f"{V1}/tokens"): _ADMIN,
        ("POST", f"{V1}/tokens"): _ADMIN,
        ("DELETE", f"{V1}/tokens/{{token}}"): _ADMIN,
        ("GET", "/{path:path}"): Open.ANYONE,
        ("HEAD", "/{path:path}"): Open.ANYONE,
        ("WEBSOCKET", f"{V1}/live"): _VIEWER,
    }
)


def needed(method: str, path: str) -> Role | Open:
    """path: the route's template. Raises LookupError for a route that declares nothing."""
    try:
        return ACCESS[method, path]
    except KeyError:
        raise LookupError(f"{method} {path} declares no role in serve/access.py") from None
