"""From a site to what workers run: one FeedSpec for each feed, passwords included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wayside.config.model import Feed, Site
from wayside.config.secret_files import read_secret
from wayside.config.sources import paths_of
from wayside.domain.feeds import FeedSpec, SourceKind, SourceSpec


@dataclass(frozen=True, slots=True)
class FeedChanges:
    """Ids of feeds, in the order of the newer list."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def feed_specs(site: Site, folder: Path) -> tuple[FeedSpec, ...]:
    """What shall run, in the order of the file. folder: that of site.yaml.

    Raises ConfigError where a feed's password_file cannot be read. A path
    where nothing is stays a path: the feed's own state will say so.
    """
    return tuple(feed_spec(feed, folder) for feed in site.feeds)


def feed_spec(feed: Feed, folder: Path) -> FeedSpec:
    """Of one feed. Raises ConfigError where its password_file cannot be read."""
    return FeedSpec(
        id=feed.id,
        source=source_of_feed(feed, folder),
        geometry=feed.geometry(),
        rules=feed.asked(),
    )


def source_of_feed(feed: Feed, folder: Path, password: str = "") -> SourceSpec:
    """Where the feed comes from, with absolute paths and its password, or the one given.

    Raises ConfigError where its password_file cannot be read.
    """
    if feed.password_file and not password:
        password = read_secret(folder, feed.password_file)
    spec = replace(
        feed.address(password),
        transport=feed.transport,
        loop=feed.loop,
        every_s=feed.every_s,
        rate=feed.rate,
        start=feed.start,
    )
    if spec.kind is SourceKind.USB:
        # `/dev/v4l/by-id/...` is a link whose target changes with the order of plugging in.
        return replace(spec, address=str(Path(spec.address).resolve()))
    return spec if spec.kind.is_remote else _on_disk(feed, spec, folder)


def _on_disk(feed: Feed, spec: SourceSpec, folder: Path) -> SourceSpec:
    """A pattern stands for the first of its files: a live feed is one source."""
    found = paths_of(feed, folder)
    path = found[0] if found else folder / spec.address
    kind = spec.kind
    if feed.kind is None:
        kind = SourceKind.PICTURES if path.is_dir() else SourceKind.FILE
    return replace(spec, address=str(path.absolute()), kind=kind)


def changes_between(old: Sequence[FeedSpec], new: Sequence[FeedSpec]) -> FeedChanges:
    """Exactly the feeds that differ in anything a worker is told, passwords included."""
    before: Mapping[str, FeedSpec] = {spec.id: spec for spec in old}
    after = {spec.id for spec in new}
    return FeedChanges(
        added=tuple(spec.id for spec in new if spec.id not in before),
        changed=tuple(s.id for s in new if s.id in before and s != before[s.id]),
        removed=tuple(spec.id for spec in old if spec.id not in after),
    )
