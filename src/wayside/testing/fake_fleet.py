"""A fleet without workers: drawn pictures of moving blocks, and states that come and go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from fractions import Fraction

import cv2
import numpy as np

from wayside.domain.detections import Detections
from wayside.domain.feeds import (
    Attention,
    FeedSpec,
    FeedState,
    FeedStatus,
    LivePicture,
    Marking,
    Probe,
    SourceSpec,
    WorkerStatus,
)
from wayside.domain.media import RawFrame
from wayside.domain.time import Clock, MediaTime
from wayside.domain.tracks import Tracks
from wayside.fleet.interface import OnPicture
from wayside.redact import encode_jpeg
from wayside.redact.redactor import Redactor
from wayside.testing.fake_traffic import Mover, moment, movers_of, seconds
from wayside.testing.scripted import ArrayPixels

_COLOURS = {
    "car": (200, 120, 60),
    "truck": (70, 140, 210),
    "bus": (60, 190, 190),
    "bicycle": (120, 200, 90),
    "person": (180, 90, 180),
}
_TRAIL_S = 2.0
_TOO_SLOW = "the worker is too slow: 62 % of the pictures that are wanted are looked at"
_ASLEEP = ("car-park", "night")
_KEYFRAMES = ("shop-door",)
_ANALYSED = {Attention.ASLEEP: 0.2, Attention.KEYFRAMES: 0.5, Attention.NONE: 0.0}


class FakeFleet:
    """Pictures only for who watches, drawn by one thread that ``close`` ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._feeds: dict[str, FeedSpec] = {}
        self._begun_s: dict[str, float] = {}
        self._watches: dict[int, _Watch] = {}
        self._lock = threading.Lock()
        self._confirmed: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake-fleet", daemon=True)
        self._thread.start()

    def apply(self, feeds: Sequence[FeedSpec]) -> None:
        now = seconds(self._clock.now())
        with self._lock:
            self._feeds = {feed.id: feed for feed in feeds}
            self._begun_s = {feed.id: self._begun_s.get(feed.id, now) for feed in feeds}

    def statuses(self) -> dict[str, FeedStatus]:
        now = seconds(self._clock.now())
        with self._lock:
            begun = dict(self._begun_s)
        return {
            feed: _status(feed, now, now - begun_s, number, has_moved=feed not in self._confirmed)
            for number, (feed, begun_s) in enumerate(begun.items())
        }

    def workers(self) -> list[WorkerStatus]:
        half = (len(self._feeds) + 1) // 2
        blanked = 2 * sum(name.startswith("frozen") for name in self._feeds)
        stages = {"decode": 0.11, "peek": 0.02, "detect": 0.31, "track": 0.04, "redact": 0.05}
        slower = {**stages, "decode": 0.27, "motion": 0.06, "clip": 0.03}
        return [
            WorkerStatus(
                0,
                4001,
                "running",
                half,
                0,
                0.62,
                412.0,
                stages,
                "",
                0.71,
                redaction_failures=blanked,
                clips={"made": 7, "given_up": 1, "empty": 0, "failed": 0},
            ),
            WorkerStatus(
                1, 4002, _TOO_SLOW, len(self._feeds) - half, 1, 0.93, 398.0, slower, "", 1.4
            ),
        ]

    def watch(self, feed: str, width: int, fps: float, on_picture: OnPicture) -> Callable[[], None]:
        watch = _Watch(feed, width, 1 / fps, on_picture)
        with self._lock:
            self._watches[id(watch)] = watch

        def stop() -> None:
            with self._lock:
                self._watches.pop(id(watch), None)

        return stop

    def still(self, feed: str, width: int, timeout_s: float = 5.0) -> LivePicture | None:  # noqa: ARG002
        status = self.statuses().get(feed)
        if status is None or status.state is not FeedState.LIVE:
            return None
        return picture(feed, width, seconds(self._clock.now()))

    def confirm_view(self, feed: str) -> None:
        with self._lock:
            self._confirmed.add(feed)

    def probe(self, source: SourceSpec, timeout_s: float = 12.0) -> Probe:  # noqa: ARG002
        """An address with ``bad`` in it does not answer, one with ``secret`` wants a password, and
        the picture of one with ``uncovered`` is withheld.
        """
        if "bad" in source.address:
            return Probe("no answer within 5 s", "Check the address and that the device is on")
        if "secret" in source.address and not source.password:
            return Probe("it wants a user and a password", "Give the camera's own credentials")
        if "uncovered" in source.address:
            return Probe("", "", "h264", 1280, 720, 25.0, 0.8, withheld="uncoverable")
        drawn = picture("probe", 640, seconds(self._clock.now()))
        return Probe("", "", "h264", 1280, 720, 25.0, 0.8, drawn.jpeg)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.03):
            now = self._clock.monotonic_s()
            with self._lock:
                due = [w for w in self._watches.values() if w.is_due(now)]
            for watch in due:
                status = self.statuses().get(watch.feed)
                if status is not None and status.state is FeedState.LIVE:
                    watch.on_picture(picture(watch.feed, watch.width, seconds(self._clock.now())))


