"""The feeds of a benchmark: synthetic ones, made by a process of their own, or a clip's.

The synthetic films are a part of ``wayside.testing``, which shipped code does not
import: they are as foreign to what is measured as a real camera is.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from wayside.domain.errors import OutputError, SourceMissing
from wayside.domain.feeds import FeedSpec, SourceKind, SourceSpec
from wayside.domain.scene import Line, SceneGeometry
from wayside.fleet import codec

MIDDLE = SceneGeometry(lines=(Line("middle", (0.5, 1.0), (0.5, 0.0)),))
"""What is counted in a clip of which nothing is known."""


def synthetic_feeds(
    activity: str,
    resolution: str,
    count: int,
    play_s: float,
    films: Path,
    folder: Path,
    film_s: float | None = None,
) -> list[FeedSpec]:
    """``count`` feeds with ``play_s`` seconds each; the films are made where they are missing.

    folder: for the feeds' own files. film_s: only so much of each film. Progress goes to
    standard error. Raises OutputError.
    """
    command = [sys.executable, "-m", "wayside.testing.workloads", "--with-parent"]
    command += ["--folder", str(films), "--workload", activity, "--size", resolution]
    command += ["--places", "1", "--feeds", str(count), "--play", f"{play_s:g}"]
    command += ["--phases", str(folder)]
    if film_s is not None:
        command += ["--seconds", f"{film_s:g}"]
    # Its standard input ends with this process, and then so does it.
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        answer = process.stdout.read()
    if process.returncode:
        raise OutputError(
            "the films cannot be made",
            where=str(films),
            remedy="See the lines above; --films names another folder, or give a clip",
        )
    return [codec.feed_from_json(given) for given in json.loads(answer)]


def clip_feeds(clip: Path, count: int) -> list[FeedSpec]:
    """``count`` feeds that all play the clip from its beginning. Raises SourceMissing."""
    if not clip.is_file():
        raise SourceMissing(
            "there is no such clip", where=str(clip), remedy="Give the path of a recording"
        )
    source = SourceSpec(SourceKind.FILE, str(clip.absolute()), loop=True)
    return [FeedSpec(f"feed-{number:04d}", source, MIDDLE) for number in range(count)]
