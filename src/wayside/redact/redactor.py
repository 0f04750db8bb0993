"""Raw picture in, redacted picture out; a blank one whenever that cannot be done."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes, Detections
from wayside.domain.errors import PrivacyError
from wayside.domain.geometry import iou
from wayside.domain.media import Picture, RawFrame
from wayside.domain.scene import Zone
from wayside.domain.tracks import Tracks
from wayside.redact.faces import FaceFinder
from wayside.redact.frame import RedactedFrame, blank, seal
from wayside.redact.hold import GROWTH_PER_S, BoxHold, TrackHold, hold_times, seen_ahead
from wayside.redact.paint import PrivateZones, Style, paint
from wayside.redact.regions import Subjects, cover, cover_faces

log = logging.getLogger(__name__)

CORRUPT: Final = "corrupt picture"
"""Withheld without anything having failed: objects in it are not where boxes say."""

FACE_GROWTH_PER_S: Final = 1.5
"""In face heights a second: a head that turns or leans; walking is the person box's part."""

FINE_EVERY_S: Final = 0.9
"""Media seconds between fine searches for faces; what they find is held longer, 1 s."""

_UPPER: Final = 0.6
_ALIKE_IOU: Final = 0.7
_FARTHEST: Final = 4.0
_FALLBACK_SIZE: Final = (320, 180)


@dataclass(slots=True)
class Failures:
    """Pictures that went out blank because covering them failed, of all redactors of a thread."""

    count: int = 0


class Redactor:
    """Covers one session's pictures. It remembers what it covered a moment ago.

    style: how covered regions look. private_zones: always filled. faces: None
    where person boxes must do. hold_s: how long what was seen stays covered.
    faces_every_s: media seconds between searches of the whole picture for
    faces. 0 searches every picture, which is the safest and takes most of the
    time. search_between: look for faces in the upper parts of boxes in between;
    without it, faces found are held and grown until the next search, heads of
    persons are covered by their boxes and what moves unnamed is covered whole.
    fine: searches the whole picture for small faces, in the first picture and
    every FINE_EVERY_S media seconds, then instead of ``faces``.
    blanked: counts on beyond this redactor, which ends with its session.

    ``failures`` counts the pictures that could not be covered and went out
    blank; ``withheld`` counts all blank ones by reason. Raises ConfigError for
    a private zone that is no polygon.
    """

    def __init__(
        self,
        style: Style = Style.SOLID,
        private_zones: Sequence[Zone] = (),
        faces: FaceFinder | None = None,
        *,
        fine: FaceFinder | None = None,
        hold_s: float = 1.0,
        faces_every_s: float = 0.0,
        search_between: bool = True,
        blanked: Failures | None = None,
    ) -> None:
        self._style = Style(style)
        self._zones = PrivateZones(private_zones)
        self._finder = faces
        self._fine = fine
        self._hold_s = hold_s
        self._faces_every_s = faces_every_s
        self._search_between = search_between
        self._blanked = blanked or Failures()
        self._tracks = TrackHold(hold_s)
        self._loose = BoxHold(GROWTH_PER_S)
        self._faces = BoxHold(FACE_GROWTH_PER_S)
        self._searched_s: float | None = None
        self._fine_s: float | None = None
        self._size = _FALLBACK_SIZE
        self._is_failing = False
        self.withheld: Counter[str] = Counter()

    @property
    def failures(self) -> int:
        """Pictures that went out blank because covering them failed."""
        return self.withheld.total() - self.withheld[CORRUPT]

    def redact(
        self,
        frame: RawFrame,
        tracks: Tracks,
        detections: Detections,
        *,
        ahead: tuple[Tracks, Detections] | None = None,
    ) -> RedactedFrame:
        """The picture with everything covered that has to be, at its full size.

        tracks: of this instant or a little earlier, never more than ``hold_s``
        away. detections: those that the tracks were made from. Never raises
        and never shows a picture that it could not cover: whatever goes wrong
        gives a uniform frame with ``is_blank``. ahead: what was seen next, at most ``hold_s``
        after the picture, where that is known already: covered too, grown by the time until
        then, because what is new there may have been in this picture unseen. Not remembered.

        What is covered depends on tracks, detections, faces found and zones;
        given these, the result does not depend on the covered pixels.
        """
        try:
            self._size = _size(frame)
            if frame.is_corrupt:
                self.withheld[CORRUPT] += 1
                return blank(*self._size, frame.time)
            covered = self._covered(frame, tracks, detections, ahead)
        except Exception as error:  # noqa: BLE001  the wall: no fault may let a raw picture out
            self._count(error)
            self._blanked.count += 1
            return blank(*self._size, frame.time)
        self._is_failing = False
        return covered

    def note(self, tracks: Tracks, detections: Detections) -> None:
        """Remembers what was seen at an instant whose picture nobody asks for.

        So that a picture asked for later covers what was seen shortly before it, as if every
        picture had been covered. What cannot be true is counted and not remembered.
        """
        try:
            self._check(tracks.t_s, tracks, detections)
            self._subjects(tracks, detections, tracks.t_s)
        except Exception as error:  # noqa: BLE001  as in redact: never a reason to end the feed
            self._count(error)

    def _covered(
        self,
        frame: RawFrame,
        tracks: Tracks,
        detections: Detections,
        ahead: tuple[Tracks, Detections] | None,
    ) -> RedactedFrame:
        raw = _pixels(frame, self._size)
        now_s = frame.time.t_s
        self._check(now_s, tracks, detections)
        subjects = self._subjects(tracks, detections, now_s)
        if ahead is not None:
            self._check(now_s, *ahead)
            subjects = subjects.joined(seen_ahead(*ahead, now_s))
        regions = cover(subjects, *self._size)
        if self._finder is not None:
            self._search(self._finder, raw, subjects, now_s)
        faces = self._faces.held(now_s)
        regions = regions.joined(cover_faces(faces.boxes, faces.growth, *self._size))
        pixels = raw.copy()
        paint(pixels, regions, self._style)
        self._zones.paint(pixels)
        return seal(pixels, frame.time)

    def _check(self, now_s: float, tracks: Tracks, detections: Detections) -> None:
        """Raises PrivacyError where the columns cannot say what is in this picture."""
        if not abs(now_s - tracks.t_s) <= self._hold_s:  # NaN is late too
            raise PrivacyError("tracks are too late for the picture")
        _check_boxes(tracks.boxes, "tracks")
        _check_boxes(detections.boxes, "detections")
        rows = len(tracks)
        for column in (tracks.boxes, tracks.class_ids, tracks.class_shares, tracks.observed):
            if len(column) != rows:
                raise PrivacyError("tracks with columns of different length")
        if tracks.velocities.shape != (rows, 2) or not np.isfinite(tracks.velocities).all():
            raise PrivacyError("tracks without a velocity")
        rows = len(detections)
        for column in (detections.class_ids, detections.scores, detections.from_motion):
            if len(column) != rows:
                raise PrivacyError("detections with columns of different length")

    def _subjects(self, tracks: Tracks, detections: Detections, now_s: float) -> Subjects:
        """Whatever tracks, detections and memory say may hold a face or a plate."""
        named = np.where(detections.from_motion, ObjectClass.UNKNOWN, detections.class_ids)
        class_ids = named.astype(np.int8)
        held_s = hold_times(detections, tracks, self._hold_s, abs(now_s - tracks.t_s))
        # Its track covers a detection from now on, but this time its class may say otherwise.
        self._loose.see(detections.boxes, class_ids, tracks.t_s, held_s)
        return self._tracks.update(tracks, now_s).joined(self._loose.held(now_s))

    def _search(self, finder: FaceFinder, raw: Picture, subjects: Subjects, now_s: float) -> None:
        fine = self._fine if _is_due(self._fine_s, FINE_EVERY_S, now_s) else None
        whole = fine is not None or _is_due(self._searched_s, self._faces_every_s, now_s)
        if not (whole or self._search_between):
            return
        where = None if whole else _upper(subjects)
        if where is None or len(where):
            found = (finder if fine is None else fine).find(raw, where)
            _check_boxes(found, "faces")
            times = np.full(len(found), self._hold_s)
            self._faces.see(found, np.zeros(len(found), np.int8), now_s, times)
        if whole:
            self._searched_s = now_s
        if fine is not None:
            self._fine_s = now_s

    def _count(self, error: Exception) -> None:
        # By type, not by message: a message can hold numbers and the counter would grow.
        self.withheld[type(error).__name__] += 1
        if not self._is_failing:
            log.warning("redaction failed, pictures are withheld: %s", error)
        self._is_failing = True


