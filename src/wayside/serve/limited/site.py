"""The site file as far as it is of some feeds."""

# ruff: noqa: ARG002 - what is refused needs nothing of what was asked

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wayside.domain.feeds import SourceSpec
from wayside.domain.junctions import Junction
from wayside.domain.scene import SceneGeometry
from wayside.serve.house import ConfigRefused, SiteFile
from wayside.serve.limited.seen import Seen
from wayside.serve.problems import Refusal
from wayside.serve.records import FeedDraft, ImportOutcome, SiteProblem, SiteState


class LimitedSite:
    """A serve.house.SiteFile: scenes, rules and junctions of feeds that are seen, nothing else.

    A junction is there for whoever sees all its feeds. What is wrong with the file is for those
    who see every feed, as it may name any.
    """

    def __init__(self, site: SiteFile, seen: Seen) -> None:
        self._site = site
        self._seen = seen

    def current(self) -> SiteState:
        return self._limited(self._site.current())

    def source_of(self, draft: FeedDraft) -> SourceSpec:
        raise _refused()

    def add(self, draft: FeedDraft, version: str | None) -> SiteState:
        raise _refused()

    def update(self, draft: FeedDraft, version: str | None) -> SiteState:
        raise _refused()

    def remove(self, feed_id: str, version: str | None) -> SiteState:
        raise _refused()

    def import_feeds(
        self, drafts: Sequence[FeedDraft], version: str | None, *, dry_run: bool
    ) -> ImportOutcome:
        raise _refused()

    def geometry_of(self, scene: Mapping[str, Any]) -> SceneGeometry:
        return self._site.geometry_of(scene)

    def set_scene(self, feed_id: str, scene: Mapping[str, Any], version: str | None) -> SiteState:
        self._require_feed(feed_id)
        return self._changed(lambda: self._site.set_scene(feed_id, scene, version))

    def set_rules(
        self, feed_id: str, rules: Sequence[Mapping[str, Any]], version: str | None
    ) -> SiteState:
        self._require_feed(feed_id)
        return self._changed(lambda: self._site.set_rules(feed_id, rules, version))

    def set_junction(self, values: Mapping[str, Any], version: str | None) -> SiteState:
        self._require_own_id(str(values.get("id", "")))
        feeds = self._seen.feeds()
        for feed in sorted(_feeds_named(values)):
            if feed not in feeds:
                what = f"junction names the feed {feed[:63]}, which there is not"
                raise ConfigRefused([SiteProblem("", 0, what, "Name feeds that you see")])
        return self._changed(lambda: self._site.set_junction(values, version))

    def remove_junction(self, junction_id: str, version: str | None) -> SiteState:
        if self.current().junction(junction_id) is None:
            raise Refusal(404, "there is no such junction")
        return self._changed(lambda: self._site.remove_junction(junction_id, version))

    def _changed(self, change: Callable[[], SiteState]) -> SiteState:
        """A refusal may be for the sake of something that is not seen: it is not named then."""
        try:
            return self._limited(change())
        except ConfigRefused as error:
            whole = self._site.current()
            seen = self._limited(whole)
            hidden = _ids(whole) - _ids(seen)
            raise ConfigRefused([_without(hidden, each) for each in error.problems]) from None

    def _limited(self, state: SiteState) -> SiteState:
        feeds = tuple(each for each in state.feeds if self._seen.has(each))
        ids = {each.id for each in feeds}
        return replace(
            state,
            feeds=feeds,
            problems=(),
            notices=(),
            junctions=tuple(each for each in state.junctions if _is_within(each.junction, ids)),
        )

    def _require_feed(self, feed_id: str) -> None:
        if feed_id not in self._seen.feeds():
            raise Refusal(404, "there is no such feed", where="feed")

    def _require_own_id(self, junction_id: str) -> None:
        """Another junction of that name would be replaced."""
        state = self._site.current()
        if state.junction(junction_id) and not self._limited(state).junction(junction_id):
            raise Refusal(404, "there is no such junction", remedy="Choose another name")


def _is_within(junction: Junction, feeds: set[str]) -> bool:
    """One that names no feed is of the whole site."""
    named = {each.feed for each in junction.movements}
    for approach in junction.approaches:
        named |= {each.feed for each in (*approach.entries, *approach.exits)}
    return bool(named) and named <= feeds


def _feeds_named(values: Any) -> set[str]:
    """By any mapping in it, however deep: the file's own checks come later and see all feeds."""
    if isinstance(values, Mapping):
        own = {str(values["feed"])} if "feed" in values else set()
        return own.union(*map(_feeds_named, values.values()))
    if isinstance(values, list | tuple):
        return set().union(*map(_feeds_named, values))
    return set()


def _ids(state: SiteState) -> set[str]:
    return {each.id for each in state.feeds} | {each.junction.id for each in state.junctions}


def _without(hidden: set[str], problem: SiteProblem) -> SiteProblem:
    words = set(re.findall(r"[a-z0-9][a-z0-9-]*", f"{problem.what} {problem.remedy}"))
    if hidden.isdisjoint(words):
        return problem
    return SiteProblem("", 0, "another part of the site depends on it", "Ask an admin")


def _refused() -> Refusal:
    return Refusal(403, "this is for who sees every feed", remedy="Ask an admin")
