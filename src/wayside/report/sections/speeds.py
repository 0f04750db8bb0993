"""Speeds at lines, or why there are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup

from wayside.domain.classes import ObjectClass
from wayside.report import charts, summary, words
from wayside.report.found import Found
from wayside.report.incidents import Incident
from wayside.report.speeds import SpeedSummary, summarise


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """label: class label for its swatch, "" for several classes together. Speeds in km/h."""

    line: str
    direction: str
    label: str
    name: str
    n: int
    mean: str
    v85: str
    v85_band: str | Markup
    error: str | Markup


@dataclass(frozen=True, slots=True)
class SpeedPanel:
    line: str
    direction: str
    v85: str
    chart: Markup


@dataclass(frozen=True, slots=True)
class Speeds:
    """reason: why there are no speeds, "" where there are. calibration: how good they are.

    rows and panels: of motor vehicles together, or of all objects where no
    motor vehicle has a speed; ``of`` says which. A percentile over people on
    foot and cars would describe neither. class_rows: each class on its own.
    """

    reason: str
    calibration: str
    of: str
    rows: list[SpeedRow]
    panels: list[SpeedPanel]
    class_rows: list[SpeedRow]


MOTOR_VEHICLES: Final = {
    ObjectClass.MOTORCYCLE,
    ObjectClass.CAR,
    ObjectClass.BUS,
    ObjectClass.TRUCK,
}


def build(found: Found) -> Speeds | None:
    lines = summary.line_counts(found.feed.geometry, found.crossings)
    if not lines:
        return None
    motor = [c for c in found.crossings if c.object_class in MOTOR_VEHICLES]
    of, counted = "motor vehicles", motor
    if summarise(motor) is None:
        of, counted = "all objects", found.crossings
    measured = [
        (line, speeds)
        for line in lines
        if (speeds := summarise([c for c in counted if line.holds(c)])) is not None
    ]
    class_rows = [
        row
        for line in lines
        for row in _class_rows(line, [c for c in found.crossings if line.holds(c)])
    ]
    return Speeds(
        "" if measured else _reason(found),
        _calibration(found),
        of,
        [_row(line, "", of, speeds) for line, speeds in measured],
        _panels(measured),
        class_rows,
    )


def _class_rows(line: summary.LineCount, crossings: Sequence[Incident]) -> list[SpeedRow]:
    rows = []
    for object_class in summary.by_class(crossings):
        speeds = summarise([c for c in crossings if c.object_class is object_class])
        if speeds is not None:
            rows.append(_row(line, object_class.label, words.class_name(object_class), speeds))
    return rows


def _row(line: summary.LineCount, label: str, name: str, speeds: SpeedSummary) -> SpeedRow:
    return SpeedRow(
        line.line,
        line.direction,
        label,
        name,
        speeds.n,
        _kmh(speeds.mean_mps),
        _kmh(speeds.v85_mps),
        _band(speeds),
        words.undefined("No error was estimated for these speeds")
        if speeds.error_mps is None
        else f"± {_kmh(speeds.error_mps)}",
    )


def _panels(measured: Sequence[tuple[summary.LineCount, SpeedSummary]]) -> list[SpeedPanel]:
    """All on the same two scales, to be compared at a glance."""
    if not measured:
        return []
    in_kmh = [np.asarray(speeds.speeds_mps * words.KMH_PER_MPS) for _, speeds in measured]
    edges = charts.histogram_edges(np.concatenate(in_kmh))
    top = max(float(np.histogram(values, edges)[0].max()) for values in in_kmh)
    return [
        SpeedPanel(
            line.line,
            line.direction,
            words.speed(speeds.v85_mps),
            charts.histogram(
                values,
                edges,
                unit="km/h",
                label=f"Speeds at {line.line} {line.direction}, {speeds.n} objects",
                top=top,
                mark=speeds.v85_mps * words.KMH_PER_MPS,
                band=_band_kmh(speeds),
            ),
        )
        for (line, speeds), values in zip(measured, in_kmh, strict=True)
    ]


def _band_kmh(speeds: SpeedSummary) -> tuple[float, float] | None:
    if speeds.v85_band is None:
        return None
    low, high = speeds.v85_band
    return low * words.KMH_PER_MPS, high * words.KMH_PER_MPS


def _band(speeds: SpeedSummary) -> str | Markup:
    band = _band_kmh(speeds)
    if band is None:
        return words.undefined(f"{speeds.n} speeds are too few for a band, it takes about 22")
    return f"{band[0]:.1f} to {band[1]:.1f}"


def _kmh(mps: float) -> str:
    return f"{mps * words.KMH_PER_MPS:.1f}"


def _reason(found: Found) -> str:
    if not found.crossings:
        return "Nothing crossed a line, so there are no speeds."
    if found.is_calibrated:
        return "This feed is calibrated, but no object was seen long enough to give a speed."
    return (
        "There are no speeds because this feed is not calibrated: a picture alone does not say "
        "how far apart two points of the road are. To calibrate it, give at least four points "
        "of the picture whose places on the ground are known in metres, as corners of road "
        "markings, under scene.calibration of the feed in site.yaml, and run it again."
    )


def _calibration(found: Found) -> str:
    geometry = found.feed.geometry
    points = len(geometry.control_points)
    if geometry.camera:
        return "Calibrated from traffic; its error is in the band of each speed."
    if geometry.lengths:
        return f"Calibrated with {len(geometry.lengths)} known lengths."
    if not points:
        return ""
    error = found.feed.calibration_error_m
    if error is None:
        return f"Calibrated with {points} points; no error of the calibration was estimated."
    return f"Calibrated with {points} points; their error on the ground is {error:.2f} m (RMS)."
