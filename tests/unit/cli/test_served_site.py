"""site.yaml behind the server: what a page may ask of it, and what it may not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from wayside.cli.served_site import ServedSite
from wayside.config.model import Site
from wayside.config.rules import StoppedRule
from wayside.config.site_file import SiteFile
from wayside.domain.errors import ConfigConflict
from wayside.domain.feeds import FeedSpec
from wayside.serve.house import ConfigRefused
from wayside.serve.records import FeedDraft

TEXT = "site: s\nfeeds:\n  - id: a\n    source: rtsp://u:hunter2@10.0.0.1/x   # north\n"
ALL = frozenset({"source", "username", "password", "transport"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def applied() -> list[list[str]]:
    """Ids of the feeds that shall run, for each change."""
    return []


@pytest.fixture
def site(path: Path, applied: list[list[str]]) -> ServedSite:
    def apply(specs: Sequence[FeedSpec]) -> None:
        applied.append([spec.id for spec in specs])

    return ServedSite(SiteFile(path, env={"SECRET": "hidden"}), apply)


def test_a_source_is_tried_as_it_was_typed(site: ServedSite) -> None:
    spec = site.source_of(
        FeedDraft("", "rtsp://10.0.0.2/y", username="v", password="pw", transport="udp")
    )
    assert (spec.address, spec.username, spec.password) == ("rtsp://10.0.0.2/y", "v", "pw")
    assert spec.transport == "udp"
    assert site.source_of(FeedDraft("", "rtsp://10.0.0.2/${SECRET}")).address.endswith("${SECRET}")


def test_what_the_page_shows_of_a_feed_is_tried_with_its_password(site: ServedSite) -> None:
    shown = site.current().feed("a")
    assert shown is not None
    assert "hunter2" not in shown.shown
    assert site.source_of(FeedDraft("a", shown.shown)).password == "hunter2"


@pytest.mark.parametrize("source", ["/etc/passwd", "../x.mp4", "concat:x", "gopher://u:hunter2@h/"])
def test_what_may_not_be_added_may_not_be_tried_either(site: ServedSite, source: str) -> None:
    with pytest.raises(ConfigRefused) as caught:
        site.source_of(FeedDraft("", source))
    assert "hunter2" not in str(caught.value)


def test_a_scene_is_tried_without_being_written(site: ServedSite, path: Path) -> None:
    drawn = {"lines": [{"id": "l", "a": [0.1, 0.5], "b": [0.9, 0.5]}]}
    assert [line.id for line in site.geometry_of(drawn).lines] == ["l"]
    with pytest.raises(ConfigRefused, match="no length"):
        site.geometry_of({"lines": [{"id": "l", "a": [0.1, 0.5], "b": [0.1, 0.5]}]})
    assert path.read_text(encoding="utf-8") == TEXT


def test_a_change_is_written_and_told_once(
    site: ServedSite, path: Path, applied: list[list[str]]
) -> None:
    version = site.current().version
    site.add(FeedDraft("b", "rtsp://10.0.0.2/y", changed=ALL), version)
    assert applied == [["a", "b"]]
    assert path.read_text(encoding="utf-8").startswith(TEXT)
    with pytest.raises(ConfigConflict):
        site.remove("b", version)
    site.import_feeds([FeedDraft("b", "rtsp://10.0.0.2/y", changed=ALL)], None, dry_run=False)
    assert len(applied) == 1


def test_problems_of_an_import_count_rows_from_one(site: ServedSite) -> None:
    rows = [FeedDraft("b", "b.mp4", changed=ALL), FeedDraft("c", "concat:x", changed=ALL)]
    found = site.import_feeds(rows, None, dry_run=False)
    assert [each.row for each in found.problems] == [2]
    assert site.current().feed("b") is None


def test_only_what_is_given_changes_and_a_scene_and_rules_are_part_of_it(
    site: ServedSite, path: Path, applied: list[list[str]]
) -> None:
    before = site.current()
    site.update(FeedDraft("a", "", transport="udp", changed=frozenset({"transport"})), None)
    drawn = {"lines": [{"id": "l", "a": [0.1, 0.5], "b": [0.9, 0.5]}]}
    box = {"zones": [{"id": "box", "polygon": [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]}]}
    rules = [StoppedRule(kind="stopped", zone="box", min_stop_s=5.0).model_dump(mode="json")]
    state = site.set_scene("a", {**drawn, **box}, None)
    entry = state.feed("a")
    assert entry is not None
    assert [line.id for line in entry.geometry.lines] == ["l"]
    state = site.set_rules("a", rules, state.version)
    entry = state.feed("a")
    assert entry is not None
    assert [dict(rule) for rule in entry.rules] == rules
    assert (entry.source.transport, entry.source.password) == ("udp", "hunter2")
    assert state.version != before.version
    assert applied == [["a"]] * 3
    site.add(
        FeedDraft(
            "b", "b.mp4", scene=box, rules=tuple(rules),
            changed=frozenset({"source", "scene", "rules"}),
        ),
        None,
    )  # fmt: skip
    added = site.current().feed("b")
    assert added is not None
    assert [zone.id for zone in added.geometry.zones] == ["box"]
    assert site.remove("b", None).feed("b") is None
    assert "b.mp4" not in path.read_text(encoding="utf-8")


def test_a_change_that_would_not_load_is_refused_and_not_run(
    site: ServedSite, path: Path, applied: list[list[str]]
) -> None:
    with pytest.raises(ConfigRefused) as caught:
        site.set_rules("a", [{"kind": "stopped", "zone": "nowhere"}], None)
    assert "nowhere" in caught.value.problems[0].what
    assert path.read_text(encoding="utf-8") == TEXT
    assert applied == []


def test_a_feed_that_somebody_removed_meanwhile_is_a_conflict(site: ServedSite) -> None:
    draft = FeedDraft("gone", "rtsp://10.0.0.2/y", changed=frozenset({"source"}))
    for change in (
        lambda: site.update(draft, None),
        lambda: site.remove("gone", None),
        lambda: site.set_scene("gone", {}, None),
        lambda: site.set_rules("gone", [], None),
    ):
        with pytest.raises(ConfigConflict, match="removed meanwhile"):
            change()


def test_a_file_that_is_wrong_by_now_is_told_with_its_line(path: Path) -> None:
    file = SiteFile(path)
    site = ServedSite(file, lambda _specs: None)
    path.write_text(TEXT.replace("source:", "sauce:"), encoding="utf-8")
    file.refresh()
    problems = site.current().problems
    assert {(problem.file, problem.line) for problem in problems} >= {(str(path), 4)}
    assert site.current().feed("a") is not None


def test_an_edit_that_waits_for_a_restart_is_told_until_it_is_undone(path: Path) -> None:
    file = SiteFile(path)
    site = ServedSite(file, lambda _feeds: None)
    before = path.read_text(encoding="utf-8")
    path.write_text(before + "privacy: {style: silhouette}\n", encoding="utf-8")
    file.refresh()
    (notice,) = site.current().notices
    assert notice.what == "privacy.style has changed; it is used after a restart"
    assert notice.line == before.count("\n") + 1
    assert site.current().redaction_style == "solid"  # what pictures really show
    assert site.current().problems == ()
    path.write_text(before, encoding="utf-8")
    file.refresh()
    assert site.current().notices == ()


def test_feeds_and_version_are_of_one_text_while_it_changes(path: Path) -> None:
    """An edit comes between two looks at the file: a page must not save over it unseen."""
    file = SiteFile(path)
    more = TEXT + "  - id: b\n    source: b.mp4\n"

    class Edited(SiteFile):
        """Changes whenever its site has been read."""

        @property
        def site(self) -> Site:
            found = super().site
            path.write_text(TEXT if len(found.feeds) > 1 else more, encoding="utf-8")
            self.refresh()
            return found

    edited = Edited(path)
    site = ServedSite(edited, lambda _specs: None)
    for _ in range(2):
        state = site.current()
        assert len(state.feeds) == (1 if state.version == file.version else 2)
        edited.site  # noqa: B018  the next look finds the other text


def test_junctions_are_told_as_written_and_a_change_of_one_is_not_restarting_anything(
    site: ServedSite, path: Path
) -> None:
    state = site.set_junction({"id": "square", "approaches": [{"id": "north"}]}, None)
    found = state.junction("square")
    assert found is not None
    assert found.values["approaches"] == [{"id": "north", "in": [], "out": []}]
    assert found.junction.approaches[0].id == "north"
    assert "# north" in path.read_text(encoding="utf-8")
    assert state.notices == ()  # in force at once
    with pytest.raises(ConfigConflict):
        site.set_junction({"id": "square", "approaches": [{"id": "south"}]}, "stale")
    line = {"feed": "b", "line": "l", "direction": "forward"}
    with pytest.raises(ConfigRefused, match="no feed `b`"):
        site.set_junction({"id": "x", "approaches": [{"id": "n", "in": [line]}]}, None)
    assert site.remove_junction("square", None).junctions == ()
    with pytest.raises(ConfigConflict):
        site.remove_junction("square", None)


def test_groups_are_read_and_written_and_no_feed_is_started_anew(
    site: ServedSite, path: Path, applied: list[list[str]]
) -> None:
    given = frozenset({"groups"})
    state = site.update(FeedDraft("a", groups=("harbour", "bridge"), changed=given), None)
    feed = state.feed("a")
    assert feed is not None
    assert feed.groups == {"harbour", "bridge"}
    assert "# north" in path.read_text("utf-8")
    site.update(FeedDraft("a", groups=(), changed=given), None)
    feed = site.current().feed("a")
    assert feed is not None
    assert feed.groups == frozenset()
    with pytest.raises(ConfigRefused):
        site.update(FeedDraft("a", groups=("The Quay",), changed=given), None)
