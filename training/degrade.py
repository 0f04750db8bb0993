"""What a fixed camera does to a picture: crops made worse in every way that feeds are bad.

Boxes from movement are loose, shifted, and cut through their objects; feeds are small, blurred,
noisy, compressed, grey at night, wet, and half in shadow. Each is drawn by chance for each crop.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from training.crops import CONTEXT, SIDE

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def degraded(picture: Pixels, other: Pixels, chance: np.random.Generator) -> Pixels:
    """(64, 64, 3) uint8 from a crop with context (96, 96, 3). other: what may hide part of it."""
    crop = _framed(picture, chance)
    if chance.random() < 0.2:
        crop = _hidden(crop, other, chance)
    light = crop.astype(np.float32)
    if chance.random() < 0.2:
        light = _half_in_shadow(light, chance)
    light = _lit(light, chance)
    crop = np.clip(light, 0, 255).astype(np.uint8)
    if chance.random() < 0.06:
        crop = _rained_on(crop, chance)
    if chance.random() < 0.5:
        crop = _coarse(crop, chance)
    if chance.random() < 0.15:
        crop = _blurred(crop, chance)
    if chance.random() < 0.3:
        noise = chance.standard_normal(crop.shape, np.float32) * chance.uniform(2, 12)
        crop = np.clip(crop + noise, 0, 255).astype(np.uint8)
    if chance.random() < 0.12:
        crop = cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if chance.random() < 0.4:
        quality = int(chance.integers(15, 80))
        _, coded = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])
        crop = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return np.asarray(crop)


def middle(picture: Pixels) -> Pixels:
    """(64, 64, 3): the crop of a crop with context, untouched. Also (N, 96, 96, 3)."""
    edge = (CONTEXT - SIDE) // 2
    return picture[..., edge : edge + SIDE, edge : edge + SIDE, :]


def _framed(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """The crop shifted, turned a little, mirrored, closer or farther."""
    scale = math.exp(chance.uniform(-0.22, 0.3))  # of what is seen: up to 1.35 times the crop
    angle = math.radians(chance.normal(0, 3))
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    mirror = -1.0 if chance.random() < 0.5 else 1.0
    centre = CONTEXT / 2 - 0.5 + chance.uniform(-0.1, 0.1, 2) * SIDE
    half = SIDE / 2 - 0.5
    turn = np.array([[cosine * mirror, -sine], [sine * mirror, cosine]])
    corner = centre - turn @ np.array([half, half])
    return np.asarray(
        cv2.warpAffine(
            picture,
            np.column_stack([turn, corner]),
            (SIDE, SIDE),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def _hidden(crop: Pixels, other: Pixels, chance: np.random.Generator) -> Pixels:
    """Up to a third hidden from one side, by a piece of another crop or by one colour."""
    depth = int(chance.integers(6, SIDE // 3))
    rows, columns = [
        (slice(0, depth), slice(None)),
        (slice(SIDE - depth, SIDE), slice(None)),
        (slice(None), slice(0, depth)),
        (slice(None), slice(SIDE - depth, SIDE)),
    ][chance.integers(4)]
    hidden = crop.copy()
    if chance.random() < 0.5:
        hidden[rows, columns] = middle(other)[rows, columns]
    else:
        hidden[rows, columns] = chance.integers(0, 256, 3)
    return hidden


def _half_in_shadow(light: Floats, chance: np.random.Generator) -> Floats:
    """Darker on one side of a line."""
    angle, offset = chance.uniform(0, 2 * math.pi), chance.uniform(-0.4, 0.4) * SIDE
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] - SIDE / 2
    side = rows * math.sin(angle) + columns * math.cos(angle) - offset
    shade = 1 - chance.uniform(0.2, 0.6) / (1 + np.exp(-side / chance.uniform(0.5, 4)))
    return np.asarray(light * shade[..., None], np.float32)


def _lit(light: Floats, chance: np.random.Generator) -> Floats:
    """Exposure, contrast, colour of the light; sometimes fog, sometimes night."""
    mean = light.mean()
    light = (light - mean) * chance.uniform(0.6, 1.35) + mean
    light = light * chance.uniform(0.7, 1.3) * chance.normal(1, 0.05, 3).astype(np.float32)
    kind = chance.random()
    if kind < 0.05:
        share = chance.uniform(0.3, 0.65)
        light = light * (1 - share) + share * chance.uniform(130, 220)
    elif kind < 0.13:
        light = light * chance.uniform(0.2, 0.55) + chance.uniform(0, 20)
        if chance.random() < 0.3:
            x, y = chance.uniform(0.2, 0.8, 2) * SIDE
            rows, columns = np.mgrid[0:SIDE, 0:SIDE]
            glow = ((rows - y) ** 2 + (columns - x) ** 2) / chance.uniform(2, 7) ** 2
            light = light + 230 * np.exp(-glow)[..., None]
    return np.asarray(light, np.float32)


def _rained_on(crop: Pixels, chance: np.random.Generator) -> Pixels:
    """Bright streaks that fall one way."""
    streaks = np.zeros((SIDE, SIDE), np.uint8)
    lean = chance.uniform(-0.4, 0.4)
    for _ in range(int(chance.integers(8, 30))):
        x, y, length = chance.uniform(0, SIDE), chance.uniform(0, SIDE), chance.uniform(5, 20)
        ends = (int(x), int(y)), (int(x + lean * length), int(y + length))
        cv2.line(streaks, *ends, int(chance.integers(40, 140)), 1, cv2.LINE_AA)
    return np.asarray(cv2.add(crop, cv2.merge([streaks] * 3)))


def _coarse(crop: Pixels, chance: np.random.Generator) -> Pixels:
    """As if the object had only so many pixels in its picture: 12 to 64."""
    side = int(math.exp(chance.uniform(math.log(12), math.log(SIDE))))
    small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR))


def _blurred(crop: Pixels, chance: np.random.Generator) -> Pixels:
    """Out of focus, or moved while the shutter was open."""
    if chance.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(crop, (0, 0), chance.uniform(0.5, 1.8)))
    length = int(chance.integers(3, 8))
    kernel = np.zeros((length, length), np.float32)
    angle = chance.uniform(0, math.pi)
    reach = (length - 1) / 2 * np.array([math.cos(angle), math.sin(angle)])
    centre = (length - 1) / 2
    start, end = np.round(centre - reach).astype(int), np.round(centre + reach).astype(int)
    cv2.line(kernel, tuple(map(int, start)), tuple(map(int, end)), 1.0)
    return np.asarray(cv2.filter2D(crop, -1, kernel / kernel.sum()))
