"""Films of what goes wrong with cameras, and of what only looks like it.

Each case takes a film of a healthy static camera at about one picture a second, shows a part
of it (so that a camera that turns sees something new at its edge) and from ``ONSET_S`` on does
one thing to it. Deterministic by seed; amounts differ from seed to seed within what happens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np

from wayside.domain.media import Picture

ONSET_S: Final = 60.0
LENGTH_S: Final = 150.0
VIEW: Final = 0.75
"""Share of the film's width and height that the camera sees."""

Film: TypeAlias = Sequence[Picture]
"""(H, W, 3) uint8, one a second; played again from its start where it is too short."""
Change: TypeAlias = Callable[[Picture, float], Picture]
"""A picture of the camera's and the seconds since the onset, to what is seen instead."""


@dataclass(frozen=True, slots=True)
class Case:
    """expected: the one condition that must be found within ``within_s`` of the onset, "" for
    none. also: conditions that are true as well. first_s: of the film, where it begins.
    """

    name: str
    expected: str
    within_s: float
    also: frozenset[str]
    make: Callable[[Film, int], Iterator[tuple[float, Picture]]]


def cases() -> tuple[Case, ...]:
    """All of them; faults first."""
    return (
        _case("frozen", "frozen", 30, _frozen),
        _case("frozen, clock runs", "frozen", 30, _frozen_with_clock),
        _case("black", "black", 20, _pixels(_black), also="frozen covered"),
        _case("black, clock runs", "black", 20, _black_with_clock, also="frozen covered"),
        _case("out of focus slowly", "blurred", 85, _pixels(_defocus)),
        _case("half covered", "covered", 75, _pixels(_half_covered)),
        _case("covered", "covered", 25, _pixels(_covered), also="blurred"),
        _case("turned aside", "view_moved", 40, _moved(_pan)),
        _case("tilted", "view_moved", 40, _moved(_roll)),
        _case("zoomed", "view_moved", 40, _moved(_zoom)),
        _case("knocked a little", "view_moved", 40, _moved(_knock)),
        _case("as it is", "", 0, _pixels(_same)),
        _case("night falls", "", 0, _pixels(_night_falls)),
        _case("headlights at night", "", 0, _headlights),
        _case("rain", "", 0, _pixels(_rain)),
        _case("to infrared", "", 0, _pixels(_infrared)),
        _case("exposure jumps", "", 0, _pixels(_exposure)),
        _case("shadows and clouds", "", 0, _pixels(_clouds)),
        _case("lorry in front", "", 0, _pixels(_lorry)),
        _case("mast in the wind", "", 0, _swaying),
        _case("quiet, with clock", "", 0, _quiet),
        _case("fog comes", "", 0, _pixels(_fog)),
    )


def _case(
    name: str,
    expected: str,
    within_s: float,
    make: Callable[[Film, int], Iterator[tuple[float, Picture]]],
    also: str = "",
) -> Case:
    return Case(name, expected, within_s, frozenset(also.split()), make)


