"""What is drawn on a covered picture: boxes, trails, lines with their counts, zones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from wayside.domain.classes import ObjectClass
from wayside.domain.records import Finding, Phase
from wayside.domain.scene import Direction, Line, SceneGeometry, Zone
from wayside.domain.tracks import Tracks
from wayside.redact.frame import RedactedFrame
from wayside.redact.overlay import LineMark, Overlay, Trail, ZoneMark, draw

CROSSING = "traffic.line_crossing"
STOPPED = "traffic.stopped_object"
PRESENCE = "venue.zone_presence"


class Drawing:
    """Counts what has happened on each line and zone, and draws it. One a session."""

    def __init__(self, geometry: SceneGeometry, feed: str) -> None:
        self._geometry = geometry
        self._feed = feed
        self._crossed: Counter[tuple[str, str]] = Counter()
        self._inside: Counter[str] = Counter()
        self._stopped: Counter[str] = Counter()

    def note(self, findings: Iterable[Finding]) -> None:
        """Takes the findings of one instant into the counts."""
        for finding in findings:
            if finding.kind == CROSSING:
                self._crossed[finding.place, str(finding.data["direction"])] += 1
            elif finding.kind in (PRESENCE, STOPPED):
                change = {Phase.OPEN: 1, Phase.CLOSE: -1}.get(finding.phase, 0)
                counts = self._inside if finding.kind == PRESENCE else self._stopped
                counts[finding.place] += change

    def draw(
        self,
        picture: RedactedFrame,
        tracks: Tracks,
        trails: Mapping[int, list[tuple[float, float]]],
    ) -> RedactedFrame:
        """The picture with everything on it; tentative tracks are not drawn."""
        shown = tracks.where(tracks.confirmed)
        classes = {int(i): int(c) for i, c in zip(shown.ids, shown.class_ids, strict=True)}
        return draw(
            picture,
            Overlay(
                boxes=shown.boxes,
                class_ids=shown.class_ids,
                labels=[ObjectClass(int(c)).label for c in shown.class_ids],
                trails=[
                    Trail(np.array(points, np.float64), classes[track])
                    for track, points in trails.items()
                    if track in classes
                ],
                lines=[self._line_mark(line) for line in self._geometry.lines],
                zones=[self._zone_mark(zone) for zone in self._geometry.zones],
                feed=self._feed,
                clock=clock_text(tracks.t_s),
            ),
        )

    def _line_mark(self, line: Line) -> LineMark:
        return LineMark(
            line,
            forward=self._crossed[line.id, Direction.FORWARD],
            backward=self._crossed[line.id, Direction.BACKWARD],
        )

    def _zone_mark(self, zone: Zone) -> ZoneMark:
        inside = self._inside[zone.id]
        return ZoneMark(zone, str(inside) if inside else "", is_alert=self._stopped[zone.id] > 0)


def clock_text(t_s: float) -> str:
    """``0:01:23`` from media seconds."""
    whole = max(int(t_s), 0)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
