"""Whether packet sizes alone say that something changed in front of a sleeping feed.

An encoder spends bytes on what its prediction did not foresee. In front of a camera that
stands still that is noise, whose bytes are much the same from picture to picture, and
whatever moves, which comes on top. So each feed learns, from the time in which the eyes saw
nothing move, what a packet of each kind weighs (median and spread of the logarithm); while
asleep, a cumulative sum of what packets weigh too much (Page 1954, one-sided) wakes it, and
so does one packet that is far out. What counts as too much is not assumed but measured: the
highest the sum has come in stillness. Where a feed's sizes do not tell movement from
stillness (a constant bit rate that is filled up, rain), it says that it may not sleep.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from wayside.domain.media import Packet

KEY, FORWARD, FIRST_BETWEEN, BETWEEN = range(4)
"""Kinds of packets: a keyframe; one shown after all before it (P); the first after such a one
that is shown before it (in a pyramid, the B that others refer to); further ones (B)."""
KINDS = 4


@dataclass(frozen=True, slots=True)
class SleepSettings:
    """Sizes are compared as logarithms, so spreads and steps are shares of a size.

    enough: still packets of a kind before its weight is known. remembered: still packets of a
    kind whose median and spread count. overhead: bytes added to every size, so that what a
    packet costs that says nothing (20 to 60 bytes) does not look like a doubling.
    least_spread: share of a size below which a difference means nothing. slack: spreads a
    packet may be above its median without adding to the sum. clip: spreads one packet adds at
    most. least_sum, most_sum: bounds of the sum that wakes. margin: times the highest that the
    sum came to in stillness. block_s: stillness is measured in blocks of so long, blocks: and
    so many of them are remembered. false_wake: the sum that wakes grows by this factor after a
    wake without cause.
    notice_s: movement is to be noticed within this time. settled_s: after so much stillness,
    movement counts as an onset. onsets: how many are remembered, enough_onsets: from how many on
    they count, least_noticed: share that must have been noticed. constant: share of a size; packets
    that spread less than this while heavier than ``heavy`` bytes are filled up to a constant
    rate. usual_interval_s: where stamps do not tell.
    """

    enough: int = 50
    remembered: int = 240
    overhead: int = 24
    least_spread: float = 0.02
    slack: float = 0.75
    clip: float = 6.0
    least_sum: float = 6.0
    most_sum: float = 60.0
    margin: float = 1.15
    block_s: float = 2.0
    blocks: int = 60
    false_wake: float = 1.25
    notice_s: float = 0.5
    settled_s: float = 1.0
    onsets: int = 30
    enough_onsets: int = 5
    least_noticed: float = 0.95
    constant: float = 0.004
    heavy: int = 400
    usual_interval_s: float = 0.04


class Weight:
    """What packets of one kind weigh in stillness: median and spread of log sizes."""

    __slots__ = ("_new", "_recent", "_taken", "inverse", "is_constant", "median")

    def __init__(self, remembered: int) -> None:
        self.median = 0.0
        self.inverse = 0.0
        self.is_constant = False
        self._recent: deque[float] = deque(maxlen=remembered)
        self._taken = 0
        self._new = 0

    def __len__(self) -> int:
        return len(self._recent)

    def add(self, log_size: float) -> bool:
        """True when enough has come for ``refresh``. When full, every third is remembered,
        so that the memory is long."""
        self._taken += 1
        full = len(self._recent) == self._recent.maxlen
        if not full or self._taken % 3 == 0:
            self._recent.append(log_size)
            self._new += 1
        return self._new >= (16 if full else 8)

    def refresh(self, settings: SleepSettings) -> None:
        ordered = sorted(self._recent)
        count = len(ordered)
        self.median = ordered[count // 2]
        # What is too light does not matter, so the spread is that of the upper half.
        upper = ordered[min(count * 84 // 100, count - 1)] - self.median
        deviations = sorted(abs(each - self.median) for each in ordered)
        spread = max(1.4826 * deviations[count // 2], upper)
        self.is_constant = spread < settings.constant and math.exp(self.median) > settings.heavy
        self.inverse = 1.0 / max(spread, settings.least_spread)
        self._new = 0


class PacketListener:
    """One session of one feed. Awake it learns, asleep it listens. Not thread-safe."""

    def __init__(self, settings: SleepSettings | None = None) -> None:
        self.settings = settings or SleepSettings()
        self._weights = [Weight(self.settings.remembered) for _ in range(KINDS)]
        self._sum = 0.0
        self._newest: int | None = None
        self._between = False
        self._limit_factor = 1.0
        self._peaks: deque[float] = deque(maxlen=self.settings.blocks)
        self._limit = self.settings.least_sum
        self._block_peak = 0.0
        self._block_s = 0.0
        self._still_s = 0.0
        self._onset_s = -1.0
        self._onset_peak = 0.0
        self._onset_peaks: deque[float] = deque(maxlen=self.settings.onsets)
        self._woke_s = -1.0
        self._pending: deque[tuple[int, float]] = deque(maxlen=self.settings.remembered)
        self.wakes_told = 0
        self.false_wakes = 0
        self.misses = 0
        self.reason = ""

    # -- awake

    def learn(self, packets: Sequence[Packet], *, is_still: bool) -> None:
        """What came while awake, in decoding order, and whether the eyes saw nothing move."""
        if not packets:
            return
        interval_s = _interval_s(packets, self.settings.usual_interval_s)
        rows = [self._row(packet) for packet in packets]
        self._judge_wake(len(packets) * interval_s, is_still=is_still)
        if is_still:
            self._learn_still(rows, interval_s)
        else:
            self._learn_moving(rows, interval_s)

    def _learn_still(self, rows: Sequence[tuple[int, float]], interval_s: float) -> None:
        settings = self.settings
        if self._onset_s >= 0.0:
            self._end_onset(is_whole=False)
        known = self._is_known
        for kind, log_size in rows:
            if known:
                self._add(kind, log_size)
                self._block_peak = max(self._block_peak, self._sum)
            weight = self._weights[kind]
            if weight.add(log_size) and len(weight) >= 8:
                weight.refresh(settings)
        span_s = len(rows) * interval_s
        self._still_s += span_s
        self._block_s += span_s
        if self._block_s >= settings.block_s:
            if known:
                self._peaks.append(self._block_peak)
                self._set_limit()
            self._sum = self._block_peak = self._block_s = 0.0

    def _learn_moving(self, rows: Sequence[tuple[int, float]], interval_s: float) -> None:
        settings = self.settings
        if self._still_s >= settings.settled_s and self._is_known and self._onset_s < 0.0:
            self._onset_s = 0.0
            self._onset_peak = self._block_peak  # what came just before the eyes saw it
        self._still_s = 0.0
        if self._onset_s >= 0.0:
            for kind, log_size in rows:
                self._onset_s += interval_s
                if self._onset_s > settings.notice_s:
                    break
                self._add(kind, log_size)
                self._onset_peak = max(self._onset_peak, self._sum)
            if self._onset_s > settings.notice_s:
                self._end_onset(is_whole=True)
        self._block_s = self._block_peak = 0.0

    def _end_onset(self, *, is_whole: bool) -> None:
        if is_whole:
            self._onset_peaks.append(self._onset_peak)
        self._onset_s = -1.0
        self._sum = self._block_peak = self._block_s = 0.0

    def _judge_wake(self, span_s: float, *, is_still: bool) -> None:
        """Whether the last wake had a cause: movement within a second after it."""
        if self._woke_s < 0.0:
            return
        self._woke_s += span_s
        if not is_still:
            self._onset_peaks.append(math.inf)
            self._woke_s = -1.0
        elif self._woke_s >= 1.0:
            self._woke_s = -1.0
            self.false_wakes += 1
            self._limit_factor = min(self._limit_factor * self.settings.false_wake, 4.0)
            self._set_limit()

    def _set_limit(self) -> None:
        settings = self.settings
        highest = max(self._peaks, default=0.0)
        wanted = settings.margin * highest * self._limit_factor
        self._limit = min(max(wanted, settings.least_sum), settings.most_sum)

    @property
    def _is_known(self) -> bool:
        return len(self._weights[FORWARD]) >= self.settings.enough

    # -- asleep

    @property
    def may_sleep(self) -> bool:
        """Enough is known of what stillness weighs, and movement can be told from it."""
        settings = self.settings
        if not self._is_known or len(self._peaks) < 2:
            self.reason = "too little stillness seen"
        elif self._weights[FORWARD].is_constant:
            self.reason = "packets are filled up to a constant rate"
        elif self._limit >= settings.most_sum:
            self.reason = "stillness weighs too unevenly"
        elif self.noticed < settings.least_noticed:
            self.reason = "movement does not show in the sizes"
        else:
            self.reason = ""
        return not self.reason

    @property
    def noticed(self) -> float:
        """Share of the remembered onsets that sizes would have told in time; 1 for too few."""
        if len(self._onset_peaks) < self.settings.enough_onsets:
            return 1.0
        return sum(peak > self._limit for peak in self._onset_peaks) / len(self._onset_peaks)

    def fell_asleep(self) -> None:
        """Begins listening anew."""
        self._sum = 0.0
        self._woke_s = -1.0
        self._pending.clear()

    def wakes(self, packets: Sequence[Packet]) -> bool:
        """A batch while asleep; True: something changed."""
        limit = self._limit
        for packet in packets:
            kind, log_size = row = self._row(packet)
            self._add(kind, log_size)
            self._pending.append(row)
            if self._sum > limit:
                self.wakes_told += 1
                self._woke_s = 0.0
                return True
        return False

    def glanced(self, is_still: bool) -> None:
        """A keyframe was looked at while asleep."""
        if is_still:
            for kind, log_size in self._pending:
                weight = self._weights[kind]
                if weight.add(log_size):
                    weight.refresh(self.settings)
        else:
            self.misses += 1
            self._onset_peaks.append(self._sum)
            self._limit_factor = max(self._limit_factor / self.settings.false_wake, 1.0)
            self._set_limit()
        self._pending.clear()

    def _row(self, packet: Packet) -> tuple[int, float]:
        """Its kind and log size."""
        log_size = math.log(packet.size + self.settings.overhead)
        if packet.is_keyframe:
            self._newest = packet.pts
            self._between = False
            return KEY, log_size
        pts, newest = packet.pts, self._newest
        if pts is None or newest is None or pts > newest:
            self._newest = pts
            self._between = False
            return FORWARD, log_size
        if self._between:
            return BETWEEN, log_size
        self._between = True
        return FIRST_BETWEEN, log_size

    def _add(self, kind: int, log_size: float) -> None:
        weight = self._weights[kind]
        z = (log_size - weight.median) * weight.inverse
        self._sum = max(0.0, self._sum + min(z, self.settings.clip) - self.settings.slack)


def _interval_s(packets: Sequence[Packet], usual_s: float) -> float:
    """Seconds from one packet to the next, from decoding stamps where there are any."""
    first, last = packets[0], packets[-1]
    if len(packets) < 2 or first.dts is None or last.dts is None or last.dts <= first.dts:
        return usual_s
    return float((last.dts - first.dts) * last.time_base) / (len(packets) - 1)
