"""One settled crossing, and what makes numbers of crossings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from wayside.analyze.traffic.passing import Passing
from wayside.domain.classes import ObjectClass
from wayside.domain.records import Finding, JsonValue, Reading
from wayside.domain.scene import Direction
from wayside.scene.speed import SpeedEstimate


@dataclass(frozen=True, slots=True)
class Crossing:
    """One object went over one line; class and count are final.

    t_s: media seconds of the crossing, interpolated between two observations.
    score: of the last detection. speed: None where not calibrated, or seen too
    shortly around the line. lane: the lane zone it was in, "" where there is none.
    passing: when its front came and its rear left, None where that is not known.
    """

    line: str
    direction: Direction
    track: int
    object_class: ObjectClass
    t_s: float
    score: float
    speed: SpeedEstimate | None = None
    lane: str = ""
    passing: Passing | None = None

    def data(self) -> dict[str, JsonValue]:
        """As it stands in the finding."""
        found: dict[str, JsonValue] = {
            "line": self.line,
            "direction": self.direction.value,
            "class": self.object_class.label,
            "group": self.object_class.group.value,
            "t_s": round(self.t_s, 4),
            "score": round(self.score, 3),
            "track": self.track,
        }
        if self.lane:
            found["lane"] = self.lane
        if self.speed is not None:
            found["speed_mps"] = round(self.speed.speed_mps, 3)
            found["speed_error_mps"] = round(self.speed.error_mps, 3)
        return found


class CrossingReader(Protocol):
    """Makes findings or numbers of settled crossings; fed by LineCrossings."""

    def crossed(self, crossing: Crossing) -> list[Finding]:
        """Take in one crossing; crossings of one instant come in order of their time."""
        ...

    def forget(self, track: int) -> None:
        """The track is gone and all its crossings have been told."""
        ...

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        """See Analyzer.readings."""
        ...


def taken_before(crossings: list[Crossing], end_s: float) -> list[Crossing]:
    """Remove and return the crossings before ``end_s``.

    Those of earlier windows that settled late are among them: a car that stood
    on a line for a minute is counted late rather than never.
    """
    taken = [crossing for crossing in crossings if crossing.t_s < end_s]
    crossings[:] = [crossing for crossing in crossings if crossing.t_s >= end_s]
    return taken
