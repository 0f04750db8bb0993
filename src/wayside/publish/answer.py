"""A release as rows and as JSON: every number with its band, and how it was made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from wayside.domain.records import JsonValue
from wayside.domain.time import rfc3339
from wayside.publish.epsilon import MILLION, epsilon_text
from wayside.publish.ledger import Release
from wayside.publish.noise import MECHANISM, band_of, scale_of
from wayside.publish.policy import Policy
from wayside.publish.question import Question, Series

Cell = str | float | None

COLUMNS: Final = (
    "feed", "line", "direction", "class", "metric", "unit", "start", "end", "value", "band_95",
    "epsilon", "rho_s", "stays", "chunk_s", "memory_s", "clamp", "mechanism", "scale", "release",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an answer will be worth, known before it is asked: it hangs on no record.

    scale: of the noise, in crossings and in chunks. band: 95 % of all numbers lie so near
    to the exact, clamped ones. most: that an interval of one line can come to.
    """

    sensitivity: int
    scale: float
    band: int
    numbers: int
    most: int

    @classmethod
    def of(cls, question: Question, policy: Policy) -> Expectation:
        """Raises ValueError where the question does not lie on the policy's grid."""
        question.chunks(policy)
        sensitivity = question.sensitivity(policy)
        scale = scale_of(sensitivity, question.epsilon)
        return cls(
            sensitivity,
            scale,
            band_of(scale),
            len(question.series) * question.intervals,
            question.interval_s // policy.chunk_s * question.clamp,
        )


def rows(question: Question, policy: Policy, release: Release) -> Iterator[tuple[Cell, ...]]:
    """The header, then one row for each number. Nothing is rounded up to 0 or left out."""
    yield COLUMNS
    made = (
        epsilon_text(question.epsilon), policy.rho_s, policy.stays, policy.chunk_s,
        policy.memory_s, question.clamp, MECHANISM, round(release.scale, 3), release.number,
    )  # fmt: skip
    for series, numbers in zip(question.series, release.numbers, strict=True):
        unit = _unit(series, policy)
        where = (series.feed, series.line, series.direction, series.class_label, *_what(series))
        band = band_of(release.scale) * unit
        for (start, end), number in zip(_intervals(question), numbers, strict=True):
            yield (*where, rfc3339(start), rfc3339(end), number * unit, band, *made)


def as_json(question: Question, policy: Policy, release: Release) -> dict[str, JsonValue]:
    return {
        "release": release.number,
        "released_at": rfc3339(release.at),
        "epsilon": question.epsilon / MILLION,
        "policy": {
            "rho_s": policy.rho_s,
            "stays": policy.stays,
            "budget": policy.budget / MILLION,
            "chunk_s": policy.chunk_s,
            "memory_s": policy.memory_s,
        },
        "mechanism": MECHANISM,
        "scale": release.scale,
        "sensitivity": question.sensitivity(policy),
        "clamp": question.clamp,
        "since": rfc3339(question.since),
        "until": rfc3339(question.until),
        "interval_s": question.interval_s,
        "series": [
            {
                "feed": series.feed,
                "line": series.line,
                "direction": series.direction,
                "class": series.class_label,
                "metric": _what(series)[0],
                "unit": _what(series)[1],
                "band_95": band_of(release.scale) * _unit(series, policy),
                "points": [
                    {"start": rfc3339(start), "end": rfc3339(end),
                     "value": number * _unit(series, policy)}
                    for (start, end), number in zip(_intervals(question), numbers, strict=True)
                ],
            }
            for series, numbers in zip(question.series, release.numbers, strict=True)
        ],
    }  # fmt: skip


def _what(series: Series) -> tuple[str, str]:
    """(metric, unit)."""
    return ("watched", "s") if series.is_watched else ("count", "objects")


def _unit(series: Series, policy: Policy) -> int:
    """What one of the number's units is: a crossing, or the seconds of a chunk."""
    return policy.chunk_s if series.is_watched else 1


def _intervals(question: Question) -> Iterator[tuple[datetime, datetime]]:
    length = timedelta(seconds=question.interval_s)
    for number in range(question.intervals):
        start = question.since + number * length
        yield start, start + length
