"""site.yaml's sinks made ready: the right kind, with its settings, held to the networks."""

from __future__ import annotations

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from wayside.cli.sinks import SiteSinks
from wayside.config.load import load_site
from wayside.domain.errors import SinkError
from wayside.events.sinks.chosen import Chosen
from wayside.events.sinks.jsonl import JsonlSink
from wayside.events.sinks.mqtt import MqttSink
from wayside.events.sinks.sink import Delivery, RecordKind, Sink
from wayside.events.sinks.webhook import WebhookSink
from wayside.ingest.network import EVERYWHERE, NetworkPolicy
from wayside.testing.clock import FakeClock


def made(folder: Path, entries: str, networks: str = "") -> list[Sink]:
    path = folder / "site.yaml"
    path.write_text(f"site: harbour\nfeeds: []\nsinks:\n{entries}", encoding="utf-8")
    policy = NetworkPolicy((ip_network(networks),) if networks else EVERYWHERE)
    return list(SiteSinks(folder, policy, FakeClock()).of(load_site(path)))


def delivery(number: int, kind: str = "traffic.line_crossing") -> Delivery:
    message: dict[str, Any] = {"id": f"id-{number}", "type": f"wayside.{kind}.v1", "data": {}}
    return Delivery(number, RecordKind.EVENT, "north", message)


def test_without_entries_there_are_none(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("site: harbour\nfeeds: []\n", encoding="utf-8")
    assert SiteSinks(tmp_path, NetworkPolicy(EVERYWHERE), FakeClock()).of(load_site(path)) == ()


def test_a_file_counts_from_the_folder_of_the_site(tmp_path: Path) -> None:
    (sink,) = made(tmp_path, "  - {id: archive, kind: jsonl, path: events.jsonl}\n")
    assert isinstance(sink, JsonlSink)
    assert sink.name == "archive"
    sink.deliver([delivery(1)])
    sink.close()
    assert json.loads((tmp_path / "events.jsonl").read_text())["id"] == "id-1"


def test_a_file_is_begun_anew_at_its_size(tmp_path: Path) -> None:
    (sink,) = made(tmp_path, "  - {kind: jsonl, path: e.jsonl, rotate_mb: 1}\n")
    long = Delivery(1, RecordKind.EVENT, "north", {"id": "1", "words": "x" * 1_000_000})
    sink.deliver([long])
    sink.close()
    assert (tmp_path / "e.jsonl.1").stat().st_size > 1_000_000


def test_only_the_kinds_that_were_asked_for(tmp_path: Path) -> None:
    (sink,) = made(tmp_path, "  - {kind: jsonl, path: e.jsonl, kinds: ['health.']}\n")
    assert isinstance(sink, Chosen)
    assert sink.name == "jsonl"
    sink.deliver([delivery(1), delivery(2, "health.frozen")])
    sink.close()
    (line,) = (tmp_path / "e.jsonl").read_text().splitlines()
    assert json.loads(line)["id"] == "id-2"


@pytest.mark.parametrize(
    "entry",
    ["{kind: webhook, url: 'http://127.0.0.1:9/hook'}", "{kind: mqtt, host: 127.0.0.1, port: 9}"],
)
def test_nothing_is_sent_outside_the_networks(tmp_path: Path, entry: str) -> None:
    (sink,) = made(tmp_path, f"  - {entry}\n", "10.0.0.0/8")
    with pytest.raises(SinkError, match="may not send"):
        sink.deliver([delivery(1)])
    (sink,) = made(tmp_path, f"  - {entry}\n", "127.0.0.0/8")
    with pytest.raises(SinkError) as caught:
        sink.deliver([delivery(1)])
    assert "may not send" not in str(caught.value)
    sink.close()


def test_a_webhook_is_signed_where_there_is_a_secret(tmp_path: Path) -> None:
    secret = "whsec_" + "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0"
    plain, signed = made(
        tmp_path,
        "  - {id: a, kind: webhook, url: 'https://example.org/h'}\n"
        f"  - {{id: b, kind: webhook, url: 'https://example.org/h', secret: {secret}}}\n",
    )
    assert isinstance(plain, WebhookSink)
    assert isinstance(signed, WebhookSink)
    assert "webhook-signature" not in plain._headers(delivery(1), b"{}")
    assert "webhook-signature" in signed._headers(delivery(1), b"{}")
    assert secret not in repr(signed._settings)


@pytest.mark.parametrize(
    ("more", "port", "discovery"),
    [("", 1883, "homeassistant"), (", tls: true", 8883, "homeassistant"),
     (", port: 99, discovery: false", 99, "")],
)  # fmt: skip
def test_a_broker_with_its_usual_port(tmp_path: Path, more: str, port: int, discovery: str) -> None:
    entry = "kind: mqtt, host: broker, username: w, password: hunter2, topic: town"
    (sink,) = made(tmp_path, f"  - {{{entry}{more}}}\n")
    assert isinstance(sink, MqttSink)
    settings = sink._settings
    assert (settings.site, settings.host, settings.prefix) == ("harbour", "broker", "town")
    assert (settings.port, settings.tls, settings.discovery) == (port, port == 8883, discovery)
    assert (settings.username, settings.password) == ("w", "hunter2")
    assert "hunter2" not in repr(settings)
