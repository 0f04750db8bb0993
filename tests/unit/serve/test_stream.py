"""Events over SSE."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from wayside.serve import House, create_app
from wayside.testing.fake_archive import FakeArchive
from wayside.testing.serving import serving

from .conftest import log_in

PATH = "/api/v1/events/stream"


def events(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    for line in lines:
        if line.startswith("id: "):
            number = int(line[4:])
        elif line.startswith("data: "):
            yield number, json.loads(line[6:])


@pytest.fixture
def archive(house: House) -> FakeArchive:
    assert isinstance(house.archive, FakeArchive)
    return house.archive


def test_it_resumes_after_the_last_event_id(viewer: httpx.Client, archive: FakeArchive) -> None:
    last = archive.last_arrival()
    headers = {"Last-Event-ID": str(last - 3)}
    with viewer.stream("GET", PATH, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        found = events(answer.iter_lines())
        numbers = [next(found)[0] for _ in range(3)]
    assert numbers == [last - 2, last - 1, last]


def test_new_events_are_cloudevents(viewer: httpx.Client, archive: FakeArchive) -> None:
    with viewer.stream("GET", PATH) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        made = archive.add("junction")
        for _, event in events(lines):
            if event["data"]["incident_id"] == str(made.incident_id):
                break
    assert event["specversion"] == "1.0"
    assert event["type"] == "wayside.traffic.line_crossing.v1"


@pytest.mark.parametrize("last", ["999999999", "nonsense", "-5", "٣"])
def test_a_strange_number_means_from_now(
    viewer: httpx.Client, archive: FakeArchive, last: str
) -> None:
    newest = archive.last_arrival()
    with viewer.stream("GET", PATH, headers={"Last-Event-ID": last.encode()}) as answer:
        assert answer.status_code == 200
        lines = answer.iter_lines()
        next(lines)
        archive.add("junction")
        number, _ = next(events(lines))
    assert number > newest


def test_a_revoked_session_ends_its_stream(house: House, viewer: httpx.Client) -> None:
    with viewer.stream("GET", PATH) as answer:
        lines = answer.iter_lines()
        next(lines)
        house.accounts.change_user("vera", password="another long password")
        assert not [line for line in lines if line.startswith("closed")]
    assert viewer.get("/api/v1/session").status_code == 401


def test_a_stopping_server_ends_its_streams(house: House) -> None:
    app = create_app(house)
    with serving(app) as url:
        client = log_in(url, "vera")
        stream = client.send(client.build_request("GET", PATH), stream=True)
        lines = stream.iter_lines()
        next(lines)
    assert app.state.is_closing
    rest = list(lines)
    assert all(not line or line.startswith((":", "id", "data")) for line in rest)
    client.close()


def test_places_are_given_back(
    house: House, viewer: httpx.Client, serve_house: Callable[..., str]
) -> None:
    for _ in range(210):
        with viewer.stream("GET", PATH) as answer:
            assert answer.status_code == 200
