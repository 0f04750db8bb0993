"""Movements: from which line to which."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from wayside.domain.junctions import junction_of_feed
from wayside.report import summary, words
from wayside.report.diagram import movement_diagram
from wayside.report.found import Found


@dataclass(frozen=True, slots=True)
class TurnRow:
    movement: str
    origin: str
    destination: str
    counts: list[int]
    total: int
    travel: str | Markup


@dataclass(frozen=True, slots=True)
class Turns:
    """matrix: a row an origin, a cell a destination; None where no such movement is watched."""

    classes: list[tuple[str, str]]
    rows: list[TurnRow]
    origins: list[str]
    destinations: list[str]
    matrix: list[list[int | None]]
    most: int
    diagram: Markup


def build(found: Found) -> Turns | None:
    movements = summary.movement_counts(found.feed.geometry, found.movements)
    if not movements:
        return None
    classes = summary.classes_seen(m.classes for m in movements)
    origins = list(dict.fromkeys(m.origin for m in movements))
    destinations = list(dict.fromkeys(m.destination for m in movements))
    cells: dict[tuple[str, str], int] = {}
    for m in movements:
        key = (m.origin, m.destination)
        cells[key] = cells.get(key, 0) + m.total
    return Turns(
        [(c.label, words.class_name(c)) for c in classes],
        [_row(m, [m.classes.get(c, 0) for c in classes]) for m in movements],
        origins,
        destinations,
        [[cells.get((a, b)) for b in destinations] for a in origins],
        max(1, *cells.values()),
        movement_diagram(
            junction_of_feed(found.feed.feed, found.feed.geometry),
            {m.movement: m.total for m in movements},
            label="Movements: "
            + ", ".join(f"{m.origin} to {m.destination} {m.total}" for m in movements),
        ),
    )


def _row(movement: summary.MovementCount, counts: list[int]) -> TurnRow:
    travel: str | Markup
    if movement.travel_s is None:
        travel = words.undefined("Nothing made this movement, or its time was not recorded")
    else:
        travel = words.tenths(movement.travel_s)
    return TurnRow(
        movement.movement,
        movement.origin,
        movement.destination,
        counts,
        movement.total,
        travel,
    )
