"""Drives the product's analyzers over a recording, all rules on, as a worker does."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields
from typing import Any

from wayside.analyze.analyzer import Analyzer
from wayside.analyze.analyzers import analyzers_for
from wayside.analyze.rules import KINDS, Rules
from wayside.domain.records import Finding, Reading
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene
from wayside.testing.sumo.noise import Noise, tracked
from wayside.testing.sumo.recording import Recording

QUEUE_LONGER_M = 30.0


@dataclass(frozen=True, slots=True)
class Told:
    """A finding and the media second at which it was told."""

    t_s: float
    finding: Finding


@dataclass(frozen=True, slots=True)
class Window:
    """Readings of [start_s, end_s)."""

    start_s: float
    end_s: float
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """What analyzers made of a recording. cpu_s: of the analyzers alone, over ``updates``."""

    told: tuple[Told, ...]
    windows: tuple[Window, ...]
    updates: int
    cpu_s: float

    def of_kind(self, kind: str) -> list[Told]:
        """What began incidents of this kind."""
        return [t for t in self.told if t.finding.kind == kind and t.finding.phase.begins]

    def rows(self, metric: str, place_kind: str) -> list[tuple[Window, Reading]]:
        """Readings of a metric, over all classes where there are such."""
        return [
            (window, row)
            for window in self.windows
            for row in window.readings
            if row.metric == metric and row.place_kind == place_kind and not row.class_label
        ]


def _rule(kind: str, **values: Any) -> Any:
    rule: Any = KINDS[kind]
    return rule(**values)


def every_rule(scene: Scene, *, motorway: bool) -> Rules:
    """A rule of each kind that there is, with its defaults, on every place that it fits.

    motorway: cyclists are none of its users, so they are told of too.
    """
    asked: list[Any] = []
    given: dict[str, dict[str, Any]] = {
        "queue": {"longer_than_m": QUEUE_LONGER_M},
        "on_carriageway": {"classes": ("person", "bicycle")} if motorway else {},
    }
    roads = [zone for zone in scene.geometry.zones if zone.use.is_road and zone.heading]
    for kind, rule in KINDS.items():
        needed = {
            f.name for f in fields(rule) if f.init and f.default is MISSING is f.default_factory
        }
        if not needed:
            asked.append(_rule(kind, **given.get(kind, {})))
        elif needed == {"zone"}:
            asked += [
                _rule(kind, zone=zone.id, **given.get(kind, {}))
                for zone in roads
                if (zone.use == "lane") == (kind == "queue")
            ]
    return Rules(asked=tuple(asked))


def watch(
    recording: Recording,
    noise: Noise | None = None,
    rate_hz: float = 3.0,
    *,
    rules: Rules | None = None,
    window_s: float | None = None,
) -> Watched:
    """All that the analyzers say. window_s: that of the truth where None."""
    scene = Scene(recording.scene, recording.aspect)
    if rules is None:
        rules = every_rule(scene, motorway=recording.name.startswith("motorway"))
    analyzers = analyzers_for(scene, rules)
    return driven(
        analyzers,
        tracked(recording, noise, rate_hz),
        recording.seconds,
        window_s or recording.truth.window_s,
    )


def driven(
    analyzers: list[Analyzer], tracks: Iterable[Tracks], seconds: float, window_s: float
) -> Watched:
    """Each analyzer sees each instant; windows are read once they have settled."""
    told: list[Told] = []
    read: dict[float, list[Reading]] = {}
    ends = [window_s for _ in analyzers]
    updates, cpu_s, t_s = 0, 0.0, 0.0
    for now in tracks:
        t_s = now.t_s
        began = time.process_time()
        for number, analyzer in enumerate(analyzers):
            told.extend(Told(t_s, finding) for finding in analyzer.update(now))
            while ends[number] + analyzer.settling_s <= t_s:
                end_s = ends[number]
                rows = analyzer.readings(end_s - window_s, end_s)
                read.setdefault(end_s, []).extend(rows)
                ends[number] = end_s + window_s
        cpu_s += time.process_time() - began
        updates += 1
    for number, analyzer in enumerate(analyzers):
        told.extend(Told(t_s, finding) for finding in analyzer.finish(t_s))
        while ends[number] <= seconds + 1e-9:
            end_s = ends[number]
            rows = analyzer.readings(end_s - window_s, end_s)
            read.setdefault(end_s, []).extend(rows)
            ends[number] = end_s + window_s
    windows = tuple(Window(end - window_s, end, tuple(rows)) for end, rows in sorted(read.items()))
    return Watched(tuple(told), windows, updates, cpu_s)
