"""What is to be published, said without a look at what was counted.

Which numbers there are hangs on the question alone. A row that appeared only
where somebody came would tell that somebody came.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from wayside.domain.classes import ObjectClass
from wayside.domain.scene import Direction
from wayside.domain.time import rfc3339
from wayside.publish.policy import Policy
from wayside.store.rows import to_microseconds

MOST_NUMBERS = 100_000
_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Series:
    """One number an interval. line: "" for the time in which the feed was watched, in chunks.

    direction, class_label: "" where they are told together.
    """

    feed: str
    line: str = ""
    direction: str = ""
    class_label: str = ""

    @property
    def is_watched(self) -> bool:
        return not self.line


@dataclass(frozen=True, slots=True)
class Question:
    """Counts of lines, by intervals of ``interval_s`` from ``since`` to ``until`` (UTC).

    lines: (feed, line), each once. classes: only these, none for all. clamp: how many
    crossings of one line count in one chunk, the first ones. epsilon: in millionths.
    Raises ValueError where it makes no sense.
    """

    since: datetime
    until: datetime
    interval_s: int
    lines: tuple[tuple[str, str], ...]
    clamp: int
    epsilon: int
    classes: tuple[str, ...] = ()
    by_direction: bool = False
    by_class: bool = False

    def __post_init__(self) -> None:
        if not self.lines or len(set(self.lines)) < len(self.lines):
            raise ValueError("it takes lines, each of them once")
        known = {each.label for each in ObjectClass}
        if unknown := [label for label in self.classes if label not in known]:
            raise ValueError(f"there is no class {unknown[0]}")
        if self.clamp < 1:
            raise ValueError("at least one crossing of a chunk must count")
        if not self.epsilon > 0:
            raise ValueError("ε is above 0")
        length_us = to_microseconds(self.until) - to_microseconds(self.since)
        if self.interval_s < 1 or length_us <= 0 or length_us % (self.interval_s * _SECOND_US):
            raise ValueError("the range must be a whole number of intervals")
        if len(self.series) * self.intervals > MOST_NUMBERS:
            raise ValueError(f"more than {MOST_NUMBERS} numbers: ask for longer intervals")

    @property
    def intervals(self) -> int:
        length_us = to_microseconds(self.until) - to_microseconds(self.since)
        return length_us // (self.interval_s * _SECOND_US)

    @property
    def feeds(self) -> tuple[str, ...]:
        return tuple(sorted({feed for feed, _ in self.lines}))

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the classes that count, by name."""
        return tuple(sorted({*self.classes} or {each.label for each in ObjectClass}))

    @property
    def series(self) -> tuple[Series, ...]:
        directions = [each.value for each in Direction] if self.by_direction else [""]
        labels = self.labels if self.by_class else ("",)
        counted = [
            Series(feed, line, direction, label)
            for (feed, line), direction, label in product(sorted(self.lines), directions, labels)
        ]
        return (*counted, *(Series(feed) for feed in self.feeds))

    def chunks(self, policy: Policy) -> range:
        """The cells of the grid in the range, counted from 1970.

        Raises ValueError where the range or its intervals do not lie on the grid.
        """
        chunk_us = policy.chunk_s * _SECOND_US
        since_us, until_us = to_microseconds(self.since), to_microseconds(self.until)
        if since_us % chunk_us or self.interval_s % policy.chunk_s:
            raise ValueError(f"times and intervals must be multiples of {policy.chunk_s} s")
        return range(since_us // chunk_us, until_us // chunk_us)

    def sensitivity(self, policy: Policy) -> int:
        """By how much K stays can change all the numbers together, in all: the L1 distance.

        Each chunk of a feed that a stay touches may come out in any other way. Of a line
        its first ``clamp`` crossings count, so its numbers lie in 0 .. clamp and differ by
        ``clamp``; told in parts (directions, classes) by twice that, since one part may
        lose what another gains. Whether the chunk was watched differs by 1.
        """
        parts = (2 if self.by_direction else 1) * (len(self.labels) if self.by_class else 1)
        a_line = self.clamp * min(parts, 2)
        most_lines = max(sum(each == feed for each, _ in self.lines) for feed in self.feeds)
        return policy.chunks * (most_lines * a_line + 1)

    def text(self) -> str:
        """The same for the same question: what a stored answer is found by."""
        return json.dumps(
            {
                "since": rfc3339(self.since),
                "until": rfc3339(self.until),
                "interval_s": self.interval_s,
                "lines": sorted(list(each) for each in self.lines),
                "classes": list(self.labels),
                "by_direction": self.by_direction,
                "by_class": self.by_class,
                "clamp": self.clamp,
                "epsilon_millionths": self.epsilon,
            },
            sort_keys=True,
            ensure_ascii=False,
        )
