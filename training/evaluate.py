"""How often the network is right, and how far its scores can be believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.crops import MERGED, MERGED_OF, Crops
from training.degrade import middle

Floats = NDArray[np.float64]
Reader = Callable[[NDArray[np.uint8]], Floats]
"""(N, 64, 64, 3) uint8 to (N, C) scores or logits."""

BINS = 10
UNSURE = 0.8
"""Score of the best merged class below which the answer is `unknown`."""


@dataclass(frozen=True, slots=True)
class Figures:
    """accuracy: of the merged classes; by_class: for each. named: share of crops whose best score
    reaches UNSURE; named_accuracy: among them. ece: expected calibration error (Guo et al., On
    Calibration of Modern Neural Networks, ICML 2017), BINS bins. bins: (BINS, 3) crops, mean score
    and accuracy. confusion: (5, 5) true by said.
    """

    crops: int
    accuracy: float
    by_class: dict[str, float]
    named: float
    named_accuracy: float
    ece: float
    bins: Floats
    confusion: NDArray[np.int64]


def read(crops: Crops, reader: Reader, batch: int = 256) -> Floats:
    """(N, C) of all crops as they are."""
    parts = [
        reader(np.ascontiguousarray(middle(np.asarray(crops.pictures[at : at + batch]))))
        for at in range(0, len(crops), batch)
    ]
    return np.concatenate(parts).astype(np.float64)


def softmax(logits: Floats) -> Floats:
    """(N, C) scores that add up to one."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def merged(scores: Floats) -> Floats:
    """(N, 5): bicycle and motorcycle are a two-wheeler, bus and truck are heavy."""
    return np.stack([scores[:, index == MERGED_OF].sum(axis=1) for index in range(5)], axis=1)


def calibrated(logits: Floats, labels: NDArray[np.int64]) -> tuple[float, Floats]:
    """(temperature, (7,) offsets): logits / temperature + offsets make merged scores likeliest.

    Training draws rare classes more often than they come; one offset for each merged class takes
    that back (vector scaling, Guo et al. 2017). By search, one value after the other.
    """
    truth, rows = MERGED_OF[labels], np.arange(len(labels))

    def loss(heat: float, offsets: Floats) -> float:
        scores = merged(softmax(logits / heat + offsets[MERGED_OF]))
        return float(-np.log(scores[rows, truth] + 1e-9).mean())

    heat, offsets = 1.0, np.zeros(5)
    for step in (0.4, 0.2, 0.1, 0.05, 0.02) * 3:
        heat = min((heat / (1 + step), heat, heat * (1 + step)), key=lambda h: loss(h, offsets))
        for at in range(5):
            tried = [offsets + step * move * np.eye(5)[at] for move in (-1, 0, 1)]
            offsets = min(tried, key=lambda values: loss(heat, values))
    return heat, offsets[MERGED_OF]


def figures(scores: Floats, labels: NDArray[np.int64]) -> Figures:
    """Of (N, 7) calibrated scores."""
    sums, truth = merged(scores), MERGED_OF[labels]
    said, best = sums.argmax(axis=1), sums.max(axis=1)
    right = said == truth
    is_named = best >= UNSURE
    place = np.minimum((best * BINS).astype(int), BINS - 1)
    bins = np.zeros((BINS, 3))
    for index in range(BINS):
        inside = place == index
        if inside.any():
            bins[index] = inside.sum(), best[inside].mean(), right[inside].mean()
    weights = bins[:, 0] / len(truth)
    confusion = np.zeros((5, 5), np.int64)
    np.add.at(confusion, (truth, said), 1)
    return Figures(
        len(truth),
        float(right.mean()),
        {
            name: float(right[truth == index].mean())
            for index, name in enumerate(MERGED)
            if (truth == index).any()
        },
        float(is_named.mean()),
        float(right[is_named].mean()) if is_named.any() else 0.0,
        float((weights * np.abs(bins[:, 1] - bins[:, 2])).sum()),
        bins,
        confusion,
    )


def second_answer(scores: Floats, labels: NDArray[np.int64], pair: tuple[int, int]) -> float:
    """Share told apart rightly within a merged class, of crops that are one of the ``pair``."""
    rows = np.isin(labels, pair)
    told = np.asarray(pair)[scores[rows][:, pair].argmax(axis=1)]
    return float((told == labels[rows]).mean())
