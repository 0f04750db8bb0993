from pathlib import Path

import pytest

from made_certificates import Authority
from wayside.config.check import check_site
from wayside.config.problems import Level

SCENE = "    scene:\n      lines:\n        - {id: across, a: [0.1, 0.6], b: [0.9, 0.6]}\n"


@pytest.fixture
def check(tmp_path: Path):
    (tmp_path / "a.mp4").touch()
    (tmp_path / "b.mp4").touch()

    def run(text):
        path = tmp_path / "site.yaml"
        path.write_text(text, encoding="utf-8")
        return check_site(path, env={"X": "a"})

    return run


def site(feed="", source="a.mp4"):
    return f"site: s\nfeeds:\n  - id: f\n    source: {source}\n{feed}"


def test_a_sound_site_has_no_problems(check):
    assert check(site(SCENE)) == []


def test_a_broken_file_gives_all_its_errors(check):
    found = check("site: S\nfeedz: []\n")
    assert len(found) == 3
    assert all(p.level is Level.ERROR for p in found)


def test_a_missing_file_is_one_error(tmp_path):
    (found,) = check_site(tmp_path / "none.yaml", env={})
    assert found.what == "there is no such file"
    assert found.where == str(tmp_path / "none.yaml")


def test_a_missing_source_is_an_error_that_shows_what_is_written(check):
    (found,) = check(site(SCENE, "${X}/none.mp4"))
    assert found.level is Level.ERROR
    assert found.what == "there is nothing at `${X}/none.mp4`"
    assert found.line == 4


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ("a: [0.1, 0], b: [0.9, 0.005]", "upper edge"),
        ("a: [0.1, 1], b: [0.9, 1]", "lower edge of the picture, where boxes end"),
        ("a: [0, 0.1], b: [0, 0.9]", "left edge"),
        ("a: [1, 0.1], b: [1, 0.9]", "right edge"),
        ("a: [0.5, 0.5], b: [0.51, 0.5]", "shorter than 2%"),
    ],
)
def test_a_line_that_nobody_can_cross_is_a_warning(check, points, reason):
    text = site(SCENE.replace("a: [0.1, 0.6], b: [0.9, 0.6]", points))
    (found,) = check(text)
    assert found.level is Level.WARNING
    assert found.what.startswith("nobody can cross the line `across`")
    assert reason in found.what
    assert found.line == 7


def test_no_feeds_and_an_empty_scene_are_warnings(check):
    (none,) = check("site: s\nfeeds: []\n")
    assert (none.level, none.what) == (Level.WARNING, "the site has no feeds")
    (empty,) = check(site())
    assert empty.what == "`f` has no lines and no zones, so nothing is counted"


def test_one_source_in_two_feeds_is_a_warning(check):
    text = site(SCENE) + "  - id: g\n    source: a.mp4\n" + SCENE
    (found,) = check(text)
    assert found.level is Level.WARNING
    assert "same source as `f`" in found.what


def test_one_start_for_several_files_is_a_warning(check):
    start = "    start: 2026-05-04T07:00:00Z\n"
    (found,) = check(site(start + SCENE, "'*.mp4'"))
    assert "matches 2 files" in found.what
    assert check(site(SCENE, "'*.mp4'")) == []


def calibration(count):
    points = [
        ("0.05, 0.95", "0, 0"),
        ("0.95, 0.95", "14, 0"),
        ("0.65, 0.50", "14, 30"),
        ("0.35, 0.50", "0, 30"),
        ("0.50, 0.65", "7, 12"),
    ]
    rows = [f"          - {{image: [{i}], ground: [{g}]}}\n" for i, g in points[:count]]
    return "      calibration:\n        points:\n" + "".join(rows)


def test_four_points_are_a_warning_and_five_are_not(check):
    (found,) = check(site(SCENE + calibration(4)))
    assert found.level is Level.WARNING
    assert "four points" in found.what
    assert check(site(SCENE + calibration(5))) == []


def test_a_line_above_the_horizon_is_a_warning(check):
    (found,) = check(site(SCENE.replace("b: [0.9, 0.6]", "b: [0.9, 0.2]") + calibration(5)))
    assert "horizon" in found.what


def live(source):
    return site(SCENE, source)


def test_a_live_feed_needs_no_file(check):
    assert check(live("rtsp://10.0.0.1/x")) == []


def test_a_password_in_clear_is_a_warning_wherever_it_stands(check):
    (address,) = check(live("rtsp://u:hunter2@10.0.0.1/x"))
    assert "stands in its address" in address.what
    key = "rtsp://10.0.0.1/x\n    password: hunter2"
    (found,) = check(live(key))
    assert (found.level, found.line) == (Level.WARNING, 5)
    assert "hunter2" not in str(address) + str(found)
    assert check(live(key.replace("hunter2", '"${X}"'))) == []


def test_a_password_file_that_is_not_there_is_an_error(check, tmp_path):
    text = live("rtsp://10.0.0.1/x\n    password_file: pw")
    (found,) = check(text)
    assert (found.level, found.line) == (Level.ERROR, 5)
    (tmp_path / "pw").write_text("x")
    assert check(text) == []


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("rtsp://10.0.0.1/x", "every_s: 2"),
        ("rtsp://10.0.0.1/x", "loop: true"),
        ("rtsp://10.0.0.1/x", "start: 2026-05-04T07:00:00Z"),
        ("http://10.0.0.1/x.jpg", "transport: udp"),
        ("a.mp4", "transport: tcp"),
    ],
)
def test_a_key_without_effect_is_a_warning(check, source, key):
    (found,) = check(live(f"{source}\n    {key}"))
    assert "no effect" in found.what
    assert found.line == 5


def test_server_and_sinks_have_their_warnings(check):
    text = site(SCENE) + (
        "server: {host: 0.0.0.0}\n"
        "sinks:\n"
        "  - {kind: jsonl, path: none/x.jsonl}\n"
        "  - {kind: webhook, url: 'https://h/x'}\n"
        "  - {kind: mqtt, host: h, password: hunter2}\n"
        "  - {id: b, kind: mqtt, host: h, password: '${X}', tls: true}\n"
    )
    found = check(text)
    assert [p.line for p in found] == [8, 10, 11, 12, 12]
    assert all(p.level is Level.WARNING for p in found)
    assert "hunter2" not in str(found)
    assert check(site(SCENE) + "server: {host: localhost}\n") == []


def test_a_client_secret_in_clear_is_a_warning(check):
    def found(secret):
        return check(
            site(SCENE)
            + (
                "server:\n  public_url: https://w\n  sign_in:\n    name: n\n    issuer: https://i\n"
                f"    client_id: c\n    client_secret: {secret}\n    claim: groups\n"
                "    rights: [{value: v, role: viewer}]\n"
            )
        )

    (problem,) = found("hunter2")
    assert problem.level is Level.WARNING
    assert "hunter2" not in str(problem)
    assert found('"${X}"') == []


def test_the_servers_certificate_is_tried(check, tmp_path):
    text = site(SCENE) + "server: {certificate: chain.pem, certificate_key: key.pem}\n"
    (found,) = check(text)
    assert found.level is Level.ERROR
    assert found.what.startswith(f"{tmp_path / 'chain.pem'}: the file cannot be read")
    assert found.path == ("server", "certificate")
    Authority().write(tmp_path)
    assert check(text) == []
    Authority().write(tmp_path, days=3)
    (found,) = check(text)
    assert found.level is Level.WARNING
    assert "expires on" in found.what
