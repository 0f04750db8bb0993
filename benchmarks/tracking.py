"""Our tracker against every tracker of the ``trackers`` package: accuracy and speed, one table.

    python benchmarks/tracking.py --data ../shared/data/trajectories

Every tracker gets the same detections and is scored on the boxes that it says
are seen objects at that instant: of ours confirmed and observed, of theirs
those with an id. Nobody's answers are changed in hindsight, and everybody
confirms by repetition (``instant``: with the default of calling all in the
first picture an object). ``ours, early`` adds the positions that a track had
before it was confirmed, which wayside keeps and the others do not have.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from tracking_data import (
    METRICS,
    MEVA,
    TUD,
    Objects,
    Sequence,
    busy_scene,
    made_scene,
    meva,
    scores_of,
    tud,
)
from wayside.domain.tracks import Tracks
from wayside.track import Tracker

SEEDS = range(5)
COUNTS = (5, 20, 100)


def track(sequence: Sequence) -> list[Tracks]:
    """What our tracker says at each instant."""
    tracker = Tracker(aspect=sequence.width / sequence.height, seed=0)
    steps = zip(sequence.times_s, sequence.detections, strict=True)
    return [tracker.update(t_s, found) for t_s, found in steps]


def online(answers: list[Tracks]) -> list[Objects]:
    """Confirmed and observed, as known at that instant."""
    chosen = [a.where(a.confirmed & a.observed) for a in answers]
    return [Objects(a.ids, a.boxes) for a in chosen]


def with_early(answers: list[Tracks]) -> list[Objects]:
    """Observed, of every track that was confirmed sooner or later."""
    objects = np.unique(np.concatenate([a.ids[a.confirmed] for a in answers]))
    chosen = [a.where(np.isin(a.ids, objects) & a.observed) for a in answers]
    return [Objects(a.ids, a.boxes) for a in chosen]


def sequences(data: Path | None) -> dict[str, list[Sequence]]:
    """By column: the sequence, or its versions under several seeds."""
    columns = {name: [tud(name)] for name in TUD}
    if data is not None:
        for name in MEVA:
            path = data / f"{name}_ground_truth.jsonl.gz"
            short = name.removeprefix("meva_rv")
            columns[f"{short} 30 Hz"] = [meva(path, seed) for seed in SEEDS]
            columns[f"{short} 5 Hz"] = [meva(path, seed, 6) for seed in SEEDS]
    for rate in (3.0, 5.0, 10.0):
        columns[f"made {rate:g} Hz"] = [made_scene(100 + s, rate=rate) for s in SEEDS]
    return columns


def microseconds(sequence: Sequence) -> float:
    """Mean time of an update over one run."""
    begin = time.perf_counter()
    track(sequence)
    return (time.perf_counter() - begin) / len(sequence.times_s) * 1e6


def in_pixels(sequence: Sequence, name: str) -> dict[str, object]:
    scale = np.array([sequence.width, sequence.height] * 2)
    frames = [
        {
            "boxes": (d.boxes * scale).tolist(),
            "scores": d.scores.tolist(),
            "class_ids": d.class_ids.tolist(),
        }
        for d in sequence.detections
    ]
    return {"name": name, "rate": sequence.rate, "frames": frames}


class Peers:
    """``peers_tracking.py`` running in its own environment."""

    def __init__(
        self, python: Path, columns: dict[str, list[Sequence]], timed: list[Sequence]
    ) -> None:
        script = Path(__file__).with_name("peers_tracking.py")
        self._process = subprocess.Popen(
            [python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.tracked: dict[str, dict[str, list]] = self._ask(
            {
                "sequences": [
                    in_pixels(s, f"{column}/{n}")
                    for column, versions in columns.items()
                    for n, s in enumerate(versions)
                ],
                "timed": {s.name: in_pixels(s, s.name) for s in timed},
            }
        )

    def microseconds(self, tracker: str, sequence: Sequence) -> float:
        return self._ask({"tracker": tracker, "sequence": sequence.name})

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, question: dict[str, object]) -> Any:
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            sys.exit("peers_tracking.py ended early")
        return json.loads(answer)


def timings(peers: Peers, timed: list[Sequence], rounds: int) -> dict[str, dict[str, float]]:
    """Microseconds per update by tracker and sequence: the least of ``rounds``, taken in turns.

    What else runs on the machine disturbs all alike, and the least disturbed round counts.
    """
    spent = {name: {s.name: float("inf") for s in timed} for name in ("ours", *peers.tracked)}
    for _ in range(rounds):
        for s in timed:
            for name, least in spent.items():
                now = microseconds(s) if name == "ours" else peers.microseconds(name, s)
                least[s.name] = min(least[s.name], now)
    return spent


def peer_objects(frames: list[dict[str, list]], sequence: Sequence) -> list[Objects]:
    scale = np.array([sequence.width, sequence.height] * 2)
    return [
        Objects(
            np.array(f["ids"], np.int64),
            (np.array(f["boxes"]).reshape(-1, 4) / scale).astype(np.float32),
        )
        for f in frames
    ]


def mean_scores(each: list[dict[str, float]]) -> dict[str, float]:
    return {metric: float(np.mean([s[metric] for s in each])) for metric in METRICS}


def table(rows: dict[str, dict[str, dict[str, float]]], speed: dict[str, dict[str, float]]) -> str:
    """Markdown; speed as a multiple of ours."""
    columns = list(next(iter(rows.values())))
    heads = [*(f"{c} H/I/M" for c in columns), *(f"µs, {n} objects" for n in COUNTS)]
    lines = ["| tracker | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(heads)]
    for name, scores in rows.items():
        cells = ["/".join(f"{scores[c][m]:.1f}" for m in METRICS) for c in columns]
        for n in COUNTS:
            own = speed["ours"][f"busy-{n}"]
            theirs = speed.get(name, speed["ours"])[f"busy-{n}"]
            cells.append(f"{theirs:.0f} (x{theirs / own:.1f})")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers-python", type=Path, default=Path(".venv-peers/bin/python"))
    parser.add_argument("--data", type=Path, help="folder of the MEVA files; left out if not given")
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    columns = sequences(arguments.data)
    timed = [busy_scene(n) for n in COUNTS]
    ours = {c: [track(s) for s in versions] for c, versions in columns.items()}
    rows = {
        name: {
            c: mean_scores(
                [scores_of(s.truth, view(a)) for s, a in zip(versions, ours[c], strict=True)]
            )
            for c, versions in columns.items()
        }
        for name, view in (("ours", online), ("ours, early", with_early))
    }
    peers = Peers(arguments.peers_python, columns, timed)
    for name, tracked in peers.tracked.items():
        rows[name] = {
            c: mean_scores(
                [
                    scores_of(s.truth, peer_objects(tracked[f"{c}/{n}"], s))
                    for n, s in enumerate(versions)
                ]
            )
            for c, versions in columns.items()
        }
    speed = timings(peers, timed, arguments.rounds)
    peers.close()
    print(table(rows, speed))


if __name__ == "__main__":
    main()
