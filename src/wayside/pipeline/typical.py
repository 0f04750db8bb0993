"""What a place looks like when nothing is on it, from a recording's own keyframes.

A motion detector that starts on a queue at a red light believes the queue to
be the road. A recording can be asked beforehand: of some thirty pictures
spread over its first minutes each pixel takes the brightness around which its
values are densest. The road is what a pixel shows most alike; cars differ.
(The mode by the shortest interval: Robertson and Cryer, JASA 69, 1974.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayside.decode.decoder import Decoder
from wayside.domain.media import Picture, Session

MOST = 36
LEAST = 8
APART_S = 4.0
WITHIN_S = 600.0


def keyframes(session: Session, width: int, height: int) -> list[Picture]:
    """Up to ``MOST`` keyframes of the session at this size, at least ``APART_S`` apart.

    Reads and does not decode what lies between. Consumes the session.
    """
    decoder = Decoder(session.format)
    pictures: list[Picture] = []
    last_s = -APART_S
    for packet in session.packets():
        if not packet.is_keyframe or packet.is_corrupt:
            decoder.skip(packet)
            continue
        for frame in [*decoder.decode(packet), *decoder.flush()]:
            if frame.time.t_s - last_s >= APART_S and not frame.is_corrupt:
                last_s = frame.time.t_s
                pictures.append(frame.bgr(width, height))
        if len(pictures) >= MOST or last_s > WITHIN_S:
            break
    return pictures


def typical(pictures: list[Picture]) -> Picture | None:
    """(H, W, 3) uint8 of the place itself; None where too few pictures were given to tell."""
    if len(pictures) < LEAST:
        return None
    stack = np.stack(pictures)
    luma = stack.astype(np.float32).mean(axis=3)
    luma *= np.median(luma) / np.maximum(np.median(luma, axis=(1, 2), keepdims=True), 1)
    order = np.argsort(luma, axis=0)
    ranked = np.take_along_axis(luma, order, axis=0)
    span = max(len(pictures) // 3, 3)
    widths = ranked[span - 1 :] - ranked[: len(pictures) - span + 1]
    first = widths.argmin(axis=0)
    return _mean_of(stack, order, first, span)


def _mean_of(
    stack: NDArray[np.uint8], order: NDArray[np.intp], first: NDArray[np.intp], span: int
) -> Picture:
    """Mean colour of the ``span`` pictures that lie closest together, pixel by pixel."""
    total = np.zeros(stack.shape[1:], np.float32)
    for step in range(span):
        which = np.take_along_axis(order, (first + step)[None], axis=0)
        total += np.take_along_axis(stack, which[..., None], axis=0)[0]
    return np.asarray(np.round(total / span), np.uint8)
