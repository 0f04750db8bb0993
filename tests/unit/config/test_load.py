import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wayside.config.load import MAX_BYTES, load_site, parse_site
from wayside.config.problems import Problem, SiteInvalid
from wayside.domain.errors import ConfigError

MINIMAL = "site: s\nfeeds:\n  - id: f\n    source: f.mp4\n"


def problems(text: str, **env: str) -> list[Problem]:
    with pytest.raises(SiteInvalid) as caught:
        parse_site(text, env=env)
    return list(caught.value.problems)


def only_problem(text: str, **env: str) -> Problem:
    found = problems(text, **env)
    assert len(found) == 1, found
    return found[0]


def with_scene(scene: str) -> str:
    """A minimal site with lines of YAML below ``scene``."""
    return MINIMAL + "    scene:\n" + "".join(f"      {line}\n" for line in scene.splitlines())


def test_a_full_file_becomes_values(full, env):
    site = parse_site(full, env=env)
    feed = site.feed("mast-1")
    assert feed.source == "recordings/mast-1.mp4"
    assert feed.start == datetime(2026, 5, 4, 7, tzinfo=UTC)
    assert feed.rate == 25
    assert site.feed("mast-2").geometry() == feed.geometry()
    assert site.detect.threshold == 0.4
    assert site.privacy.style == "silhouette"
    assert site.output.interval_s == 300


def test_defaults_are_those_of_the_reference():
    site = parse_site(MINIMAL, env={})
    assert (site.detect.model, site.detect.backend) == ("auto", "openvino")
    assert (site.detect.precision, site.detect.threshold) == ("f32", None)
    assert (site.privacy.style, site.privacy.faces) == ("solid", True)
    assert (site.output.video, site.output.stills) == (True, True)
    assert (site.output.interval_s, site.output.retention_days) == (60, 30)


def test_all_problems_are_reported_at_once_in_the_order_of_lines(full, env):
    broken = (
        full.replace("rate: 25", "rate: fast")
        .replace("anchor: centre", "anchr: centre")
        .replace("[0.9, 0.5]", "[1.9, 0.5]")
        .replace("min_stop_s: 12", "min_stop_s: 0")
        .replace("to: east-out", "to: west-out")
    )
    found = problems(broken, **env)
    assert [p.line for p in found] == [6, 8, 10, 17, 28]
    assert len({p.what for p in found}) == 5


def test_one_error_lists_every_problem_and_exits_with_3():
    with pytest.raises(ConfigError) as caught:
        parse_site("site: UPPER\nfeed: []\n", file="dir/site.yaml", env={})
    assert caught.value.exit_code == 3
    text = str(caught.value)
    assert "dir/site.yaml:1:7 site: " in text
    assert "dir/site.yaml:2:1 feed: unknown key `feed`. Did you mean `feeds`?" in text
    assert "3 problems" in text


def test_where_gives_file_line_column_and_key():
    text = with_scene(
        "lines:\n  - {id: a, a: [0, 0], b: [1, 1]}\n  - {id: b, a: [0, x], b: [1, 1]}"
    )
    problem = only_problem(text)
    assert problem.where == "site.yaml:8:26 feeds[0].scene.lines[1].a[1]"
    assert problem.what == "`a[1]` must be a number, not text"


@pytest.mark.parametrize(
    ("key", "nearest"),
    [("anchr", "anchor"), ("Lines", "lines"), ("private_zone", "private_zones"), ("zone", "zones")],
)
def test_an_unknown_key_names_the_nearest_known_one(key, nearest):
    problem = only_problem(with_scene(f"{key}: []"))
    assert problem.line == 6
    assert problem.what == f"unknown key `{key}`"
    assert problem.remedy == f"Did you mean `{nearest}`?"


def test_an_unknown_key_with_no_neighbour_lists_the_known_ones():
    problem = only_problem(MINIMAL + "privacy: {xyzzy: 1}\n")
    assert problem.remedy == "Known here: style, faces"


