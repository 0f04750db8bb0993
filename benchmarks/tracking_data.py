"""Sequences with truth for the tracking benchmark and reference test, and their scores.

TUD-Campus and TUD-Stadtmitte come with ``motmetrics``: hand-made truth, and a
published tracker's boxes of which the ids are dropped and the rest serves as
detections. MEVA (CC-BY 4.0, Kitware Inc. and IARPA) comes as truth alone, and
the made scenes have truth by construction; both get a detector's faults from
``seen``, seeded.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from trackeval.metrics import CLEAR, HOTA, Identity

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes, Detections
from wayside.domain.geometry import covered, iou

METRICS = ("HOTA", "IDF1", "MOTA")
MEVA = ("meva_rvmot-a1c9", "meva_rvmot-b7e2")
TUD = ("TUD-Campus", "TUD-Stadtmitte")


@dataclass(frozen=True, slots=True)
class Objects:
    """Boxes with ids at one instant: (N,) ids, (N, 4) normalised boxes."""

    ids: np.ndarray
    boxes: Boxes
    class_ids: np.ndarray = field(default_factory=lambda: np.empty(0, np.int8))


@dataclass(frozen=True, slots=True)
class Sequence:
    """Truth and detections per instant. width and height in pixels, rate in Hz."""

    name: str
    width: int
    height: int
    rate: float
    times_s: list[float]
    truth: list[Objects]
    detections: list[Detections]


def tud(name: str) -> Sequence:
    """TUD-Campus or TUD-Stadtmitte as ``motmetrics`` ships it: 640 × 480, 25 pictures a second."""
    spec = find_spec("motmetrics")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("motmetrics is not installed; it carries the TUD sequences")
    folder = Path(spec.origin).parent / "data" / name
    truth = _mot_rows(folder / "gt.txt")
    found = _mot_rows(folder / "test.txt")
    frames = range(min(truth), max(truth) + 1)
    empty = Objects(np.empty(0, np.int64), np.empty((0, 4), np.float32))
    # The file gives no scores; all are equally sure.
    detections = [
        Detections.of(
            boxes := found.get(n, empty).boxes,
            np.full(len(boxes), ObjectClass.PERSON),
            np.full(len(boxes), 0.9),
        )
        for n in frames
    ]
    times = [(n - frames[0]) / 25 for n in frames]
    return Sequence(name, 640, 480, 25.0, times, [truth.get(n, empty) for n in frames], detections)


def _mot_rows(path: Path) -> dict[int, Objects]:
    """MOTChallenge text (frame, id, left, top, width, height, ...) by frame."""
    table = np.loadtxt(path, delimiter=",", ndmin=2)
    scale = np.array([640, 480, 640, 480])
    frames = {}
    for n in np.unique(table[:, 0]).astype(int):
        rows = table[table[:, 0] == n]
        corners = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], axis=1)
        frames[n] = Objects(rows[:, 1].astype(np.int64), (corners / scale).astype(np.float32))
    return frames


def meva(path: Path, seed: int, every: int = 1) -> Sequence:
    """A MEVA truth file (768 × 432, 30 a second) with simulated detections.

    every: 6 keeps each sixth picture, so 5 a second.
    """
    by_time: dict[int, list[dict[str, object]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            by_time[row["source_timestamp_ns"]].append(row)
    scale = np.array([768, 432, 768, 432])
    names: dict[object, int] = {}
    kinds = {"person": ObjectClass.PERSON, "vehicle": ObjectClass.CAR}
    truth = []
    times = sorted(by_time)[::every]
    for ns in times:
        rows = by_time[ns]
        truth.append(
            Objects(
                np.array([names.setdefault(r["target_id"], len(names)) for r in rows]),
                (np.array([r["bbox_xyxy"] for r in rows]) / scale).astype(np.float32),
                np.array([kinds[r["class_id"]] for r in rows], np.int8),
            )
        )
    name = path.name.removesuffix("_ground_truth.jsonl.gz")
    sequence = Sequence(name, 768, 432, 30 / every, [ns / 1e9 for ns in times], truth, [])
    return replace(sequence, detections=seen(truth, seed))


def seen(
    truth: list[Objects],
    seed: int,
    *,
    missed: float = 0.1,
    jitter: float = 0.03,
    false_alarms: float = 0.3,
    hidden: float = 1.0,
) -> list[Detections]:
    """What a detector would make of it.

    missed: share of boxes not found. hidden: share of a box behind one that
    stands nearer (lower edge further down) from which on it is never found;
    1 where the truth has visible objects only. jitter: standard
    deviation of each edge pair's centre and size in box sizes. false_alarms:
    mean number a picture, of low score.
    """
    rng = np.random.default_rng(seed)
    sizes = np.concatenate([t.boxes[:, 2:] - t.boxes[:, :2] for t in truth])
    return [_seen_once(t, sizes, rng, missed, jitter, false_alarms, hidden) for t in truth]


def _seen_once(
    truth: Objects,
    sizes: np.ndarray,
    rng: np.random.Generator,
    missed: float,
    jitter: float,
    false_alarms: float,
    hidden: float,
) -> Detections:
    boxes = truth.boxes.astype(np.float64)
    nearer = boxes[None, :, 3] > boxes[:, None, 3]
    behind = (np.asarray(covered(truth.boxes, truth.boxes)) * nearer).max(1, initial=0)
    keep = (rng.random(len(boxes)) >= missed) & (behind <= hidden)
    boxes = boxes[keep]
    size = boxes[:, 2:] - boxes[:, :2]
    centre = (boxes[:, 2:] + boxes[:, :2]) / 2 + rng.normal(0, jitter, size.shape) * size
    half = size * (1 + rng.normal(0, jitter, size.shape)) / 2
    scores = np.clip(rng.normal(0.75, 0.15, len(boxes)), 0.15, 0.99)
    count = rng.poisson(false_alarms)
    wrong_size = sizes[rng.integers(len(sizes), size=count)] * rng.uniform(0.5, 1, (count, 1))
    wrong = rng.uniform(0, 1, (count, 2)) * (1 - wrong_size)
    return Detections.of(
        np.concatenate(
            [np.hstack([centre - half, centre + half]), np.hstack([wrong, wrong + wrong_size])]
        ),
        np.concatenate([truth.class_ids[keep], np.full(count, ObjectClass.PERSON)]),
        np.concatenate([scores, rng.uniform(0.1, 0.65, count)]),
    )


def made_scene(seed: int, *, people: int = 6, cars: int = 3, rate: float = 5.0) -> Sequence:
    """Walkers and cars that cross, overtake, stop and hide each other, for 20 s."""
    rng = np.random.default_rng(seed)
    times = np.arange(0, 20, 1 / rate)
    tracks = [_made_path(rng, times, is_car=n >= people) for n in range(people + cars)]
    truth = []
    for k in range(len(times)):
        rows = []
        for n, path in enumerate(tracks):
            box = np.clip(path[k], 0, 1)
            whole = (path[k, 2] - path[k, 0]) * (path[k, 3] - path[k, 1])
            if (box[2] - box[0]) * (box[3] - box[1]) > 0.3 * whole:
                rows.append((n, box))
        ids = np.array([n for n, _ in rows], np.int64)
        kinds = np.where(ids < people, ObjectClass.PERSON, ObjectClass.CAR).astype(np.int8)
        boxes = np.array([b for _, b in rows], np.float32).reshape(-1, 4)
        truth.append(Objects(ids, boxes, kinds))
    sequence = Sequence(f"made-{rate:g}Hz-{seed}", 1280, 720, rate, times.tolist(), truth, [])
    return replace(sequence, detections=seen(truth, seed, hidden=0.7))


def _made_path(rng: np.random.Generator, times: np.ndarray, *, is_car: bool) -> np.ndarray:
    """(K, 4) normalised boxes of one object on a plane that recedes upwards."""
    foot = rng.uniform(0.35, 0.95)
    height = (0.12 if is_car else 0.2) * foot * rng.uniform(0.9, 1.1)
    width = (2.6 if is_car else 0.38) * height * 9 / 16
    speed = rng.uniform(0.6, 2.2) * width if is_car else rng.uniform(0.5, 1.2) * height * 9 / 16
    direction = rng.choice([-1, 1])
    start = rng.uniform(-0.2, 1.2)
    moves = np.ones(len(times))
    if rng.random() < 0.4:
        begin = rng.uniform(2, 14)
        pause = (times > begin) & (times < begin + rng.uniform(2, 5))
        moves = np.clip(np.convolve(~pause, np.ones(3) / 3, "same"), 0, 1)
    wander = np.cumsum(rng.normal(0, 0.03, len(times))) * np.sqrt(times[1] - times[0])
    along = np.cumsum(moves * (1 + 0.3 * wander)) * (times[1] - times[0]) * speed * direction
    x = start + along
    foot = foot + (0 if is_car else 0.02) * np.sin(times * rng.uniform(0.2, 0.6))
    return np.stack([x - width / 2, foot - height, x + width / 2, foot], axis=1)


def scores_of(truth: list[Objects], tracked: list[Objects]) -> dict[str, float]:
    """HOTA (mean over its thresholds), IDF1 and MOTA (IoU 0.5) in per cent, by TrackEval."""
    data: dict[str, object] = {
        "similarity_scores": [iou(t.boxes, o.boxes) for t, o in zip(truth, tracked, strict=True)],
    }
    for name, objects in (("gt", truth), ("tracker", tracked)):
        known = {n: k for k, n in enumerate(np.unique(np.concatenate([o.ids for o in objects])))}
        data[f"{name}_ids"] = [np.array([known[n] for n in o.ids], int) for o in objects]
        data[f"num_{name}_ids"] = len(known)
        data[f"num_{name}_dets"] = sum(len(o.ids) for o in objects)
    data["num_timesteps"] = len(truth)
    quiet = {"PRINT_CONFIG": False}
    return {
        "HOTA": 100 * float(HOTA().eval_sequence(data)["HOTA"].mean()),
        "IDF1": 100 * float(Identity(quiet).eval_sequence(data)["IDF1"]),
        "MOTA": 100 * float(CLEAR(quiet).eval_sequence(data)["MOTA"]),
    }


def busy_scene(count: int, updates: int = 150) -> Sequence:
    """``count`` walkers at 10 Hz on a wide street, for timing."""
    rng = np.random.default_rng(count)
    x, foot = rng.uniform(0.1, 0.9, count), rng.uniform(0.25, 0.98, count)
    speed = rng.normal(0, 0.01, count)
    height = 0.12 * foot
    width = 0.4 * height * 9 / 16
    truth, times = [], [k / 10 for k in range(updates)]
    for t in times:
        # Back and forth, so that all stay in the picture and meet now and then.
        middle = x + speed * np.sin(t)
        corners = np.stack([middle - width, foot - height, middle + width, foot], axis=1)
        kinds = np.full(count, ObjectClass.PERSON, np.int8)
        truth.append(Objects(np.arange(count), corners.astype(np.float32), kinds))
    sequence = Sequence(f"busy-{count}", 1920, 1080, 10.0, times, truth, [])
    return replace(sequence, detections=seen(truth, count, false_alarms=0.05 * count, hidden=0.7))