def _size(frame: RawFrame) -> tuple[int, int]:
    width, height = frame.width, frame.height
    if width < 1 or height < 1:
        raise PrivacyError(f"picture of {width}x{height}")
    return width, height


def _pixels(frame: RawFrame, size: tuple[int, int]) -> Picture:
    """The picture, read-only. Raises PrivacyError where it is not what the frame declares."""
    pixels = frame.bgr()
    if pixels.shape != (size[1], size[0], 3) or pixels.dtype != np.uint8:
        raise PrivacyError(f"picture is {pixels.shape} {pixels.dtype}, declared {size}")
    view = pixels.view()
    view.setflags(write=False)
    return view


def _check_boxes(boxes: Boxes, what: str) -> None:
    """Raises PrivacyError for boxes that are none: covering them would cover nothing."""
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise PrivacyError(f"{what} are no boxes")
    # NaN compares false, so it is caught by asking for what is right.
    if not (np.abs(boxes) <= _FARTHEST).all() or not (boxes[:, 2:] > boxes[:, :2]).all():
        raise PrivacyError(f"{what} with impossible boxes")


def _is_due(last_s: float | None, every_s: float, now_s: float) -> bool:
    """True where a search is missing or too old; media time may have jumped back."""
    return last_s is None or not 0 <= now_s - last_s < every_s


def _upper(subjects: Subjects) -> Boxes:
    """(M, 4) where in the boxes a face can be: heads, and drivers behind their windscreens.

    Of boxes that are nearly the same, as a track and its detection, one is enough.
    """
    boxes = subjects.boxes.copy()
    boxes[:, 3] = boxes[:, 1] + _UPPER * (boxes[:, 3] - boxes[:, 1])
    alike = np.triu(iou(boxes, boxes) > _ALIKE_IOU, 1).any(0)
    return boxes[~alike]
