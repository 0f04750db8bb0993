"""What was found, drawn on a redacted frame: boxes, trails, lines with counters, zones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes
from wayside.domain.geometry import Points
from wayside.domain.scene import Line, Zone
from wayside.redact.frame import RedactedFrame, require_redacted, seal
from wayside.redact.ink import BGR, BOLD, WHITE, Ink, Rect

COLOURS: Final[dict[int, BGR]] = {
    ObjectClass.UNKNOWN: (200, 200, 200),
    ObjectClass.PERSON: (0, 159, 230),  # orange
    ObjectClass.BICYCLE: (130, 190, 0),  # bluish green, a little lighter than printed
    ObjectClass.MOTORCYCLE: (167, 121, 204),  # reddish purple
    ObjectClass.CAR: (233, 180, 86),  # sky blue
    ObjectClass.BUS: (66, 228, 240),  # yellow
    ObjectClass.TRUCK: (0, 94, 213),  # vermilion
}
"""BGR. Okabe and Ito's palette (2008), told apart with any colour vision."""

ALERT: Final = (0, 94, 213)
CALM: Final = (235, 206, 160)
CREDIT: Final = "redacted by wayside"
WITHHELD: Final = "picture withheld"

TEXT: Final = 12
SMALL_TEXT: Final = 11


@dataclass(frozen=True, slots=True)
class Trail:
    """Where an object was. points: (K, 2) normalised, oldest first."""

    points: Points
    class_id: int


@dataclass(frozen=True, slots=True)
class LineMark:
    """A counting line and its counts so far; None shows no number."""

    line: Line
    forward: int | None = None
    backward: int | None = None


@dataclass(frozen=True, slots=True)
class ZoneMark:
    """A zone, a few words about it, and whether something is happening in it."""

    zone: Zone
    text: str = ""
    is_alert: bool = False


@dataclass(frozen=True, slots=True)
class Overlay:
    """All that is drawn on one picture.

    boxes: (N, 4) float32, xyxy, normalised. class_ids: (N,) int8. labels: N
    words, or none at all. feed, clock: for the strip at the bottom. caption:
    what is happening now, at the top.
    """

    boxes: Boxes = field(default_factory=lambda: np.empty((0, 4), np.float32))
    class_ids: NDArray[np.int8] = field(default_factory=lambda: np.empty(0, np.int8))
    labels: Sequence[str] = ()
    trails: Sequence[Trail] = ()
    lines: Sequence[LineMark] = ()
    zones: Sequence[ZoneMark] = ()
    feed: str = ""
    clock: str = ""
    caption: str = ""


def draw(frame: RedactedFrame, overlay: Overlay) -> RedactedFrame:
    """A new redacted frame with the overlay on it. Raises PrivacyError for a raw frame.

    On a blank frame only the strip is drawn and that the picture is withheld:
    boxes on nothing would look as if nothing were there.
    """
    frame = require_redacted(frame)
    ink = Ink(frame.pixels.copy())
    if frame.is_blank:
        _withheld(ink)
    else:
        _scene(ink, overlay)
    _strip(ink, overlay)
    return seal(ink.pixels, frame.time, is_blank=frame.is_blank)


def _scene(ink: Ink, overlay: Overlay) -> None:
    for zone in overlay.zones:
        _zone(ink, zone)
    for trail in overlay.trails:
        ink.fading_line(ink.at(trail.points), _colour(trail.class_id), ink.px(2.5))
    for line in overlay.lines:
        _line(ink, line)
    _boxes(ink, overlay)
    for zone in overlay.zones:
        _zone_text(ink, zone)
    for line in overlay.lines:
        _counters(ink, line)
    if overlay.caption:
        ink.chip(
            overlay.caption, (ink.px(8), ink.px(8)), ink.text_px(14), accent=ALERT, weight=BOLD
        )


def _zone(ink: Ink, mark: ZoneMark) -> None:
    corners = ink.at(np.array(mark.zone.polygon))
    colour = ALERT if mark.is_alert else CALM
    ink.shade_polygon(corners, colour, 0.28 if mark.is_alert else 0.14)
    ink.line(corners, colour, ink.px(1.5), is_closed=True)


def _zone_text(ink: Ink, mark: ZoneMark) -> None:
    corners = ink.at(np.array(mark.zone.polygon))
    colour = ALERT if mark.is_alert else CALM
    if mark.text:
        size = ink.text_px(SMALL_TEXT)
        wide, tall = ink.chip_size(mark.text, size)
        x, y = corners.mean(0)
        corner = ink.inside((round(x - wide / 2), round(y - tall / 2)), (wide, tall))
        ink.chip(mark.text, corner, size, accent=colour)


def _line(ink: Ink, mark: LineMark) -> None:
    """The line itself, its ends, and the arrow that says which way is forward."""
    ends = ink.at(np.array([mark.line.start, mark.line.end]))
    ink.cased_line(ends, WHITE, ink.px(2))
    middle, along, across = _frame_of(ends)
    base, tip = ink.px(5), ink.px(15)
    arrow = [across * tip, along * base * 1.4 + across * base, -along * base * 1.4 + across * base]
    ink.polygon(middle + np.array(arrow), WHITE)


