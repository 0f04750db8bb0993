"""How soon do packet sizes tell that somebody came, how often without cause, for how much CPU?

Films of quiet places (``sleeping_films``), each through several encoders and played twice:
first the feed is awake and learns; then it sleeps whenever it may and nothing has moved for a
while, and is woken by sizes or by a glance at a keyframe, as in a worker. The noise is the same
both times, so wakes without cause are rather told too rare. What moves is what the motion
detector says of the uncompressed picture. Films marked as held out were not looked at while
thresholds were chosen.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from sleeping_films import FILMS, FPS, HELD_OUT, LOOKS, kept
from wayside.attend.sleeping import PacketListener
from wayside.domain.media import Packet

STEP = FPS // LOOKS
BATCH = 8
CALM_S = 1.4
"""Nothing moved for so long: the feed may sleep."""
EARLY_S = 1.0
"""A wake so long before the detector sees something has a cause."""
MISSED_S = 99.0
"""Stands for an onset that sizes did not tell."""


@dataclass(slots=True)
class Tally:
    """late_s: of each onset that found the feed asleep, wake minus onset."""

    late_s: list[float] = field(default_factory=list)
    false_wakes: int = 0
    still_s: float = 0.0
    asleep_s: float = 0.0
    calls: int = 0
    call_s: float = 0.0
    reason: str = ""

    def add(self, other: Tally) -> None:
        self.late_s += other.late_s
        self.false_wakes += other.false_wakes
        self.still_s += other.still_s
        self.asleep_s += other.asleep_s
        self.calls += other.calls
        self.call_s += other.call_s

    def row(self) -> tuple[str, ...]:
        late = np.array(self.late_s or [np.nan])
        shares = [f"{np.mean(late <= s):.2f}" if self.late_s else "-" for s in (0.3, 0.5, 1.0)]
        return (
            str(len(self.late_s)),
            *shares,
            f"{self.false_wakes / max(self.asleep_s, 1) * 3600:.0f}",
            f"{self.asleep_s / max(self.still_s, 0.01):.2f}",
            f"{self.call_s / max(self.calls, 1) * 1e6:.1f}",
            self.reason,
        )


def packets_of(rows: np.ndarray) -> list[Packet]:
    """The film twice."""
    tick = Fraction(1, FPS)
    return [
        Packet(
            int(pts) + lap,
            int(dts) + lap,
            tick,
            int(size),
            bool(key),
            is_corrupt=False,
            payload=None,
        )
        for lap in (0, len(rows))
        for size, pts, dts, key in rows
    ]


def moving_in(looks: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(packets,) bool, in decoding order. A single look with movement is noise."""
    moving = looks[:, 1] > 0
    moving[: 2 * LOOKS] = False
    moving &= np.r_[False, moving[:-1]] | np.r_[moving[1:], False]
    for at in np.flatnonzero(moving[1:] & ~moving[:-1]) + 1:
        if moving[max(at - LOOKS, 0) : at].any():  # somebody behind a tree for less than a second
            moving[max(at - LOOKS, 0) : at] = True
    each = np.repeat(moving, STEP)
    return np.asarray(each[np.clip(rows[:, 2], 0, len(each) - 1)])


class Night:
    """One film through one encoder: awake it learns, asleep it is woken or glances."""

    def __init__(self, looks: np.ndarray, rows: np.ndarray) -> None:
        self.tally, self.listener = Tally(), PacketListener()
        moving = moving_in(looks, rows)
        self._packets, self._moving = packets_of(rows), np.concatenate([moving, moving])
        self._onsets = np.flatnonzero(self._moving[1:] & ~self._moving[:-1]) + 1
        self._begin = len(rows)
        self._calm, self._asleep, self._waiting, self._woke = 0, False, -1, -(10**9)

    def play(self) -> Tally:
        at = 0
        while at < len(self._packets):
            span = slice(at, at + (BATCH if self._asleep else STEP))
            if at >= self._begin and not self._moving[span].any():
                self.tally.still_s += (span.stop - span.start) / FPS
            (self._sleep if self._asleep else self._watch)(span)
            at = span.stop
        self.tally.reason = "" if self.listener.may_sleep else self.listener.reason
        return self.tally

    def _onset(self, span: slice) -> int:
        """The packet with which movement begins in this span, -1 for none."""
        inside = self._onsets[(self._onsets >= span.start) & (self._onsets < span.stop)]
        return int(inside[0]) if len(inside) else -1

    def _watch(self, span: slice) -> None:
        is_moving = bool(self._moving[span].any())
        onset = self._onset(span)
        if onset >= self._begin and span.start - self._woke < EARLY_S * FPS:
            self.tally.late_s.append((self._woke - onset) / FPS)  # woke before the eyes saw it
        self.listener.learn(self._packets[span], is_still=not is_moving)
        self._calm = 0 if is_moving else self._calm + STEP
        if span.start >= self._begin and self._calm >= CALM_S * FPS and self.listener.may_sleep:
            self.listener.fell_asleep()
            self._asleep, self._waiting = True, -1

    def _sleep(self, span: slice) -> None:
        batch = self._packets[span]
        self._waiting = max(self._waiting, self._onset(span))
        self.tally.asleep_s += len(batch) / FPS
        started = time.perf_counter()
        wakes = self.listener.wakes(batch)
        self.tally.call_s += time.perf_counter() - started
        self.tally.calls += 1
        key = next((n for n, one in enumerate(batch) if one.is_keyframe), None)
        if wakes:
            self._wake(span)
        elif key is not None:
            is_still = not self._moving[span.start + key]
            self.listener.glanced(is_still=is_still)
            if not is_still:
                self.tally.late_s.append(MISSED_S)
                self._asleep, self._calm = False, 0
        if not wakes and self._waiting >= 0 and not self._moving[span].any():
            self.tally.late_s.append(MISSED_S)  # came and went
            self._waiting = -1

    def _wake(self, span: slice) -> None:
        self._asleep, self._calm, self._woke = False, 0, span.stop
        if self._waiting >= 0:
            self.tally.late_s.append((span.stop - self._waiting) / FPS)
        elif not self._moving[span.start : span.stop + round(EARLY_S * FPS)].any():
            self.tally.false_wakes += 1


def play(looks: np.ndarray, rows: np.ndarray) -> Tally:
    return Night(looks, rows).play()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", type=Path, required=True, help="folder of encoded films")
    parser.add_argument("--all", action="store_true", help="the held-out films too")
    parser.add_argument("--each", action="store_true", help="a row for each film")
    arguments = parser.parse_args()
    arguments.kept.mkdir(parents=True, exist_ok=True)
    table = Table(
        "encoding", "film", "onsets", "0.3 s", "0.5 s", "1 s", "false/h", "asleep", "us", ""
    )
    totals: dict[tuple[str, str], Tally] = {}
    for name, film in FILMS.items():
        if name in HELD_OUT and not arguments.all:
            continue
        looks, encoded = kept(arguments.kept, name, film)
        for encoding, rows in encoded.items():
            tally = play(looks, rows)
            if arguments.each:
                table.add_row(encoding, name, *tally.row())
            part = "held out" if name in HELD_OUT else "tuned on"
            totals.setdefault((encoding, part), Tally()).add(tally)
    table.add_section()
    for (encoding, part), tally in sorted(totals.items()):
        table.add_row(encoding, part, *tally.row())
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
