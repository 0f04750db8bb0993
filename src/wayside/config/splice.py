"""Changes of single feeds in the text of a site.yaml that touch no other line.

ruamel.yaml ties a comment to whatever stands before it, so a feed that is
added to or taken from the tree carries off the comments of its neighbours.
Here the lines of the one feed are replaced and the rest stays as it is, byte
for byte. Where a file is written so that its feeds have no lines of their own
(in braces, with aliases across feeds), the whole tree is changed instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from wayside.config.document import compose, scalar
from wayside.config.edit import PLAIN
from wayside.domain.records import JsonValue

Values: TypeAlias = Mapping[str, JsonValue]
Lines: TypeAlias = tuple[int, int]
"""First line and the one after the last, from 0."""


def round_trip() -> YAML:
    """A parser that keeps comments and quotes, and writes as `wayside init` does."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def node_of(value: JsonValue) -> Any:
    """A JSON value as YAML; a point, a line or a zone is written on one line of its own."""
    if isinstance(value, dict):
        return CommentedMap((key, node_of(inner)) for key, inner in value.items() if inner != [])
    if isinstance(value, list):
        sequence = CommentedSeq(node_of(inner) for inner in value)
        for entry in sequence if any(isinstance(inner, dict) for inner in value) else (sequence,):
            if not _holds_mappings(entry):
                entry.fa.set_flow_style()
        return sequence
    if isinstance(value, str) and not (PLAIN.fullmatch(value) and scalar(value) == value):
        return DoubleQuotedScalarString(value)
    return value


def _holds_mappings(node: Any) -> bool:
    """Also True for a plain value, which has no style."""
    if not isinstance(node, CommentedMap | CommentedSeq):
        return True
    inner = list(node.values()) if isinstance(node, CommentedMap) else list(node)
    return any(
        isinstance(one, CommentedMap)
        or (isinstance(one, CommentedSeq) and one and isinstance(one[0], CommentedMap))
        for one in inner
    )


def assign(entry: CommentedMap, values: Values) -> None:
    """Sets the keys of a feed; None removes one. Comments inside what stays are kept."""
    for key, value in values.items():
        if value is None:
            entry.pop(key, None)
        else:
            entry[key] = _merged(entry.get(key), value)


def put_entry(top: CommentedMap, key: str, values: Values) -> None:
    """``values`` replace the entry of the list ``key`` that has their id, or are added to it."""
    if not isinstance(top.get(key), CommentedSeq) or not top[key]:
        top[key] = CommentedSeq()
    entries = top[key]
    for index, entry in enumerate(entries):
        if isinstance(entry, CommentedMap) and entry.get("id") == values["id"]:
            entries[index] = _merged(entry, dict(values))
            return
    entries.append(node_of([dict(values)])[0])


def drop_entry(top: CommentedMap, key: str, entry_id: str) -> None:
    """Takes the entry of that id out of the list ``key``; an empty list goes too."""
    entries = top[key]
    for index, entry in enumerate(entries):
        if isinstance(entry, CommentedMap) and entry.get("id") == entry_id:
            del entries[index]
            break
    if not entries:
        del top[key]


def _merged(old: Any, new: JsonValue) -> Any:
    """``old`` with the values of ``new``. What others refer to (&name) is left to them."""
    if isinstance(old, CommentedMap | CommentedSeq) and old.yaml_anchor() is not None:
        return node_of(new)
    if isinstance(old, CommentedMap) and isinstance(new, dict):
        for key in [key for key in old if key not in new or new[key] == []]:
            del old[key]
        assign(old, {key: value for key, value in new.items() if value != []})
        return old
    if isinstance(old, CommentedSeq) and isinstance(new, list) and _has_ids(new):
        known = {entry.get("id"): entry for entry in old if isinstance(entry, CommentedMap)}
        kept = [_merged_entry(known, inner) for inner in new]
        return _rearranged(old, kept)
    return old if _same(old, new) else node_of(new)


def _merged_entry(known: Mapping[Any, Any], new: Any) -> Any:
    old = known.get(new["id"])
    return node_of([new])[0] if old is None else _merged(old, new)


def _rearranged(old: CommentedSeq, kept: list[Any]) -> CommentedSeq:
    """``old`` with just these entries; the comments between those that stay are kept."""
    staying = {id(entry) for entry in kept}
    for index in reversed(range(len(old))):
        if id(old[index]) not in staying:
            del old[index]
    if any(one is not other for one, other in zip(old, kept, strict=False)):
        return CommentedSeq(kept)
    old.extend(kept[len(old) :])
    return old


def _has_ids(entries: Sequence[JsonValue]) -> bool:
    return bool(entries) and all(isinstance(e, dict) and "id" in e for e in entries)


