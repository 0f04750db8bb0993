"""A feed as the page and the API give it, made ready for site.yaml.

What comes from there is data and never text of the file: a ``${`` in it is
escaped, so that nobody who may add a feed can read the server's variables
through it; a file's password cannot be named; and a path must stay in the
folder of site.yaml. Passwords are taken out, wherever they were put.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from wayside.config.addresses import PASSWORD_HERE, is_local, source_spec
from wayside.config.load import parse_site
from wayside.config.model import Feed
from wayside.config.problems import KeyPath, Problem, SiteInvalid
from wayside.domain.errors import SourceRefused
from wayside.domain.records import JsonValue
from wayside.ingest.address import host_and_port

_SECRET_FIELD = re.compile(
    r"(?P<key>[?&;](?:password|passwd|passw|pass|pwd|psw|secret|token|auth|apikey|api_key|key)=)"
    r"(?P<value>[^&;#]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Given:
    """values: for site.yaml, without any password. password: None where none was given."""

    values: Mapping[str, JsonValue]
    password: str | None = None

    def __repr__(self) -> str:
        return f"Given({sorted(self.values)})"


def separated(values: Mapping[str, JsonValue], folder: Path) -> Given:
    """The password out of the values, out of the user's part of an address or out of its query.

    Raises SiteInvalid for what cannot be given from outside. What else is
    wrong with the values is found by ``problems_with``.
    """
    entry = dict(values)
    if "password_file" in entry:
        raise SiteInvalid(
            [_problem(entry, ("password_file",), "only site.yaml can name a file", "Remove it")]
        )
    if entry.get("username") == "":
        entry["username"] = None  # an empty field of a form
    password = entry.pop("password", None)
    if password is not None and not isinstance(password, str):
        raise SiteInvalid([_problem(entry, ("password",), "`password` must be text", "")])
    source = entry.get("source")
    if isinstance(source, str):
        password = _source_separated(entry, source, password)
        _require_inside(entry, folder)
    if password is not None and not password.isprintable():
        raise SiteInvalid([_problem(entry, ("password",), "it holds a control character", "")])
    return Given(entry, password)


def _source_separated(entry: dict[str, JsonValue], source: str, password: str | None) -> str | None:
    """The password; ``entry`` then holds the address without it."""
    if is_local(source):
        return password
    try:
        spec = source_spec(source)
    except SourceRefused:
        return password  # told by problems_with, whose message repeats nothing of it
    if spec.username and not entry.get("username"):
        entry["username"] = spec.username
    password = password if password is not None else spec.password or None
    address = spec.address
    for field in _SECRET_FIELD.finditer(spec.address):
        value = unquote(field["value"])
        if field["value"] == PASSWORD_HERE or password not in (None, value):
            continue
        password = value
        address = address.replace(field[0], field["key"] + PASSWORD_HERE)
    entry["source"] = address
    return password


def _require_inside(entry: Mapping[str, JsonValue], folder: Path) -> None:
    """Whoever may add feeds may not look at any file of the machine through them."""
    source = str(entry["source"])
    local = is_local(source) or source.lower().startswith("file:")
    if not local:
        return
    path = source if is_local(source) else unquote(source[5:])
    try:
        is_inside = (folder / path).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):
        is_inside = False
    if not is_inside:
        raise SiteInvalid(
            [
                _problem(
                    entry,
                    ("source",),
                    "this path leads out of the folder of site.yaml",
                    "Put the recording into that folder, or add the feed in site.yaml itself",
                )
            ]
        )


def problems_with(values: Mapping[str, JsonValue]) -> list[Problem]:
    """What is wrong with a feed by itself. Paths of the problems begin inside the feed."""
    try:
        feed_of(values)
    except SiteInvalid as error:
        return [_placed(problem, values) for problem in error.problems]
    return []


def feed_of(values: Mapping[str, JsonValue]) -> Feed:
    """A feed as it would be loaded from the file. Raises SiteInvalid."""
    whole: JsonValue = {key: value for key, value in values.items() if value is not None}
    site: JsonValue = {"site": "s", "feeds": [whole]}
    return parse_site(json.dumps(escaped(site)), file="feed", env={}).feeds[0]


def _placed(problem: Problem, values: Mapping[str, JsonValue]) -> Problem:
    return replace(problem, file=_name(values), line=0, column=0, path=problem.path[2:])


def _problem(values: Mapping[str, JsonValue], path: KeyPath, what: str, remedy: str) -> Problem:
    return Problem(_name(values), 0, 0, path, what, remedy)


def _name(values: Mapping[str, JsonValue]) -> str:
    feed_id = values.get("id")
    return f"feed {feed_id}" if isinstance(feed_id, str) and len(feed_id) < 64 else "feed"


def taken(values: Mapping[str, JsonValue]) -> Problem:
    """The problem of a feed whose id another one has."""
    return _problem(values, ("id",), "there is a feed of this name already", "Choose another")


def moved(values: Mapping[str, JsonValue]) -> Problem:
    """The problem of a feed that goes to another host and would take its password along."""
    what = "the source lies at another host, and the password was given for the old one"
    return _problem(values, ("password",), what, "Give the password again")


def goes_elsewhere(feed: Feed, source: str) -> bool:
    """Whether ``source`` is at another host or port than the feed is."""
    try:
        new = source_spec(source).address
    except SourceRefused:
        return False
    return host_and_port(feed.address().address) != host_and_port(new)


def escaped(value: JsonValue) -> JsonValue:
    """The value so that loading it gives just this value: no variable is put in."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, list):
        return [escaped(inner) for inner in value]
    if isinstance(value, dict):
        return {key: escaped(inner) for key, inner in value.items()}
    return value


def known_values(feed: Feed) -> dict[str, JsonValue]:
    """A feed of the site as JSON, as it stands in the file; its passwords are masks."""
    values: dict[str, JsonValue] = feed.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return values
