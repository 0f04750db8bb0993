"""What a detector makes of a recording: boxes with a real detector's faults, then tracks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.domain.tracks import Tracks
from wayside.testing.sumo.boxes import corners, project_boxes, visible_shares
from wayside.testing.sumo.kinds import KINDS
from wayside.testing.sumo.recording import Recording, Step
from wayside.track.tracker import Tracker

_CLASSES = np.array([kind.object_class for kind in KINDS.values()], np.int8)

_CONFUSED: dict[ObjectClass, ObjectClass] = {
    ObjectClass.CAR: ObjectClass.TRUCK,
    ObjectClass.TRUCK: ObjectClass.BUS,
    ObjectClass.BUS: ObjectClass.TRUCK,
    ObjectClass.MOTORCYCLE: ObjectClass.BICYCLE,
    ObjectClass.BICYCLE: ObjectClass.PERSON,
    ObjectClass.PERSON: ObjectClass.BICYCLE,
    ObjectClass.UNKNOWN: ObjectClass.UNKNOWN,
}
_OTHER = np.array([_CONFUSED[kind] for kind in ObjectClass], np.int8)


@dataclass(frozen=True, slots=True)
class Noise:
    """A detector's faults.

    miss: share of objects that are not detected though in full view. A detector fails on the same
    object in pictures like each other: a miss is forgotten within ``miss_memory_s`` and as the
    object moves by its own size. jitter:
    standard deviation of each side of a box, in the square root of its area; half of it is shared
    by opposite sides (the box moves) and the rest is each side's own. confusion: share of
    detections with the likeliest wrong class. false: false detections a second, as a rate of a
    Poisson process; each lasts one picture. hidden: share in view below which an object is not
    detected; up to ``faint`` its score falls. smallest: least height of a box, in picture
    heights. seed: beside the recording's own.
    """

    miss: float = 0.1
    miss_memory_s: float = 1.0
    jitter: float = 0.03
    confusion: float = 0.03
    false: float = 0.02
    hidden: float = 0.25
    faint: float = 0.6
    smallest: float = 0.012
    seed: int = 0

    @classmethod
    def none(cls) -> Self:
        """An exact detector; what is hidden is hidden from it too."""
        return cls(miss=0.0, jitter=0.0, confusion=0.0, false=0.0)


@dataclass(slots=True)
class _Luck:
    """Which objects are being missed, object by object, and where they were last."""

    missed: dict[int, tuple[bool, float, float]] = field(default_factory=dict)
    t_s: float = 0.0


def sightings(
    recording: Recording, noise: Noise | None = None, rate_hz: float = 3.0
) -> Iterator[tuple[float, Detections]]:
    """(media seconds, detections) at ``rate_hz`` a second."""
    for t_s, detections, _ in named_sightings(recording, noise, rate_hz):
        yield t_s, detections


def named_sightings(
    recording: Recording, noise: Noise | None = None, rate_hz: float = 3.0
) -> Iterator[tuple[float, Detections, NDArray[np.int32]]]:
    """The same with the recording's object of each row, -1 for a false detection."""
    noise = noise or Noise()
    chance = np.random.default_rng((recording.seed, noise.seed, 7919))
    luck = _Luck()
    for step in recording.sampled(rate_hz):
        since_s = step.t_s - luck.t_s
        boxes, shares, rows = _views(recording, noise, step)
        luck.t_s = step.t_s
        objects = step.objects[rows]
        kept = ~_missed(luck, objects, boxes, noise, since_s, chance)
        boxes, shares, objects = boxes[kept], shares[kept], objects[kept]
        classes = _CLASSES[recording.kinds[objects]]
        wrong = chance.random(len(objects)) < noise.confusion
        from_motion = classes == ObjectClass.UNKNOWN
        classes = np.where(wrong, _OTHER[classes], classes)
        scores = _scores(shares, wrong, noise, chance)
        boxes = _shaken(boxes, recording.aspect, noise, chance)
        count = chance.poisson(noise.false * since_s)
        boxes = np.concatenate([boxes, _false(count, recording.aspect, chance)])
        every = Detections.of(
            boxes,
            np.concatenate([classes, chance.choice([1, 4, 4, 6], count)]),
            np.concatenate([scores, chance.uniform(0.3, 0.6, count)]),
            np.concatenate([from_motion, np.zeros(count, bool)]),
        )
        ids = np.concatenate([objects, np.full(count, -1, np.int32)]).astype(np.int32)
        if len(every) != len(ids):  # Detections.of dropped what has no area
            clipped = np.clip(boxes.astype(np.float32), 0, 1)
            ids = ids[((clipped[:, 2:] > clipped[:, :2]).all(1) & np.isfinite(boxes).all(1))]
        yield step.t_s, every, ids


