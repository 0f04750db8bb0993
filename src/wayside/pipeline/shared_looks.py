"""Looks of many feeds, given to the network together.

A look waits until there are enough of them to fill a canvas, or until it has
waited long enough. Meanwhile its feed begins no other picture; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from wayside.detect.separate import together
from wayside.domain.detections import Detections
from wayside.domain.looks import Look
from wayside.domain.media import RawFrame
from wayside.observe.stages import StageTimer

Network: TypeAlias = Callable[[Sequence[tuple[RawFrame, Look]]], list[Detections]]
"""What is named in each look, in the coordinates of its picture. For one thread."""


class LooksFailed(Exception):
    """The network failed, for its cause. feeds: that had asked."""

    def __init__(self, feeds: tuple[str, ...]) -> None:
        super().__init__("the network failed")
        self.feeds = feeds


@dataclass(frozen=True, slots=True)
class _Asked:
    feed: str
    frame: RawFrame
    looks: Sequence[Look]
    answer: Callable[[Detections], None]


class SharedLooks:
    """Of one worker. enough: pixels of a network's input that are worth going for. late_s: how old
    a picture may become while its looks wait for others; one that is older waits for nobody.
    looks, rounds: so far, asked for and gone for.
    """

    def __init__(
        self, network: Network, timer: StageTimer, *, enough: int, late_s: float = 0.3
    ) -> None:
        self.looks = 0
        self.rounds = 0
        self._network = network
        self._timer = timer
        self._enough = enough
        self._late_s = late_s
        self._asked: list[_Asked] = []
        self._pixels = 0
        self._due_s = 0.0

    def ask(
        self,
        now_s: float,
        feed: str,
        frame: RawFrame,
        looks: Sequence[Look],
        answer: Callable[[Detections], None],
        *,
        arrived_s: float | None = None,
    ) -> None:
        """answer: called with what was named, in a later ``go``. arrived_s: of the picture."""
        due_s = (now_s if arrived_s is None else arrived_s) + self._late_s
        self._due_s = min(self._due_s, due_s) if self._asked else due_s
        self._asked.append(_Asked(feed, frame, looks, answer))
        self._pixels += sum(look.pixels for look in looks)

    def forget(self, feed: str) -> None:
        """Its looks are not wanted any more; nobody is answered."""
        self._asked = [asked for asked in self._asked if asked.feed != feed]
        self._pixels = sum(look.pixels for asked in self._asked for look in asked.looks)

    def is_due(self, now_s: float) -> bool:
        if not self._asked:
            return False
        return self._pixels >= self._enough or now_s >= self._due_s

    def due_in_s(self, now_s: float) -> float | None:
        """Seconds until somebody has waited long enough; None where nobody waits."""
        return max(self._due_s - now_s, 0.0) if self._asked else None

    def go(self) -> list[tuple[str, Callable[[], None]]]:
        """Asks the network. (feed, what gives it its answer), for the caller to call.

        Raises LooksFailed where the network fails; then nobody is answered.
        """
        asked, self._asked, self._pixels = self._asked, [], 0
        wanted = [(one.frame, look) for one in asked for look in one.looks]
        self.looks += len(wanted)
        self.rounds += 1
        try:
            with self._timer("detect"):
                found = self._network(wanted)
        except Exception as error:
            raise LooksFailed(tuple(one.feed for one in asked)) from error
        answers, at = [], 0
        for one in asked:
            own = found[at : at + len(one.looks)]
            at += len(one.looks)
            answers.append((one.feed, _answer(one.answer, together(own))))
        return answers


def _answer(answer: Callable[[Detections], None], named: Detections) -> Callable[[], None]:
    return lambda: answer(named)
