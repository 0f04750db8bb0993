"""Parts of a request that several routes read: spans of time, versions, numbers of items."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Header, Query
from pydantic import AfterValidator, AwareDatetime

from wayside.domain.time import Clock
from wayside.serve.problems import Refusal

_LONGEST = timedelta(days=3660)


def _utc(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 9998:
        raise ValueError("not a year of video")
    return moment.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
Since = Annotated[Instant | None, Query(description="RFC 3339; from this instant on")]
Until = Annotated[Instant | None, Query(description="RFC 3339; before this instant")]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=500, description="``next`` of the page before")]
Filter = Annotated[str, Query(max_length=200)]
IfMatch = Annotated[
    str | None, Header(max_length=200, description="The ETag that the change is based on")
]


def span(
    since: datetime | None, until: datetime | None, clock: Clock, otherwise: timedelta
) -> tuple[datetime, datetime]:
    """until: now where not given; since: ``otherwise`` before it. Raises Refusal (422)."""
    end = until or clock.now()
    start = since or end - otherwise
    if not start < end or end - start > _LONGEST:
        raise Refusal(422, "since must be before until, by ten years at most", where="since")
    return start, end


def version_of(if_match: str | None) -> str | None:
    """The config version that a change is based on; None for ``*`` or no header."""
    if if_match is None or if_match.strip() == "*":
        return None
    return if_match.strip().removeprefix("W/").strip('"')


def etag(version: str) -> str:
    return f'"{version}"'
