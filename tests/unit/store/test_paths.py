from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from wayside.domain.records import Finding, Phase
from wayside.events.lifecycle import Incidents
from wayside.store.database import Store
from wayside.store.queries import Archive
from wayside.store.records import SessionRecord


def test_paths_of_a_feed_that_touch_the_range(
    store: Store, session: SessionRecord, make_trajectory: Callable
) -> None:
    store.write(session, trajectories=[make_trajectory(n, first_s=20.0 * n) for n in (1, 2, 3)])
    archive = Archive(store)
    since, until = session.start + timedelta(seconds=25), session.start + timedelta(seconds=45)
    found = archive.paths("north", since, until)
    assert [path.trajectory.track for path in found] == [2, 1]
    assert found[0].start >= session.start + timedelta(seconds=39)
    assert len(archive.paths("north", since, until, limit=1)) == 1
    assert archive.paths("south", since, until) == []
    assert len(found[0].points(10)) == 10
    first, last = found[0].points(10)[0], found[0].points(10)[-1]
    image = found[0].trajectory.image
    assert first == pytest.approx(tuple(image[0]), abs=1e-4)
    assert last == pytest.approx(tuple(image[-1]), abs=1e-4)


@pytest.mark.parametrize(
    ("track", "is_there"), [(7, True), (8, False), ("7", False), (True, False)]
)
def test_the_trail_of_an_incident(
    store: Store,
    session: SessionRecord,
    incidents: Incidents,
    make_trajectory: Callable,
    track: object,
    is_there: bool,
) -> None:
    finding = Finding("x.y", "k", Phase.INSTANT, 1.0, 1.0, "", data={"track": track})
    (event,) = incidents.events([finding])
    store.write(session, events=[event], trajectories=[make_trajectory(7), make_trajectory(1)])
    points = Archive(store).path(event.incident_id)
    assert (points is not None) == is_there
    assert points is None or len(points) == 50
