"""How the run went: counters, CPU by stage, and the measurements as recorded."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from wayside.domain.records import Measurement
from wayside.report import words
from wayside.report.found import Found

MOST_MEASUREMENTS = 300


@dataclass(frozen=True, slots=True)
class StageRow:
    """share: of all stages, 0..1. per_second: CPU milliseconds for a second of video."""

    stage: str
    cpu: str
    per_second: str | Markup
    share: float


@dataclass(frozen=True, slots=True)
class MeasurementRow:
    window: str
    metric: str
    place: str
    of: str
    value: str | Markup
    unit: str
    coverage: str


@dataclass(frozen=True, slots=True)
class Running:
    counters: list[tuple[str, str]]
    stages: list[StageRow]
    cpu_total: str
    measurements: list[MeasurementRow]
    measurements_left_out: int


def build(found: Found) -> Running | None:
    feed = found.feed
    if not (feed.stage_cpu_s or feed.counters or feed.measurements):
        return None
    total = sum(feed.stage_cpu_s.values())
    stages = [
        StageRow(
            _plain(stage),
            f"{cpu_s:.2f} s",
            f"{cpu_s / feed.duration_s * 1000:.1f} ms"
            if feed.duration_s > 0
            else words.undefined("The video has no length"),
            cpu_s / total if total > 0 else 0.0,
        )
        for stage, cpu_s in feed.stage_cpu_s.items()
    ]
    return Running(
        [(_plain(name).capitalize(), words.number(count)) for name, count in feed.counters.items()],
        stages,
        f"{total:.2f} s",
        [_measurement(found, m) for m in feed.measurements[:MOST_MEASUREMENTS]],
        max(0, len(feed.measurements) - MOST_MEASUREMENTS),
    )


def _measurement(found: Found, measurement: Measurement) -> MeasurementRow:
    reading, feed = measurement.reading, found.feed
    value: str | Markup
    if reading.value is None or not math.isfinite(reading.value):
        value = words.undefined("Undefined here: nothing to measure")
    else:
        value = f"{reading.value:,.4g}"
        value += "" if reading.error is None else f" ± {reading.error:,.2g}"
    start = found.instant(feed.offset_s(measurement.window_start))
    end = found.instant(feed.offset_s(measurement.window_end))
    return MeasurementRow(
        f"{start} to {end}",
        _plain(reading.metric),
        reading.place,
        ", ".join(part for part in (reading.class_label, reading.direction) if part),
        value,
        reading.unit,
        words.percent(measurement.coverage),
    )


def _plain(name: str) -> str:
    return name.replace("_", " ")
