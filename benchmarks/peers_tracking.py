"""Runs every box tracker of the ``trackers`` package, in the peers' environment.

Started by ``tracking.py``. JSON lines: sequences (pixels) in, what each tracker
made of them out; then one tracker and sequence in, microseconds per update out.
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


def microseconds(make: Callable, sequence: dict) -> float:
    """Mean time of an update over one run."""
    frames = [detections_of(frame) for frame in sequence["frames"]]
    tracker = make(frame_rate=sequence["rate"])
    begin = time.perf_counter()
    for detections in frames:
        tracker.update(detections)
    return (time.perf_counter() - begin) / len(frames) * 1e6


def main() -> None:
    warnings.simplefilter("ignore")
    task = json.loads(sys.stdin.readline())
    tracked = {
        name: {s["name"]: run(make, s) for s in task["sequences"]}
        for name, make in TRACKERS.items()
    }
    print(json.dumps(tracked), flush=True)
    # One timed run per line asked, so that ours and theirs can take turns.
    for line in sys.stdin:
        asked = json.loads(line)
        timed = task["timed"][asked["sequence"]]
        print(json.dumps(microseconds(TRACKERS[asked["tracker"]], timed)), flush=True)


if __name__ == "__main__":
    main()
