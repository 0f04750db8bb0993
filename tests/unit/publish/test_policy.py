from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.publish.policy import Policy


@given(
    st.integers(1, 400),
    st.integers(0, 90),
    st.sampled_from([1, 5, 10, 15, 60]),
    st.integers(0, 59_999_999),
)
def test_no_stay_touches_more_chunks_than_that(
    rho_s: int, memory_s: int, chunk_s: int, begin_us: int
) -> None:
    policy = Policy(rho_s, 1, 1, chunk_s, memory_s)
    end_us = begin_us + (rho_s + memory_s) * 1_000_000
    chunk_us = chunk_s * 1_000_000
    assert end_us // chunk_us - begin_us // chunk_us + 1 <= policy.chunks_a_stay


def test_the_bound_is_reached() -> None:
    policy = Policy(30, 2, 1, 10, 30)
    begin_us = 9_999_999
    assert policy.chunks_a_stay == 7
    assert (begin_us + 60_000_000) // 10_000_000 + 1 == 7
    assert policy.chunks == 14


@pytest.mark.parametrize(
    "wrong",
    [
        {"rho_s": 0},
        {"rho_s": 10**7},
        {"stays": 0},
        {"budget": 0},
        {"chunk_s": 7},
        {"chunk_s": 120},
        {"memory_s": -1},
    ],
)
def test_what_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Policy(**{"rho_s": 30, "stays": 2, "budget": 10**6, **wrong})
