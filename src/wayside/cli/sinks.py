"""The sinks that site.yaml names, made ready."""

from __future__ import annotations

from pathlib import Path

from wayside.config.model import Site
from wayside.config.sinks import JsonlSink as JsonlEntry
from wayside.config.sinks import Sink as SinkEntry
from wayside.config.sinks import WebhookSink as WebhookEntry
from wayside.domain.time import Clock
from wayside.events.sinks.chosen import Chosen
from wayside.events.sinks.jsonl import JsonlSink
from wayside.events.sinks.mqtt import MqttSettings, MqttSink
from wayside.events.sinks.sink import Sink
from wayside.events.sinks.webhook import WebhookSettings, WebhookSink
from wayside.ingest.network import NetworkPolicy

_MB = 1_000_000


class SiteSinks:
    """One Sink for each entry of site.yaml; an entry that stays the same keeps its own.

    folder: that of site.yaml.
    """

    def __init__(self, folder: Path, network: NetworkPolicy, clock: Clock) -> None:
        self._folder = folder
        self._network = network
        self._clock = clock
        self._made: list[tuple[SinkEntry, Sink]] = []

    @property
    def present(self) -> tuple[Sink, ...]:
        """As ``of`` gave them last."""
        return tuple(sink for _, sink in self._made)

    def of(self, site: Site) -> tuple[Sink, ...]:
        """Those of ``site``. Raises UsageError for a webhook address that is none."""
        before = list(self._made)
        self._made = [
            (entry, self._kept(entry, before) or self._new(entry, site)) for entry in site.sinks
        ]
        return self.present

    def _kept(self, entry: SinkEntry, before: list[tuple[SinkEntry, Sink]]) -> Sink | None:
        return next((sink for old, sink in before if old == entry), None)

    def _new(self, entry: SinkEntry, site: Site) -> Sink:
        return _chosen(entry, _sink(entry, site, self._folder, self._network, self._clock))


def _chosen(entry: SinkEntry, sink: Sink) -> Sink:
    return Chosen(sink, entry.kinds) if entry.kinds else sink


def _sink(
    entry: SinkEntry,
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