def tracked(
    recording: Recording, noise: Noise | None = None, rate_hz: float = 3.0
) -> Iterator[Tracks]:
    """The tracks at each instant, through the product's tracker; the last one ends them all."""
    tracker = Tracker(aspect=recording.aspect, seed=recording.seed)
    for t_s, detections in sightings(recording, noise, rate_hz):
        yield tracker.update(t_s, detections)
    yield tracker.finish(recording.seconds)


def in_view(recording: Recording, step: Step) -> NDArray[np.int32]:
    """The recording's objects that a detector without faults sees at a step."""
    _, _, rows = _views(recording, Noise.none(), step)
    return step.objects[rows]


def _views(
    recording: Recording, noise: Noise, step: Step
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Boxes, shares in view and rows of ``step`` of all that shows enough of itself."""
    camera = recording.camera
    solid = corners(step.xy, step.headings, recording.sizes[step.objects])
    boxes = project_boxes(camera, solid)
    known = np.flatnonzero(np.isfinite(boxes).all(1))
    boxes = boxes[known]
    distances = np.linalg.norm(solid[known].mean(axis=1) - camera.centre, axis=1)
    cut = np.clip(boxes, 0, 1)
    area = np.prod(cut[:, 2:] - cut[:, :2], axis=1) / np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    shares = visible_shares(boxes, distances) * area
    enough = (shares >= noise.hidden) & (cut[:, 3] - cut[:, 1] >= noise.smallest)
    return cut[enough], shares[enough], known[enough]


def _missed(
    luck: _Luck,
    objects: NDArray[np.int32],
    boxes: NDArray[np.float64],
    noise: Noise,
    since_s: float,
    chance: np.random.Generator,
) -> NDArray[np.bool_]:
    """A two-state Markov chain per object: missed a share ``miss`` of the time."""
    if not noise.miss:
        return np.zeros(len(objects), np.bool_)
    fresh = chance.random(len(objects)) < noise.miss
    draws = chance.random(len(objects))
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    sizes = np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))
    now: dict[int, tuple[bool, float, float]] = {}
    for row, name in enumerate(objects.tolist()):
        x, y = centres[row].tolist()
        missed = bool(fresh[row])
        if name in luck.missed:
            before, then_x, then_y = luck.missed[name]
            moved = np.hypot(x - then_x, y - then_y) / sizes[row]
            if draws[row] < np.exp(-since_s / noise.miss_memory_s - moved):
                missed = before
        now[name] = (missed, x, y)
    luck.missed = now
    return np.array([missed for missed, _, _ in now.values()], np.bool_)


def _scores(
    shares: NDArray[np.float64],
    wrong: NDArray[np.bool_],
    noise: Noise,
    chance: np.random.Generator,
) -> NDArray[np.float64]:
    """0.55 to 0.95 in full view, falling to 0.2 where little shows."""
    full = chance.uniform(0.55, 0.95, len(shares)) if noise.jitter else np.full(len(shares), 0.9)
    shown = np.clip((shares - noise.hidden) / max(noise.faint - noise.hidden, 1e-6), 0, 1)
    return np.asarray(np.where(wrong, 0.8, 1.0) * (0.2 + (full - 0.2) * shown))


def _shaken(
    boxes: NDArray[np.float64], aspect: float, noise: Noise, chance: np.random.Generator
) -> NDArray[np.float64]:
    if not noise.jitter:
        return boxes
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    size = np.sqrt(width * aspect * height)
    shared = chance.normal(0, noise.jitter * np.sqrt(0.5), (len(boxes), 2))
    own = chance.normal(0, noise.jitter * np.sqrt(0.5), (len(boxes), 4))
    shift = (np.concatenate([shared, shared], axis=1) + own) * size[:, None]
    shift[:, [0, 2]] /= aspect
    # An edge of the picture is no detector's opinion: what is cut there stays there.
    shift[(boxes <= 0) | (boxes >= 1)] = 0.0
    return boxes + shift


def _false(count: int, aspect: float, chance: np.random.Generator) -> NDArray[np.float64]:
    place = chance.uniform((0.05, 0.3), (0.9, 0.9), (count, 2))
    size = chance.uniform(0.02, 0.08, (count, 1)) * (1 / aspect, 1.0)
    return np.concatenate([place, place + size], axis=1)
