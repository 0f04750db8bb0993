"""``python -m wayside.testing.cameras.making FILMS PLACE...``: makes the films that are missing.

Piece by piece, all places in turn, so that all feeds can begin soon. Low
priority; ends when its parent does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2

from wayside.testing.cameras.films import FilmFolder, FilmMaker
from wayside.testing.cameras.parent import when_parent_is_gone
from wayside.testing.places import PLACES, loop_of

NICENESS = 5


def make_films(films: Path, names: Sequence[str]) -> None:
    """Every piece of the named places' films."""
    makers = []
    for name in names:
        place = PLACES[name]()
        folder = FilmFolder.of(films, place)
        folder.remove_older(place.id)
        makers.append((FilmMaker(place, folder, loop_of), folder.segment_count))
    for number in range(max((count for _, count in makers), default=0)):
        for maker, count in makers:
            if number < count:
                maker.make(number)


def main(argv: Sequence[str]) -> int:
    os.nice(NICENESS)
    cv2.setNumThreads(1)
    when_parent_is_gone(lambda: os._exit(0))
    make_films(Path(argv[0]), argv[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
