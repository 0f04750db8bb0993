"""The whole pipeline over a film, as a user runs it, and what it wrote."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wayside.domain.errors import OutputError
from wayside.testing.compare import Counted, read_events
from wayside.testing.places.place import Weather
from wayside.testing.sumo.filmed.film import Stretch, write_film

_TYPE = "wayside.", ".v1"


@dataclass(frozen=True, slots=True)
class Alarm:
    """An incident's first telling. kind: as in ``traffic.wrong_way``. t_s: since when it is said
    to be, seconds of the film. place: of the scene.
    """

    kind: str
    t_s: float
    place: str
    object_class: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """What ``wayside tag`` made of a film. cpu_s: of its whole process."""

    crossings: tuple[Counted, ...]
    alarms: tuple[Alarm, ...]
    cpu_s: float


def film_and_tag(
    stretch: Stretch, folder: Path, model: str = "motion", weather: Weather = Weather.FAIR
) -> Tagged:
    """Writes the film into ``folder`` unless it is there, and tags it."""
    site = folder / "site.yaml"
    if not site.exists():
        write_film(stretch, folder, weather=weather)
    return tag(site, folder / f"out-{model}", model)


def tag(site: Path, out: Path, model: str = "motion") -> Tagged:
    """Raises OutputError where tagging fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [sys.executable, "-m", "wayside.cli", "tag", "--site", str(site), "--model", model]
    words += ["--no-video", "--no-stills", "-o", str(out)]
    done = subprocess.run(  # noqa: S603 (our own interpreter)
        words, capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise OutputError(
            f"the film could not be tagged: {done.stderr.strip()[-800:]}",
            where=str(site),
            remedy="Run it by itself to see more: " + " ".join(words[1:]),
        )
    events = out / "events.jsonl"
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Tagged(tuple(read_events(events)), tuple(_alarms(events)), cpu_s)


def _alarms(events: Path) -> Iterator[Alarm]:
    for text in events.read_text(encoding="utf-8").splitlines():
        event: dict[str, Any] = json.loads(text)
        data = event["data"]
        kind = str(event["type"]).removeprefix(_TYPE[0]).removesuffix(_TYPE[1])
        if data["phase"] == "open" or (data["phase"] == "instant" and "line_" not in kind):
            place = str(data["place"])
            yield Alarm(kind, float(data["start_s"]), place, str(data.get("class", "")))
