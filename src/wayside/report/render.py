"""The page from its contents, and the page as a file."""

from __future__ import annotations

import os
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined
from markupsafe import Markup

from wayside.domain.errors import OutputError
from wayside.report import palette, settings, words
from wayside.report.contents import FeedContents, ReportContents
from wayside.report.found import Found
from wayside.report.pictures import STILLS_BYTES
from wayside.report.sections import (
    alerts,
    counts,
    coverage,
    flow,
    happenings,
    headline,
    picture,
    running,
    speeds,
    stays,
    turns,
)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One feed's sections; None for those that do not apply. anchor: its id in the page.

    The anchor is a number and not the feed's name: a name is anybody's text.
    """

    anchor: str
    feed: FeedContents
    source: str
    facts: list[tuple[str, str]]
    headline: headline.Headline
    picture: picture.Picture
    counts: counts.Counts | None
    speeds: speeds.Speeds | None
    turns: turns.Turns | None
    flow: flow.Flow | None
    stays: stays.Stays | None
    alerts: alerts.Alerts | None
    happenings: happenings.Happenings
    coverage: coverage.Coverage
    running: running.Running | None


def render(contents: ReportContents, *, cache: Path | None = None) -> str:
    """The whole page as HTML. Raises ValueError for a time without a zone.

    cache: folder that keeps the compiled templates between runs. Without it
    compiling them takes 0.3 s, three quarters of the time of a short report.
    """
    environment = Environment(
        loader=PackageLoader("wayside.report"),
        bytecode_cache=_bytecode_cache(cache),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _asset("report.js")
    return environment.get_template("report.html.j2").render(
        site=contents.site,
        generated=words.date_and_time(contents.generated_at),
        pages=[
            _feed_page(n, feed, len(contents.feeds)) for n, feed in enumerate(contents.feeds, 1)
        ],
        settings="\n".join(settings.lines(contents.settings)),
        model=[(_label(key), settings.scalar(value)) for key, value in contents.model.items()],
        versions=list(contents.versions.items()),
        # Both are files of this package, not anybody's input.
        style=Markup(  # noqa: S704
            _asset("report.css").replace("/*class colours*/", palette.class_rules())
        ),
        script=Markup(script),  # noqa: S704
        # The policy lets this one script run and nothing be fetched: a name that
        # slipped past the escaping could still do nothing.
        script_hash=b64encode(sha256(script.encode()).digest()).decode("ascii"),
        words=words,
    )


def _bytecode_cache(folder: Path | None) -> FileSystemBytecodeCache | None:
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a cache that cannot be kept is none
        return None
    return FileSystemBytecodeCache(str(folder)) if os.access(folder, os.W_OK) else None


def write_report(contents: ReportContents, path: Path, *, cache: Path | None = None) -> None:
    """Write the page to ``path``, whole or not at all. Raises OutputError."""
    # A file name may hold bytes that are no text; they must not cost the report.
    page = render(contents, cache=cache).encode("utf-8", errors="replace")
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with temporary.open("xb") as file:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise OutputError(
            f"the report cannot be written: {error.strerror or error}",
            where=str(path),
            remedy="Check that the folder exists, may be written to and has space",
        ) from error


def _feed_page(number: int, feed: FeedContents, feeds: int) -> FeedPage:
    found = Found.in_feed(feed)
    return FeedPage(
        f"feed-{number}",
        feed,
        settings.without_login(feed.source),
        _facts(feed),
        headline.build(found),
        picture.build(found),
        counts.build(found),
        speeds.build(found),
        turns.build(found),
        flow.build(found),
        stays.build(found),
        alerts.build(found),
        happenings.build(
            found,
            most_rows=happenings.MOST_ROWS // feeds,
            stills_bytes=STILLS_BYTES // feeds,
        ),
        coverage.build(found),
        running.build(found),
    )


def _facts(feed: FeedContents) -> list[tuple[str, str]]:
    start = words.date_and_time(feed.start)
    rate = f", {feed.rate:.4g} pictures a second" if feed.rate else ""
    return [
        ("Source", settings.without_login(feed.source)),
        ("Picture", f"{feed.width} \N{MULTIPLICATION SIGN} {feed.height}{rate}"),
        ("Length", words.span(feed.duration_s)),
        ("Start", start if feed.start_known else f"not recorded (assumed {start})"),
    ]


def _label(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _asset(name: str) -> str:
    return (files("wayside.report") / "templates" / name).read_text(encoding="utf-8")
