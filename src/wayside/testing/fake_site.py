"""A site file that is kept in memory alone; scenes and rules are checked as in the real one."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from wayside.config import junctions as config
from wayside.config.document import read_document
from wayside.config.expand import Expander
from wayside.config.references import junction_problems
from wayside.config.rules import Rule
from wayside.config.scene import Scene
from wayside.domain.errors import ConfigConflict
from wayside.domain.feeds import FeedSpec, SourceKind, SourceSpec
from wayside.domain.records import JsonValue
from wayside.domain.scene import SceneGeometry
from wayside.serve.house import ConfigRefused
from wayside.serve.records import (
    FeedDraft,
    FeedEntry,
    ImportOutcome,
    JunctionEntry,
    RowProblem,
    SiteProblem,
    SiteState,
)
from wayside.testing.fake_measures import SEEN_BY, station_square, traffic_scene

FEEDS = (
    "junction", "motorway", "square", "shop-door", "car-park", "night", "rain", "flaky", "frozen",
)  # fmt: skip

SCENE: dict[str, JsonValue] = {
    "anchor": "ground",
    "lines": [{"id": "across", "a": [0.5, 0.2], "b": [0.5, 0.98]}],
    "zones": [{"id": "box", "polygon": [[0.3, 0.3], [0.7, 0.3], [0.7, 0.9], [0.3, 0.9]]}],
    "movements": [],
    "calibration": None,
    "private_zones": [],
}
_RULES: tuple[dict[str, JsonValue], ...] = ({"kind": "stopped", "zone": "box", "min_stop_s": 10.0},)
_KINDS = {
    "rtsp": SourceKind.RTSP, "rtsps": SourceKind.RTSP, "http": SourceKind.MJPEG,
    "https": SourceKind.MJPEG, "udp": SourceKind.MPEGTS, "tcp": SourceKind.MPEGTS,
    "srt": SourceKind.MPEGTS, "": SourceKind.FILE,
}  # fmt: skip


class FakeSite:
    """on_change: called with the feeds that shall run, as the real one tells the fleet."""

    def __init__(
        self,
        on_change: Callable[[Sequence[FeedSpec]], None],
        feeds: Sequence[str] = FEEDS,
    ) -> None:
        self._on_change = on_change
        self._lock = threading.RLock()
        entries = tuple(
            _entry(FeedDraft(feed, f"rtsp://10.0.0.{n}/live"), traffic_scene(feed, SCENE), _RULES)
            for n, feed in enumerate(feeds, 1)
        )
        self._state = SiteState("fake-town", "", "solid", ())
        self._keep(entries)
        if set(SEEN_BY) <= set(feeds):
            self.set_junction(station_square(), None)

    def current(self) -> SiteState:
        return self._state

    def source_of(self, draft: FeedDraft) -> SourceSpec:
        return _source(draft)

    def add(self, draft: FeedDraft, version: str | None) -> SiteState:
        with self._lock:
            self._require(version)
            if self._state.feed(draft.id) is not None:
                raise _refused(f"feed {draft.id} is there twice", "Choose another id")
            scene = _checked_scene(draft.scene or {})
            return self._keep((*self._state.feeds, _entry(draft, scene, draft.rules or ())))

    def update(self, draft: FeedDraft, version: str | None) -> SiteState:
        with self._lock:
            self._require(version)
            return self._replace(self._updated(draft))

    def remove(self, feed_id: str, version: str | None) -> SiteState:
        with self._lock:
            self._require(version)
            return self._keep(tuple(f for f in self._state.feeds if f.id != feed_id))

    def import_feeds(
        self, drafts: Sequence[FeedDraft], version: str | None, *, dry_run: bool
    ) -> ImportOutcome:
        with self._lock:
            self._require(version)
            before = self._state
            added, updated, unchanged = [], [], []
            problems: list[RowProblem] = []
            for row, draft in enumerate(drafts, 1):
                old = before.feed(draft.id)
                try:
                    if old is None:
                        _source(draft)
                        _checked_scene(draft.scene or {})
                        added.append(draft)
                    elif self._updated(draft) == old:
                        unchanged.append(draft)
                    else:
                        updated.append(draft)
                except ConfigRefused as error:
                    problems.append(RowProblem(row, error.what, error.remedy or ""))
            if problems:
                return ImportOutcome(problems=tuple(problems))
            if not dry_run:
                for draft in updated:
                    self.update(draft, None)
                for draft in added:
                    self.add(draft, None)
        return ImportOutcome(
            tuple(d.id for d in added), tuple(d.id for d in updated), tuple(d.id for d in unchanged)
        )

    def geometry_of(self, scene: Mapping[str, Any]) -> SceneGeometry:
        return _geometry(scene)

    def set_scene(self, feed_id: str, scene: Mapping[str, Any], version: str | None) -> SiteState:
        with self._lock:
            self._require(version)
            checked = _checked_scene(scene)
            return self._replace(
                replace(self._entry(feed_id), scene=checked, geometry=_geometry(checked))
            )

    def set_rules(
        self, feed_id: str, rules: Sequence[Mapping[str, Any]], version: str | None
    ) -> SiteState:
        with self._lock:
            self._require(version)
            checked = _checked_rules(rules)
            return self._replace(replace(self._entry(feed_id), rules=checked))

    def set_junction(self, values: Mapping[str, Any], version: str | None) -> SiteState:
        with self._lock:
            self._require(version)
            new = _junction(values)
            kept = [j for j in self._state.junctions if j.junction.id != new.junction.id]
            return self._keep_junctions((*kept, new))

    def remove_junction(self, junction_id: str, version: str | None) -> SiteState:
        with self._lock:
            self._require(version)
            kept = tuple(j for j in self._state.junctions if j.junction.id != junction_id)
            if len(kept) == len(self._state.junctions):
                raise ConfigConflict("it has been removed meanwhile")
            return self._keep_junctions(kept)

    def _keep_junctions(self, junctions: tuple[JunctionEntry, ...]) -> SiteState:
        """As the real file does: a feed, line or movement that is not there refuses it all."""
        site = {
            "feeds": [{"id": f.id, "scene": dict(f.scene)} for f in self._state.feeds],
            "junctions": [dict(j.values) for j in junctions],
        }
        found = junction_problems(read_document(json.dumps(site), "site.yaml", Expander({})))
        if found:
            raise ConfigRefused([SiteProblem("site.yaml", 0, p.what, p.remedy) for p in found])
        self._state = replace(self._state, junctions=junctions)
        return self._keep(self._state.feeds)

    def _updated(self, draft: FeedDraft) -> FeedEntry:
        old = self._entry(draft.id)
        source, shown = old.source, old.shown
        if "source" in draft.changed:
            source, shown = _source(draft), _shown(draft)
        given = {
            name: getattr(draft, name)
            for name in ("username", "password", "transport", "loop", "every_s", "rate")
            if name in draft.changed
        }
        scene = old.scene if draft.scene is None else _checked_scene(draft.scene)
        rules = old.rules if draft.rules is None else _checked_rules(draft.rules)
        groups = frozenset(draft.groups) if "groups" in draft.changed else old.groups
        return FeedEntry(
            old.id, replace(source, **given), shown, scene, rules, _geometry(scene), groups
        )

    def _entry(self, feed_id: str) -> FeedEntry:
        entry = self._state.feed(feed_id)
        if entry is None:
            raise _refused(f"there is no feed {feed_id}", "Read the list of feeds again")
        return entry

    def _require(self, version: str | None) -> None:
        if version is not None and version != self._state.version:
            raise ConfigConflict(
                "the site file has changed since", remedy="Read it again, then make the change"
            )

    def _replace(self, entry: FeedEntry) -> SiteState:
        return self._keep(tuple(entry if f.id == entry.id else f for f in self._state.feeds))

    def _keep(self, feeds: tuple[FeedEntry, ...]) -> SiteState:
        told = [(f.id, f.shown, f.scene, f.rules, repr(f.source), sorted(f.groups)) for f in feeds]
        text = json.dumps([told, [j.values for j in self._state.junctions]])
        version = hashlib.sha256(text.encode()).hexdigest()[:16]
        self._state = replace(self._state, version=version, feeds=feeds)
        self._on_change([FeedSpec(f.id, f.source, f.geometry, f.rules) for f in feeds])
        return self._state


def _entry(
    draft: FeedDraft,
    scene: Mapping[str, JsonValue],
    rules: Sequence[Mapping[str, JsonValue]],
) -> FeedEntry:
    return FeedEntry(
        draft.id,
        _source(draft),
        _shown(draft),
        scene,
        _checked_rules(rules),
        _geometry(scene),
        frozenset(draft.groups),
    )


def _junction(values: Mapping[str, Any]) -> JunctionEntry:
    try:
        found = config.JunctionEntry.model_validate_json(json.dumps(dict(values)))
    except ValidationError as error:
        raise _invalid(error) from None
    dumped = found.model_dump(mode="json", by_alias=True, exclude_none=True)
    return JunctionEntry(dumped, found.junction())


def _source(draft: FeedDraft) -> SourceSpec:
    scheme, _, rest = draft.source.rpartition("://")
    if scheme.lower() not in _KINDS or re.search(r"[\x00-\x20]", draft.source):
        raise _refused("this is no address that can be read", "Begin it with rtsp:// or http://")
    user, at, host = rest.rpartition("@")
    name, _, password = user.partition(":")
    return SourceSpec(
        kind=_KINDS[scheme.lower()],
        address=f"{scheme}://{host}" if scheme else draft.source,
        username=draft.username or (name if at else ""),
        password=draft.password or password,
        transport=draft.transport,
        loop=draft.loop,
        every_s=draft.every_s,
        rate=draft.rate,
    )


def _shown(draft: FeedDraft) -> str:
    source = _source(draft)
    if not source.username:
        return source.address
    scheme, _, rest = source.address.partition("://")
    return f"{scheme}://***@{rest}"


def _geometry(scene: Mapping[str, Any]) -> SceneGeometry:
    return _scene(scene).geometry()


def _checked_scene(scene: Mapping[str, Any]) -> dict[str, JsonValue]:
    checked: dict[str, JsonValue] = _scene(scene).model_dump(mode="json", by_alias=True)
    return checked


def _scene(scene: Mapping[str, Any]) -> Scene:
    try:
        found = Scene.model_validate_json(json.dumps(dict(scene)))
    except ValidationError as error:
        raise _invalid(error) from None
    lines = {line.id for line in found.lines}
    for movement in found.movements:
        if not {movement.origin, movement.destination} <= lines:
            raise _refused(f"movement {movement.id} names no line", "Draw the line first")
    return found


def _checked_rules(rules: Sequence[Mapping[str, Any]]) -> tuple[dict[str, JsonValue], ...]:
    kinds: TypeAdapter[Rule] = TypeAdapter(Rule)
    try:
        found = [kinds.validate_json(json.dumps(dict(rule))) for rule in rules]
    except ValidationError as error:
        raise _invalid(error) from None
    return tuple(rule.model_dump(mode="json") for rule in found)


def _invalid(error: ValidationError) -> ConfigRefused:
    faults = error.errors(include_input=False, include_url=False)
    return ConfigRefused(
        [
            SiteProblem("site.yaml", 0, f"{'.'.join(map(str, each['loc']))}: {each['msg']}", "")
            for each in faults
        ]
    )


def _refused(what: str, remedy: str) -> ConfigRefused:
    return ConfigRefused([SiteProblem("site.yaml", 0, what, remedy)])
