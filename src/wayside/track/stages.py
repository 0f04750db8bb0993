"""The three stages of association: high-score rows, low-score rows, moving blobs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points
from wayside.track.association import GroundGate, assign, buffered_iou, class_penalties, overlaps
from wayside.track.kalman import Columns
from wayside.track.settings import TrackerSettings
from wayside.track.table import Row, TrackTable
from wayside.track.view import NOTHING, Found, Indices

_OUT_OF_REACH = 1e6
_TENTATIVE = 0.05  # added to a tentative track's cost: of two equal claims the object's wins
_CONTAINED = 0.7  # share of a track inside a blob that makes the blob its sighting
_LEAST_BLOB = 0.4  # a blob smaller than this share of a named track is something in front of it


@dataclass(frozen=True, slots=True)
class Prediction:
    """Where the tracks should be now. corners (4, M); margins, sizes (M,); class_ids (M,)."""

    corners: Columns
    margins: NDArray[np.float64]
    sizes: NDArray[np.float64]
    class_ids: NDArray[np.int8]


class Stages:
    """Pairs tracks with detections. Keeps constants only."""

    def __init__(self, settings: TrackerSettings) -> None:
        self._settings = settings
        self.penalties = class_penalties()

    def predicted(
        self, table: TrackTable, corners: Columns, class_ids: NDArray[np.int8]
    ) -> Prediction:
        """Prediction with its margin: the uncertainty of the place, bounded by the size."""
        settings = self._settings
        sizes = np.sqrt(table.state[0, 2] * table.state[0, 3])
        margins = np.sqrt(table.state[2, 0])
        margins *= settings.margin_sigmas
        np.minimum(margins, settings.max_margin * sizes, out=margins)
        return Prediction(corners, margins, sizes, class_ids)

    def pairs(
        self,
        table: TrackTable,
        prediction: Prediction,
        found: Found,
        reachable: NDArray[np.bool_] | None,
    ) -> tuple[Indices, Indices]:
        """Tracks and detections that belong together, as two index arrays of equal length."""
        settings = self._settings
        tracks, rows = NOTHING, NOTHING
        everyone = np.arange(len(table))
        left = everyone
        stages = (
            (found.high, settings.min_similarity),
            (found.low, settings.min_similarity_low),
            (found.motion, settings.min_similarity_motion),
        )
        for candidates, least in stages:
            if len(candidates) == 0:
                continue
            if len(tracks):
                if len(tracks) == len(table):
                    break
                unpaired = np.ones(len(table), np.bool_)
                unpaired[tracks] = False
                left = everyone[unpaired]
            if candidates is found.motion:
                cost = self._blob_cost(table, prediction, found, left)
            else:
                cost = self._cost(table, prediction, found, left, candidates)
            if reachable is not None:
                cost[~reachable[left[:, None], candidates]] = _OUT_OF_REACH
            paired, chosen = assign(cost, 1.0 - least)
            if len(tracks) == 0:
                tracks, rows = left[paired], candidates[chosen]
            else:
                tracks = np.concatenate((tracks, left[paired]))
                rows = np.concatenate((rows, candidates[chosen]))
        return tracks, rows

    def _cost(
        self,
        table: TrackTable,
        prediction: Prediction,
        found: Found,
        left: Indices,
        candidates: Indices,
    ) -> Columns:
        """(L, K) cost of a match: 1 - buffered IoU, plus what speaks against it."""
        p = prediction
        margins, own = p.margins.take(left), p.sizes.take(left)
        cost = buffered_iou(p.corners.take(left, 1), found.corners.take(candidates, 1), margins)
        against = margins / (own + margins)
        against *= self._settings.margin_penalty
        against += _TENTATIVE * ~table.confirmed.take(left)
        against += 1.0
        np.subtract(against[:, None], cost, out=cost)
        sizes = found.centres[2:].take(candidates, 1)
        differ = np.log(own)[:, None] - 0.5 * np.log(sizes[0] * sizes[1])
        np.abs(differ, out=differ)
        differ *= self._settings.size_penalty
        cost += differ
        penalties = self.penalties.take(p.class_ids.take(left), 0)
        cost += penalties.take(found.class_ids.take(candidates), 1)
        return cost

    def _blob_cost(
        self, table: TrackTable, prediction: Prediction, found: Found, left: Indices
    ) -> Columns:
        """(L, K) cost of taking a blob for a track.

        A blob with a shadow or a neighbour in it contains the object, so being
        contained counts as well as IoU. The other way round it does not where
        a model has named the track: what moves inside a parked car's box is
        somebody in front of it.
        """
        p = prediction
        blobs = found.corners.take(found.motion, 1)
        tracks = p.corners.take(left, 1)
        similarity = buffered_iou(tracks, blobs, p.margins.take(left))
        _, inside = overlaps(tracks, blobs)
        areas = (p.sizes.take(left) ** 2)[:, None]
        blob_areas = (blobs[2:] - blobs[:2]).prod(0)
        contained = (inside >= _CONTAINED) & (blob_areas >= areas)
        np.maximum(similarity, np.where(contained, 0.5 * inside, 0.0), out=similarity)
        cost: Columns = 1.0 - similarity
        named = table.ledger[Row.NAMED].take(left) > 0
        cost[named[:, None] & (blob_areas < _LEAST_BLOB * areas)] = _OUT_OF_REACH
        return cost


def reachable_pairs(
    ground: GroundGate, t_s: float, table: TrackTable, found: Found, aspect: float
) -> NDArray[np.bool_]:
    """(M, N) bool by the ground gate, from where each track was last seen."""
    last = table.ledger
    half_height = table.state[0, 3] / 2
    before: Points = np.stack([last[Row.LAST_X] / aspect, last[Row.LAST_Y] + half_height], axis=1)
    now: Points = np.stack([found.centres[0] / aspect, found.corners[3]], axis=1)
    return ground.reachable(before, now, t_s - last[Row.SEEN_S])
