"""From Y, U and V to B, G and R plane by plane, without an interleaved picture between.

Measured on 640x360 yuv420p to 320x180, one core of a Xeon: swscale to BGR 0.28 ms, this 0.08 ms.
Of exactly half the size a 4:2:0 picture has its colour already, and its brightness is a mean
of four, for which OpenCV has vector code.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.media import Picture

Plane = NDArray[np.uint8]

_FULL_RANGE = 2
_BT709 = 1
_BT601 = (2, 5, 6)  # unspecified is taken for it, as swscale does


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares of the differences U - 128 and V - 128 in B, G and R, of limited range."""

    blue: float
    green_u: float
    green_v: float
    red: float


_WEIGHTS_601 = Weights(2.0172, -0.3918, -0.8130, 1.5960)
_WEIGHTS_709 = Weights(2.1124, -0.2132, -0.5329, 1.7927)
_LUMA = 255 / 219


def weights_of(frame: av.VideoFrame) -> Weights | None:
    """None where this is not 8-bit 4:2:0 of limited range in one of the two usual matrices."""
    if frame.format.name != "yuv420p" or frame.color_range == _FULL_RANGE:
        return None
    if frame.colorspace == _BT709:
        return _WEIGHTS_709
    return _WEIGHTS_601 if frame.colorspace in _BT601 else None


def halved(frame: av.VideoFrame) -> tuple[Plane, Plane, Plane]:
    """Y, U and V, each of half the picture's size; U and V are the frame's own memory."""
    luma, blue, red = (_plane(plane) for plane in frame.planes)
    size = (frame.width // 2, frame.height // 2)
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8), blue, red


def _plane(plane: av.video.plane.VideoPlane) -> Plane:
    rows: Plane = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def coloured(luma: Plane, blue: Plane, red: Plane, weights: Weights) -> Picture:
    """(3, H, W) uint8 of Y, U and V (H, W)."""
    picture = np.empty((3, *luma.shape), np.uint8)
    dark = -16 * _LUMA
    w = weights
    cv2.addWeighted(luma, _LUMA, blue, w.blue, dark - 128 * w.blue, picture[0])
    # Of the two weights of green one at a time, raised so that nothing is cut off between.
    green = cv2.addWeighted(blue, -w.green_u, red, -w.green_v, 128 * (1 + w.green_u + w.green_v))
    cv2.addWeighted(luma, _LUMA, green, -1.0, dark + 128, picture[1])
    cv2.addWeighted(luma, _LUMA, red, w.red, dark - 128 * w.red, picture[2])
    return picture
