"""From the file to a Site, or to everything that is wrong with it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from wayside.config.document import Document, read_document
from wayside.config.expand import Expander
from wayside.config.explain import problems_of
from wayside.config.model import Site
from wayside.config.problems import Problem, SiteInvalid
from wayside.config.references import reference_problems, scene_problems
from wayside.domain.errors import ConfigError

MAX_BYTES = 4 * 1024 * 1024


def load_site(path: Path, env: Mapping[str, str] | None = None) -> Site:
    """The site that the file describes. ``env``: the variables for ``${VAR}``, by default ours.

    Raises SiteInvalid (a ConfigError) with all its problems, or ConfigError
    where the file cannot be read at all. Nothing is opened but this file and
    those that ``NAME_FILE`` variables name.
    """
    return parse_site(read_text(path), file=str(path), env=env)


def parse_site(text: str, *, file: str = "site.yaml", env: Mapping[str, str] | None = None) -> Site:
    """The same from text that is already there; ``file`` is the name used in messages."""
    return load_document(text, file=file, env=env)[0]


def load_document(
    text: str, *, file: str = "site.yaml", env: Mapping[str, str] | None = None
) -> tuple[Site, Document]:
    """A site with the document it came from, for those who report places in it."""
    expander = Expander(os.environ if env is None else env)
    document = read_document(text, file, expander)
    problems = [*document.problems, *reference_problems(document)]
    site = None
    try:
        # Strict JSON is just the strictness wanted: lists are tuples, words are
        # enumerations, but text is no number and true is not 1.
        site = Site.model_validate_json(json.dumps(document.values))
    except ValidationError as error:
        told = {problem.path for problem in document.problems}
        problems += [p for p in problems_of(error, document) if p.path not in told]
    if site is not None:
        told = {problem.path[:5] for problem in problems}
        problems += [p for p in scene_problems(site, document) if p.path[:5] not in told]
    if problems or site is None:
        # Not chained: a chain would print what pydantic knows, and it knows the values.
        raise SiteInvalid(_once([p.masked(expander.masked) for p in problems])) from None
    return site, document


def _once(problems: list[Problem]) -> list[Problem]:
    """Without repeats: what stands behind an alias is found again at each of its uses."""
    return list({(p.line, p.column, p.what): p for p in reversed(problems)}.values())


def read_text(path: Path) -> str:
    """The file's text. Raises ConfigError where it is missing, too large or not UTF-8."""
    where = str(path)
    try:
        if not path.exists():
            raise ConfigError(
                "there is no such file", where=where, remedy="Write one with `wayside init`"
            )
        if not path.is_file():
            raise ConfigError("this is not a file", where=where, remedy="Name the site.yaml itself")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"the file cannot be read ({error.strerror})",
            where=where,
            remedy="Check its permissions",
        ) from error
    if len(content) > MAX_BYTES:
        raise ConfigError(
            "the file is larger than 4 MiB", where=where, remedy="Split it into several sites"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(where, line, 1, (), "the file is not UTF-8 text", "Save it as UTF-8")
        raise SiteInvalid([problem]) from error
