"""What ``wayside check`` says about a site.yaml beyond whether it can be loaded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import numpy as np

from wayside.config.addresses import source_spec
from wayside.config.document import Document
from wayside.config.load import load_document, read_text
from wayside.config.model import Feed, Site
from wayside.config.problems import KeyPath, Level, Problem, SiteInvalid
from wayside.config.scene import LineEntry
from wayside.config.secret_files import read_secret
from wayside.config.sinks import JsonlSink, MqttSink, Sink
from wayside.config.sources import paths_of
from wayside.domain.errors import ConfigError
from wayside.domain.feeds import SourceKind
from wayside.domain.scene import Anchor
from wayside.scene.posed import plane_of

_SHORT = 0.02
"""Share of the picture's width under which a line is shorter than what should cross it."""

_BORDER = 0.01
"""Share of the picture at its edge in which boxes are clipped and anchors do not move on."""


def check_site(path: Path, env: Mapping[str, str] | None = None) -> list[Problem]:
    """All errors, or the warnings of a file that loads, in the order of its lines.

    A file that is not there is an error. No source is opened: whether a file
    can be decoded or a camera answers is for the caller to find out.
    """
    try:
        site, document = load_document(read_text(path), file=str(path), env=env)
    except SiteInvalid as error:
        return list(error.problems)
    except ConfigError as error:
        return [Problem(str(path), 0, 0, (), error.what, error.remedy or "")]
    problems = [*_site_problems(site, document), *_server_problems(site, document)]
    problems += _certificate_problems(site, path.parent, document)
    for i, sink in enumerate(site.sinks):
        problems += _sink_problems(sink, ("sinks", i), path.parent, document)
    for i, feed in enumerate(site.feeds):
        problems += _source_problems(feed, ("feeds", i), path.parent, document)
        problems += _password_problems(feed, ("feeds", i), path.parent, document)
        problems += _idle_keys(feed, ("feeds", i), document)
        problems += _scene_warnings(feed, ("feeds", i, "scene"), document)
    return sorted(problems, key=lambda p: (p.line, p.column))


def _warning(document: Document, path: KeyPath, what: str, remedy: str) -> Problem:
    return replace(document.problem(path, what, remedy), level=Level.WARNING)


def _site_problems(site: Site, document: Document) -> Iterator[Problem]:
    if not site.feeds:
        yield _warning(document, ("feeds",), "the site has no feeds", "Add one under `feeds`")
    first: dict[str, str] = {}
    for i, feed in enumerate(site.feeds):
        if feed.source in first:
            what = (
                f"`{feed.id}` has the same source as `{first[feed.source]}`; all is counted twice"
            )
            yield _warning(document, ("feeds", i, "source"), what, "Draw both scenes in one feed")
        first.setdefault(feed.source, feed.id)


def _source_problems(
    feed: Feed, path: KeyPath, folder: Path, document: Document
) -> Iterator[Problem]:
    if feed.is_live:
        return
    found = paths_of(feed, folder)
    place = (*path, "source")
    if not found:
        what = f"there is nothing at `{document.written(place)}`"
        yield document.problem(
            place, what, "The path counts from the folder of this file; check its spelling"
        )
    elif len(found) > 1 and feed.start is not None:
        what = f"`start` is given once, but the source matches {len(found)} files"
        yield _warning(
            document,
            (*path, "start"),
            what,
            "Remove it, so that each file's own time is used, or make a feed of each file",
        )


def _password_problems(
    feed: Feed, path: KeyPath, folder: Path, document: Document
) -> Iterator[Problem]:
    remedy = 'Write `password: "${CAMERA_PASSWORD}"` and set that variable, or use `password_file`'
    if feed.password_file:
        try:
            read_secret(folder, feed.password_file)
        except ConfigError as error:
            yield document.problem((*path, "password_file"), error.what, error.remedy or "")
    if source_spec(feed.source).password and not document.is_expanded((*path, "source")):
        what = f"the password of `{feed.id}` stands in its address, for every reader of this file"
        yield _warning(document, (*path, "source"), what, remedy)
    if feed.password and not document.is_expanded((*path, "password")):
        what = f"the password of `{feed.id}` stands in this file, for everybody who may read it"
        yield _warning(document, (*path, "password"), what, remedy)


def _idle_keys(feed: Feed, path: KeyPath, document: Document) -> Iterator[Problem]:
    """Settings that the kind of the source makes no use of."""
    kind = feed.address().kind
    used = {
        "transport": kind is SourceKind.RTSP,
        "every_s": kind is SourceKind.SNAPSHOT,
        "loop": kind is SourceKind.FILE,
        "start": not feed.is_live,
    }
    for key, is_used in used.items():
        if key in feed.model_fields_set and not is_used:
            what = f"`{key}` has no effect on a source of the kind {kind}"
            yield _warning(document, (*path, key), what, "Remove it")