@pytest.mark.parametrize(
    "text",
    [
        "privacy: {redaction: off}",
        "privacy: off",
        "privacy: false",
        "privacy: {style: blur}",
        "privacy: {style: none}",
        "privacy: {faces: false}",
        "redaction: off",
        "blur: true",
    ],
)
def test_redaction_cannot_be_turned_off(text):
    problem = only_problem(MINIMAL + text + "\n")
    assert problem.line == 5
    assert "always redacted" in problem.what
    assert "`solid` or `silhouette`" in problem.remedy


@pytest.mark.parametrize("key", ["face_recognition", "ANPR", "re-identification", "watchlist"])
def test_keys_that_would_identify_people_are_refused_with_the_reason(key):
    problem = only_problem(MINIMAL + f"{key}: true\n")
    assert "never who" in problem.what


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("'25'", "must be a number, not text"),
        ("true", "must be a number, not true or false"),
        ("[1]", "must be a number, not a list"),
        ("{a: 1}", "must be a number, not a mapping of keys"),
        ("", "is empty"),
        ("0", "must be greater than 0: `0`"),
        ("1e999", "must be a finite number: `1e999`"),
        (".nan", "must be a finite number: `.nan`"),
        ("1001", "must be at most 1000: `1001`"),
    ],
)
def test_a_number_is_a_number(value, complaint):
    if not value:
        assert parse_site(MINIMAL + "    rate:\n", env={}).feeds[0].rate is None
        return
    problem = only_problem(MINIMAL + f"    rate: {value}\n")
    assert problem.what == f"`rate` {complaint}"
    assert "for example `rate: 25`" in problem.remedy


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("2026-05-04T07:00:00", "needs a time zone, as Z for UTC or +02:00"),
        ("2026-05-04", "needs a time zone, as Z for UTC or +02:00"),
        ("1777870800", "must be a time"),
        ("tomorrow", "must be a time"),
        ("0001-01-01T00:00:00+14:00", "must be a time"),
    ],
)
def test_a_start_without_zone_or_sense_is_refused(value, complaint):
    problem = only_problem(MINIMAL + f"    start: {value}\n")
    assert problem.what == f"`start` {complaint}: `{value}`"


@pytest.mark.parametrize(
    ("scene", "what"),
    [
        ("lines:\n  - {id: a, a: [0, 0.5], b: [0, 0.5]}", "line 'a' has no length"),
        ("lines:\n  - {id: a, a: [0, 0.5, 1], b: [0, 1]}", "a point is two numbers, x and y"),
        ("lines:\n  - {id: a, a: 0.5, b: [0, 1]}", "a point is two numbers, x and y"),
        ("lines:\n  - {id: a, a: [0, 1.5], b: [0, 1]}", "`a[1]` must be at most 1: `1.5`"),
        ("lines:\n  - {id: a, b: [0, 1]}", "`a` is missing"),
        ("lines: {}", "`lines` must be a list, not a mapping of keys"),
        ("lines:", "`lines` is empty"),
        ("lines:\n  - word", "`lines[0]` must be a mapping of keys, not text"),
        (
            "zones:\n  - {id: z, polygon: [[0, 0], [1, 1], [1, 0], [0, 1]]}",
            "the outline of zone 'z' crosses itself (Self-intersection[0.5 0.5])",
        ),
        (
            "zones:\n  - {id: z, polygon: [[0, 0], [1, 1]]}",
            "`polygon` needs at least 3 entries, but has 2",
        ),
        (
            "zones:\n  - {id: z, polygon: [[0, 0], [1, 1], [1, 1]]}",
            "zone 'z' has 2 different corners",
        ),
        ("movements:\n  - {id: m, from: a, to: b}", "there is no line `a`"),
        ("anchor: middle", "`anchor` must be 'ground' or 'centre': `middle`"),
        (
            "calibration: {points: [{image: [0, 0], ground: [0, 0]}]}",
            "`points` needs at least 4 entries, but has 1",
        ),
    ],
)
def test_each_fault_of_a_scene_has_its_sentence(scene, what):
    found = problems(with_scene(scene))
    assert found[0].what == what
    assert found[0].remedy
    assert found[0].line >= 6


