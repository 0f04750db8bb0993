"""Films are busy when they shall be, never show the same picture twice, and know their truth."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from wayside.testing.workloads import SIZES, films_of, phased_feeds, recipes
from wayside.testing.workloads.bursts import active_share
from wayside.testing.workloads.encoding import ENCODINGS, options, sizes
from wayside.testing.workloads.films import WorkloadFilm
from wayside.testing.workloads.phases import phased

SMALL = SIZES["640x360"]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[WorkloadFilm]:
    night = recipes("night", SMALL, seconds=4.0)[0]
    return films_of(night, tmp_path_factory.mktemp("films"))


@pytest.mark.parametrize(("workload", "share"), [("typical", 0.3), ("night", 0.03)])
def test_films_are_busy_for_their_share_of_the_time(workload: str, share: float) -> None:
    for recipe in recipes(workload, SMALL):
        drawn = active_share(recipe.travel(), recipe.place) * recipe.place.period_s
        assert drawn / recipe.seconds == pytest.approx(share, rel=0.15)


def test_joined_films_are_as_long_as_is_promised() -> None:
    for size in SIZES.values():
        assert all(recipe.seconds == 300.0 for recipe in recipes("night", size))
        assert all(recipe.seconds == 120.0 for recipe in recipes("typical", size))


def test_still_pictures_carry_noise(films: list[WorkloadFilm]) -> None:
    with av.open(str(films[1].path)) as container:
        pictures = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(pictures) == 100
    for one, other in pairwise(pictures[30:51]):
        assert 0.2 < float(np.abs(one.astype(int) - other).mean()) < 8.0


def test_each_encoding_is_as_it_is_named(films: list[WorkloadFilm]) -> None:
    keys = {
        film.encoding: [number for number, (key, _) in enumerate(sizes(film.path)) if key]
        for film in films
    }
    assert keys == {"vbr": [0, 50], "cbr": [0, 50], "long": [0]}
    with pytest.raises(ValueError, match="no encoding"):
        options("av1", SMALL, 500)
    assert tuple(keys) == ENCODINGS


def test_what_was_made_is_not_made_again(films: list[WorkloadFilm]) -> None:
    folder = films[0].path.parent.parent
    before = films[0].path.stat().st_mtime_ns
    drawn: list[int] = []
    again = films_of(recipes("night", SMALL, seconds=4.0)[0], folder, drawn.append)
    assert again == films
    assert drawn == [100]
    assert again[0].path.stat().st_mtime_ns == before


def test_feeds_begin_at_keyframes_and_go_on_over_the_end(
    films: list[WorkloadFilm], tmp_path: Path
) -> None:
    began = phased(films[0].path, 3.0, 7.0, tmp_path / "part.mp4")
    assert began == 2.0
    found = list(sizes(tmp_path / "part.mp4"))
    assert found[0][0]
    assert len(found) >= 175
    whole = [size for _, size in sizes(films[0].path)]
    assert [size for _, size in found[1:50]] == whole[51:]
    assert [size for _, size in found[51:100]] == whole[1:50]


def test_feeds_take_the_films_in_turn(films: list[WorkloadFilm], tmp_path: Path) -> None:
    feeds = phased_feeds(films, 4, 2.0, tmp_path)
    assert [feed.id for feed in feeds] == [f"feed-{number:04d}" for number in range(4)]
    assert all(feed.geometry.lines for feed in feeds)
    assert all(Path(feed.source.address).is_file() for feed in feeds)
