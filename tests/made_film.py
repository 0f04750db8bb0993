"""A film of three pieces that takes no time to make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from wayside.domain.media import Picture
from wayside.testing.cameras.films import FilmFolder
from wayside.testing.places import PLACES, Loop, Place, loop_of


def short_place(name: str = "shop-door") -> Place:
    """A real place, cut down to twelve seconds: no film of it is drawn."""
    return replace(PLACES[name](), period_s=12.0, frozen_s=None)


def flat_pictures(place: Place, first: int, count: int) -> Iterator[Picture]:
    """Grey, and brighter with every picture."""
    for index in range(first, first + count):
        tone = 20 + index
        yield np.full((place.camera.height, place.camera.width, 3), tone, np.uint8)


def write_film(films: Path, place: Place, pieces: int = 3) -> FilmFolder:
    folder = FilmFolder.of(films, place)
    loop = loop_of(PLACES[place.id]())
    inside = tuple(one for one in loop.crossings if one.t_s < place.period_s)
    folder.write_crossings(Loop(place, (), inside))
    for number in range(pieces):
        first = number * folder.segment_frames
        folder.write_segment(number, flat_pictures(place, first, folder.segment_frames), place)
    return folder
