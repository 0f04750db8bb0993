"""From a measured cost to the number of feeds that a machine takes."""

from __future__ import annotations

from dataclasses import replace

from wayside.cli.bench_answer import Machine, in_words, verdict
from wayside.cli.measuring import Cost

COST = Cost(
    feeds=50,
    workers=1,
    seconds=30.0,
    cpu_ms=10.0,
    halves_ms=(10.0, 10.0),
    stages_ms={"decode": 6.0, "motion": 4.0},
    cores=0.5,
    rss_mb=(400.0, 400.0),
    lag_p50_s=0.1,
    lag_p95_s=0.2,
    coverage=(1.0, 1.0),
    dropped=0.0,
    live=50,
    analysed=5.0,
    asleep=0.5,
)
PILOT = replace(COST, feeds=10, rss_mb=(200.0, 200.0))
LARGE = Machine(2, 16_000.0)


def test_feeds_are_what_the_cores_take() -> None:
    found = verdict(COST, PILOT, LARGE)
    assert (found.feeds, found.limit) == (170, "CPU")
    assert (found.stage, found.stage_share) == ("decode", 0.6)
    # 5 MB a feed follow from the pilot, and 150 MB without any.
    assert found.memory_mb == 150.0 + 5.0 * 170.0
    assert not [doubt for doubt in found.doubts if "differ" in doubt]


def test_little_memory_ends_first() -> None:
    found = verdict(COST, PILOT, Machine(2, 1_000.0))
    assert (found.feeds, found.limit) == (70, "memory")


def test_what_makes_it_doubtful_is_said() -> None:
    shaky = replace(COST, halves_ms=(8.0, 12.0), live=48, shed="too slow", dropped=0.02)
    found = verdict(shaky, PILOT, LARGE)
    assert found.least < found.feeds < found.most
    words = "\n".join(in_words(found, shaky, LARGE, "640x360", "typical"))
    for doubt in ("2 of 50 feeds", "too slow", "2% of the packets", "differ by 50%", "try that"):
        assert doubt in words
    assert "about 170 feeds" in words
    assert not shaky.is_whole


def test_a_sure_answer_says_so() -> None:
    sure = replace(COST, feeds=150, live=150)
    assert "both halves" in in_words(verdict(sure, None, LARGE), sure, LARGE, "clip.mp4", "")[-1]
    assert sure.is_whole
