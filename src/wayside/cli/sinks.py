"""The sinks that site.yaml names, made ready."""

from __future__ import annotations

from pathlib import Path

from wayside.config.model import Site
from wayside.config.sinks import JsonlSink as JsonlEntry
from wayside.config.sinks import MqttSink as MqttEntry
from wayside.config.sinks import WebhookSink as WebhookEntry
from wayside.domain.time import Clock
from wayside.events.sinks.chosen import Chosen
from wayside.events.sinks.jsonl import JsonlSink
from wayside.events.sinks.mqtt import MqttSettings, MqttSink
from wayside.events.sinks.sink import Sink
from wayside.events.sinks.webhook import WebhookSettings, WebhookSink
from wayside.ingest.network import NetworkPolicy

_MB = 1_000_000


def sinks_of(site: Site, folder: Path, network: NetworkPolicy, clock: Clock) -> list[Sink]:
    """folder: that of site.yaml. Raises UsageError for a webhook address that is none."""
    return [_chosen(entry, _sink(entry, site, folder, network, clock)) for entry in site.sinks]


def _chosen(entry: JsonlEntry | WebhookEntry | MqttEntry, sink: Sink) -> Sink:
    return Chosen(sink, entry.kinds) if entry.kinds else sink


def _sink(
    entry: JsonlEntry | WebhookEntry | MqttEntry,
    site: Site,
    folder: Path,
    network: NetworkPolicy,
    clock: Clock,
) -> Sink:
    def allow(_host: str, address: str) -> bool:
        return network.permits(address)

    if isinstance(entry, JsonlEntry):
        path = folder / entry.path
        return JsonlSink(path, name=entry.name, max_bytes=entry.rotate_mb * _MB)
    if isinstance(entry, WebhookEntry):
        secret = entry.secret.reveal() if entry.secret else ""
        settings = WebhookSettings(url=entry.url, secret=secret)
        return WebhookSink(settings, allow=allow, clock=clock, name=entry.name)
    password = entry.password.reveal() if entry.password else ""
    return MqttSink(
        MqttSettings(
            host=entry.host,
            site=site.site,
            port=entry.port or (8883 if entry.tls else 1883),
            username=entry.username or "",
            password=password,
            tls=entry.tls,
            prefix=entry.topic,
            discovery="homeassistant" if entry.discovery else "",
        ),
        allow=allow,
        name=entry.name,
    )
