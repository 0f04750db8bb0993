import os
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wayside.config.check import check_site
from wayside.config.edit import edited, starter_site, write_atomically
from wayside.config.load import parse_site
from wayside.config.problems import Level, SiteInvalid
from wayside.domain.errors import OutputError


def sources(text):
    return [feed.source for feed in parse_site(text, env={}).feeds]


def test_a_starter_lists_what_was_found_and_loads(tmp_path):
    recordings = [tmp_path / "rec" / name for name in ("Mast 1.mp4", "mast-1.avi", "7.mp4")]
    text = starter_site(recordings, folder=tmp_path, site="North Junction")
    site = parse_site(text, env={})
    assert site.site == "north-junction"
    assert [feed.id for feed in site.feeds] == ["mast-1", "mast-1-2", "feed-7"]
    assert sources(text) == ["rec/Mast 1.mp4", "rec/mast-1.avi", "rec/7.mp4"]


def test_a_starter_has_only_warnings(tmp_path):
    (tmp_path / "a.mp4").touch()
    path = tmp_path / "site.yaml"
    write_atomically(path, starter_site([tmp_path / "a.mp4"], folder=tmp_path))
    assert {p.level for p in check_site(path, env={})} == {Level.WARNING}


def test_the_commented_parts_of_a_starter_are_right_too():
    text = starter_site([Path("a.mp4")])
    opened = re.sub("^    # ", "    ", text, flags=re.MULTILINE)
    site = parse_site(opened, env={})
    assert site.feeds[0].scene.lines[0].id == "across"
    assert site.feeds[0].rules[0].zone == "box"


def test_a_starter_without_recordings_loads_and_its_example_too():
    text = starter_site([])
    assert parse_site(text, env={}).feeds == ()
    opened = text.replace(" []", "").replace("\n#  - id", "\n  - id").replace("\n#    s", "\n    s")
    assert parse_site(opened, env={}).feeds[0].id == "mast-1"


def test_a_recording_elsewhere_keeps_its_path(tmp_path):
    assert sources(starter_site([Path("/videos/a.mp4")], folder=tmp_path)) == ["/videos/a.mp4"]


@pytest.mark.parametrize("name", ["a\nb.mp4", os.fsdecode(b"\xff.mp4"), "a\x07.mp4"])
def test_a_name_that_no_text_holds_is_left_out_and_told(name):
    text = starter_site([Path(name), Path("good.mp4")])
    assert sources(text) == ["good.mp4"]
    assert "# Left out" in text
    text.encode("utf-8")


names = st.text(min_size=1, max_size=30).filter(lambda s: "/" not in s and s not in {".", ".."})


@settings(deadline=None)
@given(st.lists(names, max_size=4))
@example(["$${X}.mp4", "${X}", "$$${", "concat:x", "null", "true", "1e5", "0x1f", "#a", "- b", "*"])
@example(["a: b", "'", '"', "é.mp4", "[x]", "~", "a#b", "a #b", "1.5", "x" * 200, "0", "a\\u0041"])
def test_every_printable_name_comes_back_unchanged(found):
    text = starter_site([Path(name) for name in found])
    expected = [str(Path(name)) for name in found if str(Path(name)).isprintable()]
    assert [source.removeprefix("./") for source in sources(text)] == [
        name.removeprefix("./") for name in expected
    ]


@settings(deadline=None)
@given(st.text(max_size=80))
@example("null")
@example("0x1f")
@example("1e5")
@example("-")
def test_any_site_name_becomes_a_valid_one(name):
    assert parse_site(starter_site([], site=name), env={}).site


def test_an_edit_keeps_comments_and_the_rest(full, env):
    text = full.replace("rate: 25", "rate: 25    # as the recorder says").replace(
        "detect:", "# how objects are found\ndetect:"
    )

    def change(top):
        top["feeds"][0]["scene"]["lines"][0]["b"] = [0.8, 0.5]
        top["output"]["interval_s"] = 120

    new = edited(text, change, env=env)
    assert "rate: 25    # as the recorder says" in new
    assert "# how objects are found\ndetect:" in new
    assert "source: ${VIDEOS}/mast-1.mp4" in new
    site = parse_site(new, env=env)
    assert site.output.interval_s == 120
    assert site.feeds[0].scene.lines[0].b == (0.8, 0.5)
    changed = [a for a, b in zip(text.splitlines(), new.splitlines(), strict=True) if a != b]
    assert len(changed) == 2


def test_an_edit_that_would_not_load_is_refused(full, env):
    def change(top):
        top["feeds"][0]["rate"] = -1

    with pytest.raises(SiteInvalid, match="rate"):
        edited(full, change, env=env)
    with pytest.raises(SiteInvalid):
        edited("site: [", lambda top: None, env=env)


def test_writing_replaces_the_whole_file_and_keeps_its_mode(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text("old and longer", encoding="utf-8")
    path.chmod(0o640)
    write_atomically(path, "new é\n")
    assert path.read_bytes() == "new é\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_can_be_read_by_others(tmp_path):
    write_atomically(tmp_path / "site.yaml", "x")
    assert (tmp_path / "site.yaml").stat().st_mode & 0o777 == 0o644


def test_writing_through_a_link_keeps_the_link(tmp_path):
    real, link = tmp_path / "real.yaml", tmp_path / "site.yaml"
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)
    write_atomically(link, "new")
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "new"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "site.yaml"
    path.write_text("old", encoding="utf-8")

    def full_disk(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        write_atomically(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_atomically(tmp_path / "none" / "site.yaml", "x")
