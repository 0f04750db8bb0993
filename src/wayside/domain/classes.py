"""What an object can be. Never who.

The taxonomy is small on purpose: classes that a traffic engineer counts and
that a permissively licensed detector can tell apart. A rider and the bicycle
under him are one BICYCLE. UNKNOWN is an object that clearly moves and that
nothing has named yet; it is counted as itself, not guessed at.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class ObjectClass(IntEnum):
    """Class ids as stored in the columns of Detections and Tracks (int8)."""

    UNKNOWN = 0
    PERSON = 1
    BICYCLE = 2
    MOTORCYCLE = 3
    CAR = 4
    BUS = 5
    TRUCK = 6

    @property
    def label(self) -> str:
        """The word used in config, events, CSV and on the page."""
        return self.name.lower()

    @property
    def group(self) -> ClassGroup:
        return _GROUPS[self]

    @classmethod
    def from_label(cls, label: str) -> ObjectClass:
        """Raises KeyError for a word that is not in the taxonomy."""
        return cls[label.upper()]


class ClassGroup(StrEnum):
    """Coarser: what survives when the exact type is uncertain."""

    VEHICLE = "vehicle"
    TWO_WHEELER = "two_wheeler"
    PERSON = "person"
    UNKNOWN = "unknown"


_GROUPS = {
    ObjectClass.UNKNOWN: ClassGroup.UNKNOWN,
    ObjectClass.PERSON: ClassGroup.PERSON,
    ObjectClass.BICYCLE: ClassGroup.TWO_WHEELER,
    ObjectClass.MOTORCYCLE: ClassGroup.TWO_WHEELER,
    ObjectClass.CAR: ClassGroup.VEHICLE,
    ObjectClass.BUS: ClassGroup.VEHICLE,
    ObjectClass.TRUCK: ClassGroup.VEHICLE,
}
