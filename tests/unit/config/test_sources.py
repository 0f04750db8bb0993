from pathlib import Path

import pytest

from wayside.config.model import Feed, Site
from wayside.config.sources import feed_for, paths_of


def feed(source, name="f"):
    return Feed(id=name, source=source)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rec").mkdir()
    for name in ("b.mp4", "a.mp4", "c.avi", "odd [1].mp4"):
        (tmp_path / "rec" / name).touch()
    return tmp_path


def names(paths):
    return [path.name for path in paths]


def test_a_path_counts_from_the_folder_of_the_file(folder):
    assert paths_of(feed("rec/a.mp4"), folder) == [folder / "rec" / "a.mp4"]
    assert names(paths_of(feed("rec"), folder)) == ["rec"]
    assert paths_of(feed("rec/none.mp4"), folder) == []


def test_an_absolute_path_stays(folder):
    assert paths_of(feed(str(folder / "rec" / "a.mp4")), Path("/elsewhere")) == [
        folder / "rec" / "a.mp4"
    ]


def test_a_pattern_gives_its_matches_sorted(folder):
    assert names(paths_of(feed("rec/*.mp4"), folder)) == ["a.mp4", "b.mp4", "odd [1].mp4"]
    assert names(paths_of(feed("rec/[ab].mp4"), folder)) == ["a.mp4", "b.mp4"]
    assert names(paths_of(feed("*/?.avi"), folder)) == ["c.avi"]


def test_a_pattern_works_below_a_relative_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert names(paths_of(feed("rec/?.mp4"), Path())) == ["a.mp4", "b.mp4"]


def test_a_name_that_exists_is_no_pattern(folder):
    assert names(paths_of(feed("rec/odd [1].mp4"), folder)) == ["odd [1].mp4"]


@pytest.mark.parametrize("source", ["x" * 300, "rec/**x", "rec/a.mp4/x"])
def test_what_cannot_exist_is_nothing(folder, source):
    assert paths_of(feed(source), folder) == []


def test_a_file_finds_its_feed(folder):
    site = Site(site="s", feeds=(feed("rec/a.mp4", "one"), feed("rec/*.avi", "two")))
    assert feed_for(site, folder, folder / "rec" / ".." / "rec" / "a.mp4").id == "one"
    assert feed_for(site, folder, folder / "rec" / "c.avi").id == "two"
    assert feed_for(site, folder, folder / "rec" / "b.mp4") is None
