"""``python -m wayside.testing.workloads --folder DIR --workload typical --size 640x360``.

Makes the films that are missing and prints all of them as one line of JSON. With
``--feeds N --play S --phases DIR`` it prints N feeds instead, each with S seconds
of one of the films, each from another place on. Progress goes to standard error: a
bar on a terminal. Ends when its parent does, where ``--with-parent`` is given.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
from rich.console import Console

from wayside.fleet import codec
from wayside.testing.cameras.parent import when_parent_is_gone
from wayside.testing.progress import picture_progress
from wayside.testing.workloads import (
    SIZES,
    WORKLOADS,
    WorkloadFilm,
    films_with_progress,
    phased_feeds,
    recipes,
)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(prog="python -m wayside.testing.workloads")
    options.add_argument("--folder", type=Path, required=True)
    options.add_argument("--workload", choices=[*WORKLOADS, "stops"], required=True)
    options.add_argument("--size", choices=SIZES, default="640x360")
    options.add_argument("--seconds", type=float, help="only so much of each film")
    options.add_argument("--places", type=int, help="only so many of the workload's places")
    options.add_argument("--feeds", type=int, default=0, help="so many feeds of the films")
    options.add_argument("--play", type=float, default=60.0, help="seconds of each feed")
    options.add_argument("--phases", type=Path, help="folder for the feeds' files")
    options.add_argument("--with-parent", action="store_true")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0."""
    options = parser()
    given = options.parse_args(argv)
    if given.feeds and given.phases is None:
        options.error("--feeds needs --phases")
    cv2.setNumThreads(1)
    if given.with_parent:
        when_parent_is_gone(lambda: os._exit(0))
    films = _films(given)
    if given.feeds:
        with picture_progress(Console(stderr=True), "feeds", given.feeds) as progress:
            feeds = phased_feeds(films, given.feeds, given.play, given.phases, progress)
        answer = [codec.feed_to_json(feed) for feed in feeds]
    else:
        answer = [film.as_json() for film in films]
    print(json.dumps(answer))  # noqa: T201 - the answer
    return 0


def _films(given: argparse.Namespace) -> list[WorkloadFilm]:
    made = recipes(given.workload, SIZES[given.size], given.seconds)[: given.places]
    return films_with_progress(made, given.folder, Console(stderr=True), f"{given.workload} films")


if __name__ == "__main__":
    sys.exit(main())
