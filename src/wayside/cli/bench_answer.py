"""What a measured cost means for a machine: how many feeds, what ends first, how sure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from wayside.cli.measuring import Cost

FULL = 0.85
"""Share of the processors that feeds may take: the rest is for the server, and for what is rare."""
MEMORY_FULL = 0.8
SERVER_MB = 300.0


@dataclass(frozen=True, slots=True)
class Machine:
    """cores: that may be used. memory_mb: that could be had when it was asked."""

    cores: int
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """feeds: that the machine takes, between ``least`` and ``most``. limit: what ends first.

    stage: that costs most, with its share. memory_mb: of all workers with so many feeds.
    doubts: in words, none where all is well.
    """

    feeds: int
    least: int
    most: int
    limit: str
    stage: str
    stage_share: float
    memory_mb: float
    doubts: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        names = ("feeds", "least", "most", "limit", "stage", "stage_share", "memory_mb")
        return {name: getattr(self, name) for name in names} | {"doubts": list(self.doubts)}


def verdict(cost: Cost, pilot: Cost | None, machine: Machine) -> Verdict:
    """pilot: of fewer feeds, from which follows what memory one feed takes."""
    cpu_feeds = FULL * machine.cores * 1000.0 / max(cost.cpu_ms, 1e-3)
    base_mb, each_mb = _memory(cost, pilot)
    room_mb = MEMORY_FULL * machine.memory_mb - SERVER_MB - base_mb
    memory_feeds = max(0.0, room_mb / each_mb)
    feeds = min(cpu_feeds, memory_feeds)
    worst, best = max(cost.halves_ms), min(cost.halves_ms)
    stage = max(cost.stages_ms, key=lambda name: cost.stages_ms[name])
    return Verdict(
        feeds=_rounded(feeds),
        least=_rounded(feeds * cost.cpu_ms / max(worst, 1e-3)),
        most=_rounded(feeds * cost.cpu_ms / max(best, 1e-3)),
        limit="CPU" if cpu_feeds <= memory_feeds else "memory",
        stage=stage,
        stage_share=cost.stages_ms[stage] / max(cost.cpu_ms, 1e-3),
        memory_mb=base_mb + each_mb * feeds,
        doubts=tuple(_doubts(cost, feeds)),
    )


def _memory(cost: Cost, pilot: Cost | None) -> tuple[float, float]:
    """MB of all workers without feeds, and of one feed."""
    now_mb = cost.rss_mb[1]
    if pilot is not None and cost.feeds > pilot.feeds:
        one_mb = pilot.rss_mb[1]
        # Each worker has a model of its own: the pilot was one of them.
        spare_mb = now_mb - cost.workers * one_mb
        more = cost.feeds - cost.workers * pilot.feeds
        if more > 0 and spare_mb > 0:
            each_mb = max(0.2, spare_mb / more)
            return max(0.0, now_mb - each_mb * cost.feeds), each_mb
    each_mb = max(0.2, 0.5 * now_mb / cost.feeds)
    return now_mb - each_mb * cost.feeds, each_mb


def _rounded(feeds: float) -> int:
    """Down, to two digits: more would be a pretence."""
    if feeds < 20:
        return max(0, math.floor(feeds))
    step: int = 10 ** (math.floor(math.log10(feeds)) - 1)
    return math.floor(feeds / step) * step


def _doubts(cost: Cost, feeds: float) -> list[str]:
    found = []
    if cost.live < cost.feeds:
        found.append(f"{cost.feeds - cost.live} of {cost.feeds} feeds gave no pictures")
    if cost.shed:
        found.append(f"work was left out while it was measured: {cost.shed}")
    if cost.dropped >= 0.01:
        found.append(f"{cost.dropped:.0%} of the packets were given up")
    worst, best = max(cost.halves_ms), min(cost.halves_ms)
    if worst > 1.25 * best:
        found.append(
            f"the two halves of the measurement differ by {worst / best - 1:.0%}: "
            "measure longer (--seconds), with nothing else running"
        )
    if feeds > 2.5 * cost.feeds:
        found.append(
            f"it follows from {cost.feeds} feeds; try that many (--feeds {_rounded(feeds)})"
        )
    return found


def in_words(found: Verdict, cost: Cost, machine: Machine, kind: str, activity: str) -> list[str]:
    """Lines for the terminal. kind: of picture, as 640x360."""
    share = f"{FULL:.0%} of {machine.cores} core{'s' if machine.cores != 1 else ''}"
    of_activity = f" at {activity} activity" if activity else ""
    answer = (
        f"This machine: about {found.feeds} feeds ({found.least} to {found.most}) of {kind}"
        f"{of_activity}, {share}."
    )
    limit = (
        f"Memory with so many: {found.memory_mb / 1000:.1f} GB. The first limit is {found.limit}; "
        f"most of the CPU goes into {found.stage} ({found.stage_share:.0%})."
    )
    how = (
        f"Measured: {cost.feeds} feeds, workers: {cost.workers}, for {cost.seconds:.0f} s: "
        f"{cost.cpu_ms:.2f} ms of CPU for a second of one feed, "
        f"coverage {cost.coverage[0]:.0%}, lag p95 {cost.lag_p95_s:.2f} s."
    )
    lines = [answer, limit, how]
    lines += [f"Doubt: {doubt}." for doubt in found.doubts]
    if not found.doubts:
        lines.append("Nothing was left out, and both halves of the measurement agree.")
    return lines
