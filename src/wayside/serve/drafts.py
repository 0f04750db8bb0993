"""A list of feeds as someone sends it, JSON or CSV, into drafts; each fault with its row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from wayside.serve.problems import Refusal
from wayside.serve.records import FeedDraft, RowProblem
from wayside.serve.requests import FeedAsk

MOST = 20_000
"""Feeds of one import."""

_COLUMNS = ("id", "source", "username", "password", "transport")

Drafts = tuple[list[FeedDraft], list[RowProblem]]


def drafts_of_json(body: bytes) -> Drafts:
    """``{"feeds": [...]}``. Raises Refusal (422) for what is no such list."""
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(422, "this is no JSON") from None
    rows = tree.get("feeds") if isinstance(tree, dict) else None
    if not isinstance(rows, list):
        raise Refusal(422, "there is no list of feeds", where="feeds")
    return _drafts(enumerate(rows, 1))


def drafts_of_csv(body: bytes) -> Drafts:
    """With a first line of column names. Empty cells are defaults; empty rows are left out.

    Raises Refusal (422) for what is no text and for columns nobody knows.
    """
    try:
        # The mark that spreadsheets put before UTF-8 is no part of the first column's name.
        reader = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        rows = list(reader)
    except UnicodeDecodeError:
        raise Refusal(422, "this text is not UTF-8", remedy="Save the table as UTF-8") from None
    except csv.Error:
        raise Refusal(422, "this is no CSV", remedy="Check the quotation marks") from None
    names = [name.strip().lower() for name in rows[0]] if rows else []
    if not {"id", "source"} <= set(names) <= set(_COLUMNS) or len(names) != len(set(names)):
        raise Refusal(
            422,
            "the first line must name the columns",
            where="row 1",
            remedy="id and source; username, password and transport if wanted",
        )
    return _drafts(
        (number, _named(names, row))
        for number, row in enumerate(rows[1:], 1)
        if any(cell.strip() for cell in row)
    )


def _named(names: list[str], cells: list[str]) -> dict[str, str] | None:
    if len(cells) > len(names):
        return None
    # A password may begin or end with a space; nothing else may.
    pairs = zip(names, cells, strict=False)
    stripped = {n: cell if n == "password" else cell.strip() for n, cell in pairs}
    return {name: cell for name, cell in stripped.items() if cell}


def _drafts(rows: Iterable[tuple[int, Any]]) -> Drafts:
    drafts: list[FeedDraft] = []
    problems: list[RowProblem] = []
    seen: dict[str, int] = {}
    for number, row in rows:
        if number > MOST:
            problems.append(RowProblem(number, f"more than {MOST} feeds", "Import them in parts"))
            break
        try:
            ask = FeedAsk.model_validate(row)
        except ValidationError as error:
            problems.append(_problem(number, error))
            continue
        if ask.id in seen:
            problems.append(RowProblem(number, f"the id of row {seen[ask.id]} again"))
        seen[ask.id] = number
        drafts.append(draft_of(ask))
    return drafts, problems


def draft_of(ask: FeedAsk) -> FeedDraft:
    return FeedDraft(
        id=ask.id,
        source=ask.source,
        username=ask.username,
        password=ask.password.get_secret_value(),
        transport=ask.transport,
        loop=ask.loop,
        every_s=ask.every_s,
        rate=ask.rate,
        groups=tuple(ask.groups),
        scene=ask.scene,
        rules=None if ask.rules is None else tuple(ask.rules),
        changed=frozenset(ask.model_fields_set - {"id"}),
    )


def _problem(row: int, error: ValidationError) -> RowProblem:
    """The first fault; it never quotes what was sent."""
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return RowProblem(row, f"{place}: {first['msg']}" if place else "not a feed")
