"""Line crossings found in a clip, held against its hand-made truth."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

CLIPS = {
    "A": "A_car-detection.json",
    "B": "B_one-by-one-person.json",
    "C": "C_person-bicycle-car.json",
    "E": "E_road_approach.json",
}
SHORT = ("C", "E")

GROUPS = {
    "person": "person",
    "bicycle": "two-wheeler",
    "motorcycle": "two-wheeler",
    "cyclist": "two-wheeler",
    "car": "vehicle",
    "van": "vehicle",
    "truck": "vehicle",
    "bus": "vehicle",
}
"""What is told apart. Within vehicles the truth itself is by eye at 320x240 and is not judged."""

_NEVER = 1e6
"""Cost of a pair that is none; far above the sum of all differences."""

Place = tuple[str, str, str]
"""Line, direction (``forward`` or ``backward``), group."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """t_s: media seconds. certain: False where even the eye cannot say that it counts."""

    line: str
    direction: str
    group: str
    t_s: float
    certain: bool = True

    @property
    def place(self) -> Place:
        return self.line, self.direction, self.group


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip with its lines, as shares of the picture, and the true crossings."""

    name: str
    path: Path
    lines: dict[str, tuple[float, float, float, float]]
    truth: tuple[Crossing, ...]
    tolerance_s: float

    @property
    def flags(self) -> list[str]:
        """``--line`` for wayside and for the peers' script alike."""
        flags = []
        for name, points in self.lines.items():
            flags += ["--line", f"{name}={','.join(f'{p:g}' for p in points)}"]
        return flags


@dataclass(frozen=True, slots=True)
class Score:
    """correct: found at the true time; missed: not found; extra: found and not there."""

    correct: int = 0
    missed: int = 0
    extra: int = 0

    @property
    def wrong(self) -> int:
        return self.missed + self.extra

    def __add__(self, other: Score) -> Score:
        return Score(
            self.correct + other.correct, self.missed + other.missed, self.extra + other.extra
        )


def read_clip(name: str, data: Path) -> Clip:
    """One of CLIPS, from a folder with ``clips/`` and ``truth/``."""
    table = json.loads((data / "truth" / CLIPS[name]).read_text("utf-8"))
    lines = {line: (*a, *b) for line, (a, b) in table["lines"].items()}
    truth = tuple(
        Crossing(
            event["line"],
            direction_of(event["direction"], lines[event["line"]]),
            GROUPS[event["class"]],
            event["t"],
            event["certain"],
        )
        for event in table["events"]
    )
    return Clip(name, data / "clips" / table["clip"], lines, truth, table["tolerance_s"])


def direction_of(word: str, line: tuple[float, float, float, float]) -> str:
    """``forward`` or ``backward`` for a direction as seen in the picture.

    Forward is from the left of the line to its right, seen from its first
    point to its second; with y downwards the right of (dx, dy) is (-dy, dx).
    """
    x, y = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}[word]
    x1, y1, x2, y2 = line
    along = -(y2 - y1) * x + (x2 - x1) * y
    if along == 0:
        raise ValueError(f"'{word}' runs along the line {line}")
    return "forward" if along > 0 else "backward"


def crossings_of_wayside(events_file: Path) -> list[Crossing]:
    """Of an events.jsonl."""
    events = [json.loads(line) for line in events_file.read_text("utf-8").splitlines()]
    told = [e["data"] for e in events if e["type"] == "wayside.traffic.line_crossing.v1"]
    return [
        Crossing(d["line"], d["direction"], GROUPS.get(d["class"], d["class"]), d["t_s"])
        for d in told
    ]


def crossings_of_peers(answer: dict) -> list[Crossing]:
    """Of an answer of ``peers_tag.py``. LineZone calls ``in`` what comes to the line's left."""
    sides = {"in": "backward", "out": "forward"}
    return [
        Crossing(c["line"], sides[c["direction"]], GROUPS[c["class"]], c["t_s"])
        for c in answer["crossings"]
    ]


def scores(
    truth: Iterable[Crossing], found: Iterable[Crossing], tolerance_s: float
) -> dict[Place, Score]:
    """By line, direction and group; an uncertain truth is never wrong.

    Pairs are chosen together, as many as the tolerance allows and then with the
    least sum of differences: taking the nearest pair first would lose true pairs
    of a finder that is a little late everywhere.
    """
    true, unused = list(truth), list(found)
    apart = np.full((len(true), len(unused)), _NEVER)
    for i, t in enumerate(true):
        for j, f in enumerate(unused):
            if t.place == f.place and abs(t.t_s - f.t_s) <= tolerance_s:
                # Certain ones first where both could have it.
                apart[i, j] = abs(t.t_s - f.t_s) + (0.0 if t.certain else _NEVER / 1000)
    rows, columns = linear_sum_assignment(apart)
    real = apart[rows, columns] < _NEVER
    taken_true, taken_found = set(rows[real].tolist()), set(columns[real].tolist())
    correct = Counter(t.place for i, t in enumerate(true) if t.certain and i in taken_true)
    missed = Counter(t.place for i, t in enumerate(true) if t.certain and i not in taken_true)
    extra = Counter(f.place for j, f in enumerate(unused) if j not in taken_found)
    places = sorted({*correct, *missed, *extra})
    return {p: Score(correct[p], missed[p], extra[p]) for p in places}


def total(by_place: dict[Place, Score]) -> Score:
    return sum(by_place.values(), Score())
