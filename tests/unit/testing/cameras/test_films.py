"""Films are made once, piece by piece, and never mistaken for those of another version."""

from __future__ import annotations

from pathlib import Path

import pytest

from made_film import flat_pictures, short_place, write_film
from wayside.testing.cameras import films as films_module
from wayside.testing.cameras.films import FilmFolder, FilmMaker, access_units, fingerprint
from wayside.testing.places import Loop, Place


def test_a_piece_begins_with_a_keyframe_and_has_another_every_two_seconds(tmp_path: Path) -> None:
    folder = write_film(tmp_path, short_place(), pieces=1)
    units = access_units(folder.segment(0))
    assert len(units) == 50
    assert [index for index, unit in enumerate(units) if unit.is_keyframe] == [0, 25]


def test_what_exists_is_not_made_again(tmp_path: Path) -> None:
    place = short_place()
    folder = write_film(tmp_path, place)
    before = folder.segment(1).stat().st_mtime_ns

    def refuse(place: Place) -> Loop:
        raise AssertionError("the loop was played again")

    FilmMaker(place, folder, refuse).make(1)
    assert folder.segment(1).stat().st_mtime_ns == before


def test_nothing_half_written_is_left_under_a_good_name(tmp_path: Path) -> None:
    place = short_place()
    folder = FilmFolder.of(tmp_path, place)
    folder.path.mkdir(parents=True)

    def breaking() -> object:
        yield from flat_pictures(place, 0, 3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.write_segment(0, breaking(), place)  # type: ignore[arg-type]
    assert not folder.has(0)


def test_another_version_has_another_name_and_the_old_film_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = short_place()
    old = write_film(tmp_path, place, pieces=1)
    monkeypatch.setattr(films_module, "FORMAT", films_module.FORMAT + 1)
    new = FilmFolder.of(tmp_path, place)
    assert new.path != old.path
    new.remove_older(place.id)
    assert not old.path.exists()


def test_each_place_has_its_own_fingerprint() -> None:
    assert fingerprint("square") != fingerprint("rain")
    assert fingerprint("square") == fingerprint("square")
