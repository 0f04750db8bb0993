"""From pictures and an index of crops to arrays, with a manifest of what was taken.

Licence tiers A (stated clearly) and B (stated by the uploader) are used, no other. The split for
calibration is taken from the training scenes, whole scenes at a time, by a hash of their names.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

CLASSES = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "other")
MERGED = ("person", "two-wheeler", "car", "heavy", "other")
MERGED_OF = np.array([0, 1, 1, 2, 3, 3, 4])
"""Index into MERGED of each of CLASSES."""

TIERS = ("A", "B")
SIDE = 64
"""Pixels of a side of what the network sees."""
CONTEXT = 96
"""Pixels of a side of what is kept: the crop in the middle, a quarter of its side around it."""
MOST_COVERED = 0.4
"""Crops of which a larger share is covered by another object are left out."""
MOST_COVERED_RARE = 0.7
"""The same for training on bicycles, of which there are few."""
CALIBRATION_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Crops:
    """One split. pictures: (N, 96, 96, 3) uint8 BGR. labels: (N,) int64, index into CLASSES.

    by_hand: (N,) bool, the class is a person's, not a teacher network's. sources: (N,) str.
    """

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64]
    by_hand: NDArray[np.bool_]
    sources: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class _Row:
    file: str
    square: tuple[float, float, float]
    label: str
    by_hand: bool
    source: str
    scene: str
    tier: str


def prepare(folder: Path, kept: Path) -> tuple[dict[str, Crops], dict[str, object]]:
    """Splits `train`, `calibration`, `val`, and the manifest. kept: where arrays are cached.

    What is cached is used again only where the manifest is the same.
    """
    splits = _splits(folder)
    manifest = _manifest(folder, splits)
    kept.mkdir(parents=True, exist_ok=True)
    written = kept / "manifest.json"
    same = written.is_file() and json.loads(written.read_text("utf-8")) == manifest
    crops = {}
    for name, rows in splits.items():
        path = kept / f"{name}.npy"
        if not (same and path.is_file()):
            np.save(path, _cut(folder / "images", rows))
        crops[name] = Crops(
            np.load(path, mmap_mode="r"),
            np.array([CLASSES.index(row.label) for row in rows]),
            np.array([row.by_hand for row in rows]),
            np.array([row.source for row in rows]),
        )
    written.write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    return crops, manifest


def _splits(folder: Path) -> dict[str, list[_Row]]:
    train = _rows(folder / "crops_train.csv", MOST_COVERED_RARE)
    held = [row for row in train if _is_held(row)]
    return {
        "train": [row for row in train if not _is_held(row)],
        "calibration": held,
        "val": _rows(folder / "crops_val.csv", MOST_COVERED),
    }


def _is_held(row: _Row) -> bool:
    """Whether its scene calibrates: a source of one scene only trains."""
    digest = hashlib.sha256(f"{row.source}/{row.scene}".encode()).digest()
    return digest[0] < 256 * CALIBRATION_SHARE


def _rows(index: Path, most_covered_rare: float) -> list[_Row]:
    rows = []
    with index.open(encoding="utf-8", newline="") as file:
        for entry in csv.DictReader(file):
            most = most_covered_rare if entry["class"] == "bicycle" else MOST_COVERED
            sound = entry["doubt"] == "0" and float(entry["overlap"] or 0) < most
            if not sound or entry["licence_tier"] not in TIERS:
                continue
            rows.append(
                _Row(
                    entry["file"],
                    (float(entry["x"]), float(entry["y"]), float(entry["w"])),
                    entry["class"],
                    entry["class_origin"] in ("label", "manual"),
                    entry["source"],
                    entry["scene"],
                    entry["licence_tier"],
                )
            )
    return rows


def _cut(images: Path, rows: list[_Row]) -> NDArray[np.uint8]:
    """(N, 96, 96, 3); beyond a picture's border its last pixels are repeated."""
    pictures = np.empty((len(rows), CONTEXT, CONTEXT, 3), np.uint8)
    last, picture = "", np.empty(0, np.uint8)
    for at, row in enumerate(rows):
        if row.file != last:
            last, picture = row.file, cv2.imread(str(images / row.file))
        x, y, side = row.square
        pictures[at] = square(picture, x + side / 2, y + side / 2, side * CONTEXT / SIDE, CONTEXT)
    return pictures


def square(
    picture: NDArray[np.uint8], x: float, y: float, side: float, pixels: int
) -> NDArray[np.uint8]:
    """(pixels, pixels, 3) of the square of ``side`` around (x, y), borders repeated."""
    step = side / pixels
    if step > 1:  # averaged, not picked: warpAffine does not filter
        shrunk = cv2.resize(picture, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
        scale = shrunk.shape[1] / picture.shape[1], shrunk.shape[0] / picture.shape[0]
        picture, x, y, step = shrunk, x * scale[0], y * scale[1], 1.0
    corner = np.array([x, y]) - step * (pixels - 1) / 2 - 0.5
    matrix = np.array([[step, 0, corner[0]], [0, step, corner[1]]])
    return np.asarray(
        cv2.warpAffine(
            picture,
            matrix,
            (pixels, pixels),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def _manifest(folder: Path, splits: dict[str, list[_Row]]) -> dict[str, object]:
    """Hashes of the index files and of every picture used; counts by split, source, class."""
    used = sorted({row.file for rows in splits.values() for row in rows})
    digest = hashlib.sha256()
    for name in used:
        digest.update(hashlib.sha256((folder / "images" / name).read_bytes()).digest())
    counts = {
        split: {
            f"{source} ({tier}) {label}": count
            for (source, tier, label), count in sorted(
                Counter((row.source, row.tier, row.label) for row in rows).items()
            )
        }
        for split, rows in splits.items()
    }
    return {
        "format": 1,
        "tiers": list(TIERS),
        "indexes": {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
            for name in ("crops_train.csv", "crops_val.csv")
        },
        "pictures": len(used),
        "pictures_sha256": digest.hexdigest(),
        "crops": {split: len(rows) for split, rows in splits.items()},
        "counts": counts,
    }