def _same(old: Any, new: JsonValue) -> bool:
    return type(old) is type(new) and bool(old == new) and not isinstance(old, list)


def feed_lines(text: str) -> list[Lines] | None:
    """The lines of each feed, None where feeds do not have lines of their own."""
    feeds = _feeds_node(compose(text, "site.yaml"))
    if feeds is None or feeds.flow_style or not feeds.value:
        return None
    lines = text.splitlines(keepends=True)
    found: list[Lines] = []
    for entry in feeds.value:
        first, last = entry.start_mark.line, _last_line(entry)
        start = lines[first][: entry.start_mark.column]
        is_own = start.strip() == "-" and isinstance(entry, MappingNode) and not entry.anchor
        if not is_own or (found and found[-1][1] > first):
            return None
        found.append((first, last + 1))
    return found


def _feeds_node(root: Node | None) -> SequenceNode | None:
    for key, value in root.value if isinstance(root, MappingNode) else ():
        if isinstance(key, ScalarNode) and key.value == "feeds":
            return value if isinstance(value, SequenceNode) and not value.anchor else None
    return None


def _last_line(node: Any) -> int:
    """The last line on which something of the node stands; comments after it are not its own."""
    if isinstance(node, ScalarNode):
        ends_on_a_new_line = node.style in ("|", ">") and node.end_mark.column == 0
        return int(node.end_mark.line) - (1 if ends_on_a_new_line else 0)
    if node.flow_style or not node.value:
        return int(node.end_mark.line)
    last = node.value[-1]
    return max(_last_line(inner) for inner in (last if isinstance(last, tuple) else (last,)))


def with_changed(text: str, changes: Mapping[int, Values]) -> str | None:
    """The text with the feeds of these indices changed, None where it cannot be done so."""
    found = feed_lines(text)
    if found is None:
        return None
    lines = text.splitlines(keepends=True)
    for index in sorted(changes, reverse=True):
        first, end = found[index]
        try:
            entries = round_trip().load("".join(lines[first:end]))
        except YAMLError:  # an alias of something that stands in another feed
            return None
        assign(entries[0], changes[index])
        lines[first:end] = _written(entries, _column(lines[first]))
    return "".join(lines)


def with_added(text: str, entries: Iterable[Values]) -> str | None:
    """The text with these feeds after the last one, None where it cannot be done so."""
    lines = text.splitlines(keepends=True)
    found = feed_lines(text)
    if found is not None:
        first, end = found[-1]
        column = _column(lines[first])
        end = _with_comments(lines, end, column)
    else:
        end, column = _opened(lines, _feeds_node(compose(text, "site.yaml"))), 2
        if not end:
            return None
    if not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    lines[end:end] = _written(CommentedSeq(node_of(dict(entry)) for entry in entries), column)
    return "".join(lines)


def _opened(lines: list[str], feeds: SequenceNode | None) -> int:
    """Takes the ``[]`` from ``feeds: []``; the line after it, 0 where there is no such line."""
    if feeds is None or feeds.value or feeds.start_mark.line != feeds.end_mark.line:
        return 0
    number: int = feeds.start_mark.line
    line = lines[number]
    before, after = line[: feeds.start_mark.column], line[feeds.end_mark.column :]
    if before.rstrip() != "feeds:":
        return 0
    lines[number] = before.rstrip() + (after if after.strip() else after.lstrip(" "))
    return number + 1


def with_removed(text: str, index: int) -> str | None:
    """The text without this feed and its own comments, None where it cannot be done so."""
    found = feed_lines(text)
    if found is None:
        return None
    lines = text.splitlines(keepends=True)
    first, end = found[index]
    del lines[first : _with_comments(lines, end, _column(lines[first]))]
    if len(found) == 1:
        heads = [i for i in range(first) if lines[i].startswith("feeds:")]
        if not heads:
            return None
        lines[heads[-1]] = "feeds: []" + lines[heads[-1]].removeprefix("feeds:")
    return "".join(lines)


def _with_comments(lines: list[str], end: int, column: int) -> int:
    """``end`` after the comments that are indented as the feed's own keys are."""
    while end < len(lines) and lines[end].lstrip().startswith("#") and _column(lines[end]) > column:
        end += 1
    return end


def _column(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _written(entries: CommentedSeq, column: int) -> list[str]:
    """Lines of a list whose dashes stand in ``column``."""
    out = StringIO()
    round_trip().dump(entries, out)
    lines = out.getvalue().splitlines(keepends=True)
    shift = column - _column(lines[0])
    return [_shifted(line, shift) if line.strip() else line for line in lines]


def _shifted(line: str, shift: int) -> str:
    return " " * shift + line if shift >= 0 else line[min(-shift, _column(line)) :]
