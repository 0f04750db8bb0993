"""truth.jsonl while the cameras play. The format is described in the package's docstring."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from wayside.domain.time import rfc3339, utc_at
from wayside.testing.cameras.films import Shown
from wayside.testing.cameras.playhead import Due

KEPT = timedelta(days=1)


class TruthFile:
    """Appends whole lines, so that a reader never sees half of one that ended with a newline.

    What cameras of earlier runs have shown in the last day stays, as what was counted of it does.
    """

    def __init__(self, path: Path, now: datetime) -> None:
        fresh = path.with_name(path.name + ".new")
        lines = [json.dumps(row) + "\n" for row in _kept(path, now - KEPT)]
        fresh.write_text("".join(lines), encoding="utf-8")
        fresh.replace(path)
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def append(self, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self._file.write("".join(json.dumps(row) + "\n" for row in rows))
            self._file.flush()

    def close(self) -> None:
        self._file.close()


class Witness:
    """Says which crossings a played picture completes.

    frozen: from and to, in pictures of the loop, where the picture stands still.
    """

    def __init__(
        self,
        feed: str,
        fps: float,
        frame_count: int,
        crossings: Sequence[Shown],
        frozen: tuple[float, float] | None,
    ) -> None:
        self._feed, self._fps, self._frozen = feed, fps, frozen
        self._by_picture: dict[int, list[tuple[float, Shown]]] = {}
        for one in crossings:
            picture = math.ceil(one.at)
            entry = (picture - one.at, one)
            self._by_picture.setdefault(picture % frame_count, []).append(entry)

    def rows(self, due: Due, started: datetime, *, sent: bool) -> Iterator[dict[str, Any]]:
        """Lines of truth.jsonl. started: UTC of slot 0. sent: whether pictures go out now."""
        for early, one in self._by_picture.get(due.position, ()):
            still = self._frozen is not None and self._frozen[0] <= one.at < self._frozen[1]
            yield {
                "feed": self._feed,
                "line": one.line,
                "direction": one.direction,
                "class": one.label,
                "time": rfc3339(utc_at(started, (due.slot - early) / self._fps)),
                "seen": sent and not still,
            }


def read_truth(path: Path) -> list[dict[str, Any]]:
    """All whole lines written so far."""
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def _kept(path: Path, since: datetime) -> list[dict[str, Any]]:
    """What an earlier run wrote, but for lines that are none of ours."""
    kept = []
    for line in path.read_text("utf-8", errors="replace").splitlines() if path.exists() else []:
        with suppress(ValueError, TypeError, KeyError):
            row = json.loads(line)
            if datetime.fromisoformat(row["time"]) >= since:
                kept.append(row)
    return kept
