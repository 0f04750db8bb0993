"""A webhook's receiver that fails in every way it can: all arrives, in order, and knowably once."""

from __future__ import annotations

import json
import random
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest

from wayside.domain.records import Event, Origin, Phase, Severity
from wayside.domain.time import SystemClock
from wayside.events.sinks.webhook import WebhookSettings, WebhookSink
from wayside.store.batches import batch_of
from wayside.store.database import Store
from wayside.store.dispatch import SinkRun
from wayside.store.keeping import keep
from wayside.store.outbox import Outbox
from wayside.store.records import SessionRecord

START = datetime(2026, 5, 4, 10, tzinfo=UTC)
OUTAGES = 100
EVENTS = 300


class Receiver:
    """Takes some, refuses to answer others: told by a seeded draw, so every run is the same."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.outages = 0
        self._chance = random.Random(4)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        fault = self._chance.choice(["none", "500", "429", "cut", "taken and cut"])
        if self.outages >= OUTAGES:
            fault = "none"
        self.outages += fault != "none"
        if fault in ("none", "taken and cut"):
            self.taken.append(json.loads(body)["id"])
        if fault in ("cut", "taken and cut"):
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        handler.send_response(204 if fault == "none" else int(fault))
        handler.send_header("content-length", "0")
        handler.end_headers()


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, int]]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            made.answer(self)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made, server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def events() -> list[Event]:
    return [
        Event(
            event_id=UUID(int=number),
            incident_id=UUID(int=number),
            origin=Origin("harbour", f"feed-{number % 3}", f"s{number % 3}"),
            sequence=number,
            kind="traffic.line_crossing",
            phase=Phase.INSTANT,
            start=START + timedelta(seconds=number),
            end=START + timedelta(seconds=number),
            start_s=float(number),
            end_s=float(number),
            place="L1",
            severity=Severity.INFO,
            data={"class": "car"},
        )
        for number in range(EVENTS)
    ]


def test_a_hundred_outages_lose_nothing(
    tmp_path: Path,
    receiver: tuple[Receiver, int],
    record_property: Callable[[str, object], None],
) -> None:
    record_property("tries", OUTAGES)
    there, port = receiver
    expected = [str(event.event_id) for event in events()]
    with Store.open(tmp_path / "wayside.db") as store:
        for number in range(3):
            record = SessionRecord(
                f"s{number}", "harbour", f"feed-{number}", "x", START, start_is_known=True
            )
            store.write(record)
        with store.transaction() as connection:
            keep(connection, batch_of(events=events()), outbox=True)
        settings = WebhookSettings(f"http://127.0.0.1:{port}/")
        sink = WebhookSink(settings, allow=lambda *_: True, clock=SystemClock())
        run = SinkRun(Outbox(store), sink, SystemClock())
        steps = 0
        while run.status().behind and steps < 10 * EVENTS:
            run.step()
            steps += 1
        sink.close()
        status = run.status()
    assert there.outages == OUTAGES
    assert status.retried == OUTAGES
    assert (status.delivered, status.dead_letters, status.behind) == (EVENTS, 0, 0)
    assert list(dict.fromkeys(there.taken)) == expected  # what came twice came at its place
    assert len(there.taken) > EVENTS
