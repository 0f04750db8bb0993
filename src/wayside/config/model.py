"""The shape of site.yaml, one class for each mapping in it.

The descriptions and examples become the JSON Schema that editors show, the
remedies in the messages, and the check that docs/reference/site-yaml.md names
every key. Values are strict: text is no number and 1 is not true.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from wayside.config import shapes
from wayside.config.addresses import MAX_CHARACTERS, ON_DISK, is_local, source_spec
from wayside.config.junctions import JunctionEntry
from wayside.config.rules import Rule
from wayside.config.scene import Scene
from wayside.config.secrets import Secret
from wayside.config.section import Groups, Name, PathText, Section, Share
from wayside.config.server import Network, Server
from wayside.config.sinks import Sink
from wayside.domain.feeds import SourceKind, SourceSpec
from wayside.domain.records import JsonValue
from wayside.domain.scene import SceneGeometry


def _only_text(value: Any) -> Any:
    """A bare number would otherwise be read as seconds since 1970."""
    if isinstance(value, str):
        return value
    raise PydanticCustomError("datetime_type", "not text")


def _to_utc(value: datetime) -> datetime:
    if not 1970 <= value.year <= 9998:
        raise PydanticCustomError("datetime_year", "not a year of video")
    return value.astimezone(UTC)


UtcTime: TypeAlias = Annotated[
    AwareDatetime, Field(strict=False), BeforeValidator(_only_text), AfterValidator(_to_utc)
]

Source: TypeAlias = Annotated[
    str, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS})
]
"""Checked by the feed as a whole. No constraint of pydantic's: its message would show it."""


class Feed(Section):
    """One video input and its scene."""

    id: Name = Field(
        description="Name of the feed, unique in the site: a-z, 0-9 and -, at most 63",
        examples=["mast-1"],
    )
    source: Source = Field(
        repr=False,
        description="A video file or folder of pictures (relative to this file; * and ? allowed), "
        "a device, or an address: rtsp, rtsps, http, https, tcp, udp, srt",
        examples=["recordings/mast-1.mp4"],
    )
    kind: SourceKind | None = Field(
        default=None,
        strict=False,
        description="How the source is read, where its address does not tell",
        examples=["snapshot"],
    )
    username: Annotated[str, StringConstraints(max_length=1000)] | None = Field(
        default=None, description="User at the source", examples=["viewer"]
    )
    password: Secret | None = Field(
        default=None,
        description="Password at the source; in quotes, best as a variable",
        examples=['"${CAMERA_PASSWORD}"'],
    )
    password_file: PathText | None = Field(
        default=None,
        description="File that holds the password instead, relative to this file; "
        "the page writes such files",
        examples=["secrets/mast-1"],
    )
    transport: Literal["tcp", "udp"] = Field(
        default="tcp", description="How RTSP brings the pictures", examples=["tcp"]
    )
    loop: bool = Field(
        default=False,
        description="Play a file in real time, again and again, as though it were live",
        examples=[True],
    )
    every_s: Annotated[float, Field(ge=0.1, le=86_400, allow_inf_nan=False)] = Field(
        default=1.0, description="Seconds between two snapshots", examples=[1]
    )
    start: UtcTime | None = Field(
        default=None,
        description="When the first picture was taken, with its time zone; "
        "otherwise the file says, or its date does",
        examples=["2026-05-04T07:00:00Z"],
    )
    rate: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] | None = Field(
        default=None,
        description="Pictures a second, for folders of pictures and streams that carry no times",
        examples=[25],
    )
    groups: Groups = Field(
        default=(),
        description="Groups that the feed belongs to; a user or token that is limited to groups "
        "sees the feeds of these alone",
        examples=[["harbour", "bridge"]],
    )
    scene: Scene = Field(
        default_factory=Scene, description="Lines, zones, movements and calibration"
    )
    rules: tuple[Rule, ...] = Field(
        default=(), description="What to report beyond counts and presence"
    )

    @field_validator("source", mode="after")
    @classmethod
    def _source(cls, source: str) -> str:
        return shapes.require_source(source)

    @model_validator(mode="after")
    def _whole(self) -> Feed:
        shapes.require_fitting_kind(self.source, self.kind)
        shapes.require_said_once(
            source_spec(self.source, self.kind), self.username, self.password, self.password_file
        )
        return self

    def address(self, password: str = "") -> SourceSpec:
        """Where it comes from, without what else is set for it. A local path is as written.

        password: of password_file, which is not opened here.
        """
        own = self.password.reveal() if self.password else ""
        return source_spec(
            self.source, self.kind, username=self.username or "", password=password or own
        )

    @property
    def is_live(self) -> bool:
        """Whether the source is a camera or a stream and not a recording."""
        return not is_local(self.source) and self.address().kind not in ON_DISK

    def geometry(self) -> SceneGeometry:
        """What is drawn on the picture, as plain values of the domain."""
        return self.scene.geometry()

    def asked(self) -> tuple[dict[str, JsonValue], ...]:
        """The rules as JSON values, as workers are told them."""
        return tuple(rule.model_dump(mode="json", by_alias=True) for rule in self.rules)


