"""pydantic's findings as sentences for the person who wrote the file."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from wayside.config import shapes
from wayside.config.document import Document
from wayside.config.model import Site
from wayside.config.problems import KeyPath, Problem

_COVERED = "pictures are always redacted; nothing turns that off or weakens it"
_STYLES = "Choose a style only, `solid` or `silhouette` (blur and mosaic can be undone)"
_NOBODY = "wayside sees what happens, never who; it has no such function"
_COVERING = (
    *("redaction", "redact", "anonymize", "anonymise", "anonymization"),
    *("blur", "mosaic", "pixelate", "raw", "plates"),
)
_IDENTIFYING = (
    *("face_recognition", "reid", "re_identification", "identity", "identify"),
    *("anpr", "alpr", "lpr", "plate_reading", "watchlist", "watch_list"),
    *("demographics", "emotion", "age", "gender"),
)
_REFUSED_KEYS = {
    **dict.fromkeys(_COVERING, (_COVERED, _STYLES)),
    **dict.fromkeys(_IDENTIFYING, (_NOBODY, "Remove the key")),
}

_SECRET_WORDS = ("password", "passwd", "secret", "token")

_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
}
_LIMITS = {
    "finite_number": "must be a finite number",
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_too_short": "must not be empty",
    "string_too_long": "must be no longer than {max_length} characters",
    "string_pattern_mismatch": "is not a valid name",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "timezone_aware": "needs a time zone, as Z for UTC or +02:00",
}


def problems_of(error: ValidationError, document: Document) -> list[Problem]:
    """One Problem for each finding, placed in the document."""
    return [_problem(d, document) for d in error.errors(include_url=False, include_input=False)]


def _problem(detail: ErrorDetails, document: Document) -> Problem:
    path = _without_tag(detail["loc"])
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(path, document)
    if kind == "missing":
        return document.problem(path, f"`{path[-1]}` is missing", _remedy(path, document))
    if kind.startswith("union_tag"):
        return _unknown_kind(path, document)
    if kind == shapes.KIND:
        return document.problem(path, context["what"], context["remedy"])
    return _wrong_value(path, detail, document)


def _wrong_value(path: KeyPath, detail: ErrorDetails, document: Document) -> Problem:
    value = _value(path, document)
    if path[:1] == ("privacy",) and value is not None:
        # Here a wrong value is mostly an attempt to switch it off: say that it cannot be done.
        return document.problem(path, _COVERED, _STYLES)
    if value is None:
        return document.problem(path, f"`{_key(path)}` is empty", _remedy(path, document))
    return document.problem(
        path, f"`{_key(path)}` {_complaint(detail, value, path, document)}", _remedy(path, document)
    )


def _chosen_by_kind(path: KeyPath) -> tuple[int, str] | None:
    """Where ``path`` leads into an entry whose ``kind`` says what it may hold: how many steps
    lead to the entry, and what such an entry is called."""
    if path[:1] == ("sinks",) and len(path) > 1:
        return 2, "sink"
    if path[:1] == ("feeds",) and path[2:3] == ("rules",) and len(path) > 3:
        return 4, "rule"
    return None


def _without_tag(path: KeyPath) -> KeyPath:
    """pydantic names the kind of an entry as a step of its path; the file has no such step."""
    chosen = _chosen_by_kind(path)
    return path[: chosen[0]] + path[chosen[0] + 1 :] if chosen else path


def _unknown_kind(path: KeyPath, document: Document) -> Problem:
    chosen = _chosen_by_kind(path)
    noun = chosen[1] if chosen else "entry"
    known = f"Kinds of {noun}s: " + ", ".join(_kind_of(s) for s in _all_sections_at(path))
    if _at((*path, "kind"), document) is None:
        return document.problem(path, "`kind` is missing", known)
    written = document.written((*path, "kind"))
    said = (
        f"there is no kind of {noun} `{_shortened(written)}`" if written else "`kind` must be text"
    )
    return document.problem((*path, "kind"), said, known)


def _complaint(detail: ErrorDetails, value: Any, path: KeyPath, document: Document) -> str:
    """``must be at least 1, not 0``; what stands in the file, never a variable's value."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _TYPES:
        return f"must be {_TYPES[kind]}, not {_kind(value)}"
    if kind in {"too_short", "too_long"}:
        limit = context.get("min_length") or context.get("max_length")
        bound = "at least" if kind == "too_short" else "at most"
        return f"needs {bound} {limit} entries, but has {context['actual_length']}"
    if kind in _LIMITS:
        said = _LIMITS[kind].format(**context)
    elif kind.startswith("datetime"):
        said = "must be a time"
    else:
        said = f"is not accepted ({detail['msg'].removeprefix('Value error, ')})"
    written = document.written(path)
    return f"{said}: `{_shortened(written)}`" if written else said


