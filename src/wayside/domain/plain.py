"""Frozen dataclasses from JSON values, by their annotations, without a library.

Workers read what they are told with it: a library that checks more would cost each of them
half a second of CPU at its start, for values that were checked when the site was read.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from wayside.domain.records import JsonValue

_T = TypeVar("_T")


def from_plain(kind: type[_T], given: Mapping[str, JsonValue]) -> _T:
    """The dataclass ``kind`` made of what ``dataclasses.asdict`` gave; what has a default may lack.

    Knows numbers, text, truth, enums, tuples, dataclasses and None beside any of them. Raises
    ValueError that names the key: for a key that there is not, one that is missing, and a value
    of another type. A whole number will do where a float is asked for.
    """
    hints = get_type_hints(kind)
    known = {each.name for each in fields(kind) if each.init}  # type: ignore[arg-type]
    if unknown := sorted(given.keys() - known):
        raise ValueError(f"{unknown[0]}: there is no such key")
    values = {name: _value(hints[name], value, name) for name, value in given.items()}
    try:
        return kind(**values)
    except TypeError as error:  # one without a default is missing
        raise ValueError(str(error)) from None


def _value(hint: Any, given: Any, name: str) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _one_of(inner, given, name)
    if origin is tuple:
        return _tuple(inner, given, name)
    if is_dataclass(hint):
        if not isinstance(given, Mapping):
            raise ValueError(f"{name}: not a mapping")
        return from_plain(hint, given)  # type: ignore[arg-type]
    if issubclass(hint, Enum):
        try:
            return hint(given)
        except ValueError:
            raise ValueError(f"{name}: none of its words") from None
    return _scalar(hint, given, name)


def _one_of(hints: tuple[Any, ...], given: Any, name: str) -> Any:
    if given is None and type(None) in hints:
        return None
    (hint,) = (each for each in hints if each is not type(None))
    return _value(hint, given, name)


def _tuple(hints: tuple[Any, ...], given: Any, name: str) -> tuple[Any, ...]:
    if not isinstance(given, list | tuple):
        raise ValueError(f"{name}: not a list")  # noqa: TRY004  one kind of error for all
    if len(hints) == 2 and hints[1] is Ellipsis:
        return tuple(_value(hints[0], each, name) for each in given)
    if len(given) != len(hints):
        raise ValueError(f"{name}: {len(given)} values instead of {len(hints)}")
    return tuple(_value(hint, each, name) for hint, each in zip(hints, given, strict=True))


def _scalar(hint: type[Any], given: Any, name: str) -> Any:
    if hint is float and isinstance(given, int) and not isinstance(given, bool):
        return float(given)
    if not isinstance(given, hint) or (hint is int and isinstance(given, bool)):
        raise ValueError(f"{name}: not {hint.__name__}")
    return given
