import time

import pytest

from wayside.observe.stages import StageTimer, StageTotal


class Ticks:
    """A clock that is moved by hand, in nanoseconds."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def cpu() -> Ticks:
    return Ticks()


@pytest.fixture
def wall() -> Ticks:
    return Ticks()


@pytest.fixture
def timer(cpu: Ticks, wall: Ticks) -> StageTimer:
    return StageTimer(cpu, wall)


def test_a_stage_gets_the_time_of_its_blocks(timer: StageTimer, cpu: Ticks, wall: Ticks) -> None:
    for _ in range(3):
        with timer("decode"):
            cpu.now += 2_000_000
            wall.now += 5_000_000
        cpu.now += 70_000_000
        wall.now += 70_000_000
    assert timer.totals() == {"decode": StageTotal(cpu_s=0.006, wall_s=0.015, calls=3)}


def test_nested_time_belongs_to_the_inner_stage_alone(
    timer: StageTimer, cpu: Ticks, wall: Ticks
) -> None:
    with timer("analyse"):
        cpu.now += 1_000_000_000
        with timer("track"):
            cpu.now += 4_000_000_000
            wall.now += 4_000_000_000
        cpu.now += 2_000_000_000
    assert timer.totals()["analyse"] == StageTotal(3.0, 0.0, 1)
    assert timer.totals()["track"] == StageTotal(4.0, 4.0, 1)


def test_a_stage_inside_itself_is_counted_once(timer: StageTimer, cpu: Ticks) -> None:
    with timer("detect"):
        cpu.now += 1_000_000_000
        with timer("detect"):
            cpu.now += 1_000_000_000
        cpu.now += 1_000_000_000
    assert timer.totals()["detect"] == StageTotal(3.0, 0.0, 2)


def test_an_error_inside_a_block_ends_it(timer: StageTimer, cpu: Ticks) -> None:
    def decode() -> None:
        with timer("decode"):
            cpu.now += 1_000_000_000
            raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        decode()
    cpu.now += 5_000_000_000
    with timer("detect"):
        cpu.now += 1_000_000_000
    assert timer.totals()["decode"].cpu_s == 1.0
    assert timer.totals()["detect"].cpu_s == 1.0


def test_merge_joins_the_timers_of_two_threads(timer: StageTimer, cpu: Ticks, wall: Ticks) -> None:
    other = StageTimer(cpu, wall)
    with timer("decode"):
        cpu.now += 1_000_000_000
    with other("decode"):
        cpu.now += 2_000_000_000
    with other("redact"):
        wall.now += 1_000_000_000
    timer.merge(other)
    assert timer.totals() == {
        "decode": StageTotal(3.0, 0.0, 2),
        "redact": StageTotal(0.0, 1.0, 1),
    }


def test_the_clocks_of_the_machine_serve_by_default() -> None:
    timer = StageTimer()
    before = time.thread_time()
    with timer("decode"):
        sum(range(100_000))
    spent = time.thread_time() - before
    assert 0.0 < timer.totals()["decode"].cpu_s <= spent
