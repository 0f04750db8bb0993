"""A batch as one line of JSON and its blobs: what a journal holds of a commit."""

from __future__ import annotations

import json
from uuid import UUID

from wayside.store.batches import Batch
from wayside.store.rows import Row

_VERSION = 1
_BLOBS = {"trajectories": "points", "stills": "jpeg", "clips": "mp4"}
_UUIDS = {
    "events": ("event_id", "incident_id"),
    "measurements": ("measurement_id",),
    "stills": ("event_id",),
    "clips": ("event_id",),
}
_TABLES = tuple(Batch.__dataclass_fields__)


def encode(batch: Batch) -> tuple[str, list[bytes]]:
    """JSON in which a blob stands as its number in the list."""
    blobs: list[bytes] = []
    whole: dict[str, object] = {"v": _VERSION}
    for table in _TABLES:
        made: list[Row] = getattr(batch, table)
        if made:
            whole[table] = [_plain(table, row, blobs) for row in made]
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), default=str), blobs


def decode(text: str, blobs: list[bytes]) -> Batch:
    """Raises ValueError, KeyError, IndexError or TypeError for what ``encode`` did not make."""
    whole = json.loads(text)
    if whole.pop("v") != _VERSION:
        raise ValueError("the entry was made by a newer wayside")
    return Batch(**{table: [_row(table, row, blobs) for row in whole[table]] for table in whole})


def _plain(table: str, row: Row, blobs: list[bytes]) -> Row:
    column = _BLOBS.get(table)
    if column is None:
        return row
    blobs.append(row[column])
    return {**row, column: len(blobs) - 1}


def _row(table: str, row: Row, blobs: list[bytes]) -> Row:
    for column in _UUIDS.get(table, ()):
        row[column] = UUID(row[column])
    if table in _BLOBS:
        row[_BLOBS[table]] = blobs[row[_BLOBS[table]]]
    return row
