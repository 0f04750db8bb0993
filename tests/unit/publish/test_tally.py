"""Counting with a bound. The middle of the proof: by what neighbouring streams can differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.publish.noise import scale_of
from wayside.publish.policy import Policy
from wayside.publish.question import Question
from wayside.publish.tally import Crossed, Tally

SECOND_US = 1_000_000
BEGIN = datetime(2026, 5, 4, tzinfo=UTC)
BEGIN_US = int(BEGIN.timestamp()) * SECOND_US
LENGTH_S = 240
LINES = (("gate", "x"), ("mast", "x"), ("mast", "y"))

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stream:
    """What a store could hold of all feeds."""

    crossings: tuple[Crossed, ...]
    watched: dict[str, tuple[Stretch, ...]]


def tallied(question: Question, policy: Policy, stream: Stream) -> Tally:
    tally = Tally(question, policy)
    tally.add(sorted(stream.crossings, key=lambda each: each.at_us))
    for feed in question.feeds:
        tally.watch(feed, stream.watched[feed])
    return tally


def crossed(at_s: float, *, label: str = "car", line: str = "north", way: str = "") -> Crossed:
    at_us = BEGIN_US + round(at_s * SECOND_US)
    return Crossed(at_us, "mast", line, way or "forward", label)


def test_of_each_chunk_the_first_ones_count(question: Question, policy: Policy) -> None:
    tally = Tally(question, policy)
    tally.add(crossed(at_s) for at_s in (0, 1, 2, 3, 4, 5, 9.999, 10, 3599.9, 3600, -0.1))
    assert tally.numbers.tolist() == [[7], [0]]


def test_parts_share_the_clamp_of_their_line(question: Question, policy: Policy) -> None:
    tally = Tally(replace(question, by_class=True, classes=("bus", "car")), policy)
    tally.add(crossed(at, label=label) for at, label in enumerate(["car"] * 4 + ["bus"] * 4))
    assert tally.numbers.tolist() == [[1], [4], [0]]


def test_what_is_not_asked_uses_up_no_clamp(question: Question, policy: Policy) -> None:
    tally = Tally(replace(question, classes=("car",), by_direction=True), policy)
    tally.add(crossed(at_s, label="person") for at_s in range(9))
    tally.add(crossed(at_s, line="south") for at_s in range(9))
    tally.add([crossed(1), crossed(2, way="backward"), crossed(3, way="sideways")])
    assert tally.numbers.tolist() == [[1], [1], [0]]


def test_a_chunk_is_watched_where_one_stretch_covers_it(question: Question, policy: Policy) -> None:
    tally = Tally(replace(question, interval_s=60), policy)
    stretches = [(-500, 10), (20, 39.5), (39.5, 60), (61, 125), (3590, 9999)]
    tally.watch(
        "mast",
        [(BEGIN_US + round(a * SECOND_US), BEGIN_US + round(b * SECOND_US)) for a, b in stretches],
    )
    watched = tally.numbers[1].tolist()
    assert watched[:3] == [4, 5, 0]
    assert watched[-1] == 1
    assert sum(watched) == 10


def test_the_whole_bound_can_be_reached(question: Question, policy: Policy) -> None:
    """So that it is not merely large: two stays of 30 s, remembered for 30 s, and all changes."""
    asked = replace(question, by_class=True)
    begins_us = [BEGIN_US + round(at * SECOND_US) + 9_999_999 for at in (0, 300)]
    ends_us = [begin + 60 * SECOND_US for begin in begins_us]
    busy = [
        chunk * 10 * SECOND_US
        for begin, end in zip(begins_us, ends_us, strict=True)
        for chunk in range(begin // (10 * SECOND_US), end // (10 * SECOND_US) + 1)
    ]
    seen, unseen = Tally(asked, policy), Tally(asked, policy)
    # What happens in a chunk happens at its first or its last instant, as needed.
    for start in busy:
        seen.add([Crossed(start + 9_999_999, "mast", "north", "forward", "car")] * 9)
        unseen.add([Crossed(start + 9_999_999, "mast", "north", "forward", "bus")] * 9)
    seen.watch("mast", [(BEGIN_US, BEGIN_US + 3600 * SECOND_US)])
    edges = [BEGIN_US, *(edge for s in busy for edge in (s, s + 10 * SECOND_US))]
    edges.append(BEGIN_US + 3600 * SECOND_US)
    unseen.watch("mast", list(zip(edges[::2], edges[1::2], strict=True)))
    distance = np.abs(seen.numbers - unseen.numbers).sum()
    assert distance == asked.sensitivity(policy) == 2 * 7 * (2 * 5 + 1)


# Neighbours: two streams that differ, in whatever way, while somebody may have been in view.

moments = st.integers(0, LENGTH_S * SECOND_US - 1).map(lambda at: BEGIN_US + at)
events = st.builds(
    lambda at_us, line, way, label: Crossed(at_us, *line, way, label),
    moments,
    st.sampled_from(LINES),
    st.sampled_from(["forward", "backward"]),
    st.sampled_from(["car", "person", "unknown"]),
)
policies = st.builds(
    Policy,
    rho_s=st.integers(1, 25),
    stays=st.integers(1, 3),
    budget=st.just(1_000_000),
    chunk_s=st.sampled_from([5, 10, 15]),
    memory_s=st.integers(0, 20),
)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    return Question(
        since=BEGIN,
        until=BEGIN + timedelta(seconds=LENGTH_S),
        interval_s=draw(st.sampled_from([60, 120, 240])),
        lines=tuple(draw(st.sets(st.sampled_from(LINES), min_size=1))),
        clamp=draw(st.integers(1, 3)),
        epsilon=draw(st.integers(1, 3_000_000)),
        classes=draw(st.sampled_from([(), ("car",), ("car", "person")])),
        by_direction=draw(st.booleans()),
        by_class=draw(st.booleans()),
    )


def crowd(
    draw: st.DrawFn, spans: list[tuple[str, Stretch]], line_of: Callable[[str], list[str]]
) -> list[Crossed]:
    """Whatever may happen at those feeds and times: nothing, a few, or bursts at one instant."""
    found = []
    for feed, (start, end) in spans:
        for at_us in draw(st.lists(st.integers(start, end), max_size=12)):
            line = draw(st.sampled_from(line_of(feed)))
            label = draw(st.sampled_from(["car", "person"]))
            found += [Crossed(at_us, feed, line, "forward", label)] * draw(st.integers(1, 4))
    return found


@st.composite
def neighbours(draw: st.DrawFn, policy: Policy) -> tuple[Stream, Stream]:
    others = draw(st.lists(events, max_size=60))
    spans: list[tuple[str, Stretch]] = []
    for _ in range(policy.stays):
        begin = draw(moments)
        span = (begin, begin + (policy.rho_s + policy.memory_s) * SECOND_US)
        spans.append((draw(st.sampled_from(["gate", "mast"])), span))
    outside = [
        each
        for each in others
        if not any(feed == each.feed and a <= each.at_us <= b for feed, (a, b) in spans)
    ]

    def line_of(feed: str) -> list[str]:
        return [line for other, line in LINES if other == feed]

    whole = (BEGIN_US, BEGIN_US + LENGTH_S * SECOND_US)
    watched = {feed: [whole] for feed in ("gate", "mast")}
    cut = {feed: list(stretches) for feed, stretches in watched.items()}
    for feed, span in spans:
        if draw(st.booleans()):
            cut[feed] = [piece for each in cut[feed] for piece in without(each, span)]
    return (
        Stream((*outside, *crowd(draw, spans, line_of)), {k: tuple(v) for k, v in watched.items()}),
        Stream((*outside, *crowd(draw, spans, line_of)), {k: tuple(v) for k, v in cut.items()}),
    )


def without(stretch: Stretch, span: Stretch) -> list[Stretch]:
    pieces = [(stretch[0], min(stretch[1], span[0])), (max(stretch[0], span[1]), stretch[1])]
    return [(a, b) for a, b in pieces if a < b]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_neighbouring_streams_differ_within_the_bound(data: st.DataObject) -> None:
    policy, question = data.draw(policies), data.draw(questions())
    one, other = data.draw(neighbours(policy))
    numbers = [tallied(question, policy, stream).numbers for stream in (one, other)]
    distance = int(np.abs(numbers[0] - numbers[1]).sum())
    assert distance <= question.sensitivity(policy)
    # And so no answer is more than e^ε times as likely for one than for the other:
    # each number's noise makes e^(|difference| / scale) of it, and these multiply.
    scale = scale_of(question.sensitivity(policy), question.epsilon)
    assert Fraction(distance) / Fraction(scale) <= Fraction(question.epsilon, 10**6)
