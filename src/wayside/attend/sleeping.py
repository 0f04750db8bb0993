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
from math import log

from wayside.domain.media import Packet

KEY, FORWARD, FIRST_BETWEEN, BETWEEN = range(4)
"""Types of packets: a keyframe; one shown after all before it (P); the first after such a one
that is shown before it (in a pyramid, the B that others refer to); further ones (B)."""
PHASES = (0, 1, 2, 3, 4, 4, 5, 5, 5, *(6 + n // 4 for n in range(52)))
"""By the packets since the keyframe. What follows a keyframe is light at first, because the
keyframe has shown the noise just so; measured: 90 bytes, 140, 310 and so on to 560 after eight.
A refresh that sweeps over the picture between keyframes shows as a step of a third."""
LAST_PHASE = PHASES[-1] + 1
PHASE_COUNT = LAST_PHASE + 1
FORWARD_KIND, FIRST_BETWEEN_KIND, BETWEEN_KIND = (n * PHASE_COUNT for n in (1, 2, 3))
KINDS = 4 * PHASE_COUNT
LIGHTEST = 2.0
"""Spreads below the median that a packet takes from the sum at most."""


@dataclass(frozen=True, slots=True)
class SleepSettings:
    """Sizes are compared as logarithms, so spreads and steps are shares of a size.

    enough_blocks: of stillness, in which this known_share of the packets were of a kind whose
    weight is known, before it may sleep. least_known: still packets of a kind before its weight
    is known. remembered: still packets of a kind whose median and spread count. overhead: bytes
    added to every size, so that what a packet costs that says nothing (20 to 60 bytes) does not
    look like a doubling. least_spread: share of a size below which a difference means nothing.
    slack: spreads a packet may be above its median without adding to the sum. clip: spreads one
    packet adds at most. level_s: time constant with which all weights follow together.
    least_sum, most_sum: bounds of the sum that wakes. margin: times what the sum came to in
    stillness. block_s: stillness is measured in blocks of so long; blocks: so many of them are
    remembered; set_aside: so many of the highest, one in eight at most, because the eyes saw
    movement too late or not at all. false_wake: the sum that wakes grows by this factor after a
    wake without cause, up to most_caution, and shrinks by it in false_wake_every_s without.
    early_s: after a wake, or before the eyes see movement, this long the two are one thing.
    notice_s: movement is to be noticed within this time. settled_s: after so much stillness,
    movement counts as an onset. onsets: how many are remembered, enough_onsets: that say
    something, least_noticed: share that must have been noticed, one that was not left aside.
    constant: share of a size; packets that spread less than this while heavier than ``heavy``
    bytes are filled up to a constant rate.
    usual_interval_s: where stamps do not tell.
    """

    enough_blocks: int = 8
    known_share: float = 0.7
    least_known: int = 6
    remembered: int = 240
    overhead: int = 24
    least_spread: float = 0.04
    slack: float = 0.75
    level_s: float = 4.0
    clip: float = 4.0
    least_sum: float = 5.0
    most_sum: float = 60.0
    margin: float = 1.15
    block_s: float = 2.0
    blocks: int = 60
    set_aside: int = 6
    false_wake: float = 1.25
    false_wake_every_s: float = 180.0
    most_caution: float = 4.0
    notice_s: float = 0.5
    settled_s: float = 1.0
    early_s: float = 1.0
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
        count = len(self._recent)
        return self._new >= (16 if count > 64 else 6 if count > 6 else 1)

    def refresh(self, settings: SleepSettings) -> None:
        ordered = sorted(self._recent)
        count = len(ordered)
        self._new = 0
        if count < settings.least_known:
            return
        self.median = ordered[count // 2]
        # What is too light does not matter, so the spread is that of the upper half.
        upper = ordered[min(count * 84 // 100, count - 1)] - self.median
        deviations = sorted(abs(each - self.median) for each in ordered)
        spread = max(1.4826 * deviations[count // 2], upper)
        self.is_constant = spread < settings.constant and math.exp(self.median) > settings.heavy
        self.inverse = 1.0 / max(spread, settings.least_spread)


class PacketListener:
    """One session of one feed. Awake it learns, asleep it listens. Not thread-safe."""

    def __init__(self, settings: SleepSettings | None = None) -> None:
        self.settings = settings or SleepSettings()
        self._weights = [Weight(self.settings.remembered) for _ in range(KINDS)]
        self._of_type = [Weight(self.settings.remembered) for _ in range(4)]
        self._sum = 0.0
        self._newest: int | None = None
        self._is_between = False
        self._phase = 0
        self._level = 0.0
        self._block_known = 0
        self._block_heard = 0
        self._caution = 1.0
        self._wake_peak = 0.0
        self._interval_s = self.settings.usual_interval_s
        self._peaks: deque[float] = deque(maxlen=self.settings.blocks)
        self._limit = self.settings.least_sum
        self._block_peak = 0.0
        self._block_s = 0.0
        self._still_s = 0.0
        self._onset_s = -1.0
        self._onset_peak = 0.0
        self._onset_peaks: deque[float] = deque(maxlen=self.settings.onsets)
        self._woke_s = -1.0
        self._heard: deque[tuple[int, float]] = deque(maxlen=self.settings.remembered)
        self.wakes_told = 0
        self.false_wakes = 0
        self.misses = 0
        self.reason = ""

    # -- awake

    def learn(self, packets: Sequence[Packet], *, is_still: bool) -> None:
        """What came while awake, in decoding order, and whether the eyes saw nothing move."""
        if not packets:
            return
        self._interval_s = _interval_s(packets, self._interval_s)
        span_s = len(packets) * self._interval_s
        self._judge_wake(span_s, is_still=is_still)
        if not is_still:
            self._learn_moving(packets, span_s)
            return
        if self._onset_s >= 0.0:
            self._begin_block()
        self._onset_s = -1.0
        self._block_peak = max(self._block_peak, self._hear(packets))
        self._remember_heard()
        self._still_s += span_s
        self._block_s += span_s
        if self._block_s >= self.settings.block_s:
            self._end_block()
            self._begin_block()

    def _learn_moving(self, packets: Sequence[Packet], span_s: float) -> None:
        settings = self.settings
        if self._still_s >= settings.settled_s and self._is_known and self._onset_s < 0.0:
            self._onset_s = 0.0
            self._onset_peak = self._block_peak if self._block_s < settings.early_s else self._sum
        self._still_s = 0.0
        if self._onset_s >= 0.0:
            self._onset_s += span_s
            self._onset_peak = max(self._onset_peak, self._hear(packets))
            if self._onset_s >= settings.notice_s:
                self._onset_peaks.append(self._onset_peak)
                self._onset_s = -1.0
        else:
            self._hear(packets)
        self._heard.clear()
        self._begin_block()

    def _end_block(self) -> None:
        """What stillness came to counts only if it is known what most packets should weigh."""
        if self._block_known > self.settings.known_share * self._block_heard:
            self._peaks.append(self._block_peak)
            self._set_limit()

    def _begin_block(self) -> None:
        if self._onset_s < 0.0:
            self._sum = 0.0
        self._block_peak = self._block_s = 0.0
        self._block_known = self._block_heard = 0

    def _remember_heard(self) -> None:
        """What was heard was stillness: the weights learn it, and the level follows at once.

        The weights remember most of a minute, so light that changes by a share of a size a
        second would leave them behind; the level is what all kinds have in common by now.
        """
        apart = sorted(
            log_size - self._weights[kind].median
            for kind, log_size in self._heard
            if kind and self._weights[kind].inverse
        )
        if apart:
            rate = 1.0 - math.exp(-len(apart) * self._interval_s / self.settings.level_s)
            self._level += rate * (apart[len(apart) // 2] - self._level)
        for kind, log_size in self._heard:
            weight = self._weights[kind]
            if weight.add(log_size):
                weight.refresh(self.settings)
            of_type = self._of_type[kind // PHASE_COUNT]
            if of_type.add(log_size):
                of_type.refresh(self.settings)
            self._block_known += weight.inverse > 0.0
            self._block_heard += 1
        self._heard.clear()

    def _judge_wake(self, span_s: float, *, is_still: bool) -> None:
        """Whether the last wake had a cause: movement within a second after it."""
        if self._woke_s < 0.0:
            return
        self._woke_s += span_s
        if not is_still:
            self._onset_peaks.append(math.inf)
            self._woke_s = -1.0
        elif self._woke_s >= self.settings.early_s:
            self._woke_s = -1.0
            self.false_wakes += 1
            self._caution = min(
                self._caution * self.settings.false_wake, self.settings.most_caution
            )
            self._peaks.append(min(self._wake_peak, self.settings.most_sum))
            self._set_limit()

    def _set_limit(self) -> None:
        settings = self.settings
        count = len(self._peaks)
        aside = min(settings.set_aside, count // 8)
        highest = sorted(self._peaks)[-1 - aside] if count else 0.0
        wanted = (settings.margin + 1.0 / (count + 1)) * highest * self._caution
        self._limit = min(max(wanted, settings.least_sum), settings.most_sum)

    @property
    def _is_known(self) -> bool:
        return len(self._peaks) >= self.settings.enough_blocks

    # -- asleep

    @property
    def may_sleep(self) -> bool:
        """Enough is known of what stillness weighs, and movement can be told from it."""
        settings = self.settings
        if not self._is_known:
            self.reason = "too little stillness seen"
        elif self._of_type[1].is_constant:
            self.reason = "packets are filled up to a constant rate"
        elif self._limit >= settings.most_sum:
            self.reason = "stillness weighs too unevenly"
        elif self._is_blind:
            self.reason = "movement does not show in the sizes"
        else:
            self.reason = ""
        return not self.reason

    @property
    def is_telling(self) -> bool:
        """It may sleep, and movement was seen often enough to know that sizes tell it."""
        return self.may_sleep and len(self._onset_peaks) >= self.settings.enough_onsets

    @property
    def noticed(self) -> float:
        """Share of the remembered onsets that sizes would have told in time; 1 for none."""
        count = len(self._onset_peaks)
        return sum(peak > self._limit for peak in self._onset_peaks) / count if count else 1.0

    @property
    def _is_blind(self) -> bool:
        """One onset may be missed whatever the number, so that a single one does not decide."""
        count = len(self._onset_peaks)
        missed = round((1.0 - self.noticed) * count)
        return missed >= 2 + int((1.0 - self.settings.least_noticed) * count + 1e-9)

    def fell_asleep(self) -> None:
        """Begins listening anew."""
        self._sum = 0.0
        self._woke_s = -1.0
        self._block_peak = self._block_s = 0.0
        self._heard.clear()

    def wakes(self, packets: Sequence[Packet]) -> bool:
        """A batch while asleep, in decoding order; True: something changed."""
        peak = self._hear(packets)
        if peak <= self._limit:
            self._block_peak = max(self._block_peak, peak)
            return False
        self.wakes_told += 1
        self._wake_peak = peak
        self._woke_s = 0.0
        return True

    def glanced(self, is_still: bool) -> None:
        """A keyframe was looked at while asleep.

        The baseline follows what was heard only where the glance confirmed stillness.
        """
        settings = self.settings
        if is_still:
            heard_s = len(self._heard) * self._interval_s
            self._caution *= settings.false_wake ** (-heard_s / settings.false_wake_every_s)
            self._caution = max(self._caution, 1.0)
            self._remember_heard()
            self._end_block()
            self._block_peak = 0.0
            self._block_known = self._block_heard = 0
            return
        self.misses += 1
        self._onset_peaks.append(0.0)  # whatever the sum, it did not tell in time
        self._caution = max(self._caution / settings.false_wake, 1.0)
        self._set_limit()
        self._heard.clear()

    def _hear(self, packets: Sequence[Packet]) -> float:
        """Adds packets to the sum; the highest that it came to.

        All in one loop without a call: it runs for every packet of every sleeping feed.
        """
        settings = self.settings
        overhead, slack, clip = settings.overhead, settings.slack, settings.clip
        weights, heard, phase = self._weights, self._heard, self._phase
        level, of_type = self._level, self._of_type
        total, newest, is_between = self._sum, self._newest, self._is_between
        peak = 0.0
        for packet in packets:
            log_size = log(packet.size + overhead)
            pts = packet.pts
            if packet.is_keyframe:
                phase, kind, newest, is_between = 0, 0, pts, False
            else:
                phase += 1
                kind = PHASES[phase] if phase < len(PHASES) else LAST_PHASE
                if newest is None or pts is None or pts > newest:
                    newest, is_between = pts, False
                    kind += FORWARD_KIND
                elif is_between:
                    kind += BETWEEN_KIND
                else:
                    is_between = True
                    kind += FIRST_BETWEEN_KIND
            weight = weights[kind]
            if not weight.inverse:
                weight = of_type[kind // PHASE_COUNT]
            z = (log_size - level - weight.median) * weight.inverse
            if z > clip:
                z = clip
            elif z < -LIGHTEST:
                z = -LIGHTEST
            total += z - slack
            if total < 0.0:
                total = 0.0
            elif total > peak:
                peak = total
            heard.append((kind, log_size))
        self._sum, self._newest, self._is_between, self._phase = total, newest, is_between, phase
        return peak


def _interval_s(packets: Sequence[Packet], usual_s: float) -> float:
    """Seconds from one packet to the next, from decoding stamps where there are any."""
    first, last = packets[0], packets[-1]
    if len(packets) < 2 or first.dts is None or last.dts is None or last.dts <= first.dts:
        return usual_s
    return float((last.dts - first.dts) * last.time_base) / (len(packets) - 1)
