"""From files and sites to jobs: whose scene, whose rules, and under which name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from wayside.cli.jobs import Plan, plan_for_files, plan_for_site
from wayside.domain.errors import ConfigError, SourceMissing, UsageError
from wayside.domain.scene import Line, SceneGeometry, Zone

NONE = SceneGeometry()
EXTRA = SceneGeometry(
    lines=(Line("M", (0.1, 0.1), (0.9, 0.1)),), zones=(Zone("Y", ((0, 0), (1, 0), (1, 1))),)
)
SITE = """\
site: harbour
feeds:
  - id: north
    source: north.mp4
    start: 2026-05-04T07:00:00Z
    rate: 5
    scene:
      lines: [{id: L, a: [0.5, 1.0], b: [0.5, 0.0]}]
      zones: [{id: Z, polygon: [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]}]
    rules: [{kind: stopped, zone: Z, min_stop_s: 7}]
  - id: south
    source: south-*.mp4
output: {interval_s: 30}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name in ("north.mp4", "south-1.mp4", "south-2.mp4", "other.mp4"):
        (tmp_path / name).touch()
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return path


def jobs_of(plan: Plan) -> list[tuple[str, str]]:
    return [(job.feed, job.path.name) for job in plan.jobs]


def test_each_file_is_a_feed_named_after_it() -> None:
    names = ["Nord Straße.MP4", "a/clip.mp4", "b/clip.mp4", "c/clip.mkv", "___.mp4", "x" * 90]
    plan = plan_for_files([Path(name) for name in names], EXTRA)
    feeds = [job.feed for job in plan.jobs]
    assert feeds == ["nord-stra-e", "clip", "clip-2", "clip-3", "feed", "x" * 56]
    assert all(job.geometry == EXTRA for job in plan.jobs)
    assert plan.site == "local"


def test_no_files_and_no_site_is_nothing_to_do() -> None:
    with pytest.raises(UsageError, match="nothing to tag"):
        plan_for_files([], NONE)


def test_a_site_alone_is_all_its_sources(site: Path) -> None:
    plan = plan_for_site(site, [], NONE, None)
    assert jobs_of(plan) == [
        ("north", "north.mp4"),
        ("south", "south-1.mp4"),
        ("south", "south-2.mp4"),
    ]
    assert (plan.site, plan.output.interval_s) == ("harbour", 30)


def test_a_feed_brings_its_scene_rules_and_times(site: Path) -> None:
    [job] = plan_for_site(site, [], EXTRA, "north").jobs
    assert [line.id for line in job.geometry.lines] == ["L", "M"]
    assert [zone.id for zone in job.geometry.zones] == ["Z", "Y"]
    assert [(rule.zone, rule.min_stop_s) for rule in job.rules.asked] == [("Z", 7)]
    assert job.start == datetime(2026, 5, 4, 7, tzinfo=UTC)
    assert job.rate == 5


def test_a_file_belongs_to_the_feed_that_names_it(site: Path, tmp_path: Path) -> None:
    paths = [tmp_path / "south-2.mp4", tmp_path / "sub" / ".." / "north.mp4"]
    (tmp_path / "sub").mkdir()
    plan = plan_for_site(site, paths, NONE, None)
    assert [job.feed for job in plan.jobs] == ["south", "north"]


def test_a_file_belongs_to_the_feed_that_is_said(site: Path, tmp_path: Path) -> None:
    plan = plan_for_site(site, [tmp_path / "other.mp4"], NONE, "south")
    assert jobs_of(plan) == [("south", "other.mp4")]


def test_a_file_belongs_to_the_only_feed(site: Path, tmp_path: Path) -> None:
    site.write_text("site: one\nfeeds: [{id: only, source: gone.mp4}]\n")
    plan = plan_for_site(site, [tmp_path / "other.mp4"], NONE, None)
    assert jobs_of(plan) == [("only", "other.mp4")]


def test_a_file_of_no_feed_is_refused_with_the_choice(site: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none of the site's 2 feeds") as refusal:
        plan_for_site(site, [tmp_path / "other.mp4"], NONE, None)
    assert refusal.value.remedy == "Say which with --feed: north, south"


def test_a_feed_that_is_not_there(site: Path) -> None:
    with pytest.raises(UsageError, match="no feed 'west'") as refusal:
        plan_for_site(site, [], NONE, "west")
    assert refusal.value.remedy == "Feeds: north, south"


def test_a_source_that_is_not_there(site: Path, tmp_path: Path) -> None:
    (tmp_path / "north.mp4").unlink()
    with pytest.raises(SourceMissing, match="'north' has a source that is not there") as refusal:
        plan_for_site(site, [], NONE, None)
    assert refusal.value.where == str(tmp_path)


def test_a_site_without_feeds(site: Path) -> None:
    site.write_text("site: none\nfeeds: []\n")
    with pytest.raises(ConfigError, match="no feeds"):
        plan_for_site(site, [], NONE, None)


@pytest.mark.parametrize("kind", ["line", "zone"])
def test_a_drawing_may_not_repeat_an_id_of_the_site(kind: str, site: Path) -> None:
    extra = (
        SceneGeometry(lines=(Line("L", (0, 0), (1, 1)),))
        if kind == "line"
        else SceneGeometry(zones=(Zone("Z", ((0, 0), (1, 0), (1, 1))),))
    )
    with pytest.raises(UsageError, match=f"{kind} '[LZ]' is in the site already"):
        plan_for_site(site, [], extra, "north")


LIVE = SITE.replace("output:", "  - id: gate\n    source: rtsp://u:hunter2@10.0.0.1/x\noutput:")


def test_live_feeds_are_left_out_and_named(site: Path) -> None:
    site.write_text(LIVE)
    plan = plan_for_site(site, [], NONE, None)
    assert plan.left_out == ("gate",)
    assert [feed for feed, _ in jobs_of(plan)] == ["north", "south", "south"]
    assert plan_for_site(site, [], NONE, "north").left_out == ()


def test_a_live_feed_alone_cannot_be_tagged(site: Path) -> None:
    site.write_text(LIVE)
    with pytest.raises(UsageError, match="these feeds are live: gate") as caught:
        plan_for_site(site, [], NONE, "gate")
    assert "hunter2" not in str(caught.value)


def test_a_recording_of_a_live_feed_has_its_scene(site: Path) -> None:
    site.write_text(LIVE)
    plan = plan_for_site(site, [site.parent / "other.mp4"], EXTRA, "gate")
    assert jobs_of(plan) == [("gate", "other.mp4")]
    assert plan.jobs[0].geometry == EXTRA
