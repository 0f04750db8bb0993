"""The site.yaml of a running server: followed when it is edited, changed without losing a comment.

Whoever edits the file is right as long as it loads. A bad or half-written one
changes nothing: the site stays as it was, and ``problems`` says why.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from wayside.config.edit import edited, write_atomically
from wayside.config.explain import keys_at
from wayside.config.feed_values import (
    Given,
    escaped,
    feed_of,
    goes_elsewhere,
    known_values,
    moved,
    problems_with,
    separated,
    taken,
)
from wayside.config.in_force import waiting
from wayside.config.load import load_document, read_text
from wayside.config.model import Feed, Site
from wayside.config.problems import Problem, SiteInvalid, dotted
from wayside.config.secret_files import remove_unused, write_secret
from wayside.config.specs import feed_spec, source_of_feed
from wayside.config.splice import (
    assign,
    drop_entry,
    node_of,
    put_entry,
    with_added,
    with_changed,
    with_removed,
)
from wayside.config.watcher import stamp_of
from wayside.domain.errors import ConfigConflict, ConfigError
from wayside.domain.feeds import FeedSpec, SourceSpec
from wayside.domain.records import JsonValue
from wayside.domain.scene import SceneGeometry
from wayside.ingest.address import masked

Values = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """row: from 0 in the list that was given."""

    row: int
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Imported:
    """Ids, or what kept the whole import from being done: then nothing was changed."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class _State:
    text: str
    site: Site
    specs: tuple[FeedSpec, ...]
    waiting: tuple[Problem, ...]


