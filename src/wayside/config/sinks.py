"""The part of site.yaml that is about sinks: where events go besides the store."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from wayside.config import shapes
from wayside.config.secrets import Secret
from wayside.config.section import Name, PathText, Section
from wayside.config.server import Host, Port

EventKind: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[a-z_]{1,40}(\.([a-z0-9_]{1,60})?)?$")
]
Topic: TypeAlias = Annotated[str, AfterValidator(shapes.require_topic)]
WebAddress: TypeAlias = Annotated[str, AfterValidator(shapes.require_web_address)]

_ID = "Name of the sink; needed where two are of one kind. Its place in the stream hangs on it"
_KINDS = "Kinds of events to send, whole or as a prefix such as `traffic.`; without it all"


class _Sink(Section):
    """What sinks share: a name under which the store remembers how far they have come."""

    @property
    def name(self) -> str:
        own: str | None = getattr(self, "id", None)
        return own or str(self.kind)  # type: ignore[attr-defined]


class JsonlSink(_Sink):
    """Events as lines of a file."""

    id: Name | None = Field(default=None, description=_ID, examples=["archive"])
    kind: Literal["jsonl"] = Field(description="Lines of JSON in a file", examples=["jsonl"])
    path: PathText = Field(
        description="The file; relative to this file", examples=["events/events.jsonl"]
    )
    rotate_mb: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=100,
        description="Size in megabytes at which a new file is begun and the old one is kept",
        examples=[100],
    )
    kinds: Annotated[tuple[EventKind, ...], Field(max_length=100)] = Field(
        default=(), description=_KINDS, examples=[["traffic."]]
    )


class WebhookSink(_Sink):
    """Events as signed POST requests."""

    id: Name | None = Field(default=None, description=_ID, examples=["control-room"])
    kind: Literal["webhook"] = Field(
        description="A POST request for each event", examples=["webhook"]
    )
    url: WebAddress = Field(
        repr=False,
        description="Where to send them: http:// or https://, without user or password",
        examples=["https://example.org/hooks/wayside"],
    )
    secret: Secret | None = Field(
        default=None,
        description="Key of the HMAC-SHA256 signature; in quotes, best as a variable",
        examples=['"${WEBHOOK_SECRET}"'],
    )
    kinds: Annotated[tuple[EventKind, ...], Field(max_length=100)] = Field(
        default=(), description=_KINDS, examples=[["traffic.", "health.frozen"]]
    )


class MqttSink(_Sink):
    """Events and the state of feeds as MQTT messages."""

    id: Name | None = Field(default=None, description=_ID, examples=["home"])
    kind: Literal["mqtt"] = Field(description="Messages to an MQTT broker", examples=["mqtt"])
    host: Host = Field(description="The broker", examples=["broker.example.org"])
    port: Port | None = Field(
        default=None,
        description="Port of the broker; without it 1883, with `tls` 8883",
        examples=[1883],
    )
    username: Annotated[str, StringConstraints(max_length=1000)] | None = Field(
        default=None, description="User at the broker", examples=["wayside"]
    )
    password: Secret | None = Field(
        default=None,
        description="Password at the broker; in quotes, best as a variable",
        examples=['"${MQTT_PASSWORD}"'],
    )
    tls: bool = Field(
        default=False, description="Encrypt, and check the broker's certificate", examples=[True]
    )
    topic: Topic = Field(
        default="wayside", description="First part of every topic", examples=["wayside"]
    )
    discovery: bool = Field(
        default=True,
        description="Announce feeds and counts to Home Assistant",
        examples=[True],
    )
    kinds: Annotated[tuple[EventKind, ...], Field(max_length=100)] = Field(
        default=(), description=_KINDS, examples=[["traffic."]]
    )


Sink: TypeAlias = Annotated[JsonlSink | WebhookSink | MqttSink, Field(discriminator="kind")]
