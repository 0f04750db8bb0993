"""Runs every tracker of the ``trackers`` package, in the peers' environment.

Started by ``tracking.py``. Standard input: JSON of sequences (pixels). Standard
output: JSON of what each tracker made of them, and microseconds per update.
Settings are the package's defaults plus the sequence's frame rate. Three of
them by default call everything in the first picture an object at once; they
run with that (``instant``) and without, so that each confirms by repetition.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import supervision as sv
from trackers import (
    BoTSORTTracker,
    ByteTrackTracker,
    CBIoUTracker,
    McByteTracker,
    OCSORTTracker,
    SORTTracker,
)

_REPEATED = {"instant_first_frame_activation": False}
TRACKERS = {
    "ByteTrack": ByteTrackTracker,
    "SORT": SORTTracker,
    "OC-SORT": OCSORTTracker,
    "BoT-SORT": partial(BoTSORTTracker, **_REPEATED),
    "C-BIoU": partial(CBIoUTracker, **_REPEATED),
    "McByte": partial(McByteTracker, **_REPEATED),
    "BoT-SORT, instant": BoTSORTTracker,
    "C-BIoU, instant": CBIoUTracker,
    "McByte, instant": McByteTracker,
}


def detections_of(frame: dict[str, list]) -> sv.Detections:
    return sv.Detections(
        xyxy=np.array(frame["boxes"], np.float32).reshape(-1, 4),
        confidence=np.array(frame["scores"], np.float32),
        class_id=np.array(frame["class_ids"], int),
    )


def run(make: Callable, sequence: dict) -> list[dict[str, list]]:
    tracker = make(frame_rate=sequence["rate"])
    answers = []
    for frame in sequence["frames"]:
        tracked = tracker.update(detections_of(frame))
        named = tracked.tracker_id >= 0
        answers.append(
            {"ids": tracked.tracker_id[named].tolist(), "boxes": tracked.xyxy[named].tolist()}
        )
    return answers


def microseconds(make: Callable, sequence: dict, repeats: int) -> float:
    """Least over repeats of the mean time of an update: the others were disturbed."""
    frames = [detections_of(frame) for frame in sequence["frames"]]
    spent = []
    for _ in range(repeats):
        tracker = make(frame_rate=sequence["rate"])
        begin = time.perf_counter()
        for detections in frames:
            tracker.update(detections)
        spent.append((time.perf_counter() - begin) / len(frames) * 1e6)
    return float(min(spent))


def main() -> None:
    warnings.simplefilter("ignore")
    task = json.load(sys.stdin)
    answer = {
        name: {
            "tracked": {s["name"]: run(make, s) for s in task["sequences"]},
            "microseconds": {
                s["name"]: microseconds(make, s, task["repeats"]) for s in task["timed"]
            },
        }
        for name, make in TRACKERS.items()
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
