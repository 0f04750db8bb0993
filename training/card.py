"""The model card and its diagram, from what was measured. Nothing in them is written by hand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from training.crops import MERGED
from training.evaluate import UNSURE, Figures
from training.fit import Plan


@dataclass(frozen=True, slots=True)
class Run:
    """One training: all val crops, those whose class a person gave, and by source."""

    seed: int
    temperature: float
    all: Figures
    by_hand: Figures
    by_source: dict[str, Figures]
    bicycle_or_motorcycle: float
    bus_or_truck: float


def card(
    runs: list[Run], plan: Plan, manifest: dict[str, object], weights: Path, costs: dict[int, float]
) -> str:
    """Markdown. The first run's weights are those that are carried."""
    content = weights.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    kept = runs[0]
    return "\n".join(
        [
            "# Model card: types",
            "",
            "Written by `make train-types`; do not edit.",
            "",
            (
                "**What it does.** Of a square of 64×64 pixels around "
                "something that moves, it says "
                "person, two-wheeler (bicycle or motorcycle), car, heavy (bus or truck) or other. "
                f"Below a score of {UNSURE} for the best of these the answer "
                "is `unknown`. Its only "
                "output is seven scores; it has no embedding, and tells nobody from anybody."
            ),
            "",
            (
                f"**What it is.** Seven plain 3×3 convolutions, `types.onnx`, "
                f"{len(content)} bytes, "
                f"half-precision weights, sha256 `{digest}`. Trained from nothing by this project; "
                "Apache-2.0."
            ),
            "",
            "**Cost**, OpenVINO, one thread, f32, on the machine that trained it, CPU time: "
            + ", ".join(f"{ms:.2f} ms a crop in batches of {n}" for n, ms in costs.items())
            + ".",
            "",
            "## Figures",
            "",
            (
                "Accuracy of the five merged classes, on crops of scenes that neither trained nor "
                "calibrated. The classes of most crops were given by two "
                "larger networks that agreed; "
                "those that a person gave are told apart, and are the harder and truer measure."
            ),
            "",
            (
                "| run (seed) | all val crops | class given by a person | named (score ≥ "
                f"{UNSURE}) | right of those | calibration error | temperature |"
            ),
            "| --- | --- | --- | --- | --- | --- | --- |",
            *(
                f"| {run.seed}{' (carried)' if run is kept else ''} | {run.all.accuracy:.3f} of "
                f"{run.all.crops} | {run.by_hand.accuracy:.3f} of {run.by_hand.crops} | "
                f"{run.all.named:.3f} | {run.all.named_accuracy:.3f} | {run.all.ece:.3f} | "
                f"{run.temperature:.2f} |"
                for run in runs
            ),
            "",
            (
                f"Second answers, run {kept.seed}: bicycle or motorcycle right for "
                f"{kept.bicycle_or_motorcycle:.2f}, bus or truck for {kept.bus_or_truck:.2f}."
            ),
            "",
            "By source: "
            + ", ".join(
                f"{name} {found.accuracy:.3f} of {found.crops}"
                for name, found in kept.by_source.items()
            )
            + ".",
            "",
            "Of each true class (rows), what was said, run " + str(kept.seed) + ":",
            "",
            "| | " + " | ".join(MERGED) + " | right |",
            "| --- |" + " --- |" * (len(MERGED) + 1),
            *(
                f"| {name} | "
                + " | ".join(map(str, row))
                + f" | {row[at] / max(sum(row), 1):.3f} |"
                for at, (name, row) in enumerate(
                    zip(MERGED, kept.all.confusion.tolist(), strict=True)
                )
            ),
            "",
            "![Reliability: how often scores of a height were right](types-reliability.svg)",
            "",
            "## Training",
            "",
            (
                f"{plan.epochs} epochs of {plan.crops} crops drawn by class, "
                f"batches of {plan.batch}, "
                f"AdamW at {plan.rate} falling as a cosine, label smoothing "
                f"{plan.smoothing}, weights "
                "averaged. Crops are shifted, scaled, hidden in part, "
                "coarsened, blurred, made noisy, "
                "dark, rained on, compressed. The temperature was fitted on scenes of the training "
                "set that did not train, and with it an offset for each merged class, because rare "
                "classes are drawn more often than they come. Nothing was fitted on the val crops."
            ),
            "",
            "## Pictures",
            "",
            f"{manifest['pictures']} pictures of licence tiers A (stated clearly) and B (stated "
            "by the uploader), no others; index files "
            + ", ".join(
                f"`{name}` sha256 `{value[:16]}…`"
                for name, value in dict(manifest["indexes"]).items()  # type: ignore[call-overload]
            )
            + f", pictures sha256 `{str(manifest['pictures_sha256'])[:16]}…`. "
            "[Manifest](types-manifest.json). Crops by split, "
            "source and class:",
            "",
            *_counts(manifest),
            "",
            "## Where it is weak",
            "",
            (
                "Few bicycles were in the pictures: bicycle or motorcycle is "
                "a guess more often than "
                "the rest. Three-wheelers and tractors were left out and "
                "come out as anything. People "
                "close to a camera, indoors and from straight above were hardly seen."
            ),
            "",
        ]
    )


