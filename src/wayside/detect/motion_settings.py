"""What the motion detector may be told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """long_side: pixels of the working picture; 320 costs about 1 ms and sees a person of 10 px.

    threshold: grey levels a pixel must differ by at least. spread_factor: times the pixel's
    learned spread. gradient_factor: times the shift measured at edges, that share of the
    background's gradient is tolerated; at first gradient_start, always within least and most.
    learn_s: time constant of the background. absorb_s: of an unclaimed still object.
    warm_up_s: until then the background is a plain mean of what was seen. min_area: share of
    the picture below which a blob is noise (about 5 px square at 320x180). shadow_floor: a
    shadow leaves at least this share of the light. still: changing share of a blob below which
    it is at rest. ghost_ratio: how much stronger a ghost's outline is in the background.
    """

    long_side: int = 320
    threshold: float = 14.0
    spread_factor: float = 4.0
    gradient_factor: float = 2.0
    gradient_start: float = 0.6
    gradient_least: float = 0.12
    gradient_most: float = 0.6
    learn_s: float = 8.0
    absorb_s: float = 60.0
    warm_up_s: float = 2.0
    min_area: float = 0.00045
    shadow_floor: float = 0.45
    still: float = 0.02
    ghost_ratio: float = 1.15
    flood_share: float = 0.6
