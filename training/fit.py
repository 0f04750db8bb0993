"""Training on two CPU cores, in epochs that can be interrupted.

After each epoch everything is kept that the next one needs; chance is drawn anew from the seed
and the epoch's number, so a run that was resumed is the run that was not.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.crops import CLASSES, Crops
from training.degrade import degraded
from training.network import TypesNetwork, best_precision

SHARES = (1.1, 0.5, 0.9, 1.4, 0.8, 1.0, 1.3)
"""How often each of CLASSES is drawn, relative to the others: bicycles are few, so seldom."""


@dataclass(frozen=True, slots=True)
class Plan:
    """crops: drawn an epoch. rate: the highest learning rate. average: of the weights kept, the
    share that one step keeps of them.
    """

    seed: int = 1
    epochs: int = 14
    crops: int = 8_192
    batch: int = 128
    rate: float = 4e-3
    decay: float = 0.02
    smoothing: float = 0.05
    average: float = 0.995
    threads: int = 1


def fit(crops: Crops, plan: Plan, checkpoint: Path) -> TypesNetwork:
    """The network with averaged weights after the last epoch, in evaluation mode.

    Goes on from the checkpoint where one of the same plan is there.
    """
    torch.set_num_threads(plan.threads)
    torch.manual_seed(plan.seed)
    torch.use_deterministic_algorithms(mode=True)
    network = TypesNetwork(len(CLASSES)).to(memory_format=torch.channels_last)
    averaged = copy.deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=plan.decay)
    precision = best_precision()
    print(f"{sum(p.numel() for p in network.parameters())} parameters, {precision}", flush=True)
    first = 0
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        if state["plan"] == asdict(plan):
            network.load_state_dict(state["network"])
            averaged.load_state_dict(state["averaged"])
            optimiser.load_state_dict(state["optimiser"])
            first = state["epoch"]
    steps = plan.crops // plan.batch
    for epoch in range(first, plan.epochs):
        began, total = time.monotonic(), 0.0
        torch.manual_seed(plan.seed * 1000 + epoch)
        network.train()
        for step, (pictures, labels) in enumerate(_batches(crops, plan, epoch)):
            for group in optimiser.param_groups:
                group["lr"] = _rate(plan, epoch * steps + step, plan.epochs * steps)
            with torch.autocast("cpu", precision, enabled=precision != torch.float32):
                logits = network(pictures)
            loss = nn.functional.cross_entropy(
                logits.float(), labels, label_smoothing=plan.smoothing
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            _average(averaged, network, min(plan.average, 1 - 1 / (1 + epoch * steps + step)))
            total += float(loss.detach())
        _keep(
            checkpoint,
            {
                "plan": asdict(plan),
                "epoch": epoch + 1,
                "network": network.state_dict(),
                "averaged": averaged.state_dict(),
                "optimiser": optimiser.state_dict(),
            },
        )
        took = time.monotonic() - began
        print(f"epoch {epoch + 1}: loss {total / steps:.3f}, {took:.0f} s", flush=True)
    return averaged.eval()


def _batches(crops: Crops, plan: Plan, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Crops drawn by class, each degraded by chance: (B, 3, 64, 64) float, (B,) int64."""
    chance = np.random.default_rng([plan.seed, epoch])
    members = [np.flatnonzero(crops.labels == index) for index in range(len(CLASSES))]
    shares = np.array(SHARES) / sum(SHARES)
    for _ in range(plan.crops // plan.batch):
        kinds = chance.choice(len(CLASSES), plan.batch, p=shares)
        rows = [int(chance.choice(members[kind])) for kind in kinds]
        others = chance.integers(0, len(crops), plan.batch)
        pictures = np.stack(
            [
                degraded(crops.pictures[row], crops.pictures[other], chance)
                for row, other in zip(rows, others, strict=True)
            ]
        )
        yield as_tensor(pictures), torch.from_numpy(crops.labels[rows])


def as_tensor(pictures: np.ndarray) -> Tensor:
    """(N, 64, 64, 3) uint8 to (N, 3, 64, 64) float32 that lies in memory as the pictures do."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float()


def _rate(plan: Plan, step: int, steps: int) -> float:
    """Rises for a twentieth of the steps, then falls as a cosine to nothing."""
    rising = steps / 20
    if step < rising:
        return plan.rate * (step + 1) / (rising + 1)
    return plan.rate * 0.5 * (1 + math.cos(math.pi * (step - rising) / (steps - rising)))


@torch.no_grad()
def _average(averaged: nn.Module, network: nn.Module, keep: float) -> None:
    for mine, new in zip(
        averaged.state_dict().values(), network.state_dict().values(), strict=True
    ):
        if mine.is_floating_point():
            mine.lerp_(new, 1 - keep)
        else:
            mine.copy_(new)


def _keep(path: Path, state: dict[str, object]) -> None:
    """Whole or not at all: a run may be ended at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)
