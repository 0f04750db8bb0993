"""A policy, questions, and a ledger of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wayside.publish.policy import Policy
from wayside.publish.question import Question

MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
def policy() -> Policy:
    return Policy(rho_s=30, stays=2, budget=1_000_000)


@pytest.fixture
def question() -> Question:
    """One line for an hour, at ε 0.4."""
    return Question(
        since=MIDNIGHT,
        until=MIDNIGHT + timedelta(hours=1),
        interval_s=3600,
        lines=(("mast", "north"),),
        clamp=5,
        epsilon=400_000,
    )


@pytest.fixture
def asked(question: Question) -> Callable[..., Question]:
    """The question, but for what is named; first, last: minutes since midnight."""

    def make(first: int = 0, last: int = 60, **other: Any) -> Question:
        return replace(
            question,
            since=MIDNIGHT + timedelta(minutes=first),
            until=MIDNIGHT + timedelta(minutes=last),
            interval_s=(last - first) * 60,
            **other,
        )

    return make
