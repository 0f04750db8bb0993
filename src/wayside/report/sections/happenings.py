"""The list of events, in plain words, as rows for the page's script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from wayside.domain.records import Severity
from wayside.report import words
from wayside.report.found import Found
from wayside.report.incidents import Incident
from wayside.report.pictures import chosen_stills, data_uri

FIRST_ROWS = 50
"""What is in the page itself, for paper and for readers without script. The script pages by it."""

MOST_ROWS = 20_000
"""In one report: about 3 MB. The rest is in the exported events."""

Row: TypeAlias = list[str | int]
"""time, words, kind, place, class label, direction, severity ("" for info), still (-1 for none).

kind, place and class are indices into the lists of Happenings."""


@dataclass(frozen=True, slots=True)
class Happenings:
    """classes: (label, name). stills: data URIs. left_out: rows beyond the most we list."""

    rows: list[Row]
    kinds: list[str]
    places: list[str]
    classes: list[tuple[str, str]]
    stills: list[str]
    captions: list[str]
    total: int
    left_out: int
    clock: str

    @property
    def first_rows(self) -> list[Row]:
        return self.rows[:FIRST_ROWS]


def build(found: Found, *, most_rows: int, stills_bytes: int) -> Happenings:
    listed = found.incidents[:most_rows]
    kinds = sorted({words.kind_name(i.kind) for i in listed})
    places = sorted({i.place for i in listed})
    classes = sorted({i.object_class for i in listed})
    pictured = chosen_stills(listed, found.feed.event_stills, stills_bytes)
    order = {incident: n for n, incident in enumerate(sorted(pictured))}
    rows: list[Row] = [
        [
            found.instant(incident.start_s),
            words.sentence(incident),
            kinds.index(words.kind_name(incident.kind)),
            places.index(incident.place),
            classes.index(incident.object_class),
            incident.direction,
            _severity(incident),
            order.get(index, -1),
        ]
        for index, incident in enumerate(listed)
    ]
    return Happenings(
        rows,
        kinds,
        places,
        [(c.label, words.class_name(c)) for c in classes],
        [data_uri(pictured[i], "image/jpeg") for i in sorted(pictured)],
        [
            words.timed_sentence(listed[i], found.instant(listed[i].start_s))
            for i in sorted(pictured)
        ],
        len(found.incidents),
        len(found.incidents) - len(listed),
        found.clock_name,
    )


def _severity(incident: Incident) -> str:
    return "" if incident.severity is Severity.INFO else str(incident.severity)
