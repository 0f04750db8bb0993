"""Hand-made truth of the recorded clips, and how a run is held against it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The truth names directions as seen in the picture; ours are seen along the line.
_FORWARD = {"down": "forward", "up": "backward", "left": "forward", "right": "backward"}
_CLASSES = {
    "car": {"car"},
    "van": {"car", "truck"},
    "truck": {"car", "truck"},
    "person": {"person"},
    "cyclist": {"bicycle"},
}


@dataclass(frozen=True, slots=True)
class ClipTruth:
    clip: str
    lines: dict[str, list[list[float]]]
    events: list[dict[str, Any]]
    tolerance_s: float

    @classmethod
    def read(cls, path: Path) -> ClipTruth:
        table = json.loads(path.read_text("utf-8"))
        return cls(table["clip"], table["lines"], table["events"], table["tolerance_s"])

    def line_flags(self) -> list[str]:
        flags = []
        for name, ((x1, y1), (x2, y2)) in self.lines.items():
            flags += ["--line", f"{name}={x1},{y1},{x2},{y2}"]
        return flags


def crossings(events_file: Path) -> list[dict[str, Any]]:
    """``data`` of each crossing event of a run."""
    lines = events_file.read_text("utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    return [e["data"] for e in events if e["type"] == "wayside.traffic.line_crossing.v1"]


def differences(truth: ClipTruth, found: list[dict[str, Any]]) -> list[str]:
    """What is missing, what is too many, what has the wrong class; empty where all is right.

    Each true crossing takes the nearest unused one of its line and direction
    within the tolerance. Uncertain ones may be there or not.
    """
    unused = list(found)
    wrong = []
    for true in sorted(truth.events, key=lambda e: not e["certain"]):
        near = [
            f
            for f in unused
            if f["line"] == true["line"]
            and f["direction"] == _FORWARD[true["direction"]]
            and abs(f["t_s"] - true["t"]) <= truth.tolerance_s
        ]
        if near:
            best = min(near, key=lambda f: abs(f["t_s"] - true["t"]))
            unused.remove(best)
            if best["class"] not in _CLASSES[true["class"]]:
                wrong.append(f"{true['t']} s is {true['class']}, found {best['class']}")
        elif true["certain"]:
            wrong.append(f"{true['line']} {true['class']} at {true['t']} s is missing")
    wrong += [f"{f['line']} {f['class']} {f['direction']} at {f['t_s']} s is extra" for f in unused]
    return wrong
