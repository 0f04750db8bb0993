"""Counting with a bound: what one chunk of one feed can add, whatever happened in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.publish.policy import Policy
from wayside.publish.question import Question, Series

_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Crossed:
    """A line crossing as the store tells it. No track: tracks break, and nobody joins them."""

    at_us: int
    feed: str
    line: str
    direction: str
    class_label: str


class Tally:
    """Exact numbers of a question. They stay in the house: only ``Noise`` may see them.

    Crossings are brought in the order in which they happened. Of a line only the first
    ``clamp`` in each chunk count, before anything is summed; so a chunk's share in all
    numbers is bounded by the question alone and not by what a person, or the many tracks
    that one person can break into, did in it.
    """

    def __init__(self, question: Question, policy: Policy) -> None:
        self._question = question
        self._chunks = question.chunks(policy)
        self._chunk_us = policy.chunk_s * _SECOND_US
        self._chunks_an_interval = question.interval_s // policy.chunk_s
        self._places = {series: row for row, series in enumerate(question.series)}
        self._labels = frozenset(question.labels)
        self._counted = np.zeros((len(self._places), question.intervals), np.int64)
        self._taken = {line: np.zeros(len(self._chunks), np.int32) for line in question.lines}

    def add(self, crossings: Iterable[Crossed]) -> None:
        """What the question does not ask for is left out before it could use up a clamp."""
        question = self._question
        for each in crossings:
            series = Series(
                each.feed,
                each.line,
                each.direction if question.by_direction else "",
                each.class_label if question.by_class else "",
            )
            place = self._places.get(series)
            chunk = each.at_us // self._chunk_us - self._chunks.start
            is_asked = each.class_label in self._labels and 0 <= chunk < len(self._chunks)
            if place is None or not is_asked:
                continue
            taken = self._taken[each.feed, each.line]
            if taken[chunk] < question.clamp:
                taken[chunk] += 1
                self._counted[place, chunk // self._chunks_an_interval] += 1

    def watch(self, feed: str, stretches: Iterable[tuple[int, int]]) -> None:
        """[since_us, until_us) in which the feed was watched, all of them at once.

        A chunk counts as watched where one stretch covers all of it.
        """
        watched = np.zeros(len(self._chunks), np.int64)
        for since_us, until_us in stretches:
            first = -(-since_us // self._chunk_us) - self._chunks.start
            end = until_us // self._chunk_us - self._chunks.start
            watched[max(first, 0) : max(end, 0)] = 1
        by_interval = watched.reshape(self._question.intervals, self._chunks_an_interval)
        self._counted[self._places[Series(feed)]] = by_interval.sum(axis=1)

    @property
    def numbers(self) -> NDArray[np.int64]:
        """(series, intervals), in the order of ``Question.series``."""
        return self._counted
