"""What a user asks to be told of beyond counts and presence: one section for each kind of rule.

The values are those of the rules in ``analyze``, whose docstrings say what they mean exactly.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from wayside.config.section import PlaceId, Section


class StoppedRule(Section):
    """Report an object that moved and then stands still."""

    kind: Literal["stopped"] = Field(description="What to watch for", examples=["stopped"])
    zone: PlaceId | None = Field(
        default=None,
        description="The zone to watch; without it the whole picture",
        examples=["box"],
    )
    min_stop_s: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)] = Field(
        default=10.0, description="Seconds at rest before it is reported", examples=[10]
    )


Rule: TypeAlias = StoppedRule
"""Any of them; ``kind`` tells which."""
