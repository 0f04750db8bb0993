"""site.yaml as the server knows it, and what happens when it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wayside.config.model import Feed
from wayside.config.problems import Problem, SiteInvalid
from wayside.config.site_file import SiteFile
from wayside.domain.errors import ConfigConflict
from wayside.domain.feeds import FeedSpec, SourceSpec
from wayside.domain.scene import SceneGeometry
from wayside.ingest.address import masked
from wayside.serve import records as served
from wayside.serve.house import ConfigRefused

_FIELDS = ("source", "username", "password", "transport", "loop", "every_s", "rate")


class ServedSite:
    """A serve.house.SiteFile. on_change: called after each change with the feeds that shall run."""

    def __init__(self, file: SiteFile, on_change: Callable[[Sequence[FeedSpec]], None]) -> None:
        self._file = file
        self._on_change = on_change

    def current(self) -> served.SiteState:
        site, found, version = self._file.as_read()
        started = self._file.started
        specs = {spec.id: spec for spec in found}
        return served.SiteState(
            site=started.site,
            version=version,
            redaction_style=started.privacy.style,
            feeds=tuple(_entry(feed, specs[feed.id]) for feed in site.feeds),
            problems=tuple(map(_problem, self._file.problems)),
            notices=tuple(map(_problem, self._file.waiting)),
            junctions=tuple(
                served.JunctionEntry(
                    each.model_dump(mode="json", by_alias=True, exclude_none=True), each.junction()
                )
                for each in site.junctions
            ),
        )

    def source_of(self, draft: served.FeedDraft) -> SourceSpec:
        """Held to the same rules as a feed that is added: no path outside, no variable."""
        known = next((s for s in self._file.specs if s.id == draft.id), None)
        if known is not None and draft.source == masked(known.source):
            return known.source  # as the page shows it, with the password that is kept
        values = {name: getattr(draft, name) for name in _FIELDS}
        try:
            return self._file.source_of({k: v for k, v in values.items() if v not in (None, "")})
        except SiteInvalid as error:
            raise ConfigRefused([_problem(each) for each in error.problems]) from None

    def add(self, draft: served.FeedDraft, version: str | None) -> served.SiteState:
        return self._changed(
            lambda: self._file.add_feed({"id": draft.id, **_values(draft)}, version)
        )

    def update(self, draft: served.FeedDraft, version: str | None) -> served.SiteState:
        values = _values(draft)
        return self._changed(lambda: self._file.update_feed(draft.id, values, version))

    def remove(self, feed_id: str, version: str | None) -> served.SiteState:
        return self._changed(lambda: self._file.remove_feed(feed_id, version))

    def import_feeds(
        self, drafts: Sequence[served.FeedDraft], version: str | None, *, dry_run: bool
    ) -> served.ImportOutcome:
        rows = [{"id": draft.id, **_values(draft)} for draft in drafts]
        done = []
        self._changed(
            lambda: done.append(self._file.import_feeds(rows, dry_run=dry_run, version=version))
        )
        (outcome,) = done
        return served.ImportOutcome(
            added=outcome.added,
            updated=outcome.updated,
            unchanged=outcome.unchanged,
            problems=tuple(
                served.RowProblem(each.row + 1, each.what, each.remedy) for each in outcome.problems
            ),
        )

    def geometry_of(self, scene: Mapping[str, Any]) -> SceneGeometry:
        try:
            return self._file.geometry_of(scene)
        except SiteInvalid as error:
            raise ConfigRefused([_problem(each) for each in error.problems]) from None

    def set_scene(
        self, feed_id: str, scene: Mapping[str, Any], version: str | None
    ) -> served.SiteState:
        return self._changed(lambda: self._file.set_scene(feed_id, scene, version))

    def set_rules(
        self, feed_id: str, rules: Sequence[Mapping[str, Any]], version: str | None
    ) -> served.SiteState:
        return self._changed(lambda: self._file.set_rules(feed_id, rules, version))

    def set_junction(self, values: Mapping[str, Any], version: str | None) -> served.SiteState:
        return self._changed(lambda: self._file.set_junction(values, version))

    def remove_junction(self, junction_id: str, version: str | None) -> served.SiteState:
        return self._changed(lambda: self._file.remove_junction(junction_id, version))

    def _changed(self, change: Callable[[], object]) -> served.SiteState:
        """Raises ConfigConflict as it comes, ConfigRefused for what the file calls invalid.

        A feed that somebody else removed since the caller looked is a conflict as well.
        """
        before = self._file.version
        try:
            change()
        except SiteInvalid as error:
            raise ConfigRefused([_problem(each) for each in error.problems]) from None
        except KeyError:
            raise ConfigConflict(
                "it has been removed meanwhile", remedy="Load the page again"
            ) from None
        if self._file.version != before:
            self._on_change(self._file.specs)
        return self.current()


def _values(draft: served.FeedDraft) -> dict[str, Any]:
    """The fields that were given, as site.yaml has them."""
    values: dict[str, Any] = {
        name: getattr(draft, name) for name in _FIELDS if name in draft.changed
    }
    if "groups" in draft.changed:
        values["groups"] = list(draft.groups)
    if "scene" in draft.changed and draft.scene is not None:
        values["scene"] = dict(draft.scene)
    if "rules" in draft.changed and draft.rules is not None:
        values["rules"] = [dict(rule) for rule in draft.rules]
    return values


def _entry(feed: Feed, spec: FeedSpec) -> served.FeedEntry:
    return served.FeedEntry(
        id=feed.id,
        source=spec.source,
        shown=masked(spec.source),
        scene=feed.scene.model_dump(mode="json", by_alias=True),
        rules=spec.rules,
        geometry=spec.geometry,
        groups=frozenset(feed.groups),
    )


def _problem(found: Problem) -> served.SiteProblem:
    return served.SiteProblem(found.file, found.line, found.what, found.remedy)
