"""The whole ``wayside tag`` against the loop most people write: CPU and counts, in one run.

    python benchmarks/tag.py --peers-python .venv-peers/bin/python

Ours is the command as a user runs it, everything included: start-up, detection,
covering of faces, tagged video, stills, report, store. Theirs is
``peers_tag.py``: every picture decoded and detected with the same weights,
ByteTrack, LineZone, counts; no video, no report, nothing covered. A clip's
first run fills both caches of compiled networks and is shown by itself as
cold. Then the two alternate, each round starting with the other one; ratios
are taken within a round. CPU is user and system time of the process tree.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from statistics import median

from rich.console import Console

import tag_tables
from metered import Cost, metered, neutral_environment
from tag_counts import (
    CLIPS,
    SHORT,
    Clip,
    Crossing,
    crossings_of_peers,
    crossings_of_wayside,
    read_clip,
)

WEIGHTS = "nanodet_plus_m_dyn_fp16w.onnx"
SHARED = Path(__file__).parents[2] / "shared"
_STAGE = re.compile(r'<th scope="row">([^<]+)</th><td class="n">([\d.,]+) s</td>')


@dataclass(frozen=True, slots=True)
class Run:
    """One process. stage_cpu_s: as it says itself; pictures: that it detected or looked at."""

    cost: Cost
    crossings: list[Crossing]
    stage_cpu_s: dict[str, float]
    counters: dict[str, int]
    media_s: float
    weights: str

    def table(self) -> dict[str, object]:
        return {
            "cost": self.cost.table(),
            "crossings": [[*c.place, round(c.t_s, 3)] for c in self.crossings],
            "stage_cpu_s": self.stage_cpu_s,
            "counters": self.counters,
        }


@dataclass(slots=True)
class Trial:
    """All runs of one clip. as_shipped: the usual loop with its tracker's own thresholds."""

    clip: Clip
    cold_ours: Run
    cold_theirs: Run
    as_shipped: Run
    ours: list[Run] = field(default_factory=list)
    theirs: list[Run] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Their CPU over ours, by round."""
        return [t.cost.cpu_s / o.cost.cpu_s for o, t in zip(self.ours, self.theirs, strict=True)]


class Wayside:
    """Runs the command in ``folder``."""

    def __init__(self, models: Path, folder: Path, flags: Sequence[str]) -> None:
        self._folder = folder
        self._flags = flags
        self._environment = neutral_environment(
            {
                "WAYSIDE_MODEL_DIR": str(models),
                "WAYSIDE_CACHE_DIR": str(folder / "cache"),
                "WAYSIDE_OFFLINE": "1",
            }
        )

    def start_up(self) -> Cost:
        """Of the command that does nothing."""
        return self._metered("--version")

    def run(self, clip: Clip) -> Run:
        out = self._folder / "out"
        flags = [*clip.flags, "--anchor", "centre", "-o", out, *self._flags]
        cost = self._metered("tag", clip.path, *flags)
        with closing(sqlite3.connect(out / "wayside.db")) as store:
            ((media_s, model, counters),) = store.execute(
                "SELECT duration_s, model, counters FROM sessions"
            )
        run = Run(
            cost,
            crossings_of_wayside(out / "events.jsonl"),
            stages_in(out / "report.html"),
            json.loads(counters),
            media_s,
            json.loads(model).get("sha256", "none: motion alone"),
        )
        for file in out.iterdir():
            file.unlink()
        return run

    def _metered(self, *words: str | Path) -> Cost:
        command = [sys.executable, "-m", "wayside.cli", *words]
        return metered(command, self._environment, self._folder / "wayside.log")


class UsualLoop:
    """Runs ``peers_tag.py``. track_score: ByteTrack's two thresholds, None for its defaults."""

    def __init__(
        self, python: Path, weights: Path, folder: Path, score: float, track_score: float
    ) -> None:
        self._command = [python, Path(__file__).with_name("peers_tag.py")]
        self._weights = weights
        self._digest = sha256(weights.read_bytes()).hexdigest()
        self._folder = folder
        self._score = score
        self._track_score = track_score

    def run(self, clip: Clip, *, as_shipped: bool = False) -> Run:
        answer_file = self._folder / "answer.json"
        flags = ["--model", self._weights, "--score", f"{self._score:g}", *clip.flags]
        flags += ["--cache", self._folder / "peers-cache", "--answer", answer_file]
        if not as_shipped:
            flags += ["--track-score", f"{self._track_score:g}"]
        command = [*self._command, clip.path, *flags]
        cost = metered(command, neutral_environment({}), self._folder / "peers.log")
        answer = json.loads(answer_file.read_text("utf-8"))
        return Run(
            cost,
            crossings_of_peers(answer),
            answer["stage_cpu_s"],
            {"pictures": answer["pictures"]},
            0.0,
            self._digest,
        )


def stages_in(report: Path) -> dict[str, float]:
    """CPU seconds by stage from the table of a report.html, which gives hundredths."""
    text = report.read_text("utf-8")
    table = re.search(r'<table class="stages">.*?</tbody>', text, re.DOTALL)
    rows = _STAGE.findall(table.group()) if table else []
    if not rows:
        sys.exit(f"{report} has no table of stages any more: stages_in must learn its new shape")
    return {name: float(cpu_s.replace(",", "")) for name, cpu_s in rows}