def _seen(
    film: Film, seed: int, placing: Callable[[float], np.ndarray] | None = None
) -> Iterator[tuple[float, Picture]]:
    """What the camera shows. placing: (2, 3) similarity at that second, in view pixels."""
    height, width = film[0].shape[:2]
    view = (round(width * VIEW), round(height * VIEW))
    middle = np.array([[1, 0, (width - view[0]) / 2], [0, 1, (height - view[1]) / 2], [0, 0, 1]])
    random = np.random.default_rng([seed, 1])
    begin = int(random.integers(len(film)))
    for second in range(int(LENGTH_S)):
        matrix = middle[:2]
        if placing is not None:
            matrix = (middle @ np.vstack([placing(second - ONSET_S), [0, 0, 1]]))[:2]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        picture = cv2.warpAffine(
            film[(begin + second) % len(film)],
            matrix,
            view,
            flags=flags,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        yield float(second), _grain(picture, random, 1.0)


def _pixels(
    change: Callable[[int], Change],
) -> Callable[[Film, int], Iterator[tuple[float, Picture]]]:
    def make(film: Film, seed: int) -> Iterator[tuple[float, Picture]]:
        changed = change(seed)
        for t_s, picture in _seen(film, seed):
            yield t_s, changed(picture, t_s - ONSET_S) if t_s >= ONSET_S else picture

    return make


def _moved(
    amount: Callable[[np.random.Generator], tuple[float, float, float, float]],
) -> Callable[[Film, int], Iterator[tuple[float, Picture]]]:
    def make(film: Film, seed: int) -> Iterator[tuple[float, Picture]]:
        dx, dy, turn, zoom = amount(np.random.default_rng([seed, 2]))
        height, width = (round(side * VIEW) for side in film[0].shape[:2])
        after = cv2.getRotationMatrix2D((width / 2, height / 2), turn, zoom)
        after[:, 2] += np.array([dx, dy]) * width
        still = np.eye(3)[:2]
        return _seen(film, seed, lambda since_s: after if since_s >= 0 else still)

    return make


def _pan(random: np.random.Generator) -> tuple[float, float, float, float]:
    angle = random.uniform(0, 2 * math.pi)
    far = random.uniform(0.05, 0.2)
    return far * math.cos(angle), 0.6 * far * math.sin(angle), 0.0, 1.0


def _roll(random: np.random.Generator) -> tuple[float, float, float, float]:
    turn = random.uniform(3, 13) * random.choice([-1, 1])
    return random.uniform(-0.04, 0.04), random.uniform(-0.04, 0.04), float(turn), 1.0


def _zoom(random: np.random.Generator) -> tuple[float, float, float, float]:
    return (
        0.0,
        0.0,
        0.0,
        float(random.choice([random.uniform(0.72, 0.9), random.uniform(1.1, 1.3)])),
    )


def _knock(random: np.random.Generator) -> tuple[float, float, float, float]:
    return (*random.choice([-1, 1], 2) * random.uniform(0.025, 0.05, 2), random.uniform(-2, 2), 1.0)


def _swaying(film: Film, seed: int) -> Iterator[tuple[float, Picture]]:
    random = np.random.default_rng([seed, 2])
    width = film[0].shape[1] * VIEW

    def placing(_since_s: float) -> np.ndarray:
        dx, dy = random.normal(0, 0.004 * width, 2)
        return np.array([[1.0, 0.0, dx], [0.0, 1.0, dy]])

    return _seen(film, seed, placing)


def _grain(picture: Picture, random: np.random.Generator, sigma: float) -> Picture:
    noise = np.empty(picture.shape, np.int16)
    cv2.setRNGSeed(int(random.integers(2**31)))
    cv2.randn(noise, 0, sigma)
    return np.asarray(cv2.add(picture, noise, dtype=cv2.CV_8U), np.uint8)


def write_clock(picture: Picture, t_s: float) -> Picture:
    """The time in the upper left corner, as cameras burn it in."""
    second = int(t_s)
    text = f"2026-05-04 07:{second // 60:02d}:{second % 60:02d}"
    size = picture.shape[1] / 900
    at = (round(picture.shape[1] * 0.02), round(picture.shape[0] * 0.08))
    written = picture.copy()
    cv2.putText(written, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), 4)
    cv2.putText(written, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), 1)
    return written


def _frozen(film: Film, seed: int) -> Iterator[tuple[float, Picture]]:
    held = None
    for t_s, picture in _seen(film, seed):
        if t_s < ONSET_S or held is None:
            held = picture
        yield t_s, held


def _frozen_with_clock(film: Film, seed: int) -> Iterator[tuple[float, Picture]]:
    for t_s, picture in _frozen(film, seed):
        yield t_s, write_clock(picture, t_s)


def _black_with_clock(film: Film, seed: int) -> Iterator[tuple[float, Picture]]:
    for t_s, picture in _pixels(_black)(film, seed):
        yield t_s, write_clock(picture, t_s)


def _quiet(film: Film, seed: int) -> Iterator[tuple[float, Picture]]:
    """Nothing moves, at night; the sensor's noise and a clock are all that changes."""
    random = np.random.default_rng([seed, 3])
    first = next(_seen(film, seed))[1]
    dark = cv2.convertScaleAbs(first, alpha=0.25, beta=3)
    for second in range(int(LENGTH_S)):
        yield float(second), write_clock(_grain(np.asarray(dark, np.uint8), random, 1.0), second)


def _same(_seed: int) -> Change:
    return lambda picture, _since_s: picture


def _black(seed: int) -> Change:
    random = np.random.default_rng([seed, 3])
    level = int(random.integers(0, 14))
    return lambda picture, _: _grain(np.full_like(picture, level), random, 1.0)


def _defocus(seed: int) -> Change:
    most = np.random.default_rng([seed, 3]).uniform(0.008, 0.014)

    def change(picture: Picture, since_s: float) -> Picture:
        sigma = max(most * picture.shape[1] * min(since_s / 40, 1), 0.1)
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)

    return change


def _cover(picture: Picture, share: float, side: int, random: np.random.Generator) -> Picture:
    """Something smooth close to the lens, over this share of the picture, with a soft edge."""
    height, width = picture.shape[:2]
    along = (np.arange(width) + 0.5) / width if side % 2 else (np.arange(height) + 0.5) / height
    if side >= 2:
        along = along[::-1]
    alpha = np.clip((share - along) / 0.08 + 0.5, 0, 1) if share < 1 else np.ones_like(along)
    alpha = alpha[None, :, None] if side % 2 else alpha[:, None, None]
    shade = np.linspace(40, 90, width)[None, :, None] * np.array([0.6, 0.7, 1.0])
    return _grain(np.asarray(picture * (1 - alpha) + shade * alpha, np.uint8), random, 1.0)


