"""From what a person typed to a list of jobs: which recording, as which feed, with which scene."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from wayside.analyze.rules import Rules
from wayside.config.load import load_site
from wayside.config.model import Detect, Feed, Output, Privacy, Site
from wayside.config.sources import feed_for, paths_of
from wayside.domain.errors import ConfigError, SourceMissing, UsageError
from wayside.domain.scene import Line, SceneGeometry, Zone
from wayside.pipeline.wiring import rules_of

_Place = TypeVar("_Place", Line, Zone)


@dataclass(frozen=True, slots=True)
class Job:
    """One recording to tag. start, rate: None where the recording itself should say."""

    feed: str
    path: Path
    geometry: SceneGeometry = field(default_factory=SceneGeometry)
    rules: Rules = field(default_factory=Rules)
    start: datetime | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All jobs of one run and the settings they share. left_out: live feeds, which have no end."""

    site: str
    jobs: tuple[Job, ...]
    detect: Detect = field(default_factory=Detect)
    privacy: Privacy = field(default_factory=Privacy)
    output: Output = field(default_factory=Output)
    left_out: tuple[str, ...] = ()


def plan_for_files(paths: Sequence[Path], geometry: SceneGeometry) -> Plan:
    """Each file is a feed of its own, named after it; all share the geometry given by flags."""
    if not paths:
        raise UsageError(
            "nothing to tag", remedy="Name video files, or a site: wayside tag --site site.yaml"
        )
    taken: set[str] = set()
    jobs = [Job(_feed_id(path, taken), path, geometry) for path in paths]
    return Plan("local", tuple(jobs))


def plan_for_site(
    site_file: Path, paths: Sequence[Path], geometry: SceneGeometry, feed_id: str | None
) -> Plan:
    """The site's own sources, or the given files under the site's feeds.

    A file belongs to the feed whose source names it, else to ``feed_id``, else
    to the only feed there is. Lines and zones given by flags are added.
    """
    site = load_site(site_file)
    folder = site_file.parent
    live: list[str] = []
    if paths:
        jobs = [_job(_owner(site, folder, path, feed_id), path, geometry) for path in paths]
    else:
        feeds = [_named(site, feed_id)] if feed_id else list(site.feeds)
        live = [feed.id for feed in feeds if feed.is_live]
        jobs = [
            _job(feed, path, geometry)
            for feed in feeds
            if not feed.is_live
            for path in _sources(feed, folder)
        ]
    if live and not jobs:
        raise UsageError(
            f"only recordings can be tagged, and these feeds are live: {', '.join(live)}",
            where=str(site_file),
            remedy="Name a recording of one: wayside tag --site FILE --feed ID RECORDING; "
            "`wayside up` runs live feeds",
        )
    if not jobs:
        raise ConfigError(
            "this site has no feeds", where=str(site_file), remedy="Add one, see `wayside init`"
        )
    return Plan(site.site, tuple(jobs), site.detect, site.privacy, site.output, tuple(live))


def _job(feed: Feed, path: Path, extra: SceneGeometry) -> Job:
    own = feed.geometry()
    return Job(
        feed=feed.id,
        path=path,
        geometry=replace(
            own,
            lines=_added(own.lines, extra.lines, "line"),
            zones=_added(own.zones, extra.zones, "zone"),
        ),
        rules=rules_of(feed.asked()),
        start=feed.start,
        rate=feed.rate,
    )


def _added(own: tuple[_Place, ...], extra: tuple[_Place, ...], kind: str) -> tuple[_Place, ...]:
    taken = {place.id for place in own}
    for place in extra:
        if place.id in taken:
            raise UsageError(f"{kind} '{place.id}' is in the site already", remedy="Rename one")
    return own + extra


def _sources(feed: Feed, folder: Path) -> list[Path]:
    found = paths_of(feed, folder)
    if not found:
        raise SourceMissing(
            f"feed '{feed.id}' has a source that is not there: {feed.source}",
            where=str(folder),
            remedy="Correct the source; relative paths count from the folder of site.yaml",
        )
    return found


def _owner(site: Site, folder: Path, path: Path, feed_id: str | None) -> Feed:
    if feed_id:
        return _named(site, feed_id)
    if feed := feed_for(site, folder, path):
        return feed
    if len(site.feeds) == 1:
        return site.feeds[0]
    raise UsageError(
        f"{path} is the source of none of the site's {len(site.feeds)} feeds",
        remedy=f"Say which with --feed: {', '.join(feed.id for feed in site.feeds)}",
    )


def _named(site: Site, feed_id: str) -> Feed:
    try:
        return site.feed(feed_id)
    except KeyError:
        known = ", ".join(feed.id for feed in site.feeds)
        raise UsageError(f"there is no feed '{feed_id}'", remedy=f"Feeds: {known}") from None


def _feed_id(path: Path, taken: set[str]) -> str:
    """A valid, unused feed id from a file's name."""
    base = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:56] or "feed"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name