def trials(
    clips: Sequence[Clip], wayside: Wayside, usual: UsualLoop, rounds: int, console: Console
) -> Iterator[Trial]:
    """Cold runs first, then the rounds over all clips; says which is on."""
    begun = []
    for clip in clips:
        console.print(f"{clip.name}: first runs", style="dim")
        ours = wayside.run(clip)
        theirs = usual.run(clip)
        begun.append(Trial(clip, ours, theirs, usual.run(clip, as_shipped=True)))
    for number in range(rounds):
        console.print(f"round {number + 1} of {rounds}", style="dim")
        for trial in begun:
            if number % 2 == 0:
                trial.ours.append(wayside.run(trial.clip))
            trial.theirs.append(usual.run(trial.clip))
            if number % 2 == 1:
                trial.ours.append(wayside.run(trial.clip))
    yield from begun


def check_alike(done: Sequence[Trial], console: Console) -> None:
    """Both must use the same weights; counts must be the same in each round."""
    for trial in done:
        theirs = trial.theirs[0].weights
        if trial.ours[0].weights != theirs:
            console.print(
                f"[red]{trial.clip.name}: not the same weights:[/] ours {trial.ours[0].weights}, "
                f"theirs {theirs}. The ratio compares two models."
            )
        for who, runs in (("wayside", trial.ours), ("usual loop", trial.theirs)):
            if len({tuple(c.place for c in run.crossings) for run in runs}) > 1:
                console.print(f"[red]{trial.clip.name}: {who} counted differently in two rounds[/]")


def table_of(done: Sequence[Trial], start_up: Cost, arguments: argparse.Namespace) -> dict:
    """Everything, for ``--json``."""
    return {
        "rounds": arguments.rounds,
        "cpus": os.cpu_count(),
        "peers_score": arguments.peers_score,
        "peers_track_score": arguments.peers_track_score,
        "start_up": start_up.table(),
        "clips": {
            trial.clip.name: {
                "clip": trial.clip.path.name,
                "media_s": trial.ours[0].media_s,
                "cpu_ratio": median(trial.ratios),
                "cpu_ratios": trial.ratios,
                "counts": tag_tables.counts(trial),
                "cold": {
                    "wayside": trial.cold_ours.table(),
                    "usual": trial.cold_theirs.table(),
                },
                "wayside": [run.table() for run in trial.ours],
                "usual": [run.table() for run in trial.theirs],
                "usual_as_shipped": trial.as_shipped.table(),
            }
            for trial in done
        },
    }


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    data = os.environ.get("WAYSIDE_TEST_DATA") or SHARED / "data"
    models = os.environ.get("WAYSIDE_MODEL_DIR") or SHARED / "models"
    parser.add_argument("--peers-python", type=Path, default=Path(".venv-peers/bin/python"))
    parser.add_argument("--clips", nargs="+", choices=list(CLIPS), default=list(SHORT))
    parser.add_argument("--all", action="store_true", help="every clip that has crossings")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, default=Path(data), help="has clips/ and truth/")
    parser.add_argument("--models", type=Path, default=Path(models), help="folder of the weights")
    parser.add_argument("--peers-score", type=float, default=0.4, help="of their detections")
    parser.add_argument(
        "--peers-track-score", type=float, default=0.4, help="ByteTrack's two thresholds"
    )
    parser.add_argument(
        "--wayside-flag",
        action="append",
        default=[],
        help="more for tag: --wayside-flag=--no-video",
    )
    parser.add_argument("--json", type=Path, help="write everything measured here")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be 1 or more")
    for path in (arguments.peers_python, arguments.data / "truth", arguments.models / WEIGHTS):
        if not path.exists():
            parser.error(f"{path} is not there")
    return arguments


def main() -> None:
    arguments = parsed()
    console = Console(stderr=True)
    names = list(CLIPS) if arguments.all else arguments.clips
    # Resolved, because a child may be started from another folder; not through links, because
    # an environment's python is one.
    python = arguments.peers_python.absolute()
    with tempfile.TemporaryDirectory(prefix="wayside-benchmark-") as temporary:
        folder = Path(temporary)
        wayside = Wayside(arguments.models.resolve(), folder, arguments.wayside_flag)
        usual = UsualLoop(
            python,
            arguments.models.resolve() / WEIGHTS,
            folder,
            arguments.peers_score,
            arguments.peers_track_score,
        )
        clips = [read_clip(name, arguments.data.resolve()) for name in names]
        done = list(trials(clips, wayside, usual, arguments.rounds, console))
        start_up = min((wayside.start_up() for _ in range(3)), key=lambda cost: cost.cpu_s)
    check_alike(done, console)
    tag_tables.show(Console(width=None if sys.stdout.isatty() else 110), done, start_up)
    if arguments.json:
        arguments.json.write_text(
            json.dumps(table_of(done, start_up, arguments), indent=1), "utf-8"
        )


if __name__ == "__main__":
    main()