def version_of(text: str) -> str:
    """Of a text: equal texts have equal versions."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class SiteFile:
    """Any thread may call any of these.

    Changes raise ConfigConflict where ``version`` is given and the file has
    another by now, SiteInvalid for values (or a file) that would not load,
    OutputError where it cannot be written. None of them then changes anything.
    """

    def __init__(self, path: Path, env: Mapping[str, str] | None = None) -> None:
        """Raises ConfigError for a file that cannot be used: without a site nothing can start."""
        self.path = path
        self.folder = path.parent
        self._env = env
        self._lock = threading.RLock()
        self._started: Site | None = None
        self._state = self._loaded(read_text(path))
        self._started = self._state.site
        self._problems: tuple[Problem, ...] = ()

    @property
    def site(self) -> Site:
        """The newest that was right."""
        return self._state.site

    @property
    def started(self) -> Site:
        """The first one: settings that wait for a restart are in force as they are there."""
        return self._started or self._state.site

    @property
    def specs(self) -> tuple[FeedSpec, ...]:
        """What shall run: all feeds of the site, passwords included."""
        return self._state.specs

    @property
    def version(self) -> str:
        """Of the text that ``site`` was read from."""
        return version_of(self._state.text)

    def as_read(self) -> tuple[Site, tuple[FeedSpec, ...], str]:
        """``site``, ``specs`` and ``version`` of one text, also while it changes."""
        state = self._state
        return state.site, state.specs, version_of(state.text)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Of the newest text, if it is newer than ``site``; each with line and remedy."""
        return self._problems

    @property
    def waiting(self) -> tuple[Problem, ...]:
        """What ``site`` sets otherwise than when this began, and only a restart brings in force."""
        return self._state.waiting

    def source_of(self, values: Values) -> SourceSpec:
        """What a feed of these values would open, to be tried before it is added.

        Raises SiteInvalid. Nothing is written, and no password of another feed is used.
        """
        given = separated({"id": "tried", **values}, self.folder)
        if problems := problems_with(given.values):
            raise SiteInvalid(problems)
        return source_of_feed(feed_of(given.values), self.folder, given.password or "")

    def geometry_of(self, scene: Values) -> SceneGeometry:
        """A scene as in site.yaml as values. Raises SiteInvalid. Nothing is written."""
        values: Values = {"id": "tried", "source": "tried", "scene": dict(scene)}
        if problems := problems_with(values):
            raise SiteInvalid(problems)
        return feed_of(values).geometry()

    def stamp(self) -> Hashable:
        """For a Watcher: of the file and of the passwords that it names."""
        secrets = [feed.password_file for feed in self.site.feeds if feed.password_file]
        return stamp_of([self.path, *(self.folder / name for name in secrets)])

    def refresh(self) -> bool:
        """Reads the file again. Whether there is another site, or another password, now."""
        with self._lock:
            try:
                state = self._loaded(read_text(self.path))
            except SiteInvalid as error:
                self._problems = error.problems
                return False
            except ConfigError as error:
                where = str(self.path)
                self._problems = (Problem(where, 0, 0, (), error.what, error.remedy or ""),)
                return False
            old, self._state, self._problems = self._state, state, ()
            return old.site != state.site or old.specs != state.specs

    def edit(self, change: Callable[[CommentedMap], None], version: str | None = None) -> None:
        """``change`` is given the file's top mapping; comments are kept."""
        with self._lock:
            self._write(self._loaded(self._edited(self._current(version), change)))

    def add_feed(self, values: Values, version: str | None = None) -> Feed:
        """values: as the API takes them."""
        with self._lock:
            text = self._current(version)
            given = separated(values, self.folder)
            problems = problems_with(given.values)
            if not problems and given.values["id"] in self._ids():
                problems = [taken(given.values)]
            if problems:
                raise SiteInvalid(problems)
            self._put(text, [given], {})
            return self.site.feed(str(given.values["id"]))

    def update_feed(self, feed_id: str, values: Values, version: str | None = None) -> Feed:
        """Only the keys that are given change; None takes one away. Raises KeyError."""
        with self._lock:
            text = self._current(version)
            given = self._given_for(self.site.feed(feed_id), values)
            self._put(text, [], {feed_id: given})
            return self.site.feed(feed_id)

    def set_scene(self, feed_id: str, scene: Values, version: str | None = None) -> Feed:
        """The whole scene, as in site.yaml. Raises KeyError."""
        return self.update_feed(feed_id, {"scene": dict(scene)}, version)

    def set_rules(self, feed_id: str, rules: Sequence[Values], version: str | None = None) -> Feed:
        """All rules, as in site.yaml. Raises KeyError."""
        return self.update_feed(feed_id, {"rules": [dict(rule) for rule in rules]}, version)

    def set_junction(self, values: Values, version: str | None = None) -> None:
        """A whole junction, as in site.yaml; one of that id is replaced."""
        entry = {key: escaped(value) for key, value in values.items() if value is not None}
        self.edit(lambda top: put_entry(top, "junctions", entry), version)

    def remove_junction(self, junction_id: str, version: str | None = None) -> None:
        """Raises KeyError."""
        with self._lock:
            self._current(version)
            if junction_id not in {each.id for each in self.site.junctions}:
                raise KeyError(junction_id)
            self.edit(lambda top: drop_entry(top, "junctions", junction_id), version)

    def remove_feed(self, feed_id: str, version: str | None = None) -> None:
        """And the passwords that the page wrote for it. Raises KeyError."""
        with self._lock:
            text = self._current(version)
            self.site.feed(feed_id)
            index = self._ids().index(feed_id)
            kept = [feed for feed in self.site.feeds if feed.id != feed_id]
            state = self._if_kept(with_removed(text, index), kept, len(kept))
            if state is None:
                state = self._loaded(self._edited(text, lambda top: top["feeds"].pop(index)))
            self._write(state)
            self._tidy({feed_id})

    def import_feeds(
        self, rows: Sequence[Values], *, dry_run: bool = False, version: str | None = None
    ) -> Imported:
        """All rows or none. A row whose id is known changes that feed."""
        with self._lock:
            text = self._current(version)
            added: list[Given] = []
            updated: dict[str, Given] = {}
            unchanged: list[str] = []
            problems: list[RowProblem] = []
            seen: set[str] = set()
            known = {feed.id: feed for feed in self.site.feeds}
            for number, row in enumerate(rows):
                try:
                    given = self._row(row, known, seen)
                except SiteInvalid as error:
                    problems += [_of_row(number, problem) for problem in error.problems]
                    continue
                feed_id = str(row["id"])
                if feed_id not in known:
                    added.append(given)
                elif given.values or given.password is not None:
                    updated[feed_id] = given
                else:
                    unchanged.append(feed_id)
            if problems:
                return Imported(problems=tuple(problems))
            if not dry_run and (added or updated):
                self._put(text, added, updated)
            names = tuple(str(given.values["id"]) for given in added)
            return Imported(names, tuple(updated), tuple(unchanged))

    def _row(self, row: Values, known: Mapping[str, Feed], seen: set[str]) -> Given:
        feed_id = row.get("id")
        if isinstance(feed_id, str) and feed_id in seen:
            raise SiteInvalid([taken(row)])
        if isinstance(feed_id, str):
            seen.add(feed_id)
        if isinstance(feed_id, str) and feed_id in known:
            return self._given_for(known[feed_id], row)
        given = separated(row, self.folder)
        if problems := problems_with(given.values):
            raise SiteInvalid(problems)
        return given

    def _given_for(self, feed: Feed, values: Values) -> Given:
        """What really changes, checked together with what stays."""
        spec = next(spec for spec in self.specs if spec.id == feed.id).source
        if values.get("source") == masked(spec):
            # The page shows this and gives it back; it is no new address.
            values = {key: value for key, value in values.items() if key != "source"}
        is_bare = values.get("password", "") is None
        given = separated(values, self.folder)
        old = known_values(feed)
        new = {k: v for k, v in given.values.items() if v != old.get(k, _default(k))}
        if new.get("id", feed.id) != feed.id:
            raise SiteInvalid([Problem(f"feed {feed.id}", 0, 0, ("id",), _NO_NAME, _NO_REMEDY)])
        password = None if given.password == spec.password else given.password
        whole = {**old, **new}
        if is_bare or password is not None:
            new |= {key: None for key in ("password", "password_file") if key in old}
            whole |= {"password": None, "password_file": None}
        elif spec.password and goes_elsewhere(feed, str(whole["source"])):
            raise SiteInvalid([moved(whole)])
        if problems := problems_with(whole):
            raise SiteInvalid(problems)
        return Given(new, password)

    def _put(self, text: str, added: Sequence[Given], updated: Mapping[str, Given]) -> None:
        """Writes passwords, then the file that names them; takes the passwords back if it fails."""
        touched = {str(given.values["id"]) for given in added} | set(updated)
        try:
            entries = [self._entry(str(given.values["id"]), given) for given in added]
            changes = {
                self._ids().index(feed_id): self._entry(feed_id, given)
                for feed_id, given in updated.items()
            }
            self._write(self._with(text, entries, changes))
        finally:
            self._tidy(touched)

    def _entry(self, feed_id: str, given: Given) -> dict[str, JsonValue]:
        entry = {key: escaped(value) for key, value in given.values.items()}
        if given.password:
            entry["password_file"] = write_secret(self.folder, feed_id, given.password)
        return entry

    def _with(self, text: str, entries: Sequence[Values], changes: Mapping[int, Values]) -> _State:
        entries = [
            {key: entry[key] for key in keys_at(("feeds", 0)) if entry.get(key) is not None}
            for entry in entries
        ]
        new = with_changed(text, changes) if changes else text
        if entries and new is not None:
            new = with_added(new, entries)
        kept = [feed for i, feed in enumerate(self.site.feeds) if i not in changes]
        state = self._if_kept(new, kept, len(self.site.feeds) + len(entries))
        if state is not None:
            return state

        def change(top: CommentedMap) -> None:
            for index, values in changes.items():
                assign(top["feeds"][index], values)
            if not top["feeds"]:
                top["feeds"] = CommentedSeq()
            top["feeds"].extend(node_of(dict(entry)) for entry in entries)

        return self._loaded(self._edited(text, change))

    def _if_kept(self, text: str | None, kept: Sequence[Feed], count: int) -> _State | None:
        """What the text holds, None where it does not load with all other feeds as they were."""
        if text is None:
            return None
        try:
            state = self._loaded(text)
        except SiteInvalid:
            return None
        after = {feed.id: feed for feed in state.site.feeds}
        is_kept = all(after.get(feed.id) == feed for feed in kept)
        return state if is_kept and len(state.site.feeds) == count else None

    def _edited(self, text: str, change: Callable[[CommentedMap], None]) -> str:
        return edited(text, change, file=str(self.path), env=self._env)

    def _current(self, version: str | None) -> str:
        """The file as it stands now, which is then also what ``site`` is."""
        text = read_text(self.path)
        if version is not None and version != version_of(text):
            raise ConfigConflict(
                "site.yaml has changed since this was begun",
                where=str(self.path),
                remedy="Load it again and repeat the change",
            )
        if text != self._state.text:
            self._state, self._problems = self._loaded(text), ()
        return text

    def _write(self, state: _State) -> None:
        write_atomically(self.path, state.text)
        self._state, self._problems = state, ()

    def _loaded(self, text: str) -> _State:
        site, document = load_document(text, file=str(self.path), env=self._env)
        specs: list[FeedSpec] = []
        problems: list[Problem] = []
        for index, feed in enumerate(site.feeds):
            try:
                specs.append(feed_spec(feed, self.folder))
            except ConfigError as error:
                place = ("feeds", index, "password_file")
                problems.append(document.problem(place, error.what, error.remedy or ""))
        if problems:
            raise SiteInvalid(problems)
        notices = waiting(self._started, site, document) if self._started else ()
        return _State(text, site, tuple(specs), notices)

    def _ids(self) -> list[str]:
        return [feed.id for feed in self.site.feeds]

    def _tidy(self, feed_ids: set[str]) -> None:
        used = {feed.password_file for feed in self.site.feeds if feed.password_file}
        remove_unused(self.folder, used, feed_ids)


_NO_NAME = "a feed keeps its name: what was recorded hangs on it"
_NO_REMEDY = "Remove the feed and add another"


def _default(key: str) -> JsonValue:
    """What a feed without this key has; None also for a key that there is not."""
    field = Feed.model_fields.get(key)
    if field is None or field.is_required() or field.default_factory is not None:
        return None
    default = field.default
    return list(default) if isinstance(default, tuple) else default


def _of_row(number: int, problem: Problem) -> RowProblem:
    place = f"{dotted(problem.path)}: " if len(problem.path) > 1 else ""
    return RowProblem(number, place + problem.what, problem.remedy)
