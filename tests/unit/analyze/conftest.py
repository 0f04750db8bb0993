"""Scripted tracks: actors walk through a scene and an analyzer watches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from wayside.analyze.traffic.pack import Traffic
from wayside.domain.classes import ObjectClass
from wayside.domain.scene import Line, SceneGeometry, Zone
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene

ASPECT = 16 / 9


@dataclass(frozen=True)
class Actor:
    """One track. path: (t_s, x, y) of the ground anchor, straight between.

    It lives from the first to the last point; ``ends_s`` moves the end report.
    hidden: spans in which it is predicted, not observed. confirmed_s: media
    second from which it is confirmed. votes: (from t_s, class, share).
    """

    track: int
    path: tuple[tuple[float, float, float], ...]
    size: tuple[float, float] = (0.06, 0.1)
    votes: tuple[tuple[float, ObjectClass, float], ...] = ((-1.0, ObjectClass.CAR, 0.95),)
    confirmed_s: float = -1.0
    hidden: tuple[tuple[float, float], ...] = ()
    ends_s: float | None = None
    jitter: float = 0.0
    seed: int = 0
    score: float = 0.8

    @property
    def start_s(self):
        return self.path[0][0]

    @property
    def end_s(self):
        return self.path[-1][0] if self.ends_s is None else self.ends_s

    def box(self, t_s):
        times, xs, ys = zip(*self.path, strict=True)
        x, y = np.interp(t_s, times, xs), np.interp(t_s, times, ys)
        width, height = self.size
        rng = np.random.default_rng((self.seed, int(t_s * 1000)))
        dx, dy = rng.normal(scale=self.jitter, size=2) * self.size
        return [x + dx - width / 2, y + dy - height, x + dx + width / 2, y + dy]

    def vote(self, t_s):
        return [vote for vote in self.votes if vote[0] <= t_s][-1][1:]

    def is_observed(self, t_s):
        return not any(start <= t_s < end for start, end in self.hidden)

    def moved(self, **changes):
        return replace(self, **changes)


def tracks_at(t_s, actors, ended=()):
    live = [actor for actor in actors if actor.start_s <= t_s <= actor.end_s]
    votes = [actor.vote(t_s) for actor in live]
    return Tracks(
        t_s,
        np.array([actor.track for actor in live], np.int64),
        np.array([actor.box(t_s) for actor in live], np.float32).reshape(-1, 4),
        np.array([vote[0] for vote in votes], np.int8),
        np.array([vote[1] for vote in votes], np.float32),
        np.array([actor.score for actor in live], np.float32),
        np.zeros((len(live), 2), np.float32),
        np.array([t_s >= actor.confirmed_s for actor in live], bool),
        np.array([actor.is_observed(t_s) for actor in live], bool),
        np.array([t_s - actor.start_s for actor in live], np.float32),
        np.array(ended, np.int64),
    )


def play(analyzer, actors, times, *, finish=True):
    """All findings, in the order told, as the pipeline would get them."""
    found = []
    was = set()
    for t_s in times:
        now = {actor.track for actor in actors if actor.start_s <= t_s <= actor.end_s}
        found += analyzer.update(tracks_at(t_s, actors, sorted(was - now)))
        was = now
    if finish:
        found += analyzer.finish(times[-1])
    return found


def told(analyzer, actors, times):
    """(media second of telling, finding)."""
    rows = []
    was = set()
    for t_s in times:
        now = {actor.track for actor in actors if actor.start_s <= t_s <= actor.end_s}
        rows += [(t_s, f) for f in analyzer.update(tracks_at(t_s, actors, sorted(was - now)))]
        was = now
    return rows


def every(step_s, until_s, start_s=0.0):
    count = round((until_s - start_s) / step_s)
    return [round(start_s + i * step_s, 6) for i in range(count + 1)]


def value(readings, metric, **which):
    """The one reading's value."""
    rows = [
        row
        for row in readings
        if row.metric == metric and all(getattr(row, name) == want for name, want in which.items())
    ]
    assert len(rows) == 1, rows
    return rows[0].value


class OnePart(Traffic):
    """A part of traffic, with a motion of its own, as an analyzer."""

    def __init__(self, scene, make):
        super().__init__(scene, (make,))

    @property
    def part(self):
        (part,) = self._parts
        return part


class Stage:
    """What tests use; a fixture, so that no test imports another test's file."""

    Actor = Actor
    aspect = ASPECT
    play = staticmethod(play)
    told = staticmethod(told)
    every = staticmethod(every)
    value = staticmethod(value)
    tracks_at = staticmethod(tracks_at)
    part = OnePart

    @staticmethod
    def scene(**geometry):
        return Scene(SceneGeometry(**geometry), ASPECT)

    @staticmethod
    def across(y=0.5, line="L"):
        """From left to right over the picture, so its left is above: down is forward."""
        return Line(line, (0.1, y), (0.9, y))

    @staticmethod
    def box(zone="Z", left=0.3, top=0.3, right=0.7, bottom=0.7):
        return Zone(zone, ((left, top), (right, top), (right, bottom), (left, bottom)))


@pytest.fixture
def stage():
    return Stage
