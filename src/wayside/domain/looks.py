"""A part of a picture that a network is to name, and how large it is to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Region: TypeAlias = tuple[float, float, float, float]
"""Normalised xyxy of a picture."""

WHOLE: Region = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Look:
    """region: normalised xyxy of the picture. size: (width, height) in the network's input."""

    region: Region
    size: tuple[int, int]

    @property
    def is_whole(self) -> bool:
        return self.region == WHOLE

    @property
    def pixels(self) -> int:
        """Of the network's input: what it costs."""
        return self.size[0] * self.size[1]
