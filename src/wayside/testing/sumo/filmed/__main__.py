"""A recording as film.mp4 and site.yaml: ``python -m wayside.testing.sumo.filmed NAME FOLDER``."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from wayside.testing.places.place import Weather
from wayside.testing.progress import picture_progress
from wayside.testing.sumo.filmed.film import FPS, Stretch, write_film
from wayside.testing.sumo.record import record
from wayside.testing.sumo.scenarios import EVERY


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(EVERY))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="from_s", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--weather", type=Weather, default=Weather.FAIR, choices=list(Weather))
    parser.add_argument("--width", type=int, default=640)
    asked = parser.parse_args()
    stretch = Stretch(record(asked.name, asked.seed), asked.from_s, asked.from_s + asked.seconds)
    size = asked.width, asked.width * 9 // 16
    console = Console(stderr=True)
    with picture_progress(console, "filming", round(asked.seconds * FPS)) as progress:
        files = write_film(stretch, asked.folder, size, asked.weather, progress)
    console.print(*files)


if __name__ == "__main__":
    main()
