"""What a run leaves: how far it came, a log, and each input that did harm."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fuzz.target import TRIES

DIED = "processes died"
HUNG = "processes hung"
BROKEN = "promises broken"
HARM = (DIED, HUNG, BROKEN)


@dataclass(slots=True)
class Progress:
    """next: the first case not yet tried. seconds: of all runs. skip: cases that ended a process;
    they are not tried again when a stretch is.
    """

    next: int = 0
    seconds: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)
    skip: list[int] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, 0)
    memory: int = 0

    @property
    def tries(self) -> int:
        return self.seen[TRIES]

    @property
    def harm(self) -> int:
        return sum(self.seen[kind] for kind in HARM)


class Corpus:
    """The folder of one target and one seed: cache/TARGET/seed-N."""

    def __init__(self, cache: Path, target: str, seed: int) -> None:
        self.cache = cache / target
        self.folder = self.cache / f"seed-{seed}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._place = self.folder / "progress.json"
        self.log = self.folder / "log.jsonl"

    def progress(self) -> Progress:
        if not self._place.exists():
            return Progress()
        read = json.loads(self._place.read_text("utf-8"))
        return Progress(
            **{**read, "seen": Counter(read["seen"]), "slowest": tuple(read["slowest"])}
        )

    def save(self, progress: Progress) -> None:
        """Whole or not at all: a run may be killed at any time."""
        new = self._place.with_suffix(".new")
        values = {name: getattr(progress, name) for name in Progress.__slots__}
        new.write_text(json.dumps(values), "utf-8")
        new.replace(self._place)

    def note(self, **what: Any) -> None:
        """One line of the log."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        with self.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps({"at": at, **what}) + "\n")

    def keep(self, case: int, suffix: str, content: bytes, what: str) -> Path:
        """The input and what it did, beside each other."""
        path = self.folder / f"case-{case}.{suffix}"
        path.write_bytes(content)
        (self.folder / f"case-{case}.txt").write_text(what, "utf-8")
        return path