def test_points_on_one_line_are_no_calibration():
    rows = "".join(
        f"\n    - {{image: [0.{i}, 0.{i}], ground: [{i}, {i * i}]}}" for i in range(1, 6)
    )
    problem = only_problem(with_scene(f"calibration:\n  points:{rows}"))
    assert "line" in problem.what
    assert problem.where.endswith("feeds[0].scene.calibration")


def test_a_movement_from_a_line_to_itself_is_placed_by_its_own_line():
    text = with_scene(
        "lines:\n  - {id: a, a: [0, 0], b: [1, 1]}\nmovements:\n  - {id: m, from: a, to: a}"
    )
    problem = only_problem(text)
    assert problem.where == "site.yaml:9:11 feeds[0].scene.movements[0]"


def test_doubled_ids_name_the_first_line(full, env):
    found = problems(full.replace("id: east-out", "id: north-in"), **env)
    assert found[0].what == "the id `north-in` is taken by the entry on line 10"
    assert found[0].line == 11
    twice = problems(full.replace("id: mast-2", "id: mast-1"), **env)
    assert [p.where for p in twice] == ["site.yaml:30:9 feeds[1].id"]


def test_a_rule_for_an_unknown_zone_suggests_one(full, env):
    problem = only_problem(full.replace("zone: box", "zone: bix"), **env)
    assert problem.what == "there is no zone `bix`"
    assert problem.remedy == "Did you mean `box`?"
    far = only_problem(full.replace("zone: box", "zone: qqqqq"), **env)
    assert far.remedy == "The zones of this feed are: box"
    no_line = only_problem(MINIMAL + "    rules: [{kind: closed_line, line: mid}]\n")
    assert "no line `mid`" in no_line.what
    none = only_problem(MINIMAL + "    rules: [{kind: stopped, zone: box}]\n")
    assert none.remedy == "This feed has no zones; add one under `scene.zones`"


def test_references_are_checked_also_where_other_parts_are_wrong(full, env):
    broken = full.replace("to: east-out", "to: nowhere").replace("site: north", "site: North")
    assert {p.line for p in problems(broken, **env)} == {1, 17}


def test_a_fault_behind_an_alias_is_told_once(full, env):
    assert len(problems(full.replace("anchor: centre", "anchor: edge"), **env)) == 1


@pytest.mark.parametrize(
    "source",
    [
        *("concat:a|b", "subfile:,,x", "lavfi:x", "data:x", "pipe:0", "gopher://u:p@h/", '"a\\nb"'),
        *("rtsp://u:p@host:70000/1", "'rtsp://u:p@ho st/1'", "http://u:p@/x", "tcp://u:p@host"),
        *("rtsp://u:p@host/" + "x" * 2050, "x" * 4097),
    ],
)
def test_a_source_that_is_never_opened_is_refused(source):
    problem = only_problem(MINIMAL.replace("f.mp4", source))
    assert problem.path == ("feeds", 0, "source")
    assert "u:p" not in str(problem)


def test_an_unset_variable_is_named_with_its_line():
    problem = only_problem(MINIMAL.replace("f.mp4", "${VIDEO_DIR}/f.mp4"))
    assert problem.where == "site.yaml:4:13 feeds[0].source"
    assert problem.what == "the variable VIDEO_DIR is not set"


def test_an_unquoted_variable_may_be_a_number_and_a_quoted_one_is_text():
    assert parse_site(MINIMAL + "    rate: ${R}\n", env={"R": "12.5"}).feeds[0].rate == 12.5
    assert only_problem(MINIMAL + '    rate: "${R}"\n', R="12.5").what == (
        "`rate` must be a number, not text"
    )


SECRET = "hunter2-correct-horse"


