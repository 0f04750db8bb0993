"""Checks between entries: names used twice, names that nothing has.

They read the plain values, not the models, so that they also report when
another part of the same file is wrong.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from wayside.config.document import Document
from wayside.config.model import Site
from wayside.config.problems import KeyPath, Problem
from wayside.scene.checks import geometry_problems

_OWNERS = {
    "feed": ("site", "feeds", "feeds"),
    "approach": ("junction", "approaches", "approaches"),
}
"""Whose they are, several of them, and where one is added; else of a feed's scene."""


def reference_problems(document: Document) -> list[Problem]:
    """Doubled ids and dangling references in the whole file."""
    problems = list(_doubled(document, (), document.values, "feeds"))
    problems += _doubled_sinks(document)
    problems += junction_problems(document)
    for i, feed in enumerate(_entries(document.values, "feeds")):
        path: KeyPath = ("feeds", i)
        scene = feed.get("scene")
        for kind in ("lines", "zones", "movements", "private_zones"):
            problems += _doubled(document, (*path, "scene"), scene, kind)
        lines, zones = _ids(scene, "lines"), _ids(scene, "zones")
        for j, movement in enumerate(_entries(scene, "movements")):
            for end in ("from", "to"):
                place = (*path, "scene", "movements", j, end)
                problems += _dangling(document, place, movement.get(end), "line", lines)
        for j, rule in enumerate(_entries(feed, "rules")):
            for noun, known in (("zone", zones), ("line", lines)):
                place = (*path, "rules", j, noun)
                problems += _dangling(document, place, rule.get(noun), noun, known)
    return problems


def scene_problems(site: Site, document: Document) -> list[Problem]:
    """What scene/ finds in the feeds of a valid site, placed in the file."""
    found = []
    for i, feed in enumerate(site.feeds):
        # The calibration was fitted when its section was read; once is enough.
        drawn = replace(feed.geometry(), control_points=(), lengths=(), camera=None)
        for problem in geometry_problems(drawn):
            noun, _, index = problem.place.rstrip("]").partition("[")
            place: KeyPath = ("feeds", i, "scene", noun, int(index))
            found.append(document.problem(place, problem.what, problem.remedy))
    return found


def junction_problems(document: Document) -> list[Problem]:
    """Of each junction: its approaches, and the feeds, lines and movements that it names."""
    problems = list(_doubled(document, (), document.values, "junctions"))
    feeds = {str(feed.get("id")): feed for feed in _entries(document.values, "feeds")}
    for i, junction in enumerate(_entries(document.values, "junctions")):
        path: KeyPath = ("junctions", i)
        for kind in ("approaches", "movements"):
            problems += _doubled(document, path, junction, kind)
        arms = _ids(junction, "approaches")
        for j, arm in enumerate(_entries(junction, "approaches")):
            for way in ("in", "out"):
                for k, entry in enumerate(_entries(arm, way)):
                    place = (*path, "approaches", j, way, k)
                    problems += _of_feed(document, place, entry, "line", feeds)
        for j, movement in enumerate(_entries(junction, "movements")):
            place = (*path, "movements", j)
            for end in ("from", "to"):
                found = movement.get(end)
                problems += _dangling(document, (*place, end), found, "approach", arms)
            problems += _of_feed(document, place, movement, "movement", feeds)
    return problems


def _of_feed(
    document: Document,
    path: KeyPath,
    entry: dict[str, Any],
    kind: str,
    feeds: dict[str, dict[str, Any]],
) -> Iterator[Problem]:
    """Whether the feed is there, and has the line or movement."""
    feed = entry.get("feed")
    yield from _dangling(document, (*path, "feed"), feed, "feed", list(feeds))
    if isinstance(feed, str) and feed in feeds:
        known = _ids(feeds[feed].get("scene"), f"{kind}s")
        yield from _dangling(document, (*path, kind), entry.get(kind), kind, known)


def _doubled(document: Document, path: KeyPath, section: Any, key: str) -> Iterator[Problem]:
    """``section``: what stands at ``path``, of whatever type it is."""
    lines: dict[str, int] = {}
    for i, entry in enumerate(_list(section, key)):
        name = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(name, str):
            continue
        place = (*path, key, i, "id")
        if name in lines:
            shown = document.written(place)
            what = f"the id `{shown}` is taken by the entry on line {lines[name]}"
            yield document.problem(place, what, "Give each its own name")
        lines.setdefault(name, document.place(place)[0])


def _doubled_sinks(document: Document) -> Iterator[Problem]:
    """A sink without an id has its kind as its name."""
    lines: dict[str, int] = {}
    for i, entry in enumerate(_entries(document.values, "sinks")):
        name = entry.get("id") or entry.get("kind")
        if not isinstance(name, str):
            continue
        line = document.place(("sinks", i))[0]
        if name in lines:
            what = f"this sink has the same name as the one on line {lines[name]}"
            yield document.problem(("sinks", i), what, "Give each an `id` of its own")
        lines.setdefault(name, line)


def _dangling(
    document: Document, place: KeyPath, name: Any, kind: str, known: list[str]
) -> Iterator[Problem]:
    if not isinstance(name, str) or name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    owner, plural, place_of = _OWNERS.get(kind, ("feed", f"{kind}s", f"scene.{kind}s"))
    if near:
        remedy = f"Did you mean `{near[0]}`?"
    elif known:
        shown = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
        remedy = f"The {plural} of this {owner} are: {shown}"
    else:
        remedy = f"This {owner} has no {plural}; add one under `{place_of}`"
    yield document.problem(place, f"there is no {kind} `{document.written(place)}`", remedy)


def _ids(section: Any, key: str) -> list[str]:
    return [e["id"] for e in _entries(section, key) if isinstance(e.get("id"), str)]


def _entries(section: Any, key: str) -> list[dict[str, Any]]:
    """The mappings of a list; anything else in its place is left as an empty mapping.

    The places in the list stay, so that an index is an index in the file.
    """
    return [entry if isinstance(entry, dict) else {} for entry in _list(section, key)]


def _list(section: Any, key: str) -> list[Any]:
    found = section.get(key) if isinstance(section, dict) else None
    return found if isinstance(found, list) else []
