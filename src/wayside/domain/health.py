"""How well a feed can be seen, and how it is doing: plain numbers, no pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wayside.domain.feeds import FeedState


@dataclass(frozen=True, slots=True)
class ViewShift:
    """Where the learned view has gone in the picture of now, as a similarity about its centre.

    dx, dy: to the right and down, shares of the picture's width. rotation_deg: clockwise as
    seen. scale: above 1 where things have grown. confidence: 0..1, share of the picture that
    agrees. displacement: of the corner that went farthest, share of the width.
    """

    dx: float
    dy: float
    rotation_deg: float
    scale: float
    confidence: float
    displacement: float


@dataclass(frozen=True, slots=True)
class PictureQuality:
    """What one sampled picture is like, alone and against what its feed usually shows.

    t_s: media seconds. luma_mean, luma_spread: grey levels 0..255 of all pixels and their
    standard deviation. lit: share of the picture that shows anything at all, the strips where
    cameras write the time left out. still_s, still_samples: since when, and over how many
    samples, nothing but a written clock has changed, sensor noise included; 0 where the last
    sample differs. sharpness: strength of fine detail to that of coarse detail, noise taken
    off, None where there is too little contrast to say. usual_sharpness: what the feed usually
    has, None until learned.

    is_learned: the view stood still long enough to be known; until then match, covered and
    shift say nothing. match: share of the known structure that is still in its place, 0..1.
    covered: share of the known structure that is gone with nothing but smoothness in its place.
    shift: None where it could not be measured or was not looked for. steady_s: where the
    picture no longer matches: how long the new view has been standing still.
    """

    t_s: float
    luma_mean: float
    luma_spread: float
    lit: float
    still_s: float = 0.0
    still_samples: int = 0
    sharpness: float | None = None
    usual_sharpness: float | None = None
    is_learned: bool = False
    match: float = 1.0
    covered: float = 0.0
    shift: ViewShift | None = None
    steady_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Vitals:
    """A feed's signs of life at one moment, about once a second.

    t_s: monotonic. now: UTC by the machine's clock at the same moment. session_s: media second
    of the same moment: that of the newest picture and the time since it arrived. captured: UTC
    that the source itself gave the newest picture, None where it gives none (never fill in the
    arrival). arrived_s: monotonic second of that picture's arrival. fps_in, bitrate_kbps: over
    the last seconds. fps_declared: by the stream. pictures, corrupt, decode_errors: totals of
    the session that only grow; a smaller number means a new session.
    """

    t_s: float
    now: datetime
    session_s: float
    state: FeedState = FeedState.LIVE
    captured: datetime | None = None
    arrived_s: float | None = None
    fps_in: float = 0.0
    fps_declared: float | None = None
    bitrate_kbps: float = 0.0
    lag_s: float | None = None
    pictures: int = 0
    corrupt: int = 0
    decode_errors: int = 0
