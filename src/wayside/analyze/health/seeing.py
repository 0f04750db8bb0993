"""What a picture's quality says about each condition that can be seen."""

from __future__ import annotations

from dataclasses import dataclass

from wayside.analyze.health.condition import FINE, UNKNOWN, Verdict
from wayside.domain.health import PictureQuality, ViewShift
from wayside.domain.records import JsonValue, Severity


@dataclass(frozen=True, slots=True)
class SeeingSettings:
    """Thresholds come in pairs: what is bad, and what is fine again; between them nothing changes.

    black_lit, black_clear_lit: share of the picture that shows anything. frozen_s: so long
    nothing but a clock changed; longer than cameras wait between keyframes, and short enough to
    tell within 30 s. frozen_samples: pictures in it. blurred, blurred_clear: share of the usual
    sharpness. covered, covered_clear: share of the known structure that is hidden; the more it
    is the sooner it is told, because a bus at its stop hides some. moved, moved_clear: of the
    corner that went farthest, share of the width. stands_s: so long the new view has to stand
    still. lost_match: below it the picture shows another place, wherever that is; known_match:
    above it the view is back. sure: share of the picture that has to agree on a shift where it
    is poor otherwise.
    """

    black_lit: float = 0.01
    black_clear_lit: float = 0.03
    black_s: float = 10.0
    frozen_s: float = 20.0
    frozen_samples: int = 8
    blurred: float = 0.5
    blurred_clear: float = 0.7
    blurred_s: float = 30.0
    covered: float = 0.25
    covered_clear: float = 0.15
    covered_s: float = 60.0
    covered_half: float = 0.5
    covered_half_s: float = 30.0
    covered_most: float = 0.8
    covered_most_s: float = 8.0
    moved: float = 0.02
    moved_clear: float = 0.01
    stands_s: float = 15.0
    lost_match: float = 0.3
    known_match: float = 0.5
    sure: float = 0.6


def black(picture: PictureQuality, given: SeeingSettings) -> Verdict:
    if picture.lit <= given.black_lit:
        return Verdict(
            picture.lit,
            given.black_lit,
            "share of the picture",
            Severity.CRITICAL,
            given.black_s,
            more={"luma": round(picture.luma_mean, 1)},
        )
    return FINE if picture.lit >= given.black_clear_lit else UNKNOWN


def frozen(picture: PictureQuality, given: SeeingSettings) -> Verdict:
    if picture.still_s >= given.frozen_s and picture.still_samples >= given.frozen_samples:
        return Verdict(
            picture.still_s,
            given.frozen_s,
            "s",
            Severity.CRITICAL,
            began_s=picture.still_s,
            more={"pictures": picture.still_samples},
        )
    return UNKNOWN if picture.still_samples else FINE


def covered(picture: PictureQuality, given: SeeingSettings) -> Verdict:
    if not picture.is_learned or picture.lit <= given.black_clear_lit:
        return UNKNOWN
    if picture.covered >= given.covered:
        hold_s = given.covered_s
        if picture.covered >= given.covered_half:
            hold_s = given.covered_half_s
        if picture.covered >= given.covered_most:
            hold_s = given.covered_most_s
        return Verdict(
            picture.covered,
            given.covered,
            "share of the known view",
            Severity.CRITICAL,
            hold_s,
        )
    return FINE if picture.covered <= given.covered_clear else UNKNOWN


def blurred(picture: PictureQuality, given: SeeingSettings) -> Verdict:
    share = sharpness_share(picture)
    if share is None or not picture.is_learned or picture.covered > given.covered_clear:
        return UNKNOWN
    if share < given.blurred:
        return Verdict(share, given.blurred, "share of the usual sharpness", hold_s=given.blurred_s)
    return FINE if share >= given.blurred_clear else UNKNOWN


def view_moved(picture: PictureQuality, given: SeeingSettings) -> Verdict:
    """Nothing is said while the picture is too poor to recognise a view by."""
    shift = picture.shift
    is_off = shift is not None and shift.displacement >= given.moved_clear
    if not picture.is_learned or picture.lit <= given.black_clear_lit:
        return UNKNOWN
    if picture.match >= given.known_match and picture.steady_s == 0 and not is_off:
        return FINE
    share = sharpness_share(picture)
    is_poor = picture.covered > given.covered_clear or (
        share is not None and share < given.blurred_clear
    )
    if picture.steady_s < given.stands_s:
        return UNKNOWN
    is_sure = shift is not None and (shift.confidence >= given.sure or not is_poor)
    if shift is not None and is_sure and shift.displacement >= given.moved:
        return _moved(shift.displacement, given.moved, "share of the width", picture, shift)
    if shift is None and picture.match < given.lost_match and not is_poor:
        return _moved(picture.match, given.lost_match, "share of the known view", picture, None)
    return UNKNOWN


def sharpness_share(picture: PictureQuality) -> float | None:
    """Of the usual sharpness; None where either is not known."""
    if picture.sharpness is None or not picture.usual_sharpness:
        return None
    return picture.sharpness / picture.usual_sharpness


def _moved(
    value: float, threshold: float, unit: str, picture: PictureQuality, shift: ViewShift | None
) -> Verdict:
    more: dict[str, JsonValue] = {"match": round(picture.match, 3)}
    if shift is not None:
        more |= {
            "dx": round(shift.dx, 4),
            "dy": round(shift.dy, 4),
            "rotation_deg": round(shift.rotation_deg, 2),
            "scale": round(shift.scale, 3),
        }
    return Verdict(value, threshold, unit, began_s=picture.steady_s, more=more)