def _counts(manifest: dict[str, object]) -> list[str]:
    lines = ["| split | source (tier) | crops by class |", "| --- | --- | --- |"]
    counts: dict[str, dict[str, int]] = manifest["counts"]  # type: ignore[assignment]
    for split, entries in counts.items():
        by_source: dict[str, list[str]] = {}
        for name, count in entries.items():
            source, label = name.rsplit(" ", 1)
            by_source.setdefault(source, []).append(f"{label} {count}")
        lines += [f"| {split} | {source} | {', '.join(v)} |" for source, v in by_source.items()]
    return lines


def reliability(found: Figures) -> str:
    """SVG: bars of accuracy by score, the diagonal is what they should reach."""
    side, edge = 300, 40
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side + 2 * edge} '
            f'{side + 2 * edge}" font-family="sans-serif" font-size="11">'
        ),
        f'<rect width="{side + 2 * edge}" height="{side + 2 * edge}" fill="white"/>',
    ]
    width = side / len(found.bins)
    for at, (count, _, right) in enumerate(found.bins.tolist()):
        if not count:
            continue
        x, y = edge + at * width, edge + side * (1 - right)
        parts.append(
            f'<rect x="{x + 1:.1f}" y="{y:.1f}" width="{width - 2:.1f}" '
            f'height="{side * right:.1f}" fill="#56b4e9"/>'
        )
        parts.append(
            f'<text x="{x + width / 2:.1f}" y="{y - 4:.1f}" text-anchor="middle">'
            f"{int(count)}</text>"
        )
    parts += [
        (
            f'<path d="M{edge} {edge + side}L{edge + side} {edge}" stroke="#555" '
            'stroke-dasharray="4 3"/>'
        ),
        f'<path d="M{edge} {edge}V{edge + side}H{edge + side}" fill="none" stroke="black"/>',
    ]
    for tenth in range(0, 11, 2):
        parts.append(
            f'<text x="{edge + side * tenth / 10:.0f}" y="{edge + side + 14}" '
            f'text-anchor="middle">{tenth / 10}</text>'
        )
        parts.append(
            f'<text x="{edge - 6}" y="{edge + side * (1 - tenth / 10) + 4:.0f}" '
            f'text-anchor="end">{tenth / 10}</text>'
        )
    parts += [
        (
            f'<text x="{edge + side / 2}" y="{edge + side + 30}" text-anchor="middle">score of the '
            "best class; above each bar the number of crops</text>"
        ),
        f'<text x="{edge}" y="{edge - 14}">share that was right</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
