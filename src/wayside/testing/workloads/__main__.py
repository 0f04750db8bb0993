"""``python -m wayside.testing.workloads --folder DIR --workload typical --size 640x360``.

Makes the films that are missing and prints all of them as one line of JSON.
Progress goes to standard error: a bar on a terminal. Ends when its parent does,
where ``--with-parent`` is given.
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

from wayside.testing.cameras.parent import when_parent_is_gone
from wayside.testing.progress import picture_progress
from wayside.testing.workloads import SIZES, WORKLOADS, films_of, picture_count, recipes


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(prog="python -m wayside.testing.workloads")
    options.add_argument("--folder", type=Path, required=True)
    options.add_argument("--workload", choices=[*WORKLOADS, "stops"], required=True)
    options.add_argument("--size", choices=SIZES, default="640x360")
    options.add_argument("--seconds", type=float, help="only so much of each film")
    options.add_argument("--with-parent", action="store_true")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0."""
    given = parser().parse_args(argv)
    cv2.setNumThreads(1)
    if given.with_parent:
        when_parent_is_gone(lambda: os._exit(0))
    made = recipes(given.workload, SIZES[given.size], given.seconds)
    total = sum(map(picture_count, made))
    films = []
    with picture_progress(Console(stderr=True), f"{given.workload} films", total) as progress:
        count = 0

        def drawn(more: int) -> None:
            nonlocal count
            count += more
            progress(count)

        for recipe in made:
            films += films_of(recipe, given.folder, drawn)
    print(json.dumps([film.as_json() for film in films]))  # noqa: T201 - the answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
