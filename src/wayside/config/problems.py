"""What is wrong with a site.yaml, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from wayside.domain.errors import ConfigError

KeyPath: TypeAlias = tuple[str | int, ...]
"""From the top of the file to a value: ("feeds", 0, "scene", "lines", 1, "a")."""

MAX_LISTED = 100
"""Problems written out in one message; a file of another kind can have thousands."""


class Level(StrEnum):
    """ERROR: the file cannot be used. WARNING: it can, but probably not as meant."""

    ERROR = "error"
    WARNING = "warning"


def dotted(path: KeyPath) -> str:
    """``feeds[0].scene.lines[1].a``, as the messages and the page write it."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. line and column count from 1; 0 where there is no place in the text.

    what: one sentence without its full stop. remedy: the next thing to try, or "".
    """

    file: str
    line: int
    column: int
    path: KeyPath
    what: str
    remedy: str = ""
    level: Level = Level.ERROR

    @property
    def where(self) -> str:
        """``site.yaml:12:7 feeds[0].scene.lines[1].a``."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place} {dotted(self.path)}".rstrip()

    def masked(self, mask: Callable[[str], str]) -> Problem:
        """The same with what and remedy passed through ``mask``, to hide variables' values."""
        return replace(self, what=mask(self.what), remedy=mask(self.remedy))

    def __str__(self) -> str:
        remedy = f". {self.remedy}" if self.remedy else ""
        return f"{self.where}: {self.what}{remedy}"


class SiteInvalid(ConfigError):
    """Everything that is wrong with one file, in the order of its lines.

    With a single problem ``what``, ``where`` and ``remedy`` are that problem's;
    with more, ``what`` lists up to MAX_LISTED of them. ``problems`` is never empty.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        ordered = tuple(sorted(problems, key=lambda p: (p.line, p.column)))
        self.problems = ordered
        first = ordered[0]
        if len(ordered) == 1:
            super().__init__(first.what, where=first.where, remedy=first.remedy or None)
        else:
            listed = "".join(f"\n  {problem}" for problem in ordered[:MAX_LISTED])
            if len(ordered) > MAX_LISTED:
                listed += f"\n  and {len(ordered) - MAX_LISTED} more"
            super().__init__(f"{len(ordered)} problems{listed}", where=first.file)