@pytest.mark.parametrize(
    "value",
    [
        *("north-junction", "mast-1", "centre", "north-in", "east-out", "box", "stopped"),
        *("north-to-east", "silhouette", "openvino", "auto", "windows", "25", "12", "0.4", "300"),
    ],
)
def test_a_variables_value_is_in_no_message(full, env, value):
    text, count = re.subn(f" {value}(?=[,}}\n])", " '${CANARY}'", full)
    assert count
    text = text.replace("[0.9, 0.5]", "[0.1, 0.5]")
    with pytest.raises(SiteInvalid) as caught:
        parse_site(text, env={**env, "CANARY": SECRET})
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value.problems)
    assert caught.value.__suppress_context__


def test_a_source_is_not_in_the_repr_of_a_site(full):
    assert SECRET not in repr(parse_site(full, env={"VIDEOS": SECRET}))


def test_a_missing_file_a_folder_and_an_unreadable_one_are_told_apart(tmp_path):
    with pytest.raises(ConfigError, match=r"no such file.*wayside init"):
        load_site(tmp_path / "site.yaml")
    with pytest.raises(ConfigError, match="not a file"):
        load_site(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_site(tmp_path / ("x" * 300))


def test_a_file_that_is_too_large_is_not_parsed(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than 4 MiB"):
        load_site(path)


def test_a_file_in_another_encoding_names_the_line(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_bytes("site: s\n# Stra\xdfe\n".encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        load_site(path)
    assert f"{path}:2:1" in str(caught.value)


def test_a_byte_order_mark_is_no_problem(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text(MINIMAL, encoding="utf-8-sig")
    assert load_site(path, env={}).site == "s"


def test_the_environment_is_ours_unless_another_is_given(tmp_path: Path, monkeypatch):
    path = tmp_path / "site.yaml"
    path.write_text(MINIMAL.replace("f.mp4", "${WAYSIDE_TEST_X}"), encoding="utf-8")
    monkeypatch.setenv("WAYSIDE_TEST_X", "here.mp4")
    assert load_site(path).feeds[0].source == "here.mp4"
    with pytest.raises(ConfigError, match="WAYSIDE_TEST_X"):
        load_site(path, env={})


LIVE = MINIMAL.replace("f.mp4", "rtsp://10.0.0.1/x")


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        (LIVE + "    kind: hls\n", "feeds[0]", "no source of the kind hls"),
        (MINIMAL + "    kind: usb\n", "feeds[0]", "cannot be of the kind usb"),
        (MINIMAL + "    kind: film\n", "feeds[0].kind", "`kind` must be"),
        (MINIMAL + "    username: u\n", "feeds[0]", "only an address takes"),
        (LIVE + "    password: 12345\n", "password", "must be text, not a number"),
        (LIVE + "    password: 'x'\n    password_file: y\n", "feeds[0]", "Keep one|and a `pass"),
        (LIVE.replace("//", "//u:p@") + "    password: 'x'\n", "feeds[0]", "so does the feed"),
        (LIVE + "    every_s: 0\n", "every_s", "at least 0.1"),
        (LIVE + "    transport: http\n", "transport", "must be 'tcp' or 'udp'"),
        (MINIMAL + "sinks: [{path: x}]\n", "sinks[0]", "`kind` is missing"),
        (MINIMAL + "sinks: [{kind: kafka}]\n", "sinks[0].kind", "no kind of sink `kafka`"),
        (MINIMAL + "    rules: [{min_stop_s: 1}]\n", "rules[0]", "`kind` is missing"),
        (MINIMAL + "    rules: [{kind: red}]\n", "rules[0].kind", "no kind of rule `red`"),
        (MINIMAL + "    rules: [{kind: u_turn, zon: a}]\n", "rules[0].zon", "unknown key `zon`"),
        (MINIMAL + "    rules: [{kind: closed_line}]\n", "rules[0].line", "`line` is missing"),
        (MINIMAL + "    rules: [{kind: wrong_way, min_distance_m: 0}]\n", "_m", "greater than 0"),
        (MINIMAL + "sinks: [{kind: [x]}]\n", "sinks[0].kind", "`kind` must be text"),
        (MINIMAL + "sinks: [{kind: jsonl}]\n", "sinks[0].path", "`path` is missing"),
        (MINIMAL + "sinks: [{kind: mqtt, host: a, prot: 1}]\n", "prot", "unknown key `prot`"),
        (MINIMAL + "sinks: [{kind: mqtt, host: 'a:1'}]\n", "host", "no name and no address"),
        (MINIMAL + "sinks: [{kind: mqtt, host: a, topic: 'a/#'}]\n", "topic", "no topic"),
        (MINIMAL + "sinks: [{kind: webhook, url: 'ftp://h/'}]\n", "url", "no web address"),
        (MINIMAL + "sinks: [{kind: webhook, url: 'http://u:p@h/'}]\n", "url", "holds a user"),
        (MINIMAL + "sinks: [{kind: webhook, url: 'http://h:99999/'}]\n", "url", "no web address"),
        (MINIMAL + "sinks: [{kind: webhook, url: 'http://h/', kinds: [Q]}]\n", "kinds[0]", "name"),
        (MINIMAL + "sinks: [" + "{kind: mqtt, host: a}, " * 2 + "]\n", "sinks[1]", "same name"),
        (MINIMAL + "server: {workers: 0}\n", "workers", "from 1 to 256"),
        (MINIMAL + "server: {workers: many}\n", "workers", "auto or a whole number"),
        (MINIMAL + "server: {port: 70000}\n", "port", "at most 65535"),
        (MINIMAL + "server: {host: 'http://x'}\n", "host", "no name and no address"),
        (MINIMAL + "server: {hosts: ['*']}\n", "hosts[0]", "any name"),
        (MINIMAL + "server: {trusted_proxies: [0.0.0.0/0]}\n", "trusted_proxies[0]", "everybody"),
        (MINIMAL + "server: {trusted_proxies: ['::/0']}\n", "trusted_proxies[0]", "everybody"),
        (MINIMAL + "server: {trusted_proxies: ['*']}\n", "trusted_proxies[0]", "no range"),
        (MINIMAL + "server: {certificate: x}\n", "server", "belong together"),
        (MINIMAL + "network: {allow: [10.0.0.1/8]}\n", "allow[0]", "no range"),
    ],
)
def test_each_fault_of_a_live_site_has_its_place_and_sentence(text, place, what):
    problem = only_problem(text)
    assert re.search(what, f"{problem.what}. {problem.remedy}")
    assert problem.where.endswith(place)


def test_what_an_unknown_key_of_a_sink_may_be_is_its_own_kinds_keys():
    problem = only_problem(MINIMAL + "sinks: [{kind: jsonl, path: x, qqqq: 1}]\n")
    assert problem.remedy == "Known here: id, kind, path, rotate_mb, kinds"


@pytest.mark.parametrize(
    "text",
    [
        LIVE + "    password: *hunter2\n",
        LIVE + "    password: !hunter2\n",
        LIVE + "    password:hunter2\n",
        MINIMAL + "sinks: [{kind: mqtt, host: h, password:hunter2}]\n",
        LIVE.replace("//", "//u:hunter2@") + "    kind: hls\n",
        LIVE.replace("//", "//u:hunter2@") + "    password: 'x'\n",
        LIVE + "    password: [hunter2]\n",
        LIVE + "    password: 'hunter2'\n    password_file: y\n",
        LIVE + "    password: 'hunter2'\n    rate: x\n",
        MINIMAL + "sinks: [{kind: webhook, url: 'ftp://hunter2/'}]\n",
        MINIMAL + "sinks: [{kind: webhook, url: 'http://h/', secret: {a: hunter2}}]\n",
    ],
)
def test_no_message_repeats_what_may_be_a_password(text):
    with pytest.raises(SiteInvalid) as caught:
        parse_site(text, env={})
    assert "hunter2" not in str(caught.value) + repr(caught.value.problems)
