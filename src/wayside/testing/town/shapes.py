"""What road users look like: flat faces in their own coordinates.

Own coordinates: x forward, y to the left, z up, metres, the origin on the
ground under the footprint's centre.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.testing.town.agents import Kind, Size

Corners = NDArray[np.float64]
Colour = tuple[float, float, float]
"""Blue, green, red, 0..255, in full light."""

GLASS: Colour = (62, 52, 44)
TYRE: Colour = (34, 32, 31)
SILL: Colour = (52, 50, 50)
HEADLIGHT: Colour = (225, 240, 245)
TAILLIGHT: Colour = (40, 30, 190)
PAINTS: tuple[Colour, ...] = (
    (236, 238, 238),
    (196, 198, 200),
    (228, 230, 232),
    (118, 116, 114),
    (70, 66, 64),
    (44, 42, 42),
    (140, 80, 44),
    (168, 112, 66),
    (46, 42, 168),
    (62, 60, 128),
    (104, 128, 92),
    (128, 168, 190),
)
CARGO: tuple[Colour, ...] = ((232, 234, 234), (206, 210, 212), (150, 116, 60), (70, 92, 176))
LIVERY: tuple[Colour, ...] = ((52, 48, 186), (156, 104, 40), (60, 170, 214))

CRATES: tuple[Colour, ...] = ((70, 104, 140), (150, 116, 60), (60, 60, 66))


@dataclass(frozen=True, slots=True)
class Face:
    """A flat convex polygon, counter-clockwise from outside.

    layer: painted after all lower layers of the same body. part: which body it
    belongs to; bodies are painted far to near. lit: False for what shines itself.
    """

    corners: Corners
    colour: Colour
    layer: int = 0
    part: int = 0
    lit: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """All faces of one body in columns, sorted by part and, within it, from below upwards.

    points: (K, 3) corners of all faces, one after the other. starts: (F + 1,)
    first corner of each face. normals, centres, colours: (F, 3). part: (F,).
    lit: (F,) 1.0, or 0.0 for what shines by itself.
    """

    points: Corners
    starts: NDArray[np.intp]
    normals: Corners
    centres: Corners
    colours: Corners
    part: NDArray[np.intp]
    lit: NDArray[np.float64]


def mesh_of(kind: Kind, size: Size, look: int) -> Mesh:
    """The body of a vehicle. People and cyclists are figures, see figures.py."""
    builders = {
        Kind.CAR: _car,
        Kind.VAN: _van,
        Kind.LORRY: _lorry,
        Kind.BUS: _bus,
        Kind.LOAD: _load,
    }
    return _compiled(list(builders[kind](size, look)))


def _compiled(faces: list[Face]) -> Mesh:
    faces = sorted(faces, key=lambda face: (face.part, face.layer))
    normals = []
    for face in faces:
        a, b, c = face.corners[:3]
        normal = np.cross(b - a, c - a)
        normal = normal / np.linalg.norm(normal)
        normals.append(normal)
    lengths = [len(face.corners) for face in faces]
    return Mesh(
        np.concatenate([face.corners for face in faces]),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp),
        np.array(normals),
        np.array([face.corners.mean(0) for face in faces]),
        np.array([face.colour for face in faces], np.float64),
        np.array([face.part for face in faces], np.intp),
        np.array([float(face.lit) for face in faces]),
    )


def _outward(corners: Corners, inside: tuple[float, float, float]) -> Corners:
    """The same polygon, counter-clockwise for whoever looks at it from outside."""
    a, b, c = corners[:3]
    away = float(np.cross(b - a, c - a) @ (corners.mean(0) - np.array(inside)))
    return corners if away > 0 else corners[::-1]


@dataclass(frozen=True, slots=True)
class _Block:
    """A box whose top may be smaller: from x0 to x1 and ±half below, tx0.. above."""

    x0: float
    x1: float
    half: float
    z0: float
    z1: float
    tx0: float
    tx1: float
    top_half: float

    @classmethod
    def box(cls, x0: float, x1: float, half: float, z0: float, z1: float) -> _Block:
        return cls(x0, x1, half, z0, z1, x0, x1, half)

    def at(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """The point at shares x (0 back, 1 front), y (0 right, 1 left), z of the block."""
        back = self.x0 + z * (self.tx0 - self.x0)
        front = self.x1 + z * (self.tx1 - self.x1)
        half = self.half + z * (self.top_half - self.half)
        return (
            back + x * (front - back),
            -half + 2 * half * y,
            self.z0 + z * (self.z1 - self.z0),
        )

    def side(self, name: str, low: float, high: float, a: float = 0.0, b: float = 1.0) -> Corners:
        """(4, 3) a rectangle on a side: from height share low to high, from a to b along it."""
        x_or_y = {"front": 1.0, "back": 0.0, "left": 1.0, "right": 0.0}[name]
        spots = [(a, low), (b, low), (b, high), (a, high)]
        if name in {"front", "back"}:
            corners = np.array([self.at(x_or_y, along, z) for along, z in spots])
        else:
            corners = np.array([self.at(along, x_or_y, z) for along, z in spots])
        return _outward(corners, self.at(0.5, 0.5, 0.5))

    def top(self, a: float = 0.0, b: float = 1.0, inset: float = 0.0) -> Corners:
        spots = [(a, inset), (b, inset), (b, 1 - inset), (a, 1 - inset)]
        return _outward(np.array([self.at(x, y, 1.0) for x, y in spots]), self.at(0.5, 0.5, 0.5))

    def faces(self, colour: Colour, layer: int, part: int = 0) -> Iterator[Face]:
        for name in ("front", "back", "left", "right"):
            yield Face(self.side(name, 0.0, 1.0), colour, layer, part)
        yield Face(self.top(), colour, layer, part)


def _wheels(block: _Block, places: tuple[float, ...], radius: float) -> Iterator[Face]:
    angle = np.linspace(0, 2 * np.pi, 9)[:-1]
    for x in places:
        for y in (-block.half - 0.01, block.half + 0.01):
            ring = np.stack(
                [x + radius * np.cos(angle), np.full(8, y), radius + radius * np.sin(angle)], axis=1
            )
            yield Face(_outward(ring, (x, 0.0, radius)), TYRE, 2)


def _lamps(block: _Block, side: str, height: float, layer: int = 2) -> Iterator[Face]:
    colour = HEADLIGHT if side == "front" else TAILLIGHT
    for a, b in ((0.04, 0.24), (0.76, 0.96)):
        yield Face(block.side(side, height, height + 0.22, a, b), colour, layer, lit=False)


def _car(size: Size, look: int) -> Iterator[Face]:
    paint = PAINTS[look % len(PAINTS)]
    half, hi = size.width / 2, size.height
    x0, x1 = -size.length / 2, size.length / 2
    belt = 0.58 * hi
    body = _Block(x0, x1, half, 0.22, belt, x0 + 0.06, x1 - 0.12, half * 0.95)
    yield from body.faces(paint, 0)
    for name in ("left", "right", "front", "back"):
        yield Face(body.side(name, 0.0, 0.16), SILL, 1)
    yield from _wheels(body, (x0 + 0.2 * size.length, x1 - 0.2 * size.length), 0.31)
    yield from _lamps(body, "front", 0.5)
    yield from _lamps(body, "back", 0.5)
    hatch = look // 16 % 2 == 0
    rear = x0 + (0.06 if hatch else 0.62)
    front = x1 - 0.27 * size.length
    cabin = _Block(
        rear,
        front,
        half * 0.93,
        belt,
        hi,
        rear + (0.3 if hatch else 0.55),
        front - 0.75,
        half * 0.74,
    )
    yield from cabin.faces(paint, 3)
    yield Face(cabin.side("front", 0.08, 0.94, 0.06, 0.94), GLASS, 4)
    yield Face(cabin.side("back", 0.15, 0.9, 0.08, 0.92), GLASS, 4)
    for name in ("left", "right"):
        yield Face(cabin.side(name, 0.12, 0.86, 0.1, 0.46), GLASS, 4)
        yield Face(cabin.side(name, 0.12, 0.86, 0.51, 0.92), GLASS, 4)


def _van(size: Size, look: int) -> Iterator[Face]:
    paint = (*PAINTS[:3], PAINTS[6], PAINTS[3])[look % 5]
    half, x0, x1 = size.width / 2, -size.length / 2, size.length / 2
    nose = x1 - 0.24 * size.length
    hood = _Block(nose - 0.2, x1, half, 0.24, 0.52 * size.height, nose, x1 - 0.25, half * 0.92)
    hold = _Block(x0, nose, half, 0.24, size.height, x0 + 0.05, nose - 0.75, half * 0.9)
    yield from hood.faces(paint, 0)
    yield from hold.faces(paint, 1)
    yield Face(hold.side("front", 0.45, 0.93, 0.06, 0.94), GLASS, 2)
    for name in ("left", "right"):
        yield Face(hold.side(name, 0.5, 0.85, 0.78, 0.97), GLASS, 2)
        yield Face(hold.side(name, 0.0, 0.08), SILL, 2)
    yield Face(hold.side("back", 0.55, 0.85, 0.12, 0.88), GLASS, 2)
    yield from _wheels(hold, (x0 + 0.2 * size.length, x1 - 0.18 * size.length), 0.34)
    yield from _lamps(hood, "front", 0.45, 3)
    yield from _lamps(hold, "back", 0.2, 3)


def _lorry(size: Size, look: int) -> Iterator[Face]:
    half, x0, x1 = size.width / 2, -size.length / 2, size.length / 2
    cab = _Block(x1 - 1.9, x1, half * 0.95, 0.4, 2.6, x1 - 1.8, x1 - 0.15, half * 0.9)
    paint = PAINTS[look % len(PAINTS)]
    yield from cab.faces(paint, 0, 1)
    yield Face(cab.side("front", 0.5, 0.9, 0.06, 0.94), GLASS, 1, 1)
    for name in ("left", "right"):
        yield Face(cab.side(name, 0.52, 0.88, 0.35, 0.9), GLASS, 1, 1)
    for a, b in ((0.04, 0.24), (0.76, 0.96)):
        yield Face(cab.side("front", 0.1, 0.22, a, b), HEADLIGHT, 1, 1, lit=False)
    frame = _Block.box(x0 + 0.1, x1 - 1.95, half * 0.85, 0.35, 0.95)
    yield from frame.faces(SILL, 0, 0)
    yield from _wheels(frame, (x0 + 1.4, x0 + 2.6), 0.48)
    yield from _wheels(cab, (x1 - 1.2,), 0.48)
    cargo = _Block.box(x0, x1 - 2.1, half, 0.95, size.height)
    tint = CARGO[look // 16 % len(CARGO)]
    yield from cargo.faces(tint, 3, 0)
    for name in ("left", "right"):
        yield Face(cargo.side(name, 0.0, 0.07), (90, 90, 92), 4, 0)
    for a, b in ((0.02, 0.14), (0.86, 0.98)):
        yield Face(cargo.side("back", 0.0, 0.07, a, b), TAILLIGHT, 4, 0, lit=False)


def _bus(size: Size, look: int) -> Iterator[Face]:
    paint = LIVERY[look % len(LIVERY)]
    half, x0, x1 = size.width / 2, -size.length / 2, size.length / 2
    hull = _Block(x0, x1, half, 0.3, size.height, x0 + 0.05, x1 - 0.15, half * 0.96)
    yield from hull.faces(paint, 0)
    yield Face(hull.top(0.02, 0.98, 0.03), (225, 228, 228), 1)
    yield Face(hull.top(0.15, 0.3, 0.25), (180, 182, 184), 2)
    yield Face(hull.top(0.6, 0.75, 0.25), (180, 182, 184), 2)
    yield Face(hull.side("front", 0.35, 0.88, 0.04, 0.96), GLASS, 1)
    yield Face(hull.side("back", 0.5, 0.82, 0.1, 0.9), GLASS, 1)
    for name in ("left", "right"):
        for i in range(6):
            a = 0.03 + i * 0.158
            yield Face(hull.side(name, 0.45, 0.82, a, a + 0.14), GLASS, 1)
    yield from _wheels(hull, (x0 + 0.24 * size.length, x1 - 0.22 * size.length), 0.48)
    yield from _lamps(hull, "front", 0.08)
    yield from _lamps(hull, "back", 0.08)


def _load(size: Size, look: int) -> Iterator[Face]:
    """What a lorry has lost: a crate with a lid that is a little smaller."""
    half, x0, x1 = size.width / 2, -size.length / 2, size.length / 2
    crate = _Block(x0, x1, half, 0.0, size.height, 0.9 * x0, 0.9 * x1, 0.9 * half)
    yield from crate.faces(CRATES[look % len(CRATES)], 0)