def _server_problems(site: Site, document: Document) -> Iterator[Problem]:
    host = site.server.host
    if host != "localhost" and not (_is_address(host) and ip_address(host).is_loopback):
        what = "other machines can reach the server; it will not start until there is a user"
        remedy = "Keep 127.0.0.1 and put a proxy with TLS before it"
        yield _warning(document, ("server", "host"), what, remedy)
    secret = ("server", "sign_in", "client_secret")
    if site.server.sign_in is not None and not document.is_expanded(secret):
        what = "the client_secret stands in this file, for everybody who may read it"
        yield _warning(document, secret, what, 'Write `client_secret: "${VARIABLE}"`')


def _certificate_problems(site: Site, folder: Path, document: Document) -> Iterator[Problem]:
    certificate = site.server.certificate_in(folder)
    if certificate is None:
        return
    place = ("server", "certificate")
    try:
        tried = certificate.tried(datetime.now(UTC))
    except ConfigError as error:
        yield document.problem(place, f"{error.where}: {error.what}", error.remedy or "")
        return
    for caution in tried.cautions:
        yield _warning(document, place, f"{caution.where}: {caution.what}", caution.remedy)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _sink_problems(
    sink: Sink, path: KeyPath, folder: Path, document: Document
) -> Iterator[Problem]:
    if isinstance(sink, JsonlSink):
        place = (folder / sink.path).parent
        if not place.is_dir():
            what = f"the folder of `{document.written((*path, 'path'))}` is not there"
            yield _warning(document, (*path, "path"), what, "Make it, or correct the path")
        return
    key = "secret"
    if isinstance(sink, MqttSink):
        key, secret = "password", sink.password
        if secret and not sink.tls:
            what = "the password goes to the broker in clear text"
            yield _warning(document, (*path, key), what, "Set `tls: true` if the broker can")
    else:
        secret = sink.secret
        if secret is None:
            what = "without `secret` a receiver cannot tell who sent an event"
            yield _warning(document, path, what, "Set one, and check the signature there")
    if secret and not document.is_expanded((*path, key)):
        what = f"the {key} stands in this file, for everybody who may read it"
        yield _warning(document, (*path, key), what, f'Write `{key}: "${{VARIABLE}}"`')


def _scene_warnings(feed: Feed, path: KeyPath, document: Document) -> Iterator[Problem]:
    scene = feed.scene
    if not scene.lines and not scene.zones:
        yield _warning(
            document,
            path,
            f"`{feed.id}` has no lines and no zones, so nothing is counted",
            "Draw a line across the way that objects take",
        )
    for j, line in enumerate(scene.lines):
        reason = _uncrossable(line, scene.anchor)
        if reason:
            remedy = "Move it to where objects are seen for a second before and after it"
            what = f"nobody can cross the line `{line.id}`: {reason}"
            yield _warning(document, (*path, "lines", j), what, remedy)
    if scene.calibration:
        yield from _calibration_warnings(feed, path, document)


def _uncrossable(line: LineEntry, anchor: Anchor) -> str:
    """Why no anchor goes from one side of the line to the other, "" where one can."""
    if math.dist(line.a, line.b) < _SHORT:
        return f"it is shorter than {_SHORT:.0%} of the picture"
    for axis, low, high in ((0, "left", "right"), (1, "upper", "lower")):
        ends = (line.a[axis], line.b[axis])
        if max(ends) < _BORDER:
            return f"it lies on the {low} edge of the picture"
        if min(ends) > 1 - _BORDER:
            cause = ", where boxes end" if axis and anchor is Anchor.GROUND else ""
            return f"it lies on the {high} edge of the picture{cause}"
    return ""


def _calibration_warnings(feed: Feed, path: KeyPath, document: Document) -> Iterator[Problem]:
    geometry = feed.geometry()
    if len(geometry.control_points) == 4:
        yield _warning(
            document,
            (*path, "calibration", "points"),
            "four points fit any plane exactly, so a slip of the mouse goes unnoticed",
            "Add a fifth point; the report then says how exact the calibration is",
        )
    # Which side of the horizon a point lies on hardly depends on the picture's shape.
    plane = plane_of(geometry, aspect=16 / 9)
    if plane is None:
        return
    for j, line in enumerate(feed.scene.lines):
        if np.isnan(plane.to_ground(np.array([line.a, line.b]))).any():
            yield _warning(
                document,
                (*path, "lines", j),
                f"the line `{line.id}` reaches above the horizon of the calibration",
                "There are no speeds there; move the line down or check the points",
            )
