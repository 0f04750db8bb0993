"""What crosses between processes comes out as it went in."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from wayside.domain.feeds import (
    FeedSpec,
    FeedState,
    FeedStatus,
    LivePicture,
    Marking,
    Probe,
    SourceKind,
    SourceSpec,
    WorkerStatus,
)
from wayside.domain.scene import Anchor, ControlPoint, Line, Movement, SceneGeometry, Zone, ZoneUse
from wayside.fleet import codec

NUMBERS = st.floats(-1e6, 1e6)
PAIRS = st.tuples(NUMBERS, NUMBERS)
TEXTS = st.text(max_size=12)
MOMENTS = st.datetimes(timezones=st.just(UTC))
CORNERS = st.lists(PAIRS, max_size=4).map(tuple)
ZONES = st.builds(Zone, TEXTS, CORNERS, st.sampled_from(ZoneUse), CORNERS)


def many(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


SOURCES = st.builds(
    SourceSpec,
    kind=st.sampled_from(SourceKind),
    address=TEXTS,
    username=TEXTS,
    password=TEXTS,
    loop=st.booleans(),
    every_s=NUMBERS,
    rate=st.none() | NUMBERS,
    start=st.none() | MOMENTS,
)
GEOMETRIES = st.builds(
    SceneGeometry,
    anchor=st.sampled_from(Anchor),
    lines=many(st.builds(Line, TEXTS, PAIRS, PAIRS)),
    zones=many(ZONES),
    movements=many(st.builds(Movement, TEXTS, TEXTS, TEXTS)),
    control_points=many(st.builds(ControlPoint, PAIRS, PAIRS)),
    private_zones=many(ZONES),
)
FEEDS = st.builds(
    FeedSpec,
    id=TEXTS,
    source=SOURCES,
    geometry=GEOMETRIES,
    rules=many(st.fixed_dictionaries({"kind": TEXTS, "min_stop_s": NUMBERS})),
)
STATUSES = st.builds(
    FeedStatus,
    feed=TEXTS,
    state=st.sampled_from(FeedState),
    since=st.none() | MOMENTS,
    lag_s=st.none() | NUMBERS,
    last_frame=st.none() | MOMENTS,
    conditions=many(TEXTS),
    clock_drift_s=st.none() | NUMBERS,
)
MARKINGS = st.builds(
    Marking,
    track=st.integers(0, 2**62),
    label=TEXTS,
    box=st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    trail=many(PAIRS),
)
PICTURES = st.builds(
    LivePicture,
    feed=TEXTS,
    session=TEXTS,
    time=MOMENTS,
    t_s=NUMBERS,
    width=st.integers(1, 4000),
    height=st.integers(1, 4000),
    markings=many(MARKINGS),
    jpeg=st.binary(max_size=20),
)


def through_json(value: object) -> dict[str, object]:
    return json.loads(json.dumps(value, allow_nan=False))


@given(FEEDS)
def test_a_feed(feed: FeedSpec) -> None:
    assert codec.feed_from_json(through_json(codec.feed_to_json(feed))) == feed


@given(STATUSES)
def test_a_status(status: FeedStatus) -> None:
    assert codec.status_from_json(through_json(codec.status_to_json(status))) == status


@given(PICTURES)
def test_a_picture(picture: LivePicture) -> None:
    given = through_json(codec.picture_to_json(picture))
    assert codec.picture_from_json(given, picture.jpeg) == picture


@given(st.builds(WorkerStatus, stages=st.dictionaries(TEXTS, NUMBERS, max_size=3)))
def test_a_worker(worker: WorkerStatus) -> None:
    assert codec.worker_from_json(through_json(codec.worker_to_json(worker))) == worker


@given(st.builds(Probe, jpeg=st.binary(max_size=20), rate=st.none() | NUMBERS))
def test_a_probe(probe: Probe) -> None:
    assert codec.probe_from_json(through_json(codec.probe_to_json(probe)), probe.jpeg) == probe


def test_a_start_keeps_its_microseconds() -> None:
    start = datetime(2026, 5, 4, 7, 0, 0, 123456, tzinfo=UTC)
    source = SourceSpec(SourceKind.FILE, "a.mp4", start=start)
    assert codec.source_from_json(codec.source_to_json(source)).start == start