def _counters(ink: Ink, mark: LineMark) -> None:
    """Forward count beyond the arrow, backward count on the other side of the line."""
    ends = ink.at(np.array([mark.line.start, mark.line.end]))
    middle, _, across = _frame_of(ends)
    size = ink.text_px(TEXT)
    for count, side in ((mark.forward, 1.0), (mark.backward, -1.0)):
        if count is None:
            continue
        wide, tall = ink.chip_size(str(count), size, BOLD)
        # As far from the line as the chip needs in that direction.
        reach = abs(across[0]) * wide / 2 + abs(across[1]) * tall / 2
        gap = ink.px(18 if side > 0 else 5)
        x, y = middle + across * side * (gap + reach)
        corner = ink.inside((round(x - wide / 2), round(y - tall / 2)), (wide, tall))
        ink.chip(str(count), corner, size, weight=BOLD)


def _frame_of(ends: Points) -> tuple[Points, Points, Points]:
    """Middle of a segment in pixels, unit vector along it, and unit vector to its right."""
    along = ends[1] - ends[0]
    along = along / max(float(np.hypot(*along)), 1e-9)
    return ends.mean(0), along, np.array([-along[1], along[0]])


def _boxes(ink: Ink, overlay: Overlay) -> None:
    """Frames first and labels on top of them all, so that no line crosses a word."""
    boxes = overlay.boxes.astype(np.float64) * np.array([ink.width, ink.height] * 2)
    for class_id in np.unique(overlay.class_ids).tolist():
        _frames(ink, boxes[overlay.class_ids == class_id], _colour(class_id))
    placed: list[Rect] = []
    for box, class_id, label in zip(boxes, overlay.class_ids, overlay.labels, strict=False):
        if label:
            _label(ink, box, label, _colour(int(class_id)), placed)


def _frames(ink: Ink, boxes: NDArray[np.float64], colour: BGR) -> None:
    """Thin frames with strong corners: the objects stay visible inside."""
    corners = boxes[:, [[0, 1], [2, 1], [2, 3], [0, 3]]]
    ink.lines(list(corners), colour, 1, is_closed=True)
    shorter = (boxes[:, 2:] - boxes[:, :2]).min(1)
    reach = np.minimum(np.maximum(ink.px(6), 0.22 * shorter), 0.5 * shorter)[:, None, None]
    inward = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
    across, down = corners + inward * (1, 0) * reach, corners + inward * (0, 1) * reach
    brackets = np.stack([across, corners, down], axis=2).reshape(-1, 3, 2)
    ink.lines(list(brackets), colour, ink.px(2))


def _colour(class_id: int) -> BGR:
    return COLOURS.get(class_id, COLOURS[ObjectClass.UNKNOWN])


def _label(ink: Ink, box: NDArray[np.float64], label: str, colour: BGR, placed: list[Rect]) -> None:
    """A chip above the box, else below, else inside; the first that covers no other."""
    size = ink.text_px(SMALL_TEXT)
    wide, tall = ink.chip_size(label, size)
    x0, y0, _, y1 = (round(float(value)) for value in box)
    gap = ink.px(2)
    tries = [(x0, y0 - tall - gap), (x0, y1 + gap), (x0 + gap, y0 + gap)]
    spots = [(x, y, x + wide, y + tall) for x, y in (ink.inside(at, (wide, tall)) for at in tries)]
    spot = next((one for one in spots if not any(_meet(one, other) for other in placed)), spots[0])
    placed.append(spot)
    ink.chip(label, spot[:2], size, accent=colour)


def _meet(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _strip(ink: Ink, overlay: Overlay) -> None:
    """Feed and time at the left, and at the right that the picture is covered."""
    tall, size = ink.px(20), ink.text_px(SMALL_TEXT)
    tall = max(tall, size + 4)
    top = ink.height - tall
    ink.shade((0, top, ink.width, ink.height), (0, 0, 0), 0.6)
    baseline = top + tall // 2 + round(size * 0.36)
    x = ink.px(8)
    if overlay.feed:
        ink.text(overlay.feed, (x, baseline), size, WHITE, BOLD)
        x += ink.text_size(overlay.feed, size, BOLD)[0] + ink.px(10)
    ink.text(overlay.clock, (x, baseline), size, (215, 215, 215))
    x += ink.text_size(overlay.clock, size)[0]
    credit = ink.width - ink.text_size(CREDIT, size)[0] - ink.px(8)
    if credit > x + ink.px(8):  # a narrow picture has no room for both
        ink.text(CREDIT, (credit, baseline), size, (170, 170, 170))


def _withheld(ink: Ink) -> None:
    size = ink.text_px(16)
    wide, tall = ink.text_size(WITHHELD, size, BOLD)
    at = ((ink.width - wide) // 2, (ink.height + tall) // 2)
    ink.text(WITHHELD, at, size, (225, 225, 225), BOLD)
