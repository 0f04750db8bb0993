"""One colour a class, the same in every picture and chart.

Okabe and Ito, "Color Universal Design" (2008): told apart with any of the
common colour-vision deficiencies. Its yellow is left out (1.3:1 on paper);
UNKNOWN is grey. Orange and sky blue fall short of 3:1 against white, so every
filled mark also has an outline in a darker shade of its own colour.
"""

from __future__ import annotations

from typing import Final

from wayside.domain.classes import ObjectClass

DISPLAY_ORDER: Final = (
    ObjectClass.PERSON,
    ObjectClass.BICYCLE,
    ObjectClass.MOTORCYCLE,
    ObjectClass.CAR,
    ObjectClass.BUS,
    ObjectClass.TRUCK,
    ObjectClass.UNKNOWN,
)
"""How classes follow each other in tables, legends and stacked bars."""

CLASS_COLOURS: Final = {
    ObjectClass.PERSON: "#D55E00",
    ObjectClass.BICYCLE: "#009E73",
    ObjectClass.MOTORCYCLE: "#CC79A7",
    ObjectClass.CAR: "#0072B2",
    ObjectClass.BUS: "#E69F00",
    ObjectClass.TRUCK: "#56B4E9",
    ObjectClass.UNKNOWN: "#8C8C8C",
}

OUTLINE_SHARE: Final = 0.62
"""Brightness of an outline relative to its fill; gives at least 4:1 against white for all."""


def outline(colour: str) -> str:
    """``#RRGGBB`` darkened to the shade of its outline."""
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(c * OUTLINE_SHARE):02X}" for c in channels)


def class_rules() -> str:
    """CSS custom properties ``--car`` and ``--car-edge`` for every class."""
    return "".join(
        f"--{c.label}:{CLASS_COLOURS[c]};--{c.label}-edge:{outline(CLASS_COLOURS[c])};"
        for c in DISPLAY_ORDER
    )
