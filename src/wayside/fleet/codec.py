"""What crosses between processes, to JSON values and back. Passwords go through, logs do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, TypeAlias

from wayside.domain.feeds import (
    Attention,
    FeedSpec,
    FeedState,
    FeedStatus,
    LivePicture,
    Marking,
    Probe,
    SourceKind,
    SourceSpec,
    WorkerStatus,
)
from wayside.domain.plain import from_plain
from wayside.domain.scene import SceneGeometry

Json: TypeAlias = dict[str, Any]


def source_to_json(source: SourceSpec) -> Json:
    return {**asdict(source), "kind": source.kind.value, "start": _text(source.start)}


def source_from_json(given: Mapping[str, Any]) -> SourceSpec:
    return SourceSpec(
        **{**given, "kind": SourceKind(given["kind"]), "start": _moment(given["start"])}
    )


def feed_to_json(feed: FeedSpec) -> Json:
    return {
        "id": feed.id,
        "source": source_to_json(feed.source),
        "geometry": asdict(feed.geometry),
        "rules": [dict(rule) for rule in feed.rules],
    }


def feed_from_json(given: Mapping[str, Any]) -> FeedSpec:
    return FeedSpec(
        given["id"],
        source_from_json(given["source"]),
        from_plain(SceneGeometry, given["geometry"]),
        tuple(given["rules"]),
    )


def status_to_json(status: FeedStatus) -> Json:
    given = {each.name: getattr(status, each.name) for each in fields(status)}
    for name in ("since", "last_frame"):
        given[name] = _text(given[name])
    given |= {"state": status.state.value, "attention": status.attention.value}
    return {**given, "conditions": list(status.conditions)}


def status_from_json(given: Mapping[str, Any]) -> FeedStatus:
    return FeedStatus(
        **{
            **given,
            "state": FeedState(given["state"]),
            "attention": Attention(given["attention"]),
            "since": _moment(given["since"]),
            "last_frame": _moment(given["last_frame"]),
            "conditions": tuple(given["conditions"]),
        }
    )


def picture_to_json(picture: LivePicture) -> Json:
    """Without the JPEG, which is the payload of its frame."""
    return {
        "feed": picture.feed,
        "session": picture.session,
        "time": _text(picture.time),
        "t_s": picture.t_s,
        "width": picture.width,
        "height": picture.height,
        "markings": [[m.track, m.label, m.box, m.trail] for m in picture.markings],
    }


def picture_from_json(given: Mapping[str, Any], jpeg: bytes) -> LivePicture:
    markings = tuple(
        Marking(track, label, _four(box), tuple(map(_pair, trail)))
        for track, label, box, trail in given["markings"]
    )
    time = datetime.fromisoformat(given["time"])
    return LivePicture(**{**given, "time": time, "markings": markings}, jpeg=jpeg)


def worker_to_json(worker: WorkerStatus) -> Json:
    return {**asdict(worker), "stages": dict(worker.stages), "clips": dict(worker.clips)}


def worker_from_json(given: Mapping[str, Any]) -> WorkerStatus:
    return WorkerStatus(**given)


def probe_to_json(probe: Probe) -> Json:
    """Without the JPEG, which is the payload of its frame."""
    given = asdict(probe)
    del given["jpeg"]
    return given


def probe_from_json(given: Mapping[str, Any], jpeg: bytes) -> Probe:
    return Probe(**given, jpeg=jpeg)


def _pair(given: Any) -> tuple[float, float]:
    x, y = given
    return float(x), float(y)


def _four(given: Any) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = given
    return float(x1), float(y1), float(x2), float(y2)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
