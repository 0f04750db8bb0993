"""Looks of one picture, each given to the network by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wayside.detect.detector import Detector
from wayside.detect.suppress import suppress
from wayside.domain.detections import Detections
from wayside.domain.looks import Look
from wayside.domain.media import Picture, RawFrame


def look_at(detector: Detector, frame: RawFrame, looks: Sequence[Look]) -> Detections:
    """What the network names in all looks, in the picture's coordinates, each object once."""
    if not looks:
        return Detections.empty()
    found = detector.detect([cut(frame, look) for look in looks])
    return together([placed(f, look) for f, look in zip(found, looks, strict=True)])


def together(found: Sequence[Detections]) -> Detections:
    """What several looks at one picture found, as one; what two of them saw is there once."""
    if not found:
        return Detections.empty()
    joined = found[0]
    for more in found[1:]:
        joined = joined.joined(more)
    return suppress(joined, 0.6) if len(found) > 1 else joined


def cut(frame: RawFrame, look: Look) -> Picture:
    """The pixels of a look; a whole picture is scaled while it is converted, in one go."""
    if look.is_whole:
        return frame.bgr(*look.size)
    full = frame.bgr()
    x1, y1, x2, y2 = look.region
    left, right = _span(x1, x2, frame.width)
    top, bottom = _span(y1, y2, frame.height)
    return full[top:bottom, left:right]


def _span(low: float, high: float, size: int) -> tuple[int, int]:
    """Pixels from and to; at least one, also of what has left the picture meanwhile."""
    first = min(max(round(low * size), 0), size - 1)
    return first, max(min(round(high * size), size), first + 1)


def placed(found: Detections, look: Look) -> Detections:
    """Boxes of a look back in the picture; what its inner border cuts is dropped.

    An object cut by the border of a look is a different box each time; whoever
    looks at it whole reports it.
    """
    if look.is_whole or not len(found):
        return found
    x1, y1, x2, y2 = look.region
    scale = np.array([x2 - x1, y2 - y1] * 2, np.float32)
    boxes = found.boxes * scale + np.array([x1, y1, x1, y1], np.float32)
    inner = np.array([x1 > 0.001, y1 > 0.001, x2 < 0.999, y2 < 0.999])
    touching = np.concatenate([found.boxes[:, :2] < 0.01, found.boxes[:, 2:] > 0.99], axis=1)
    whole = ~(touching & inner).any(axis=1)
    return Detections.of(
        boxes[whole], found.class_ids[whole], found.scores[whole], found.from_motion[whole]
    )