class _Watch:
    def __init__(self, feed: str, width: int, period_s: float, on_picture: OnPicture) -> None:
        self.feed = feed
        self.width = width
        self.on_picture = on_picture
        self._period_s = period_s
        self._next_s = 0.0

    def is_due(self, now_s: float) -> bool:
        if now_s < self._next_s:
            return False
        self._next_s = max(self._next_s + self._period_s, now_s)
        return True


def picture(feed: str, width: int, at_s: float) -> LivePicture:
    """A drawn street; what moves on it has no face to cover."""
    if feed.startswith("frozen"):
        at_s -= at_s % 600
    width = max(32, width // 2 * 2)
    height = width * 9 // 16
    pixels = _street(feed, width, height)
    markings = []
    for mover in movers_of(feed):
        box = _box(mover, at_s)
        if box is None:
            continue
        corners = [round(b * s) for b, s in zip(box, (width, height, width, height), strict=True)]
        cv2.rectangle(pixels, corners[:2], corners[2:], _COLOURS[mover.label], -1)
        markings.append(Marking(_track(mover, at_s), mover.label, box, _trail(mover, at_s)))
    time = MediaTime(round(at_s * 1000), Fraction(1, 1000), at_s)
    # Through the only door, as a worker's pictures go; there is nobody in this one to cover.
    frame = RawFrame(ArrayPixels(pixels), time)
    covered = Redactor().redact(frame, Tracks.none(time.t_s), Detections.empty())
    jpeg = encode_jpeg.jpeg(covered, quality=75)
    session = f"fake-{feed}"
    return LivePicture(
        feed, session, moment(at_s), at_s % 86_400, width, height, tuple(markings), jpeg
    )


def _street(feed: str, width: int, height: int) -> np.ndarray:
    shade = 40 + sum(feed.encode()) % 50
    pixels = np.full((height, width, 3), (shade + 30, shade + 20, shade + 10), np.uint8)
    pixels[height // 4 :] = shade
    for lane in range(6):
        y = height // 4 + lane * height // 8
        pixels[y : y + max(1, height // 180)] = 150
    return pixels


def _box(mover: Mover, at_s: float) -> tuple[float, float, float, float] | None:
    """xyxy within the picture; None while it is out of sight."""
    wide, high = mover.size
    x = mover.x(at_s)
    left, right = max(0.0, x - wide / 2), min(1.0, x + wide / 2)
    if right - left < 0.005:
        return None
    return (left, mover.y - high, right, mover.y)


def _trail(mover: Mover, at_s: float) -> tuple[tuple[float, float], ...]:
    past = [at_s - _TRAIL_S + step * 0.25 for step in range(9)]
    same = [t for t in past if mover.lap(t) == mover.lap(at_s)]
    return tuple((min(1.0, max(0.0, mover.x(t))), mover.y) for t in same)


def _track(mover: Mover, at_s: float) -> int:
    return (mover.lap(at_s) * 16 + mover.number) % 2_000_000


def _status(feed: str, now_s: float, age_s: float, number: int, *, has_moved: bool) -> FeedStatus:
    conditions: tuple[str, ...] = ()
    state, reason = FeedState.LIVE, ""
    if age_s < 2 and number > 8:
        state, reason = FeedState.CONNECTING, ""
    elif feed.startswith("flaky") and now_s % 45 > 30:
        state, reason = FeedState.RETRYING, "the connection was lost: no picture for 5 s"
    elif feed.startswith("locked"):
        state, reason = FeedState.REFUSED, "the camera wants other credentials (401)"
    elif feed.startswith("frozen"):
        conditions = ("frozen",)
    elif feed.startswith("moved") and has_moved:
        conditions = ("view_moved",)
    is_live = state is FeedState.LIVE
    attention = _attention(feed) if is_live else Attention.NONE
    wave = (1 + np.sin(now_s / 7 + number)) / 2
    return FeedStatus(
        feed=feed,
        state=state,
        reason=reason,
        since=moment(now_s - now_s % 45),
        session=f"fake-{feed}" if is_live else "",
        attempt=0 if is_live else 3,
        next_try_s=None if is_live else 4.0 - now_s % 4,
        codec="h264",
        width=1280,
        height=720,
        fps_in=round(24.5 + wave, 1) if is_live else 0.0,
        fps_analysed=round(_ANALYSED.get(attention, 5.5 + wave), 1),
        bitrate_kbps=round(900 + 300 * wave) if is_live else 0.0,
        lag_s=round(0.08 + 0.1 * wave, 3) if is_live else None,
        last_frame=moment(now_s),
        received=round(age_s * 25),
        dropped=round(age_s / 60) if number % 4 == 1 else 0,
        reconnects=round(now_s // 45) % 100 if feed.startswith("flaky") else 0,
        coverage=round(0.97 + 0.03 * wave, 3) if is_live else 0.4,
        conditions=conditions,
        cpu_ms_per_s=round(20 + 15 * wave, 1) if is_live else 0.0,
        worker=number % 2,
        attention=attention,
        asleep=0.83 if attention is Attention.ASLEEP else 0.0,
    )


def _attention(feed: str) -> Attention:
    if feed.startswith(_ASLEEP):
        return Attention.ASLEEP
    return Attention.KEYFRAMES if feed.startswith(_KEYFRAMES) else Attention.WATCHED
