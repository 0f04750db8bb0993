"""A feed from outside: where it comes from, how it is doing, what it shows.

Plain values that cross process borders as JSON. None of them holds a picture
that is not covered, and no password ever shows in one's text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from wayside.domain.records import JsonValue
from wayside.domain.scene import XY, SceneGeometry


class SourceKind(StrEnum):
    """How a source is read. It fixes the format and the options that FFmpeg is given."""

    FILE = "file"
    PICTURES = "pictures"
    RTSP = "rtsp"
    HLS = "hls"
    MJPEG = "mjpeg"
    SNAPSHOT = "snapshot"
    MPEGTS = "mpegts"
    USB = "usb"

    @property
    def is_remote(self) -> bool:
        return self not in (SourceKind.FILE, SourceKind.PICTURES, SourceKind.USB)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One video input, secrets included.

    address: a path, a device, or an address without user and password.
    transport: of RTSP, ``tcp`` or ``udp``. loop: a file begins again at its
    end, and is played in real time. every_s: between two snapshots. rate:
    pictures a second of a source without times.
    """

    kind: SourceKind
    address: str
    username: str = ""
    password: str = field(default="", repr=False)
    transport: str = "tcp"
    loop: bool = False
    every_s: float = 1.0
    rate: float | None = None
    start: datetime | None = None


class FeedState(StrEnum):
    """CONNECTING: opened, no picture yet. LIVE: pictures arrive. RETRYING: lost, tried again
    soon. REFUSED: the source wants other credentials, tried again rarely. QUARANTINED: it
    harmed its worker again and again. STOPPED: not wanted.
    """

    CONNECTING = "connecting"
    LIVE = "live"
    RETRYING = "retrying"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    STOPPED = "stopped"


class Attention(StrEnum):
    """WATCHED: every picture is decoded, and analysed as often as wanted. ASLEEP: nothing moves;
    only the sizes of its packets are looked at, and a keyframe now and then. KEYFRAMES: the
    worker is too slow for more. NONE: nothing arrives.
    """

    WATCHED = "watched"
    ASLEEP = "asleep"
    KEYFRAMES = "keyframes"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """All that a worker needs to run a feed. rules: as in site.yaml, JSON values."""

    id: str
    source: SourceSpec
    geometry: SceneGeometry = field(default_factory=SceneGeometry)
    rules: tuple[Mapping[str, JsonValue], ...] = ()


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """How a feed is doing, said about once a second by its worker.

    reason: why it is in that state, in words, "" while all is well. since:
    UTC of the last change of state. attempt: failed tries in a row.
    next_try_s: seconds to the next one. fps_in, fps_analysed, bitrate_kbps:
    over the last seconds. lag_s: from a picture's arrival to the end of its
    analysis. last_frame: UTC of the newest analysed picture. dropped: packets
    given up because the worker was too slow. coverage: share of the last
    minute that was analysed. conditions: of health, such as ``frozen``.
    clock_drift_s: the source's clock against ours, None where it says none.
    cpu_ms_per_s: CPU that the feed takes. attention: how closely it is looked at now. asleep:
    share of the session so far.
    """

    feed: str
    state: FeedState
    reason: str = ""
    since: datetime | None = None
    session: str = ""
    attempt: int = 0
    next_try_s: float | None = None
    codec: str = ""
    width: int = 0
    height: int = 0
    fps_in: float = 0.0
    fps_analysed: float = 0.0
    bitrate_kbps: float = 0.0
    lag_s: float | None = None
    last_frame: datetime | None = None
    received: int = 0
    dropped: int = 0
    corrupt: int = 0
    reconnects: int = 0
    coverage: float = 0.0
    conditions: tuple[str, ...] = ()
    clock_drift_s: float | None = None
    cpu_ms_per_s: float = 0.0
    worker: int = 0
    attention: Attention = Attention.NONE
    asleep: float = 0.0


@dataclass(frozen=True, slots=True)
class Marking:
    """One object on a live picture. track: means nothing once the track has ended.

    box: xyxy, normalised. trail: its last seconds, oldest first.
    """

    track: int
    label: str
    box: tuple[float, float, float, float]
    trail: tuple[XY, ...] = ()


@dataclass(frozen=True, slots=True)
class LivePicture:
    """What a viewer is shown: a covered picture as JPEG, and what is drawn over it.

    time: UTC of the picture. t_s: media seconds. width, height: of the JPEG.
    """

    feed: str
    session: str
    time: datetime
    t_s: float
    width: int
    height: int
    markings: tuple[Marking, ...]
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """One worker process. cpu: cores in use. stages: CPU seconds per second by stage.

    state: in words, also how load is shed. load: what all feeds ask for, divided by what the
    worker can give; above 1 less is looked at than wanted. problem: why it cannot do its work,
    "" while it can. redaction_failures: pictures that went out blank because covering them failed.
    clips: of events, by what became of them. Both count also what the processes did that had
    this place before.
    """

    worker: int
    pid: int
    state: str
    feeds: int
    restarts: int = 0
    cpu: float = 0.0
    rss_mb: float = 0.0
    stages: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""
    load: float = 0.0
    redaction_failures: int = 0
    clips: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a source showed when it was tried. problem, remedy: "" where it works.

    jpeg: its first picture, covered; b"" where none came, or where it is withheld.
    withheld: why: ``uncoverable`` where nothing here finds a person in a single
    picture, ``failed`` where covering it failed, "" otherwise.
    """

    problem: str = ""
    remedy: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    rate: float | None = None
    seconds: float = 0.0
    jpeg: bytes = field(default=b"", repr=False)
    withheld: str = ""
