"""The classifier `types`, from pictures to the file in the wheel: `make train-types`."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from training.card import Run, card, reliability
from training.crops import CLASSES, Crops, prepare
from training.evaluate import Floats, calibrated, figures, read, second_answer
from training.export import Exported, export
from training.fit import Plan, as_tensor, fit
from training.network import TypesNetwork

ROOT = Path(__file__).parents[1]
BATCHES = (1, 8)


def main() -> None:
    """Trains once for each seed; the first one's weights are carried, whatever val says."""
    options = _options()
    cv2.setNumThreads(1)
    folder = options.work / "types"
    crops, manifest = prepare(options.pictures, folder / "crops")
    plan = Plan(threads=options.threads)
    if options.epochs:
        plan = replace(plan, epochs=options.epochs)
    runs = []
    for seed in options.seeds:
        weights = folder / f"types-{seed}.onnx"
        network = fit(crops["train"], replace(plan, seed=seed), folder / f"checkpoint-{seed}.pt")
        held = crops["calibration"]
        heat, offsets = calibrated(_logits(network, held), held.labels)
        export(network, heat, offsets, weights)
        runs.append(_measured(seed, heat, weights, crops["val"]))
        print(f"seed {seed}: {runs[-1].all.accuracy:.4f}, by hand {runs[-1].by_hand.accuracy:.4f}")
    carried = folder / f"types-{options.seeds[0]}.onnx"
    costs = {batch: Exported(carried, batch).cpu_ms() for batch in BATCHES}
    options.out.mkdir(parents=True, exist_ok=True)
    options.card.mkdir(parents=True, exist_ok=True)
    (options.out / "types.onnx").write_bytes(carried.read_bytes())
    text = card(runs, plan, manifest, carried, costs)
    (options.card / "types.md").write_text(text, "utf-8")
    (options.card / "types-reliability.svg").write_text(reliability(runs[0].all), "utf-8")
    (options.card / "types-manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    print(f"{options.out / 'types.onnx'}: its size and sha256 belong into detect/catalogue.toml")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    pictures = os.environ.get("WAYSIDE_TRAIN_DATA") or ROOT.parent / "shared" / "train"
    parser.add_argument("--pictures", type=Path, default=pictures, help="train.json, crops, images")
    parser.add_argument("--work", type=Path, default=ROOT / ".cache" / "training")
    parser.add_argument("--out", type=Path, default=ROOT / "src" / "wayside" / "detect" / "weights")
    parser.add_argument("--card", type=Path, default=ROOT / "docs" / "models")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--epochs", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if not (options.pictures / "crops_train.csv").is_file():
        parser.error(f"no crops_train.csv in {options.pictures}: set WAYSIDE_TRAIN_DATA")
    return options


@torch.no_grad()
def _logits(network: TypesNetwork, crops: Crops) -> Floats:
    return read(crops, lambda pictures: network(as_tensor(pictures)).numpy())


def _measured(seed: int, heat: float, weights: Path, val: Crops) -> Run:
    """What the exported file says of the val crops."""
    scores = read(val, Exported(weights, 8))
    labels, hand = val.labels, val.by_hand
    assert np.allclose(scores.sum(axis=1), 1, atol=1e-3)
    bicycle, motorcycle, bus, truck = (
        CLASSES.index(name) for name in ("bicycle", "motorcycle", "bus", "truck")
    )
    return Run(
        seed,
        heat,
        figures(scores, labels),
        figures(scores[hand], labels[hand]),
        {
            name: figures(scores[val.sources == name], labels[val.sources == name])
            for name in sorted(set(val.sources.tolist()))
        },
        second_answer(scores, labels, (bicycle, motorcycle)),
        second_answer(scores, labels, (bus, truck)),
    )


if __name__ == "__main__":
    main()
