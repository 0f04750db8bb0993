"""Where things went: stored trajectories of a feed in a time range, and of one incident."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa

from wayside.domain.errors import StoreError
from wayside.domain.tracks import Trajectory
from wayside.store import rows, schema
from wayside.store.database import Store
from wayside.store.incidents import StoredIncident
from wayside.store.rows import from_microseconds, to_microseconds

_POINTS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class StoredPath:
    """One object's way through the picture. Its track number stays inside: it means nothing.

    start, end: UTC. trajectory: its media seconds compare only inside one session.
    """

    session: str
    start: datetime
    end: datetime
    trajectory: Trajectory

    def points(self, most: int = _POINTS_SHOWN) -> list[tuple[float, float]]:
        """Normalised, oldest first, thinned evenly to ``most``; the ends stay."""
        image = self.trajectory.image
        if len(image) > most:
            image = image[np.linspace(0, len(image) - 1, most).round().astype(int)]
        return [(float(x), float(y)) for x, y in image.round(4)]


def paths(
    store: Store, feed: str, since: datetime, until: datetime, limit: int | None = None
) -> list[StoredPath]:
    """Those that touch since..until, newest start first. Raises StoreError."""
    table = schema.trajectories
    query = (
        sa.select(table)
        .where(
            table.c.feed == feed,
            table.c.end_us >= to_microseconds(since),
            table.c.start_us < to_microseconds(until),
        )
        .order_by(table.c.start_us.desc(), table.c.track)
    )
    return list(_read(store, query if limit is None else query.limit(limit)))


def path_of(store: Store, incident: StoredIncident) -> StoredPath | None:
    """Of the object that its data name, None while that is still there or where it was none."""
    track = incident.data.get("track")
    if not isinstance(track, int) or isinstance(track, bool):
        return None
    table = schema.trajectories
    query = sa.select(table).where(table.c.session == incident.session, table.c.track == track)
    return next(_read(store, query), None)


def _read(store: Store, query: sa.Select[tuple[object, ...]]) -> Iterator[StoredPath]:
    for row in store.select(query):
        try:
            trajectory = rows.trajectory_of(row)
        except ValueError as error:
            raise StoreError(
                str(error), where=str(store.path), remedy="Restore the database from a backup"
            ) from error
        start, end = from_microseconds(row["start_us"]), from_microseconds(row["end_us"])
        yield StoredPath(row["session"], start, end, trajectory)
