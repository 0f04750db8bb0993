"""What was counted against what is true. Pure: values in, values out.

Two crossings are the same one if line and direction agree and their times
differ by no more than a second; each is used once, the nearest in time first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.errors import SourceUnreadable

CROSSING_TYPE = "wayside.traffic.line_crossing.v1"
MATCH_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Counted:
    """One crossing, true or counted. speed_mps: None where none was measured."""

    line: str
    direction: str
    group: ClassGroup
    t_s: float
    speed_mps: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Numbers of one line and direction, by class group."""

    line: str
    direction: str
    truth: Mapping[ClassGroup, int]
    counted: Mapping[ClassGroup, int]

    @property
    def truth_all(self) -> int:
        return sum(self.truth.values())

    @property
    def counted_all(self) -> int:
        return sum(self.counted.values())

    @property
    def difference(self) -> float | None:
        """(counted - truth) / truth over all groups, None where nothing was to be counted."""
        if not self.truth_all:
            return None
        return (self.counted_all - self.truth_all) / self.truth_all


@dataclass(frozen=True, slots=True)
class Comparison:
    """rows: by line and direction. total: over all of them.

    matched, missed, extra: crossings found in both, in the truth alone, in the
    count alone; the class is not asked. speed_error: median of
    |measured - true| / true over matched crossings with a speed, None without any.
    """

    rows: tuple[Row, ...]
    total: Row
    matched: int
    missed: int
    extra: int
    speed_error: float | None


def compare(truth: Sequence[Counted], counted: Sequence[Counted]) -> Comparison:
    """Counts side by side, and speeds of the crossings that are the same."""
    pairs = matches(truth, counted)
    errors = [
        abs(found.speed_mps - true.speed_mps) / true.speed_mps
        for true, found in pairs
        if found.speed_mps is not None and true.speed_mps
    ]
    return Comparison(
        _rows(truth, counted),
        Row("all", "", _by_group(truth), _by_group(counted)),
        len(pairs),
        len(truth) - len(pairs),
        len(counted) - len(pairs),
        median(errors) if errors else None,
    )


def _by_group(crossings: Iterable[Counted]) -> Mapping[ClassGroup, int]:
    return Counter(one.group for one in crossings)


def _rows(truth: Sequence[Counted], counted: Sequence[Counted]) -> tuple[Row, ...]:
    places = sorted({(one.line, one.direction) for one in (*truth, *counted)})

    def at(crossings: Sequence[Counted], place: tuple[str, str]) -> Mapping[ClassGroup, int]:
        return _by_group(one for one in crossings if (one.line, one.direction) == place)

    return tuple(Row(*place, at(truth, place), at(counted, place)) for place in places)


def matches(
    truth: Sequence[Counted], counted: Sequence[Counted], within_s: float = MATCH_WITHIN_S
) -> list[tuple[Counted, Counted]]:
    """Pairs (true, counted) of the same crossing."""
    candidates = sorted(
        (abs(true.t_s - found.t_s), i, j)
        for i, true in enumerate(truth)
        for j, found in enumerate(counted)
        if (true.line, true.direction) == (found.line, found.direction)
        and abs(true.t_s - found.t_s) <= within_s
    )
    used_true: set[int] = set()
    used_found: set[int] = set()
    pairs = []
    for _, i, j in candidates:
        if i not in used_true and j not in used_found:
            used_true.add(i)
            used_found.add(j)
            pairs.append((truth[i], counted[j]))
    return pairs


def read_truth(path: Path) -> list[Counted]:
    """The crossings of a truth.json. Raises SourceUnreadable where it is none."""
    try:
        crossings = json.loads(path.read_text(encoding="utf-8"))["crossings"]
        return [_counted(crossing) for crossing in crossings]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceUnreadable(
            "not a truth.json",
            where=str(path),
            remedy="Write it with python -m wayside.testing.town",
        ) from error


def read_events(path: Path) -> list[Counted]:
    """The line crossings among CloudEvents, one a line. Raises SourceUnreadable with the line."""
    found = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            event = json.loads(text)
            if event["type"] == CROSSING_TYPE:
                found.append(_counted(event["data"]))
        except (ValueError, KeyError, TypeError) as error:
            raise SourceUnreadable(
                "not a line crossing event",
                where=f"{path}:{number}",
                remedy="Write the file with wayside tag",
            ) from error
    return found


def _counted(fields: dict[str, Any]) -> Counted:
    speed = fields.get("speed_mps")
    return Counted(
        str(fields["line"]),
        str(fields["direction"]),
        ObjectClass.from_label(fields["class"]).group,
        float(fields["t_s"]),
        None if speed is None else float(speed),
    )