class Detect(Section):
    """How objects are found in a picture."""

    model: Annotated[str, StringConstraints(min_length=1, max_length=4096)] = Field(
        default="auto",
        description="`auto`, a name from `wayside models`, or the path of a model file",
        examples=["auto"],
    )
    backend: Literal["openvino", "onnxruntime", "motion"] = Field(
        default="openvino",
        description="What runs the model; `motion` needs none and finds what moves",
        examples=["openvino"],
    )
    precision: Literal["f32", "auto"] = Field(
        default="f32",
        description="`f32` where results must repeat; `auto` may compute in bf16, faster for plain"
        " convolutions",
        examples=["f32"],
    )
    threshold: Share | None = Field(
        default=None,
        description="Least score of a detection, 0 to 1; null is the model's own",
        examples=[0.4],
    )


class Privacy(Section):
    """How faces, heads, plates and private zones are covered. That they are is not a setting."""

    style: Literal["solid", "silhouette"] = Field(
        default="solid",
        description="`solid` fills the region, `silhouette` draws a plain shape on the fill",
        examples=["solid"],
    )
    faces: Literal[True] = Field(
        default=True,
        description="Faces are searched for and covered besides the heads of people; always true",
        examples=[True],
    )


class Output(Section):
    """What a run leaves behind."""

    video: bool = Field(
        default=True, description="Write the redacted video with its boxes", examples=[True]
    )
    stills: bool = Field(
        default=True,
        description="Write a redacted picture for each event; of what a live feed only counts,"
        " one in 10 s where its worker is busy",
        examples=[True],
    )
    clips: bool = Field(
        default=True,
        description="Keep a redacted clip of a few seconds for each incident of a live feed",
        examples=[True],
    )
    interval_s: Annotated[int, Field(ge=1, le=86_400)] = Field(
        default=60, description="Length of a measurement's window in seconds", examples=[60]
    )
    retention_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        default=30, description="Days after which results are deleted", examples=[30]
    )


class Site(Section):
    """One installation: its feeds and its settings."""

    site: Name = Field(
        description="Name of the installation: a-z, 0-9 and -, at most 63",
        examples=["north-junction"],
    )
    feeds: tuple[Feed, ...] = Field(description="The video inputs")
    junctions: Annotated[tuple[JunctionEntry, ...], Field(max_length=1000)] = Field(
        default=(), description="Places that one or several feeds look at"
    )
    detect: Detect = Field(default_factory=Detect, description="How objects are found")
    privacy: Privacy = Field(
        default_factory=Privacy, description="How identities are covered; nothing turns it off"
    )
    output: Output = Field(default_factory=Output, description="What a run leaves behind")

    sinks: Annotated[tuple[Sink, ...], Field(max_length=100)] = Field(
        default=(), description="Where events go besides the store"
    )
    server: Server = Field(default_factory=Server, description="Where the page is served")
    network: Network = Field(
        default_factory=Network, description="Which addresses feeds and webhooks may reach"
    )

    def feed(self, feed_id: str) -> Feed:
        """Raises KeyError for an id that no feed has."""
        for feed in self.feeds:
            if feed.id == feed_id:
                return feed
        raise KeyError(feed_id)
