from datetime import UTC, datetime

import pytest

from wayside.config.load import parse_site
from wayside.config.specs import FeedChanges, changes_between, feed_specs
from wayside.domain.errors import ConfigError
from wayside.domain.feeds import SourceKind


def specs(full, env, folder):
    (folder / "secrets").mkdir(exist_ok=True)
    (folder / "secrets" / "s").write_text("sesame\n")
    return feed_specs(parse_site(full, env=env), folder)


def test_a_feed_is_all_that_a_worker_needs(full, env, tmp_path):
    file, pattern, gate, still = specs(full, env, tmp_path)
    assert file.source.address == str(tmp_path / "recordings" / "mast-1.mp4")
    assert file.source.start == datetime(2026, 5, 4, 7, tzinfo=UTC)
    assert file.rules[0].items() >= {"kind": "stopped", "zone": "box", "min_stop_s": 12.0}.items()
    assert [line.id for line in file.geometry.lines] == ["north-in", "east-out"]
    assert pattern.source.kind is SourceKind.FILE
    assert (gate.source.kind, gate.source.transport) == (SourceKind.RTSP, "udp")
    assert (gate.source.username, gate.source.password) == ("viewer", "letmein")
    assert (still.source.kind, still.source.every_s) == (SourceKind.SNAPSHOT, 5)
    assert still.source.password == "sesame"


def test_a_password_that_is_not_there_is_a_config_error(full, env, tmp_path):
    with pytest.raises(ConfigError, match=r"secrets.s: the password's file is not there"):
        feed_specs(parse_site(full, env=env), tmp_path)


def test_a_folder_is_seen_to_be_one_and_a_pattern_is_its_first_file(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "b.mp4").touch()
    (tmp_path / "a.mp4").touch()
    text = "site: s\nfeeds: [{id: p, source: pictures}, {id: f, source: '*.mp4'}]\n"
    pictures, first = feed_specs(parse_site(text, env={}), tmp_path)
    assert pictures.source.kind is SourceKind.PICTURES
    assert first.source.address == str(tmp_path / "a.mp4")


def test_a_device_is_the_one_that_its_link_leads_to(tmp_path):
    text = "site: s\nfeeds: [{id: u, source: 'usb:/dev/video7'}, {id: v, source: 'usb:3'}]\n"
    assert [s.source.address for s in feed_specs(parse_site(text, env={}), tmp_path)] == [
        "/dev/video7",
        "/dev/video3",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rate: 25", "rate: 24"),
        ("[0.1, 0.5]", "[0.1, 0.6]"),
        ("min_stop_s: 12", "min_stop_s: 13"),
        ("mast-1.mp4", "other.mp4"),
    ],
)
def test_exactly_the_changed_feed_is_told(full, env, tmp_path, old, new):
    full = full.replace("&scene", "").replace("    scene: *scene\n", "")
    before, after = specs(full, env, tmp_path), specs(full.replace(old, new), env, tmp_path)
    assert changes_between(before, after) == FeedChanges(changed=("mast-1",))


def test_a_password_alone_is_a_change_and_words_are_none(full, env, tmp_path):
    before = specs(full, env, tmp_path)
    after = specs(full, {**env, "GATE": "other"}, tmp_path)
    assert changes_between(before, after).changed == ("gate",)
    assert not changes_between(before, specs(full + "# words\n", env, tmp_path))


def test_added_and_removed_feeds_are_told(full, env, tmp_path):
    before = specs(full, env, tmp_path)
    changes = changes_between(before[:2], before[1:])
    assert changes == FeedChanges(added=("gate", "still"), removed=("mast-1",))
