"""Which settings of site.yaml take effect while the server runs, and which wait for a restart.

This is the one place that knows. A setting that is not named here waits, so
that a new one is never silently ignored.
"""

from __future__ import annotations

from collections.abc import Iterator

from wayside.config.document import Document
from wayside.config.model import Site
from wayside.config.problems import KeyPath, Level, Problem, dotted
from wayside.config.section import Section

LIVE: frozenset[KeyPath] = frozenset(
    {
        ("feeds",),
        ("junctions",),
        ("output", "retention_days"),
        ("sinks",),
        ("output", "video"),  # of `wayside tag`; live feeds write none
    }
)


def waiting(running: Site, edited: Site, document: Document) -> tuple[Problem, ...]:
    """What ``edited`` sets otherwise than ``running`` and only a restart brings into force.

    document: that ``edited`` was read from. No value is quoted: it may be a password.
    """
    return tuple(_notice(path, document) for path in _changed(running, edited) if path not in LIVE)


def _changed(running: Site, edited: Site) -> Iterator[KeyPath]:
    """Settings of a section one by one, whatever else is at the top as a whole."""
    for name in Site.model_fields:
        one, other = getattr(running, name), getattr(edited, name)
        if not isinstance(one, Section):
            if one != other:
                yield (name,)
            continue
        for key in type(one).model_fields:
            if getattr(one, key) != getattr(other, key):
                yield (name, key)


def _notice(path: KeyPath, document: Document) -> Problem:
    line, column = document.place(path, at_key=True)
    return Problem(
        document.file,
        line,
        column,
        path,
        f"{dotted(path)} has changed; it is used after a restart",
        "Restart wayside when it suits, or undo the edit",
        Level.WARNING,
    )
