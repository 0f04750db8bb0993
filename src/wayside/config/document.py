"""The text of a site.yaml as plain values, each of which knows its line.

ruamel.yaml parses; the values are built here from its nodes. That keeps the
exact place of every key and value, finds every doubled key instead of the
first, and puts a bound on aliases before anything is expanded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from wayside.config.expand import Expander, ExpansionFault, has_reference
from wayside.config.problems import KeyPath, Problem, SiteInvalid

MAX_DEPTH = 32
MAX_VALUES = 500_000
"""After aliases are followed: nine aliases of nine aliases stop here, not in the memory."""

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {
    _TAG + name
    for name in ("null", "bool", "int", "float", "str", "timestamp", "map", "seq", "value")
}
_WORDS: dict[str, Plain] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_PREFIXED = re.compile(r"0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_UNBOUNDED = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def scalar(text: str) -> Plain:
    """An unquoted word by the core schema of YAML 1.2 (section 10.3.2).

    Times stay text: what a time means is the model's business.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _PREFIXED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return float(text.replace(".", "")) if _UNBOUNDED.fullmatch(text) else text


def compose(text: str, file: str) -> Node | None:
    """The node tree of the one document in ``text``, None where it is empty.

    Raises SiteInvalid, with the line, for text that is not YAML.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MAX_DEPTH
    yaml.composer.warn_double_anchors = False
    try:
        root: Node | None = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise _not_yaml(file, line, column, _reason(error)) from error
    except YAMLError as error:
        position = int(getattr(error, "position", 0))
        line = text.count("\n", 0, position) + 1
        column = position - text.rfind("\n", 0, position)
        raise _not_yaml(file, line, column, "a character that YAML does not allow") from error
    except (ValueError, OverflowError) as error:
        # ruamel.yaml 0.19 lets chr() fail for an escape beyond Unicode, "\\U0fffffff".
        raise _not_yaml(file, 0, 0, "the text cannot be parsed") from error
    return root


def _not_yaml(file: str, line: int, column: int, reason: str) -> SiteInvalid:
    what = f"this is not valid YAML: {reason}"
    remedy = "Check the indentation, brackets, quotes and colons here and on the line before"
    return SiteInvalid([Problem(file, line, column, (), what, remedy)])


def _reason(error: MarkedYAMLError) -> str:
    if isinstance(error, MaxDepthExceededError):
        return f"it is nested deeper than {MAX_DEPTH} levels"
    text = error.problem or error.note or error.context or "the text cannot be parsed"
    if "alias" in text or "tag" in text:
        # It would quote what follows the * or !, which may be a password without its quotes.
        text = text.split("'")[0]
    return " ".join(str(text).split())


@dataclass(slots=True)
class Document:
    """One parsed file: its values, the mistakes met while building them, and places.

    values: the top mapping (empty where the file's top is something else, which
    is then a problem). Variables are already replaced.
    """

    file: str
    root: Node | None
    values: dict[str, Plain] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(
        self, path: KeyPath, what: str, remedy: str = "", *, at_key: bool = False
    ) -> Problem:
        """An error placed at a value, or at its key."""
        line, column = self.place(path, at_key=at_key)
        return Problem(self.file, line, column, path, what, remedy)

    def place(self, path: KeyPath, *, at_key: bool = False) -> tuple[int, int]:
        """(line, column) from 1 of the value or key; of the nearest parent where it is missing."""
        node, key = self._find(path)
        is_empty = isinstance(node, ScalarNode) and not node.value and not node.style
        mark_of = key if key is not None and (at_key or is_empty) else node
        if mark_of is None:
            return (1, 1)
        return (mark_of.start_mark.line + 1, mark_of.start_mark.column + 1)

    def written(self, path: KeyPath) -> str | None:
        """A scalar as it stands in the file, its variables not replaced; None for the rest."""
        node, _ = self._find(path)
        return str(node.value) if isinstance(node, ScalarNode) else None

    def is_expanded(self, path: KeyPath) -> bool:
        """Whether the value came from variables, so that it must not be shown."""
        return has_reference(self.written(path) or "")

    def _find(self, path: KeyPath) -> tuple[Node | None, Node | None]:
        node, key = self.root, None
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            key, node = found
        return node, key


def _child(node: Node | None, step: str | int) -> tuple[Node | None, Node] | None:
    if isinstance(node, SequenceNode) and isinstance(step, int):
        return (None, node.value[step]) if step < len(node.value) else None
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == step:
                return key, value
    return None


def read_document(text: str, file: str, expander: Expander) -> Document:
    """Parses and builds. Raises SiteInvalid for text that is not YAML or has no mapping on top."""
    root = compose(text, file)
    document = Document(file, root)
    if root is None or (isinstance(root, ScalarNode) and not root.value and not root.style):
        raise SiteInvalid(
            [document.problem((), "the file is empty", "Start one with `wayside init`")]
        )
    if not isinstance(root, MappingNode):
        what = "the file must be a mapping, as `site: my-site` and `feeds:`"
        raise SiteInvalid([document.problem((), what, "Start one with `wayside init`")])
    built = _Builder(document, expander).build(root, ())
    if isinstance(built, dict):
        document.values = built
    return document


class _TooMuch(Exception):
    """The aliases of the file expand beyond MAX_VALUES."""


class _Builder:
    """Walks the nodes of one document once; aliases are walked wherever they are used."""

    def __init__(self, document: Document, expander: Expander) -> None:
        self._document = document
        self._expander = expander
        self._left = MAX_VALUES
        self._open: set[int] = set()

    def build(self, root: Node, path: KeyPath) -> Plain:
        try:
            return self._value(root, path)
        except _TooMuch:
            what = f"the file holds more than {MAX_VALUES} values once its aliases are followed"
            self._report(root, path, what, "Use fewer aliases (*name)")
            return None

    def _value(self, node: Node, path: KeyPath) -> Plain:
        self._left -= 1
        if self._left < 0:
            raise _TooMuch
        tag = str(node.tag)
        if tag not in _PLAIN_TAGS:
            shown = tag.removeprefix(_TAG) if tag.startswith(_TAG) else "!..."
            what = f"the tag {shown} has no meaning here"
            self._report(node, path, what, "Remove the tag, or put the value in quotes")
            return None
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open or len(path) > MAX_DEPTH:
            self._report(node, path, "an alias (*name) leads back into itself", "Remove the alias")
            return None
        self._open.add(id(node))
        built: Plain = (
            self._mapping(node, path)
            if isinstance(node, MappingNode)
            else [self._value(item, (*path, i)) for i, item in enumerate(node.value)]
        )
        self._open.discard(id(node))
        return built

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[str, Plain]:
        built: dict[str, Plain] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key is None:
                continue
            if key in built:
                what = f"`{key}` is here twice; it was already set on line {lines[key]}"
                self._report(key_node, (*path, key), what, "Keep one of the two")
                continue
            lines[key] = key_node.start_mark.line + 1
            built[key] = self._value(value_node, (*path, key))
        return built

    def _key(self, node: Node, path: KeyPath) -> str | None:
        self._left -= 1
        if node.tag == _TAG + "merge":
            what = "merge keys (<<) are not part of YAML 1.2"
            self._report(node, path, what, "Use an alias for a whole value: scene: *name")
            return None
        if isinstance(node, ScalarNode) and _is_text(node.value):
            return str(node.value)
        self._report(node, path, "a key must be a word", "Write it as `key: value`")
        return None

    def _scalar(self, node: ScalarNode, path: KeyPath) -> Plain:
        text = str(node.value)
        if not _is_text(text):
            self._report(
                node, path, "the text holds half a character", "Write the character itself"
            )
            return None
        if has_reference(text):
            try:
                text = self._expander.expand(text)
            except ExpansionFault as fault:
                self._report(node, path, fault.what, fault.remedy)
                return None
        is_quoted = bool(node.style) or (
            node.tag == _TAG + "str" and scalar(node.value) != node.value
        )
        return text if is_quoted else scalar(text)

    def _report(self, node: Node, path: KeyPath, what: str, remedy: str) -> None:
        mark: Any = node.start_mark
        self._document.problems.append(
            Problem(self._document.file, mark.line + 1, mark.column + 1, path, what, remedy)
        )


def _is_text(text: str) -> bool:
    """False for lone surrogates and NUL, which neither JSON nor a file name can hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in text
