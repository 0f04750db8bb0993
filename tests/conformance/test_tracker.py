"""What must hold of a tracker whatever it is fed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.domain.detections import Detections
from wayside.domain.tracks import Tracks
from wayside.track import Tracker

Step = tuple[float, Detections]


@st.composite
def feeds(draw: st.DrawFn) -> list[Step]:
    """Movers, clutter, blobs, gaps and junk rows at irregular times."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    movers = draw(st.integers(0, 6))
    start, velocity = rng.random((movers, 2)), rng.normal(0, 0.1, (movers, 2))
    size = rng.uniform(0.02, 0.3, (movers, 2))
    steps = []
    t_s = draw(st.floats(-5, 1e6))
    for _ in range(draw(st.integers(1, 25))):
        elapsed = float(rng.choice([0.01, 0.1, 0.2, 0.5, 3.0]))
        t_s += elapsed
        start = start + velocity * elapsed
        kept = rng.random(movers) > 0.2
        low = start[kept] - size[kept] / 2
        clutter = rng.random((rng.integers(0, 4), 2))
        low = np.vstack([low, clutter])
        high = np.vstack([start[kept] + size[kept] / 2, clutter + rng.random(clutter.shape)])
        boxes = np.hstack([low, high])
        if len(boxes) and rng.random() < 0.2:
            boxes[0] = rng.choice([np.nan, np.inf, 0.0, -1.0], 4)
        count = len(boxes)
        steps.append(
            (
                t_s,
                Detections.of(
                    boxes,
                    rng.integers(-1, 9, count),
                    rng.random(count),
                    rng.random(count) < 0.3,
                ),
            )
        )
    return steps


def run(steps: list[Step], **how: object) -> list[Tracks]:
    tracker = Tracker(seed=1, **how)  # type: ignore[arg-type]
    answers = [tracker.update(t_s, detections) for t_s, detections in steps]
    return [*answers, tracker.finish(steps[-1][0])]


EXAMPLES = settings(max_examples=60, deadline=None)


@EXAMPLES
@given(feeds())
def test_an_id_lives_once(steps: list[Step]) -> None:
    alive: set[int] = set()
    dead: set[int] = set()
    for tracks in run(steps):
        ids, ended = set(tracks.ids.tolist()), set(tracks.ended.tolist())
        assert len(ids) == len(tracks)
        assert not ids & (dead | ended)
        assert alive <= ids | ended  # nobody vanishes unannounced
        assert not ended & dead
        dead |= ended
        alive = ids
    assert not alive


@EXAMPLES
@given(feeds(), st.sampled_from([0.5, 1.0, 16 / 9, 4.0]))
def test_columns_are_sane(steps: list[Step], aspect: float) -> None:
    for tracks in run(steps, aspect=aspect):
        count = len(tracks)
        assert tracks.boxes.shape == (count, 4)
        assert tracks.velocities.shape == (count, 2)
        for column in (tracks.boxes, tracks.velocities, tracks.scores, tracks.ages_s):
            assert column.dtype == np.float32
            assert np.isfinite(column).all()
        assert ((tracks.boxes >= 0) & (tracks.boxes <= 1)).all()
        assert (tracks.boxes[:, 2:] > tracks.boxes[:, :2]).all()
        assert (tracks.ages_s >= 0).all()
        assert ((tracks.class_ids >= 0) & (tracks.class_ids <= 6)).all()
        assert ((tracks.class_shares > 0) & (tracks.class_shares <= 1)).all()
        assert tracks.ids.dtype == tracks.ended.dtype == np.int64
        assert tracks.class_ids.dtype == np.int8
        assert tracks.confirmed.dtype == tracks.observed.dtype == np.bool_


@EXAMPLES
@given(feeds())
def test_an_object_stays_an_object(steps: list[Step]) -> None:
    objects: set[int] = set()
    for tracks in run(steps):
        now = set(tracks.ids[tracks.confirmed].tolist())
        assert objects & set(tracks.ids.tolist()) <= now
        objects |= now


@EXAMPLES
@given(feeds(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(steps: list[Step], random: object) -> None:
    rng = np.random.default_rng(random.randint(0, 999))  # type: ignore[attr-defined]
    shuffled = [(t_s, d.where(rng.permutation(len(d)))) for t_s, d in steps]
    for a, b in zip(run(steps), run(shuffled), strict=True):
        assert len(a) == len(b)
        order_a, order_b = np.lexsort(a.boxes.T), np.lexsort(b.boxes.T)
        assert a.boxes[order_a] == pytest.approx(b.boxes[order_b], abs=1e-5)


@EXAMPLES
@given(feeds(), feeds())
def test_two_trackers_share_nothing(one: list[Step], other: list[Step]) -> None:
    alone = run(one)
    first, second = Tracker(seed=1), Tracker(seed=1)
    for k, (t_s, detections) in enumerate(one):
        if k < len(other):
            second.update(*other[k])
        tracks = first.update(t_s, detections)
        assert tracks.ids.tolist() == alone[k].ids.tolist()
        assert np.array_equal(tracks.boxes, alone[k].boxes)


@EXAMPLES
@given(feeds())
def test_what_was_handed_out_does_not_change(steps: list[Step]) -> None:
    tracker, kept = Tracker(seed=1), []
    for t_s, detections in steps:
        tracks = tracker.update(t_s, detections)
        kept.append((tracks, tracks.boxes.copy(), tracks.ids.copy(), tracks.confirmed.copy()))
    for tracks, boxes, ids, confirmed in kept:
        assert np.array_equal(tracks.boxes, boxes)
        assert np.array_equal(tracks.ids, ids)
        assert np.array_equal(tracks.confirmed, confirmed)


def test_nothing_in_nothing_out() -> None:
    tracker = Tracker()
    for k in range(3):
        tracks = tracker.update(float(k), Detections.empty())
        assert len(tracks) == len(tracks.ended) == 0