def _unknown_key(path: KeyPath, document: Document) -> Problem:
    key = str(path[-1])
    refused = _REFUSED_KEYS.get(key.lower().replace("-", "_"))
    if refused:
        return document.problem(path, *refused, at_key=True)
    if ":" in key and any(word in key.lower() for word in _SECRET_WORDS):
        # `{password:xyz}` without a space is one key, and the half of it is not to be shown.
        key = next(word for word in _SECRET_WORDS if word in key.lower())
        line, column = document.place(path, at_key=True)
        what = f"`{key}` and what follows it are one unknown key"
        remedy = "Put a space after the colon, as in `password: ...`"
        return Problem(document.file, line, column, path[:-1], what, remedy)
    known = keys_at(path[:-1], document)
    near = difflib.get_close_matches(key.lower(), known, n=1)
    remedy = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}"
    return document.problem(path, f"unknown key `{_shortened(key)}`", remedy, at_key=True)


def _remedy(path: KeyPath, document: Document) -> str:
    """The field's own description, with its example as it would stand in the file."""
    field = _field_at(path, document)
    if field is None or not field.description:
        return ""
    if not field.examples or isinstance(path[-1], int):
        return field.description
    return f"{field.description}; for example `{path[-1]}: {_as_yaml(field.examples[0])}`"


def _as_yaml(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example)


def _key(path: KeyPath) -> str:
    """The last word of a path with what follows it: ``points[3]``."""
    last = max((i for i, step in enumerate(path) if isinstance(step, str)), default=0)
    return "".join(f"[{step}]" if isinstance(step, int) else step for step in path[last:])


def _value(path: KeyPath, document: Document) -> Any:
    value: Any = document.values
    for step in path:
        value = value[step]
    return value


def _at(path: KeyPath, document: Document | None) -> Any:
    """The value in the file, None where there is none."""
    if document is None:
        return None
    try:
        return _value(path, document)
    except (KeyError, IndexError, TypeError):
        return None


def _kind(value: Any) -> str:
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a decimal number",
        str: "text",
        list: "a list",
    }
    return kinds.get(type(value), "a mapping of keys")


def _shortened(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def keys_at(path: KeyPath, document: Document | None = None) -> list[str]:
    """The keys that the mapping at ``path`` may hold, as they are written in the file.

    document: says of which kind a sink or rule is.
    """
    section = _section_at(path, document)
    return (
        [_written_key(name, field) for name, field in section.model_fields.items()]
        if section
        else []
    )


def _section_at(path: KeyPath, document: Document | None) -> type[BaseModel] | None:
    chosen = _chosen_by_kind(path)
    kind = _at((*path[: chosen[0]], "kind"), document) if chosen else None
    found = _all_sections_at(path, kind)
    return found[0] if found else None


def _all_sections_at(path: KeyPath, kind: Any = None) -> list[type[BaseModel]]:
    """The models that may stand at ``path``; those of one ``kind`` only where one is given."""
    sections: list[type[BaseModel]] = [Site]
    for step in path:
        if not sections:
            break
        if isinstance(step, str):
            field = _field(sections[0], step)
            sections = list(_sections(field.annotation)) if field else []
            if kind is not None and len(sections) > 1:
                sections = [s for s in sections if _kind_of(s) == kind]
    return sections


def _kind_of(section: type[BaseModel]) -> str:
    """``webhook``, of a section whose key ``kind`` can only be that."""
    return str(get_args(section.model_fields["kind"].annotation)[0])


def _field_at(path: KeyPath, document: Document) -> FieldInfo | None:
    """The field that holds the value at ``path``, also for a value inside its list."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    section = _section_at(path[:-1], document) if path else None
    return _field(section, str(path[-1])) if section else None


def _field(section: type[BaseModel], key: str) -> FieldInfo | None:
    for name, field in section.model_fields.items():
        if _written_key(name, field) == key:
            return field
    return None


def _written_key(name: str, field: FieldInfo) -> str:
    return field.alias or name


def _sections(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside an annotation, as Calibration in ``Calibration | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _sections(inner)
