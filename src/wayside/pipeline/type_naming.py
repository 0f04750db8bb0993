"""Tracks that nothing named, or only as a vehicle, get their type from looks at them.

After tracking and apart from it: what is tracked, counted and covered is the same with types and
without; only the word changes.
"""

from __future__ import annotations

from wayside.detect.types import TypeReader
from wayside.domain.classes import ObjectClass
from wayside.domain.media import RawFrame
from wayside.domain.tracks import Tracks
from wayside.track.type_votes import TypeVotes

VEHICLES = (ObjectClass.CAR, ObjectClass.BUS, ObjectClass.TRUCK)


class TypeNamer:
    """One a session. refines: None, or the class by which the detector means any vehicle."""

    def __init__(self, reader: TypeReader, refines: ObjectClass | None = None) -> None:
        self._reader = reader
        self._asks_about = ObjectClass.UNKNOWN if refines is None else refines
        among = tuple(ObjectClass) if refines is None else VEHICLES
        self._votes = TypeVotes(reader.threshold, among)

    def named(self, frame: RawFrame, tracks: Tracks) -> Tracks:
        """tracks: of this frame. Unchanged where there is nothing to ask about."""
        wanted = tracks.class_ids == self._asks_about
        rows = self._votes.due(tracks, wanted)
        if len(rows):
            self._votes.add(tracks, rows, self._reader.scores(frame, tracks.boxes[rows]))
        return self._votes.named(tracks, wanted) if wanted.any() else tracks
