"""The file of a running server: bad edits keep the old site, changes touch nothing else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from wayside.config import site_file as module
from wayside.config.edit import starter_site
from wayside.config.load import load_site
from wayside.config.problems import SiteInvalid
from wayside.config.site_file import SiteFile, version_of
from wayside.domain.errors import ConfigConflict, ConfigError, OutputError

SECRET = "hunter2-correct-horse"
TEXT = """\
# what we watch
site: s

feeds:   # all of them
  # the first mast
  - id: a     # a!
    source: "a.mp4"
    # of a

  # the north side
  - id: b
    source: rtsp://h/1   # the north one
    scene:
      lines:
        # across the road
        - {id: l, a: [0.1, 0.5], b: [0.9, 0.5]}   # keep
    # of b

# The settings
output: {video: true}
"""
SHARED = """\
site: s
feeds:
  - id: a
    source: a.mp4
    scene: &s {anchor: centre}
  - id: b
    source: rtsp://h/1
    scene: *s
"""
SCENE = {
    "anchor": "ground",
    "lines": [
        {"id": "l", "a": [0.1, 0.5], "b": [0.8, 0.5]},
        {"id": "m", "a": [0.1, 0.4], "b": [0.8, 0.4]},
    ],
    "zones": [],
    "movements": [],
    "calibration": None,
    "private_zones": [],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def site(path: Path) -> SiteFile:
    return SiteFile(path, env={"HOME": "/secret/home"})


def secrets_in(path: Path) -> list[str]:
    folder = path.parent / "secrets"
    return sorted(p.name for p in folder.iterdir() if p.name != ".gitignore")


def test_a_file_that_does_not_load_is_no_start(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        SiteFile(tmp_path / "site.yaml", env={})


def test_an_edit_by_hand_is_taken(site, path):
    assert not site.refresh()
    old = site.version
    path.write_text(TEXT.replace("rtsp://h/1", "rtsp://h/2"), encoding="utf-8")
    assert site.refresh()
    assert site.specs[1].source.address == "rtsp://h/2"
    assert site.version == version_of(path.read_text()) != old


def test_a_comment_alone_is_another_version_and_the_same_site(site, path):
    path.write_text(TEXT + "# one more\n", encoding="utf-8")
    old = site.version
    assert not site.refresh()
    assert site.version != old


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (TEXT[: TEXT.index("b: [0.9")], 16, "not valid YAML"),
        (TEXT.replace("anchor", "x").replace("scene:", "scen:"), 13, "unknown key `scen`"),
        ("", 1, "the file is empty"),
        (TEXT.replace("source: rtsp://h/1", "source: concat:x"), 12, "not a kind of address"),
        (TEXT.replace("    scene:", "    password_file: none\n    scene:"), 13, "is not there"),
    ],
)
def test_a_bad_edit_keeps_the_old_site_and_says_where(site, path, text, line, what):
    old, version = site.site, site.version
    path.write_text(text, encoding="utf-8")
    assert not site.refresh()
    assert site.site is old
    assert site.version == version
    [problem] = site.problems
    assert what in problem.what
    assert problem.line in (line, line + 1)
    assert problem.file == str(path)
    assert problem.remedy
    path.write_text(TEXT, encoding="utf-8")
    assert not site.refresh()
    assert site.problems == ()


def test_a_file_that_is_gone_keeps_the_old_site(site, path):
    path.unlink()
    assert not site.refresh()
    assert "no such file" in site.problems[0].what
    assert len(site.specs) == 2


def test_a_change_over_a_bad_edit_is_refused(site, path):
    path.write_text("site: [", encoding="utf-8")
    with pytest.raises(SiteInvalid):
        site.remove_feed("a")
    assert path.read_text() == "site: ["


def test_a_stale_version_is_a_conflict(site, path):
    old = site.version
    site.update_feed("a", {"loop": True}, version=old)
    before = path.read_text()
    for change in (
        lambda: site.add_feed({"id": "c", "source": "c.mp4"}, version=old),
        lambda: site.set_rules("a", [], version=old),
        lambda: site.remove_feed("a", version=old),
        lambda: site.import_feeds([], version=old),
        lambda: site.edit(lambda top: None, version=old),
    ):
        with pytest.raises(ConfigConflict, match="has changed"):
            change()
    assert path.read_text() == before


def test_a_scene_is_set_and_its_comments_are_kept(site, path):
    site.set_scene("b", SCENE)
    assert [line.id for line in site.site.feed("b").scene.lines] == ["l", "m"]
    before, after = TEXT.splitlines(), path.read_text().splitlines()
    assert [line for line in before if line not in after] == [
        "        - {id: l, a: [0.1, 0.5], b: [0.9, 0.5]}   # keep"
    ]
    assert [line for line in after if line not in before] == [
        "        - {id: l, a: [0.1, 0.5], b: [0.8, 0.5]}   # keep",
        "        - {id: m, a: [0.1, 0.4], b: [0.8, 0.4]}",
        "      anchor: ground",
    ]


def test_setting_the_same_again_changes_no_byte(site, path):
    site.set_scene("b", SCENE)
    text = path.read_text()
    site.set_scene("b", SCENE)
    site.update_feed("b", {"source": "rtsp://h/1", "transport": "tcp", "loop": False})
    assert path.read_text() == text


def test_a_feed_is_added_after_the_last_and_removed_again(site, path):
    feed = site.add_feed(
        {"id": "c", "source": "http://h/x", "kind": "snapshot", "every_s": 2, "scene": None}
    )
    assert feed.every_s == 2
    assert path.read_text() == TEXT.replace(
        "    # of b\n",
        "    # of b\n  - id: c\n    source: http://h/x\n    kind: snapshot\n    every_s: 2\n",
    ).replace("source: http://h/x", 'source: "http://h/x"')
    site.remove_feed("c")
    assert path.read_text() == TEXT


def test_removing_a_feed_leaves_the_comments_of_the_others(site, path):
    site.remove_feed("a")
    assert [feed.id for feed in site.site.feeds] == ["b"]
    assert path.read_text() == TEXT.replace(
        '  - id: a     # a!\n    source: "a.mp4"\n    # of a\n', ""
    )
    site.remove_feed("b")
    assert site.site.feeds == ()
    assert "feeds: []   # all of them\n" in path.read_text()
    assert site.add_feed({"id": "c", "source": "c.mp4"}).id == "c"
    assert path.read_text() == (
        "# what we watch\nsite: s\n\nfeeds:   # all of them\n  - id: c\n    source: c.mp4\n"
        "  # the first mast\n\n  # the north side\n\n# The settings\noutput: {video: true}\n"
    )


def test_a_starter_takes_its_first_feed(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text(starter_site([]), encoding="utf-8")
    site = SiteFile(path, env={})
    site.add_feed({"id": "c", "source": "rtsp://10.0.0.1/x", "username": "u"})
    before = starter_site([]).splitlines()
    assert [line for line in before if line not in path.read_text().splitlines()] == ["feeds: []"]


@pytest.mark.parametrize(
    "text",
    [
        "site: s\nfeeds: [{id: a, source: a.mp4}, {id: b, source: 'rtsp://h/1'}]\n",
        "{site: s, feeds: [{id: a, source: a.mp4}, {id: b, source: 'rtsp://h/1'}]}\n",
        "site: s\nfeeds:\n- id: a\n  source: a.mp4\n- {id: b, source: 'rtsp://h/1'}",
        "site: s\nfeeds:\n-\n  id: a\n  source: a.mp4\n-   id: b\n    source: |\n      rtsp://h/1\n",
        SHARED,
        "site: s\nfeeds: &f\n  - &x {id: a, source: a.mp4}\n  - id: b\n    source: rtsp://h/1\n",
    ],
)
def test_a_file_in_any_style_can_be_changed(path, text):
    path.write_text(text, encoding="utf-8")
    site = SiteFile(path, env={})
    old = site.site.feed("b").scene.anchor
    site.set_scene("a", SCENE)
    assert site.site.feed("b").scene.anchor is old
    site.set_rules("b", [{"kind": "stopped"}])
    site.add_feed({"id": "c", "source": "c.mp4"})
    site.remove_feed("a")
    assert [feed.id for feed in load_site(path, env={}).feeds] == ["b", "c"]
    assert len(site.site.feed("b").rules) == 1
    assert site.site.feed("b").scene.anchor is old


def test_a_password_goes_into_a_file_of_its_own(site, path):
    site.add_feed({"id": "c", "source": f"rtsp://viewer:{SECRET}@10.0.0.1/x"})
    [name] = secrets_in(path)
    place = path.parent / "secrets" / name
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert place.read_text() == SECRET
    assert (place.parent / ".gitignore").read_text() == "*\n"
    source = site.specs[2].source
    assert (source.username, source.password) == ("viewer", SECRET)
    for shown in (path.read_text(), repr(site.site), repr(site.specs), str(site.problems)):
        assert SECRET not in shown


def test_a_password_in_the_query_is_taken_out_too(site, path):
    site.add_feed({"id": "c", "source": f"http://10.0.0.1/snap.jpg?usr=v&pwd={SECRET}&x=1"})
    assert SECRET not in path.read_text()
    assert site.site.feed("c").source == "http://10.0.0.1/snap.jpg?usr=v&pwd={password}&x=1"
    assert site.specs[2].source.address == f"http://10.0.0.1/snap.jpg?usr=v&pwd={SECRET}&x=1"


def test_a_new_password_is_a_new_file_and_the_old_one_goes(site, path):
    site.add_feed({"id": "c", "source": "rtsp://10.0.0.1/x", "password": "one"})
    [old] = secrets_in(path)
    version, specs = site.version, site.specs
    site.update_feed("c", {"password": "two"})
    [new] = secrets_in(path)
    assert new != old
    assert site.version != version
    assert site.specs[:2] == specs[:2]
    assert site.specs[2].source.password == "two"
    site.update_feed("c", {"password": None})
    assert secrets_in(path) == []
    assert site.specs[2].source.password == ""


def test_a_failed_write_leaves_file_and_passwords_as_they_were(site, path, monkeypatch):
    site.add_feed({"id": "c", "source": "rtsp://10.0.0.1/x", "password": "one"})
    before, names = path.read_text(), secrets_in(path)

    def full_disk(path, text):
        raise OutputError("the disk is full")

    monkeypatch.setattr(module, "write_atomically", full_disk)
    with pytest.raises(OutputError):
        site.update_feed("c", {"password": "two"})
    with pytest.raises(OutputError):
        site.add_feed({"id": "d", "source": "rtsp://10.0.0.1/y", "password": "three"})
    assert (path.read_text(), secrets_in(path)) == (before, names)
    assert site.specs[2].source.password == "one"


def test_a_password_does_not_follow_to_another_host(site):
    site.add_feed({"id": "c", "source": "rtsp://10.0.0.1/x", "password": SECRET})
    with pytest.raises(SiteInvalid, match="Give the password again"):
        site.update_feed("c", {"source": "rtsp://10.0.0.2/x"})
    site.update_feed("c", {"source": "rtsp://10.0.0.1/y"})
    assert site.specs[2].source.password == SECRET
    site.update_feed("c", {"source": "rtsp://10.0.0.2/x", "password": "other"})
    assert site.specs[2].source.password == "other"


def test_what_the_page_shows_can_be_given_back(site, path):
    site.add_feed({"id": "c", "source": f"rtsp://viewer:{SECRET}@10.0.0.1/x"})
    before = path.read_text()
    site.update_feed("c", {"source": "rtsp://viewer:***@10.0.0.1/x", "transport": "tcp"})
    assert path.read_text() == before
    assert site.specs[2].source.password == SECRET


def test_what_comes_from_outside_reads_no_variable_and_no_file(site, path):
    site.add_feed({"id": "c", "source": "rtsp://10.0.0.1/${HOME}", "username": "${HOME}"})
    assert site.specs[2].source.address == "rtsp://10.0.0.1/${HOME}"
    assert site.specs[2].source.username == "${HOME}"
    for values in (
        {"id": "d", "source": "rtsp://10.0.0.1/x", "password_file": "/etc/passwd"},
        {"id": "d", "source": "/etc/passwd"},
        {"id": "d", "source": "../../x.mp4"},
        {"id": "d", "source": "file:///etc/passwd"},
    ):
        with pytest.raises(SiteInvalid):
            site.add_feed(values)
        with pytest.raises(SiteInvalid):
            site.update_feed("a", {k: v for k, v in values.items() if k != "id"})
    assert len(site.site.feeds) == 3


@pytest.mark.parametrize(
    ("values", "place", "what"),
    [
        ({"id": "a", "source": "x.mp4"}, "id", "a feed of this name"),
        ({"id": "A", "source": "x.mp4"}, "id", "not a valid name"),
        ({"source": "x.mp4"}, "id", "`id` is missing"),
        ({"id": "c"}, "source", "`source` is missing"),
        ({"id": "c", "source": "x.mp4", "bad": 1}, "bad", "unknown key `bad`"),
        ({"id": "c", "source": f"gopher://u:{SECRET}@h/"}, "source", "not a kind of address"),
        ({"id": "c", "source": "rtsp://h/", "password": 1}, "password", "must be text"),
        ({"id": "c", "source": "rtsp://h/", "transport": "x"}, "transport", "must be"),
        (
            {"id": "c", "source": "x", "rules": [{"kind": "stopped", "zone": "q"}]},
            "rules[0].zone",
            "no zone",
        ),
    ],
)
def test_a_bad_feed_is_refused_with_its_key(site, path, values, place, what):
    with pytest.raises(SiteInvalid) as caught:
        site.add_feed(values)
    [problem] = [p for p in caught.value.problems if what in p.what]
    assert problem.where.endswith(place)
    assert SECRET not in str(caught.value)
    assert path.read_text() == TEXT


def test_an_unknown_feed_is_a_key_error_and_a_feed_keeps_its_name(site):
    for change in (lambda: site.remove_feed("x"), lambda: site.update_feed("x", {})):
        with pytest.raises(KeyError):
            change()
    with pytest.raises(SiteInvalid, match="keeps its name"):
        site.update_feed("a", {"id": "z"})


def test_an_import_is_all_or_nothing(site, path):
    rows = [
        {"id": "b", "source": "rtsp://h/1", "transport": "udp"},
        {"id": "a", "source": "a.mp4"},
        {"id": "c", "source": f"rtsp://u:{SECRET}@h/3"},
        {"id": "d", "source": "rtsp://h/4"},
    ]
    tried = site.import_feeds(rows, dry_run=True)
    assert path.read_text() == TEXT
    done = site.import_feeds(rows)
    assert done == tried
    assert (done.added, done.updated, done.unchanged) == (("c", "d"), ("b",), ("a",))
    assert site.specs[2].source.password == SECRET
    assert site.site.feed("b").transport == "udp"
    before = path.read_text()
    bad = site.import_feeds(
        [{"id": "e", "source": "e.mp4"}, {"id": "e", "source": "f.mp4"}, {"id": "f", "x": 1}]
    )
    assert bad.added == ()
    assert [(p.row, p.what) for p in bad.problems] == [
        (1, "there is a feed of this name already"),
        (2, "`source` is missing"),
        (2, "unknown key `x`"),
    ]
    assert path.read_text() == before
    again = site.import_feeds(rows)
    assert again.unchanged == ("b", "a", "c", "d")
    assert path.read_text() == before


def test_edit_gives_the_tree(site, path):
    def change(top):
        top["output"]["video"] = False

    site.edit(change)
    assert site.site.output.video is False
    assert path.read_text() == TEXT.replace("video: true", "video: false")


def test_the_stamp_changes_with_the_file_and_with_a_password(site, path):
    (path.parent / "pw").write_text("one")
    path.write_text(TEXT.replace("    scene:", "    password_file: pw\n    scene:"))
    assert site.refresh()
    before = site.stamp()
    assert site.stamp() == before
    (path.parent / "pw").write_text("other\n")
    assert site.stamp() != before
    assert site.refresh()
    assert site.specs[1].source.password == "other"


def test_a_source_can_be_tried_before_it_is_added(site, path):
    spec = site.source_of({"source": f"rtsp://u:{SECRET}@10.0.0.1/x", "transport": "udp"})
    assert (spec.address, spec.username, spec.password) == ("rtsp://10.0.0.1/x", "u", SECRET)
    assert spec.transport == "udp"
    assert site.source_of({"source": "a.mp4"}).address == str(path.parent / "a.mp4")
    for source in ("concat:x", "/etc/passwd", ""):
        with pytest.raises(SiteInvalid):
            site.source_of({"source": source})
    assert path.read_text() == TEXT
    assert not (path.parent / "secrets").exists()


def test_a_scene_can_be_tried_before_it_is_set(site, path):
    assert [line.id for line in site.geometry_of(SCENE).lines] == ["l", "m"]
    with pytest.raises(SiteInvalid, match="no length"):
        site.geometry_of({"lines": [{"id": "l", "a": [0, 0], "b": [0, 0]}]})
    assert path.read_text() == TEXT
