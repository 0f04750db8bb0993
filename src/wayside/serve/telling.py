"""From what the house says to what /api/v1 answers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from wayside.domain.feeds import Attention, FeedState, FeedStatus
from wayside.domain.junctions import Junction
from wayside.domain.records import Event
from wayside.events.words import words_of
from wayside.serve import shapes
from wayside.serve.house import House
from wayside.serve.records import (
    FeedEntry,
    Series,
    SiteProblem,
    SiteState,
    StoredIncident,
    TimedPath,
)
from wayside.serve.traffic import UsualSeries


def site(house: House) -> shapes.SiteShape:
    state = house.site.current()
    statuses = house.fleet.statuses()
    known = [statuses[each.id] for each in state.feeds if each.id in statuses]
    live = [each for each in known if each.state is FeedState.LIVE]
    workers = house.fleet.workers()
    return shapes.SiteShape(
        site=state.site,
        version=house.facts.version,
        config_version=state.version,
        started=house.facts.started,
        demo=house.truth is not None,
        redaction=shapes.RedactionShape(style=state.redaction_style),
        model=shapes.ModelShape(name=house.facts.model, why=house.facts.model_why),
        problems=[_problem(each) for each in state.problems],
        notices=[_problem(each) for each in state.notices],
        cores=house.facts.cores,
        workers=[
            shapes.WorkerShape(
                worker=each.worker,
                pid=each.pid,
                state=each.state,
                feeds=each.feeds,
                restarts=each.restarts,
                cpu=each.cpu,
                rss_mb=each.rss_mb,
                stages=dict(each.stages),
                problem=each.problem,
                load=each.load,
                redaction_failures=each.redaction_failures,
            )
            for each in workers
        ],
        feeds=_totals(state, known),
        attention=_attention(live),
        lag_p95_s=percentile_95(each.lag_s for each in live if each.lag_s is not None),
        coverage=math.fsum(each.coverage for each in live) / len(live) if live else None,
        dropped=sum(each.dropped for each in known),
        redaction_failures=None
        if house.is_limited
        else sum(each.redaction_failures for each in workers),
    )


def _problem(found: SiteProblem) -> shapes.SiteProblemShape:
    return shapes.SiteProblemShape(
        file=found.file, line=found.line, what=found.what, remedy=found.remedy
    )


def _totals(state: SiteState, known: Iterable[FeedStatus]) -> shapes.FeedTotals:
    states = Counter(each.state.value for each in known)
    # A feed that no worker has spoken of yet is on its way.
    states[FeedState.CONNECTING.value] += len(state.feeds) - states.total()
    return shapes.FeedTotals(
        total=len(state.feeds), **{s.value: states[s.value] for s in FeedState}
    )


def _attention(live: Iterable[FeedStatus]) -> shapes.AttentionTotals:
    found = Counter(each.attention for each in live)
    return shapes.AttentionTotals(
        watched=found[Attention.WATCHED],
        asleep=found[Attention.ASLEEP],
        keyframes=found[Attention.KEYFRAMES],
    )


def percentile_95(values: Iterable[float]) -> float | None:
    """Nearest rank; None of nothing."""
    ordered = sorted(values)
    return ordered[math.ceil(0.95 * len(ordered)) - 1] if ordered else None


def status(found: FeedStatus) -> shapes.StatusShape:
    return shapes.StatusShape(
        feed=found.feed,
        state=found.state.value,
        reason=found.reason,
        since=found.since,
        session=found.session,
        attempt=found.attempt,
        next_try_s=found.next_try_s,
        codec=found.codec,
        width=found.width,
        height=found.height,
        fps_in=found.fps_in,
        fps_analysed=found.fps_analysed,
        bitrate_kbps=found.bitrate_kbps,
        lag_s=found.lag_s,
        last_frame=found.last_frame,
        received=found.received,
        dropped=found.dropped,
        corrupt=found.corrupt,
        reconnects=found.reconnects,
        coverage=found.coverage,
        conditions=list(found.conditions),
        clock_drift_s=found.clock_drift_s,
        cpu_ms_per_s=found.cpu_ms_per_s,
        worker=found.worker,
        attention=found.attention,
        asleep=found.asleep,
    )


def feed(entry: FeedEntry, found: FeedStatus | None) -> shapes.FeedShape:
    """No password: the source's address is the masked one."""
    source = entry.source
    return shapes.FeedShape(
        id=entry.id,
        kind=source.kind.value,
        source=entry.shown,
        transport=source.transport,
        loop=source.loop,
        every_s=source.every_s,
        rate=source.rate,
        groups=sorted(entry.groups),
        scene=dict(entry.scene),
        rules=[dict(rule) for rule in entry.rules],
        status=None if found is None else status(found),
    )


def path(found: TimedPath) -> shapes.PathShape:
    return shapes.PathShape(
        class_label=found.class_label,
        start=found.start,
        end=found.end,
        points=[(round(x, 4), round(y, 4)) for x, y in found.points],
    )


def incident(found: StoredIncident) -> shapes.IncidentShape:
    return shapes.IncidentShape(**_incident_fields(found))


def incident_with_phases(
    found: StoredIncident, phases: Iterable[Event]
) -> shapes.IncidentWithPhases:
    return shapes.IncidentWithPhases(
        **_incident_fields(found),
        phases=[
            shapes.PhaseShape(
                phase=each.phase.value,
                start=each.start,
                end=each.end,
                severity=each.severity.value,
                data=dict(each.data),
            )
            for each in phases
        ],
    )


def _incident_fields(found: StoredIncident) -> dict[str, Any]:
    seen = found.acknowledged
    label = found.data.get("class")
    return {
        "id": str(found.incident_id),
        "kind": found.kind,
        "feed": found.feed,
        "place": found.place,
        "severity": found.severity.value,
        "phase": found.phase.value,
        "start": found.start,
        "end": found.end,
        "class_label": label if isinstance(label, str) else None,
        "data": dict(found.data),
        "has_still": found.has_still,
        "has_clip": found.has_clip,
        "acknowledged": seen
        and shapes.AcknowledgementShape(by=seen.by, at=seen.at, note=seen.note),
        "words": words_of(found),
    }


def approaches(junction: Junction) -> list[dict[str, Any]]:
    return [
        {"id": each.id, "title": each.name, "bearing_deg": each.bearing_deg}
        for each in junction.approaches
    ]


def usuals(
    found: Iterable[UsualSeries], since: datetime, until: datetime, step_s: int, weeks: int
) -> shapes.UsualsShape:
    return shapes.UsualsShape(
        since=since,
        until=until,
        step_s=step_s,
        weeks=weeks,
        series=[
            shapes.UsualShape(
                feed=each.feed,
                place_kind=each.place_kind,
                place=each.place,
                metric=each.metric,
                unit=each.unit,
                class_label=each.class_label,
                direction=each.direction,
                points=[
                    (at, step.median, step.low, step.high, step.days)
                    for at, step in zip(each.times, each.steps, strict=True)
                ],
            )
            for each in found
        ],
    )


def series(found: Series) -> shapes.SeriesShape:
    return shapes.SeriesShape(
        feed=found.feed,
        place_kind=found.place_kind,
        place=found.place,
        metric=found.metric,
        unit=found.unit,
        class_label=found.class_label,
        direction=found.direction,
        points=[(each.at, each.value, each.coverage) for each in found.points],
    )
