"""Looks at what moves and has no name: at once, and ever less often where none is found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wayside.domain.detections import Boxes
from wayside.domain.geometry import covered


@dataclass(frozen=True, slots=True)
class UnnamedSettings:
    """tries: looks at one thing, a sample each, before patience is asked for. first_s: of the
    first wait, each is twice the one before, longest_s: up to this. covers: share of a blob in a
    place from which it is the thing there; grows: and how many times its size it may have.
    follows: the same share for what travels, within follow_s. forget_s: without anything there.
    """

    tries: int = 4
    first_s: float = 0.25
    longest_s: float = 4.0
    covers: float = 0.6
    grows: float = 1.8
    follows: float = 0.35
    follow_s: float = 0.5
    forget_s: float = 30.0


@dataclass(slots=True)
class _Place:
    box: Boxes  # (1, 4)
    area: float
    tries: int
    seen_s: float
    next_s: float


class Unnamed:
    """One feed's places in which something moves that the network has no name for."""

    def __init__(self, settings: UnnamedSettings | None = None) -> None:
        self.settings = settings or UnnamedSettings()
        self._places: list[_Place] = []

    def worth(self, t_s: float, blobs: Boxes) -> Boxes:
        """Of (N, 4) unexplained blobs, those to be looked at now."""
        self._places = [p for p in self._places if t_s - p.seen_s < self.settings.forget_s]
        keep = np.ones(len(blobs), bool)
        for row in range(len(blobs)):
            place = self._at(t_s, blobs[row : row + 1])
            if place is not None:
                place.seen_s = t_s
                place.box = blobs[row : row + 1].copy()
                keep[row] = t_s >= place.next_s - 1e-3
        return np.asarray(blobs[keep])

    def looked(self, t_s: float, blobs: Boxes, named: Boxes) -> None:
        """blobs: (N, 4) unexplained ones that were looked at. named: (K, 4) what has a name."""
        settings = self.settings
        if len(named):
            self._places = [p for p in self._places if covered(p.box, named).max() < 0.5]
            blobs = blobs[covered(blobs, named).max(axis=1) < 0.5]
        for row in range(len(blobs)):
            blob = blobs[row : row + 1]
            place = self._at(t_s, blob)
            if place is None:
                self._places.append(_Place(blob.copy(), _area(blob), 1, t_s, t_s))
                continue
            place.tries += 1
            over = place.tries - settings.tries
            wait_s = settings.first_s * 2.0 ** min(over, 8) if over >= 0 else 0.0
            place.next_s = t_s + min(wait_s, settings.longest_s)

    def _at(self, t_s: float, blob: Boxes) -> _Place | None:
        """The place that a (1, 4) blob lies in, or has come from; none where it is much larger
        than what was there: closer by, a network may name it.
        """
        settings = self.settings
        for place in self._places:
            share = settings.follows if t_s - place.seen_s <= settings.follow_s else settings.covers
            is_larger = _area(blob) > settings.grows * place.area
            if not is_larger and covered(blob, place.box).max() >= share:
                return place
        return None


def _area(box: Boxes) -> float:
    return float((box[0, 2:] - box[0, :2]).prod())
