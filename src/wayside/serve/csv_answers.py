"""Tables as CSV, sent as they are made."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import Request, Response
from starlette.responses import StreamingResponse

Cell = str | float | None

CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}
"""For a route's ``responses``."""


def wants_csv(request: Request, wanted: str | None) -> bool:
    """By ``?format=`` where it is given, else by the first type that is accepted."""
    if wanted is not None:
        return wanted == "csv"
    return request.headers.get("accept", "").partition(",")[0].partition(";")[0] == "text/csv"


def csv_answer(rows: Iterable[tuple[Cell, ...]], name: str) -> Response:
    return StreamingResponse(
        csv_lines(rows),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def csv_lines(rows: Iterable[tuple[Cell, ...]]) -> Iterator[str]:
    """Some hundred rows at a time, so that a year of minutes is never whole in memory twice."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for number, row in enumerate(rows):
        writer.writerow([_safe(cell) for cell in row])
        if number % 500 == 499:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _safe(cell: Cell) -> Cell:
    """A text that a spreadsheet would run as a formula gets a quotation mark before it."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