def _half_covered(seed: int) -> Change:
    random = np.random.default_rng([seed, 3])
    share, side = random.uniform(0.5, 0.7), int(random.integers(4))
    return lambda picture, _: _cover(picture, share, side, random)


def _covered(seed: int) -> Change:
    random = np.random.default_rng([seed, 3])
    return lambda picture, _: _cover(picture, 1.0, 1, random)


def _night_falls(seed: int) -> Change:
    random = np.random.default_rng([seed, 3])
    least = random.uniform(0.12, 0.25)

    def change(picture: Picture, since_s: float) -> Picture:
        gain = least ** min(since_s / 75, 1)
        dark = cv2.convertScaleAbs(picture, alpha=gain)
        for x in (0.2, 0.5, 0.8) if since_s > 50 else ():
            dark = _glow(np.asarray(dark, np.uint8), x, 0.2, 0.06, 60)
        return _grain(np.asarray(dark, np.uint8), random, 1 + 2 * (1 - gain))

    return change


def _glow(picture: Picture, x: float, y: float, radius: float, light: float) -> Picture:
    height, width = picture.shape[:2]
    across = ((np.arange(width) / width - x) / radius) ** 2
    along = ((np.arange(height) / height - y) * height / width / radius) ** 2
    added = light * np.exp(-(across[None] + along[:, None]))
    return np.asarray(np.minimum(picture + added[..., None], 255), np.uint8)


def _headlights(film: Film, seed: int) -> Iterator[tuple[float, Picture]]:
    random = np.random.default_rng([seed, 3])
    for t_s, picture in _seen(film, seed):
        dark = np.asarray(cv2.convertScaleAbs(picture, alpha=0.2), np.uint8)
        if random.random() < 0.5:
            x, y = random.uniform(0, 1, 2)
            dark = _glow(_glow(dark, x, y, 0.25, 90), x, y, 0.03, 255)
        yield t_s, _grain(dark, random, 2.5)


def _rain(seed: int) -> Change:
    random = np.random.default_rng([seed, 3])

    def change(picture: Picture, _since_s: float) -> Picture:
        wet = picture.copy()
        height, width = picture.shape[:2]
        for x, y, long in random.uniform(0, 1, (250, 3)):
            start = (round(x * width), round(y * height))
            end = (start[0] + 2, start[1] + round(6 + 20 * long))
            cv2.line(wet, start, end, (190, 190, 190), 1)
        return np.asarray(cv2.addWeighted(picture, 0.6, wet, 0.4, 0), np.uint8)

    return change


def _infrared(seed: int) -> Change:
    random = np.random.default_rng([seed, 3])

    def change(picture: Picture, since_s: float) -> Picture:
        if since_s < 1:
            return np.full_like(picture, 235)
        blue, green, red = cv2.split(picture.astype(np.float32))
        # What is green by day is bright in infrared; the lamp lights the middle.
        grey = np.clip(0.5 * red + 0.2 * blue + 3 * np.maximum(green - red, 0), 0, 200)
        lit = _glow(np.zeros_like(picture), 0.5, 0.5, 0.5, 255)[..., 0] / 255.0
        grey = 0.2 * grey + 0.8 * grey * lit
        return _grain(np.asarray(cv2.merge([grey] * 3), np.uint8), random, 3.0)

    return change


def _exposure(seed: int) -> Change:
    gains = np.random.default_rng([seed, 3]).uniform(0.5, 1.7, 20)
    return lambda picture, since_s: np.asarray(
        cv2.convertScaleAbs(picture, alpha=gains[int(since_s / 7) % 20]), np.uint8
    )


def _clouds(seed: int) -> Change:
    phase = np.random.default_rng([seed, 3]).uniform(0, 6)

    def change(picture: Picture, since_s: float) -> Picture:
        along = np.arange(picture.shape[1]) / picture.shape[1]
        shade = 0.75 + 0.25 * np.tanh(8 * np.sin(6 * (along - since_s / 30) + phase))
        return np.asarray(picture * shade[None, :, None], np.uint8)

    return change


def _lorry(seed: int) -> Change:
    random = np.random.default_rng([seed, 3])
    left = random.uniform(0, 0.4)

    def change(picture: Picture, _since_s: float) -> Picture:
        height, width = picture.shape[:2]
        seen = picture.copy()
        x = round(left * width)
        seen[round(0.35 * height) : round(0.9 * height), x : x + round(0.45 * width)] = 170
        return _grain(seen, random, 1.0)

    return change


def _fog(seed: int) -> Change:
    most = np.random.default_rng([seed, 3]).uniform(0.4, 0.65)

    def change(picture: Picture, since_s: float) -> Picture:
        share = most * min(since_s / 60, 1)
        return np.asarray(cv2.convertScaleAbs(picture, alpha=1 - share, beta=170 * share), np.uint8)

    return change
