"""Checks of one entry that are about its meaning, not its type.

Each raises a PydanticCustomError whose context carries the sentence and the
remedy, so that the loader can give both their line. What makes a line, a zone
or a calibration sound is decided in scene/; here it is only asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic_core import PydanticCustomError

from wayside.domain.scene import ControlPoint, Line, SceneGeometry, Zone
from wayside.scene.checks import geometry_problems

KIND = "shape"
"""Error type of every check here."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def _fault(what: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError(KIND, "{what}", {"what": what, "remedy": remedy})


def require_pair(value: Any) -> Any:
    """Refuses anything but two entries; what they are is checked after."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return value
    raise _fault("a point is two numbers, x and y", "Write it as [0.25, 0.5]")


def require_line(line: Line) -> None:
    """Refuses a line without length: nothing can cross it and it has no left and right."""
    _require_sound(SceneGeometry(lines=(line,)))


def require_zone(zone: Zone) -> None:
    """Refuses a polygon that crosses itself or has no area: its inside is not defined."""
    _require_sound(SceneGeometry(zones=(zone,)))


def require_plane(points: Sequence[ControlPoint]) -> None:
    """Refuses points that fix no ground plane, as four of which three lie on one line."""
    try:
        # Absurd points overflow on the way to being refused; nobody needs numpy's warnings.
        with np.errstate(all="ignore"):
            _require_sound(SceneGeometry(control_points=tuple(points)))
    except np.linalg.LinAlgError:
        raise _fault(
            "these points fix no ground plane",
            "Check each picture point against its ground point",
        ) from None


def _require_sound(geometry: SceneGeometry) -> None:
    for problem in geometry_problems(geometry):
        raise _fault(problem.what, problem.remedy)


def require_local(source: str) -> str:
    """Refuses addresses: FFmpeg would open far more than files, so nothing like one reaches it."""
    if _SCHEME.match(source):
        raise _fault(
            "this is an address; this release reads video files and folders of pictures only",
            "Give the path of a recording; begin it with ./ where its name holds a colon",
        )
    if any(ord(character) < 32 for character in source):
        raise _fault("the path holds a control character", "Give the path on one line")
    return source
