"""Records for report tests, and a plausible junction to look at.

python tests/unit/report/sample.py OUT.html [STILL.jpg]
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np

from wayside.domain.classes import ObjectClass
from wayside.domain.records import Event, Measurement, Origin, Phase, Reading, Severity
from wayside.domain.scene import ControlPoint, Line, Movement, SceneGeometry, Zone
from wayside.domain.tracks import Trajectory
from wayside.report.contents import FeedContents, Gap, ReportContents

START = datetime(2026, 11, 22, 8, 3, 20, tzinfo=UTC)
ORIGIN = Origin("demo", "junction", "s1")

NORTH = Line("north-in", (0.36, 0.34), (0.62, 0.3))
EAST = Line("east-in", (0.84, 0.42), (0.86, 0.88))
SOUTH = Line("south-in", (0.68, 0.9), (0.3, 0.92))
GEOMETRY = SceneGeometry(
    lines=(NORTH, EAST, SOUTH),
    zones=(Zone("crossing", ((0.08, 0.45), (0.28, 0.42), (0.3, 0.78), (0.06, 0.82))),),
    movements=(
        Movement("north to south", "north-in", "south-in"),
        Movement("north to east", "north-in", "east-in"),
        Movement("south to east", "south-in", "east-in"),
    ),
)


def uuid(n: int) -> UUID:
    return UUID(int=n)


def event(
    n: int,
    kind: str,
    place: str,
    start_s: float,
    *,
    end_s: float | None = None,
    phase: Phase = Phase.INSTANT,
    incident: int | None = None,
    severity: Severity = Severity.INFO,
    start: datetime = START,
    **data: object,
) -> Event:
    """Event number n. ``class_`` in data stands for the key ``class``."""
    if "class_" in data:
        data["class"] = data.pop("class_")
    return Event(
        event_id=uuid(n),
        incident_id=uuid(10_000_000 + (n if incident is None else incident)),
        origin=ORIGIN,
        sequence=n,
        kind=kind,
        phase=phase,
        start=start + timedelta(seconds=start_s),
        end=None if end_s is None else start + timedelta(seconds=end_s),
        start_s=start_s,
        end_s=end_s,
        place=place,
        severity=severity,
        data=data,  # type: ignore[arg-type]
    )


def crossing(
    n: int, line: str, direction: str, start_s: float, class_: str = "car", **data: object
) -> Event:
    return event(
        n,
        "traffic.line_crossing",
        line,
        start_s,
        end_s=start_s,
        class_=class_,
        direction=direction,
        line=line,
        **data,
    )


def visit(n: int, zone: str, start_s: float, end_s: float | None, class_: str) -> list[Event]:
    """OPEN, and CLOSE where end_s is given. Takes the numbers n and n + 1."""
    kind = "venue.zone_presence"
    opened = event(n, kind, zone, start_s, phase=Phase.OPEN, incident=n, class_=class_)
    if end_s is None:
        return [opened]
    closed = event(
        n + 1,
        kind,
        zone,
        start_s,
        end_s=end_s,
        phase=Phase.CLOSE,
        incident=n,
        class_=class_,
        dwell_s=end_s - start_s,
    )
    return [opened, closed]


def feed(**changes: object) -> FeedContents:
    """A minute of a feed where nothing happens."""
    plain = FeedContents(
        feed="junction",
        source="junction.mp4",
        start=START,
        duration_s=60.0,
        width=768,
        height=432,
        rate=25.0,
        coverage=1.0,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def contents(*feeds: FeedContents, **changes: object) -> ReportContents:
    plain = ReportContents("High Street / Mill Lane", START + timedelta(hours=2), feeds)
    return replace(plain, **changes)  # type: ignore[arg-type]


def trajectory(
    track: int, object_class: ObjectClass, path: list[tuple[float, float]], t_s: list[float]
) -> Trajectory:
    return Trajectory(
        track, int(object_class), np.array(t_s, np.float64), np.array(path, np.float32), None
    )


def junction(
    seed: int = 7, crossings: int = 420, *, still: bytes = b"", calibrated: bool = True
) -> FeedContents:
    """An hour at a junction, seeded."""
    rng = random.Random(seed)
    events = _crossings(rng, crossings, calibrated=calibrated)
    events += _turns(rng, 100_000)
    for n in range(60):
        begin = rng.uniform(0, 3550)
        end = None if n == 59 else min(begin + rng.lognormvariate(2.2, 0.6), 3600)
        label = "person" if rng.random() < 0.85 else "bicycle"
        events += visit(200_000 + 2 * n, "crossing", begin, end, label)
    events.append(
        event(
            300_000,
            "traffic.stopped_object",
            "crossing",
            1312.0,
            end_s=1375.5,
            severity=Severity.WARNING,
            class_="car",
        )
    )
    points = tuple(ControlPoint((x, y), (x * 20, y * 30)) for x in (0.2, 0.8) for y in (0.4, 0.9))
    return feed(
        start_known=True,
        duration_s=3600.0,
        coverage=0.982,
        gaps=(Gap(905.0, 958.5, "stream lost"), Gap(2400.0, 2411.0, "worker overloaded")),
        still_jpeg=still,
        geometry=replace(GEOMETRY, control_points=points if calibrated else ()),
        events=events,
        measurements=_measurements(),
        trajectories=_trajectories(rng, 260),
        event_stills={e.event_id: still for e in events[::9]} if still else {},
        calibration_error_m=0.18 if calibrated else None,
        counters={"frames": 90_000, "frames_analysed": 17_671, "corrupt_packets": 3},
        stage_cpu_s={"demux": 4.1, "decode": 44.9, "detect": 171.2, "track": 6.3, "redact": 2.2},
    )


def _crossings(rng: random.Random, count: int, *, calibrated: bool) -> list[Event]:
    labels = ["person", "bicycle", "motorcycle", "car", "bus", "truck", "unknown"]
    weights = [60, 35, 14, 230, 16, 38, 6]
    found = []
    for n in range(count):
        line = rng.choices(["north-in", "east-in", "south-in"], [5, 2, 3])[0]
        way = "forward" if rng.random() < 0.62 else "backward"
        t_s = rng.triangular(1.0, 3599.0, 2100.0)
        label = rng.choices(labels, weights)[0]
        base = {"person": 1.4, "bicycle": 4.6, "motorcycle": 11.5}.get(label, 10.8)
        speed = {"speed_mps": max(0.4, rng.gauss(base, base * 0.19)), "speed_error_mps": 0.6}
        found.append(crossing(n, line, way, t_s, label, **(speed if calibrated else {})))
    return found


def _turns(rng: random.Random, first: int) -> list[Event]:
    places = rng.choices(["north to south", "north to east", "south to east"], [6, 2, 3], k=140)
    return [
        event(
            first + n,
            "traffic.movement",
            place,
            rng.uniform(5, 3590),
            class_=rng.choice(["car", "car", "truck", "bus"]),
            travel_time_s=rng.gauss(9, 2),
        )
        for n, place in enumerate(places)
    ]


def _trajectories(rng: random.Random, count: int) -> list[Trajectory]:
    ways = [((0.49, 0.2), (0.5, 0.98)), ((0.47, 0.2), (0.98, 0.6)), ((0.52, 0.98), (0.97, 0.7))]
    walks = [((0.12, 0.38), (0.2, 0.95)), ((0.24, 0.95), (0.2, 0.36))]
    found = []
    for n in range(count):
        walking = rng.random() < 0.25
        (x1, y1), (x2, y2) = rng.choice(walks if walking else ways)
        kind = ObjectClass.PERSON if walking else ObjectClass(rng.choice([4, 4, 4, 4, 6, 5, 2]))
        share = np.linspace(0, 1, 40)
        bend, shift = rng.gauss(0, 0.03), rng.gauss(0, 0.022)
        x = x1 + (x2 - x1) * share**1.7 + shift + bend * np.sin(share * np.pi)
        y = y1 + (y2 - y1) * share + rng.gauss(0, 0.01)
        found.append(
            trajectory(n, kind, list(zip(x, y, strict=True)), list(np.arange(40) * 0.2 + n * 13))
        )
    return found


def measurement(n: int, **changes: object) -> Measurement:
    reading = Reading("flow", 312.0, "objects/h", "line", "north-in", "car", "forward", 12.0)
    end = START + timedelta(seconds=60)
    plain = Measurement(uuid(500_000 + n), ORIGIN, n, START, end, 0.0, 60.0, reading, 1.0)
    return replace(plain, **changes)  # type: ignore[arg-type]


def _measurements() -> list[Measurement]:
    nobody = Reading("mean_speed", None, "m/s", "line", "east-in", "bus", "forward")
    return [measurement(n) for n in range(20)] + [measurement(99, reading=nobody, coverage=0.42)]


def main(out: str, still: str | None = None) -> None:
    picture = Path(still).read_bytes() if still else b""
    shop = feed(
        feed="aisle 4",
        source="rtsp://viewer:hunter2@10.0.0.9/aisle",
        duration_s=95.0,
        geometry=SceneGeometry(zones=(Zone("shelf", ((0.2, 0.3), (0.6, 0.3), (0.5, 0.8))),)),
        events=[
            e for n in range(9) for e in visit(2 * n, "shelf", 9.0 * n, 9.0 * n + 14, "person")
        ],
    )
    page = contents(
        junction(still=picture),
        shop,
        settings={
            "feeds": [{"id": "junction", "source": "junction.mp4", "sample_rate": 5}],
            "privacy": {"style": "solid"},
            "mqtt": {"host": "broker", "password": "hunter2"},
        },
        model={
            "name": "wayside-road-s",
            "backend": "openvino",
            "sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
            "licence": "Apache-2.0",
            "why_chosen": "the best model found in the wheel",
        },
        versions={"wayside": "0.1.0", "openvino": "2026.4", "av": "18.0"},
    )
    from wayside.report.render import write_report

    write_report(page, Path(out))


if __name__ == "__main__":
    main(*sys.argv[1:])
