"""An MQTT broker: events, measurements and how feeds are doing, ready for Home Assistant.

Topics, names percent-encoded where MQTT would take them for something else:

    <prefix>/<site>/status                               online or offline, retained, last will
    <prefix>/<site>/feeds/<feed>/state                   JSON, retained
    <prefix>/<site>/feeds/<feed>/events/<kind>           CloudEvent
    <prefix>/<site>/feeds/<feed>/measurements/<metric>   CloudEvent
    <prefix>/<site>/feeds/<feed>/counts/<place>/<direction or all>/<class or all>   JSON, retained
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from wayside import __version__
from wayside.domain.errors import SinkError
from wayside.domain.feeds import FeedState, FeedStatus
from wayside.events.sinks.egress import Allow, pinned_address
from wayside.events.sinks.home_assistant import (
    PAYLOAD_OFFLINE,
    PAYLOAD_ONLINE,
    Discovery,
    Entity,
    slug,
)
from wayside.events.sinks.sink import Delivery, RecordKind

_QOS = 1  # at least once: an id tells what came twice


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """tls: with the usual authorities, or those of ca_file. discovery: prefix, "" for none."""

    host: str
    site: str
    port: int = 1883
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_file: str | None = None
    prefix: str = "wayside"
    discovery: str = "homeassistant"
    timeout_s: float = 10.0


class MqttSink:
    """Connects at the first delivery; after any failure it begins with a new connection."""

    def __init__(
        self,
        settings: MqttSettings,
        *,
        allow: Allow,
        name: str = "mqtt",
        takes: frozenset[RecordKind] = frozenset(RecordKind),
    ) -> None:
        self.name = name
        self.takes = takes
        self._settings = settings
        self._allow = allow
        self._base = f"{settings.prefix}/{_level(settings.site)}"
        self._lock = threading.Lock()
        self._states: dict[str, FeedStatus] = {}
        self._connection: _Connection | None = None
        self._discovered: set[str] = set()
        self._shown: dict[str, bytes] = {}

    def deliver(self, batch: Sequence[Delivery]) -> None:
        """Returns when the broker has acknowledged all of it. Raises SinkError."""
        connection = self._connect()
        try:
            news = [part for status in self._news() for part in self._show(connection, status)]
            sent = [self._send(connection, delivery) for delivery in batch]
            self._wait(news, 0)
            for number, parts in enumerate(sent):
                self._wait(parts, number)
        except SinkError:
            self._drop()
            raise

    def show(self, statuses: Sequence[FeedStatus]) -> None:
        """Published with the next delivery, where it differs from what was published before."""
        with self._lock:
            self._states.update({status.feed: status for status in statuses})

    @property
    def has_news(self) -> bool:
        return bool(self._news())

    def _news(self) -> list[FeedStatus]:
        with self._lock:
            states = list(self._states.values())
        return [each for each in states if self._shown.get(each.feed) != _json(_state(each))]

    def close(self) -> None:
        """Says offline, as the last will would."""
        if self._connection is None:
            return
        try:
            last = self._connection.publish(self._status_topic, PAYLOAD_OFFLINE, retain=True)
            self._wait([last], 0)
        except SinkError:
            pass  # the broker is gone: it says the last will itself
        finally:
            self._drop()

    @property
    def _status_topic(self) -> str:
        return f"{self._base}/status"

    @property
    def _where(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    def _connect(self) -> _Connection:
        if self._connection is None:
            address = pinned_address(self._settings.host, self._settings.port, self._allow)
            connection = _Connection(self._settings, address, self._status_topic)
            connection.open()
            self._connection = connection
            self._discovered.clear()
            self._shown.clear()
            connection.publish(self._status_topic, PAYLOAD_ONLINE, retain=True)
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()

    def _send(self, connection: _Connection, delivery: Delivery) -> list[paho.MQTTMessageInfo]:
        feed = f"{self._base}/feeds/{_level(delivery.feed)}"
        message = delivery.message
        body = _json(message)
        if delivery.kind is RecordKind.EVENT:
            kind = str(message["type"]).removeprefix("wayside.").rpartition(".v")[0]
            return [connection.publish(f"{feed}/events/{_level(kind)}", body)]
        metric = _level(str(message["data"]["metric"]))
        sent = [connection.publish(f"{feed}/measurements/{metric}", body)]
        if metric == "count":
            sent += self._count(connection, delivery.feed, feed, message["data"])
        return sent

    def _count(
        self, connection: _Connection, feed: str, topic: str, data: Mapping[str, Any]
    ) -> list[paho.MQTTMessageInfo]:
        place, direction, label = data["place"], data["direction"], data["class"]
        levels = (place, direction or "all", label or "all")
        topic = "/".join([topic, "counts", *map(_level, levels)])
        sent: list[paho.MQTTMessageInfo] = []
        if self._discovery is not None:
            entity = self._discovery.count(feed, place, direction, label, topic)
            sent += self._discover(connection, entity)
        keys = ("value", "coverage", "window_start", "window_end")
        body = _json({key: data[key] for key in keys})
        return [*sent, connection.publish(topic, body, retain=True)]

    def _show(self, connection: _Connection, status: FeedStatus) -> list[paho.MQTTMessageInfo]:
        topic = f"{self._base}/feeds/{_level(status.feed)}/state"
        body = _json(_state(status))
        sent: list[paho.MQTTMessageInfo] = []
        if self._discovery is not None:
            sent += self._discover(connection, self._discovery.health(status.feed, topic))
        sent.append(connection.publish(topic, body, retain=True))
        self._shown[status.feed] = body
        return sent

    @property
    def _discovery(self) -> Discovery | None:
        settings = self._settings
        if not settings.discovery:
            return None
        return Discovery(settings.site, __version__, self._status_topic, settings.discovery)

    def _discover(self, connection: _Connection, entity: Entity) -> list[paho.MQTTMessageInfo]:
        """Once for each connection: the broker may have forgotten what it retained."""
        if entity.topic in self._discovered:
            return []
        self._discovered.add(entity.topic)
        return [connection.publish(entity.topic, _json(entity.config), retain=True)]

    def _wait(self, sent: Sequence[paho.MQTTMessageInfo], delivered: int) -> None:
        give_up_s = time.monotonic() + self._settings.timeout_s
        for part in sent:
            try:
                part.wait_for_publish(max(0.01, give_up_s - time.monotonic()))
            except (RuntimeError, ValueError) as error:  # not connected; its queue is full
                raise self._lost(delivered) from error
            if not part.is_published():
                raise self._lost(delivered)

    def _lost(self, delivered: int) -> SinkError:
        return SinkError(
            "the broker did not acknowledge a record",
            where=self._where,
            remedy="Check that the broker runs and lets this user publish",
            delivered=delivered,
        )


class _Connection:
    """One connection to a broker, with paho's own thread for its packets."""

    def __init__(self, settings: MqttSettings, address: str, status_topic: str) -> None:
        self._settings = settings
        self._address = address
        self._answered = threading.Event()
        self._refusal: str | None = None
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=slug("wayside", settings.site)[-60:],
            reconnect_on_failure=False,  # retry lives in the dispatcher
        )
        client.will_set(status_topic, PAYLOAD_OFFLINE, qos=_QOS, retain=True)
        client.max_inflight_messages_set(200)
        client.connect_timeout = settings.timeout_s
        if settings.username:
            client.username_pw_set(settings.username, settings.password)
        if settings.tls:
            client.tls_set(ca_certs=settings.ca_file)
        client.on_connect = self._on_connect
        self._client = client

    def open(self) -> None:
        """Raises SinkError."""
        where = f"{self._settings.host}:{self._settings.port}"
        # A certificate is checked against the name; a name that now leads elsewhere has none.
        address = self._settings.host if self._settings.tls else self._address
        try:
            self._client.connect(address, self._settings.port, keepalive=30)
        except OSError as error:
            raise SinkError(
                f"the broker cannot be reached ({error})",
                where=where,
                remedy="Check that it runs at this address and port",
            ) from error
        self._client.loop_start()
        if not self._answered.wait(self._settings.timeout_s) or self._refusal is not None:
            self.close()
            raise SinkError(
                f"the broker refused the connection ({self._refusal or 'no answer'})",
                where=where,
                remedy="Check user and password",
            )

    def publish(self, topic: str, body: str | bytes, *, retain: bool = False) -> Any:
        return self._client.publish(topic, body, qos=_QOS, retain=retain)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, _client: object, _userdata: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure:
            self._refusal = str(code)
        self._answered.set()


def _state(status: FeedStatus) -> dict[str, Any]:
    """What changes rarely: a number that moves each second would be a message each second."""
    is_well = status.state is FeedState.LIVE and not status.conditions
    return {
        "state": status.state.value,
        "problem": not is_well and status.state is not FeedState.STOPPED,
        "reason": status.reason,
        "conditions": list(status.conditions),
    }


def _level(name: str) -> str:
    """One level of a topic: ``/``, ``+`` and ``#`` have meanings there."""
    return quote(name, safe=" ") or "_"


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
