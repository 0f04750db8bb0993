"""Events and measurements as files for other programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

from wayside.domain.records import Event, Measurement
from wayside.domain.time import rfc3339
from wayside.events.cloudevents import to_cloudevent
from wayside.store.atomic import replacing

MEASUREMENT_COLUMNS = (
    "site",
    "feed",
    "window_start",
    "window_end",
    "start_s",
    "end_s",
    "place_kind",
    "place",
    "metric",
    "class",
    "direction",
    "value",
    "unit",
    "error",
    "coverage",
)


def write_events_jsonl(events: Iterable[Event], path: Path) -> None:
    """One CloudEvent in JSON a line, in the order given. Raises OutputError."""
    with replacing(path) as file:
        for event in events:
            json.dump(to_cloudevent(event), file, ensure_ascii=False, allow_nan=False)
            file.write("\n")


def write_measurements_csv(measurements: Iterable[Measurement], path: Path) -> None:
    """RFC 4180 with a header line; an undefined value or error is empty. Raises OutputError."""
    with replacing(path) as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(MEASUREMENT_COLUMNS)
        table.writerows(_cells(measurement) for measurement in measurements)


def _cells(measurement: Measurement) -> tuple[str, ...]:
    reading = measurement.reading
    return (
        measurement.origin.site,
        measurement.origin.feed,
        rfc3339(measurement.window_start),
        rfc3339(measurement.window_end),
        _number(measurement.window_start_s),
        _number(measurement.window_end_s),
        reading.place_kind,
        reading.place,
        reading.metric,
        reading.class_label,
        reading.direction,
        _number(reading.value),
        reading.unit,
        _number(reading.error),
        _number(measurement.coverage),
    )


def _number(value: float | None) -> str:
    """The shortest text that reads back as the same number; whole numbers without ``.0``."""
    return "" if value is None else repr(float(value)).removesuffix(".0")
