"""What the server needs of the rest of the house, as interfaces.

The command line wires the real store, site file and fleet to these; tests and
the page's workbench wire fakes. Every call may wait for a disk, so the server
makes them on threads of their own; none may be called with a lock held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from wayside.domain.errors import ConfigError
from wayside.domain.feeds import SourceSpec
from wayside.domain.records import Event
from wayside.domain.scene import XY, SceneGeometry
from wayside.domain.time import Clock
from wayside.fleet.interface import Fleet
from wayside.serve.accounts import Accounts
from wayside.serve.records import (
    Acknowledgement,
    Arrival,
    CoveredClip,
    CoveredJpeg,
    FeedDraft,
    ImportOutcome,
    IncidentPage,
    IncidentQuery,
    Metric,
    Series,
    SeriesQuery,
    SinkStatus,
    SiteProblem,
    SiteState,
    StoredIncident,
    TimedPath,
    Total,
    TrueCount,
)
from wayside.serve.sign_in.sign_in import SignIn


class ConfigRefused(ConfigError):
    """A change would make the site file unsound. problems: each with its place; nothing written."""

    def __init__(self, problems: Sequence[SiteProblem]) -> None:
        first = problems[0]
        super().__init__(first.what, where=first.file or None, remedy=first.remedy or None)
        self.problems = tuple(problems)


class Archive(Protocol):
    """What has happened. Any call may raise StoreError."""

    def incidents(self, query: IncidentQuery, limit: int, after: str | None) -> IncidentPage:
        """Newest first. Raises ValueError for an ``after`` that is not one of its own."""
        ...

    def incident(self, incident_id: UUID) -> StoredIncident | None: ...

    def phases(self, incident_id: UUID) -> list[Event]:
        """In the order in which they happened; empty for an unknown incident."""
        ...

    def still(self, incident_id: UUID) -> CoveredJpeg | None: ...

    def clip(self, incident_id: UUID) -> CoveredClip | None: ...

    def path(self, incident_id: UUID) -> tuple[XY, ...]:
        """The way of what caused it, over the picture; empty where none is kept."""
        ...

    def acknowledge(self, incident_id: UUID, acknowledgement: Acknowledgement | None) -> bool:
        """None takes it back. False for an unknown incident."""
        ...

    def series(self, query: SeriesQuery) -> list[Series]:
        """Counts summed into steps, means weighted by coverage.

        Raises UsageError for more than the query's ``most``.
        """
        ...

    def totals(self, feed: str, since: datetime, until: datetime) -> list[Total]:
        """feed "": of all feeds."""
        ...

    def metrics(self, feeds: frozenset[str] | None = None) -> list[Metric]:
        """feeds: what is there of these alone, None asks of all."""
        ...

    def paths(self, feed: str, since: datetime, until: datetime, limit: int) -> list[TimedPath]:
        """The newest that ended in [since, until), in order of their start."""
        ...

    def arrivals(self, after: int, limit: int) -> list[Arrival]:
        """Events that came after that arrival number, in order."""
        ...

    def last_arrival(self) -> int:
        """Of the newest event; 0 for an empty store."""
        ...

    def is_writable(self) -> bool: ...

    def lag_s(self) -> float:
        """Age of the oldest record that a journal holds and the store does not."""
        ...

    def sinks(self) -> list[SinkStatus]: ...


class SiteFile(Protocol):
    """The site file. version: what the caller last read, None to change whatever is there.

    A change is written and in force when the call returns. Raises
    ConfigConflict, ConfigRefused (nothing written) or OutputError.
    """

    def current(self) -> SiteState: ...

    def source_of(self, draft: FeedDraft) -> SourceSpec:
        """Raises SourceRefused or ConfigRefused for an address that cannot be read."""
        ...

    def add(self, draft: FeedDraft, version: str | None) -> SiteState: ...

    def update(self, draft: FeedDraft, version: str | None) -> SiteState:
        """Only the fields in ``draft.changed``.

        A new source comes without the user and password of the old one, which
        were meant for another device, unless they are given with it.
        """
        ...

    def remove(self, feed_id: str, version: str | None) -> SiteState: ...

    def import_feeds(
        self, drafts: Sequence[FeedDraft], version: str | None, *, dry_run: bool
    ) -> ImportOutcome:
        """All or nothing. Bad rows are in the answer, not raised."""
        ...

    def geometry_of(self, scene: Mapping[str, Any]) -> SceneGeometry:
        """Raises ConfigRefused for a scene that is not sound. Writes nothing."""
        ...

    def set_scene(
        self, feed_id: str, scene: Mapping[str, Any], version: str | None
    ) -> SiteState: ...

    def set_rules(
        self, feed_id: str, rules: Sequence[Mapping[str, Any]], version: str | None
    ) -> SiteState: ...

    def set_junction(self, values: Mapping[str, Any], version: str | None) -> SiteState:
        """As in site.yaml; one of the same id is replaced."""
        ...

    def remove_junction(self, junction_id: str, version: str | None) -> SiteState: ...


class Truth(Protocol):
    """What the demo's cameras played."""

    def counts(self, since: datetime, until: datetime) -> list[TrueCount]: ...


@dataclass(frozen=True, slots=True)
class Facts:
    """What does not change while the server runs. started: UTC. cores: that it may use."""

    version: str
    model: str
    model_why: str
    started: datetime
    cores: int


@dataclass(frozen=True, slots=True)
class House:
    """All that the server stands on.

    truth: None when this is no demo. hosts: names by which the server may be
    called beside the loopback ones; a name not listed is refused (DNS
    rebinding). public_url: as people reach it when a proxy stands before it,
    "" otherwise. page: folder of the built page. metrics_on_loopback: whether
    ``/metrics`` answers this machine without a session; see metrics.py.
    sign_in: by an OpenID provider, None without one. is_limited: as one sees it
    who is limited to groups of feeds; see limited.
    """

    fleet: Fleet
    archive: Archive
    site: SiteFile
    accounts: Accounts
    clock: Clock
    facts: Facts
    truth: Truth | None = None
    hosts: tuple[str, ...] = ()
    public_url: str = ""
    page: Path | None = None
    metrics_on_loopback: bool = False
    sign_in: SignIn | None = None
    is_limited: bool = False
