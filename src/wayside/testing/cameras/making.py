"""``python -m wayside.testing.cameras.making PARENT FILMS PLACE...``: makes missing films.

Piece by piece, all places in turn, so that all feeds can begin soon. Low
priority; ends with the process PARENT that started it, from its first lines on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from wayside.fleet.parent import end_with_parent

NICENESS = 5


def make_films(films: Path, names: Sequence[str]) -> None:
    """Every piece of the named places' films."""
    # Here: these take a second, and what comes before them must not wait for it.
    import cv2  # noqa: PLC0415

    from wayside.testing.cameras.films import FilmFolder, FilmMaker  # noqa: PLC0415
    from wayside.testing.places import PLACES, loop_of  # noqa: PLC0415

    cv2.setNumThreads(1)
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
    end_with_parent(int(argv[0]))
    os.nice(NICENESS)
    make_films(Path(argv[1]), argv[2:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
