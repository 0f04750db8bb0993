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
UNSURE = 0.6
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
    return np.stack([scores[:, MERGED_OF == index].sum(axis=1) for index in range(5)], axis=1)


def temperature(logits: Floats, labels: NDArray[np.int64]) -> float:
    """What logits are divided by so that the merged scores are likeliest; by search."""
    truth = MERGED_OF[labels]
    rows = np.arange(len(truth))

    def loss(value: float) -> float:
        return float(-np.log(merged(softmax(logits / value))[rows, truth] + 1e-9).mean())

    return float(min(np.geomspace(0.3, 3.0, 231), key=loss))


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
