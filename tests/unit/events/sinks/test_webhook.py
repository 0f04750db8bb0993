"""Against a receiver on loopback: what is posted, and what each answer means."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from wayside.domain.errors import SinkError, SinkRefused, UsageError
from wayside.events.sinks.signature import signed_headers
from wayside.events.sinks.webhook import WebhookSettings, WebhookSink
from wayside.testing.clock import FakeClock

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Receiver:
    """answers: (status, headers) for the next requests, 204 when there are no more."""

    port: int = 0
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [json.loads(body)["id"] for _, _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.got.append((self.path, headers, body))
            status, more = state.answers.pop(0) if state.answers else (204, {})
            self.send_response(status)
            for name, value in {"content-length": "0", **more}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sink(receiver: Receiver) -> Iterator[WebhookSink]:
    settings = WebhookSettings(f"http://localhost:{receiver.port}/in?x=1", secret=SECRET)
    made = WebhookSink(settings, allow=lambda *_: True, clock=FakeClock())
    yield made
    made.close()


def test_each_record_is_posted_signed_and_in_order(
    sink: WebhookSink, receiver: Receiver, deliver: Callable
) -> None:
    sink.deliver([deliver(1), deliver(2)])
    assert receiver.ids == ["id-1", "id-2"]
    path, headers, body = receiver.got[0]
    assert path == "/in?x=1"
    assert json.loads(body) == deliver(1).message
    assert headers["host"] == f"localhost:{receiver.port}"
    assert headers["content-type"] == "application/cloudevents+json; charset=UTF-8"
    assert headers["idempotency-key"] == "id-1"
    expected = signed_headers(SECRET, "id-1", int(FakeClock().now().timestamp()), body)
    assert expected.items() <= headers.items()


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_may_pass_is_tried_again_from_there(
    sink: WebhookSink, receiver: Receiver, deliver: Callable, status: int
) -> None:
    receiver.answers = [(200, {}), (status, {"retry-after": "7"})]
    with pytest.raises(SinkError, match=f"answered {status}") as failed:
        sink.deliver([deliver(1), deliver(2), deliver(3)])
    assert not isinstance(failed.value, SinkRefused)
    assert (failed.value.delivered, failed.value.retry_after_s) == (1, 7.0)
    assert receiver.ids == ["id-1", "id-2"]


@pytest.mark.parametrize("status", [302, 307, 400, 401, 410])
def test_a_refusal_and_a_redirect_are_not_followed(
    sink: WebhookSink, receiver: Receiver, deliver: Callable, status: int
) -> None:
    receiver.answers = [(status, {"location": f"http://localhost:{receiver.port}/other"})]
    with pytest.raises(SinkRefused, match=f"refused the record with {status}"):
        sink.deliver([deliver(1)])
    assert len(receiver.got) == 1


def test_nothing_is_sent_where_the_guard_says_no(receiver: Receiver, deliver: Callable) -> None:
    settings = WebhookSettings(f"http://localhost:{receiver.port}/")
    sink = WebhookSink(settings, allow=lambda *_: False, clock=FakeClock())
    with pytest.raises(SinkError, match="may not send"):
        sink.deliver([deliver(1)])
    assert receiver.got == []


def test_nobody_there_is_said_without_the_path(deliver: Callable) -> None:
    settings = WebhookSettings("http://127.0.0.1:9/secret-path")
    sink = WebhookSink(settings, allow=lambda *_: True, clock=FakeClock())
    with pytest.raises(SinkError, match="cannot be reached") as failed:
        sink.deliver([deliver(1)])
    assert "secret-path" not in str(failed.value)


@pytest.mark.parametrize(
    "url", ["ftp://x/", "http:///", "https://user:pw@host/", "http://x:port/", ""]
)
def test_what_is_no_webhook_is_refused_at_the_door(url: str) -> None:
    with pytest.raises(UsageError):
        WebhookSink(WebhookSettings(url), allow=lambda *_: True, clock=FakeClock())


def test_the_secret_never_shows() -> None:
    assert "whsec" not in repr(WebhookSettings("https://x/", secret=SECRET))
