"""Objects over time, as one update of a tracker leaves them, in columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wayside.domain.detections import Boxes


@dataclass(frozen=True, slots=True)
class Tracks:
    """All live tracks of one feed at one instant.

    t_s: media seconds of the session. ids: (N,) int64, unique in the session,
    from a random start, meaningless elsewhere. boxes: (N, 4) float32, the
    estimated state. class_ids: (N,) int8, the vote over the track's life.
    class_shares: (N,) float32, the winning class's share of the vote, 0..1.
    scores: (N,) float32, of the last matched detection. velocities: (N, 2)
    float32, of the box centre in picture widths and heights a second.
    confirmed: (N,) bool; a tentative track is not an object yet. observed:
    (N,) bool, matched to a detection at this instant (else predicted).
    ages_s: (N,) float32, since the track's first detection.
    ended: (M,) int64, ids that are gone since the previous update.
    """

    t_s: float
    ids: NDArray[np.int64]
    boxes: Boxes
    class_ids: NDArray[np.int8]
    class_shares: NDArray[np.float32]
    scores: NDArray[np.float32]
    velocities: NDArray[np.float32]
    confirmed: NDArray[np.bool_]
    observed: NDArray[np.bool_]
    ages_s: NDArray[np.float32]
    ended: NDArray[np.int64]

    @classmethod
    def none(cls, t_s: float, ended: NDArray[np.int64] | None = None) -> Self:
        """No object at ``t_s``."""
        empty = np.empty(0, np.float32)
        return cls(
            t_s,
            np.empty(0, np.int64),
            np.empty((0, 4), np.float32),
            np.empty(0, np.int8),
            empty,
            empty,
            np.empty((0, 2), np.float32),
            np.empty(0, np.bool_),
            np.empty(0, np.bool_),
            empty,
            np.empty(0, np.int64) if ended is None else ended,
        )

    def __len__(self) -> int:
        return len(self.ids)

    def where(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Tracks:
        """The rows that a mask or an index array selects; ``ended`` stays."""
        return Tracks(
            self.t_s,
            self.ids[keep],
            self.boxes[keep],
            self.class_ids[keep],
            self.class_shares[keep],
            self.scores[keep],
            self.velocities[keep],
            self.confirmed[keep],
            self.observed[keep],
            self.ages_s[keep],
            self.ended,
        )


@dataclass(frozen=True, slots=True)
class Trajectory:
    """The finished path of one track, kept without anything that could find the object again.

    track: id in its session. class_id: ObjectClass, the final vote. t_s: (K,)
    float64 media seconds. image: (K, 2) float32 anchors, normalised. ground:
    (K, 2) float32 metres, None where the feed is not calibrated. sizes: (K, 2) float32 width
    and height of the box, normalised; NaN where the picture's edge cuts it; None where they
    were not kept. A size says what kind of thing it is and how far away, not which one.
    """

    track: int
    class_id: int
    t_s: NDArray[np.float64]
    image: NDArray[np.float32]
    ground: NDArray[np.float32] | None
    sizes: NDArray[np.float32] | None = None
