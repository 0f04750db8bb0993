"""site.yaml of the nine feeds, and of whatever users added to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from wayside.config.edit import edited, write_atomically
from wayside.config.load import read_text
from wayside.testing.places import PLACES, Place


def write_site(path: Path, places: Sequence[Place], sources: Mapping[str, str]) -> None:
    """Writes the town's feeds anew; feeds and settings that users added to the file are kept.

    Ports differ from start to start, so the town's own feeds cannot stay as they were. Raises
    ConfigError for a file that is there and does not load: nothing of it is thrown away.
    """
    text = site_text(places, sources)
    if path.exists():
        text = _merged(read_text(path), text, str(path))
    write_atomically(path, text)


def _merged(old: str, new: str, file: str) -> str:
    own = YAML(typ="rt").load(new)["feeds"]

    def change(top: CommentedMap) -> None:
        added = [feed for feed in top["feeds"] if feed["id"] not in PLACES]
        top["feeds"] = own
        own.extend(added)

    return edited(old, change, file=file)


def site_text(places: Sequence[Place], sources: Mapping[str, str], name: str = "demo-town") -> str:
    """site.yaml for ``places``, each read from sources[id]."""
    rows = [
        "# A small synthetic town: geometry and calibration are exact.",
        f"site: {name}",
        "feeds:",
    ]
    for place in places:
        rows += _feed(place, sources[place.id])
    return "\n".join([*rows, ""])


def _feed(place: Place, source: str) -> list[str]:
    rows = [
        f"  - id: {place.id}",
        f"    source: {source}",
        "    scene:",
        f"      anchor: {place.anchor}",
        "      lines:",
    ]
    rows += [
        f"        - {{id: {line.id}, a: {_pair(line.start)}, b: {_pair(line.end)}}}"
        for line in place.lines()
    ]
    rows.append("      zones:")
    rows += [
        f"        - {{id: {zone.id}, polygon: [{', '.join(map(_pair, zone.polygon))}]}}"
        for zone in place.zones()
    ]
    if place.marks.movements:
        rows.append("      movements:")
    rows += [
        f"        - {{id: {one.id}, from: {one.origin}, to: {one.destination}}}"
        for one in place.marks.movements
    ]
    rows += ["      calibration:", "        points:"]
    rows += [
        f"          - {{image: {_pair(point.image)}, ground: {_pair(point.ground)}}}"
        for point in place.control_points()
    ]
    if place.rules:
        rows.append("    rules:")
    rows += [
        f"      - {{kind: stopped, zone: {rule.zone}, min_stop_s: {rule.min_stop_s:g}}}"
        for rule in place.rules
    ]
    return rows


def _pair(point: tuple[float, float]) -> str:
    return f"[{point[0]:g}, {point[1]:g}]"
