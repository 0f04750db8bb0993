"""What all mappings of site.yaml share, and the types that several of them use."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""Of a site, feed, group or sink: it becomes a part of file names and addresses."""

Groups: TypeAlias = Annotated[tuple[Name, ...], Field(max_length=100)]
"""Names of groups of feeds, which rights are given by."""

PlaceId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")]
"""Of a line, zone or movement."""

PathText: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
"""Of a file or folder; relative ones count from the folder of site.yaml."""

Share: TypeAlias = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Section(BaseModel):
    """Unknown keys are errors, and errors never quote a value."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        hide_input_in_errors=True,
        validate_by_name=False,
        validate_by_alias=True,
    )
