"""``wayside init`` and ``wayside check``: site.yaml, its beginning and its soundness."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from wayside.cli.results import is_result_name
from wayside.config.check import check_site
from wayside.config.document import Document
from wayside.config.edit import starter_site, write_atomically
from wayside.config.load import load_document, read_text
from wayside.config.model import Feed, Site
from wayside.config.problems import KeyPath, Level, Problem
from wayside.config.sources import paths_of
from wayside.config.specs import source_of_feed
from wayside.domain.errors import ConfigError, OutputError, SourceError
from wayside.domain.time import SystemClock
from wayside.ingest.live import source_of
from wayside.ingest.network import EVERYWHERE, NetworkPolicy
from wayside.ingest.sources import source_for

_CONTAINERS = (
    ".mp4",
    ".m4v",
    ".mov",
    ".mkv",
    ".webm",
    ".avi",
    ".ts",
    ".mts",
    ".mpg",
    ".flv",
    ".wmv",
)
_STREAMS = (".h264", ".264", ".hevc", ".265")
VIDEO_SUFFIXES = frozenset({*_CONTAINERS, *_STREAMS})


def init(
    folder: Annotated[Path, typer.Argument(help="Folder with recordings")] = Path(),
    site: Annotated[Path, typer.Option("--site", help="File to write")] = Path("site.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file")] = False,
) -> None:
    """Write a first site.yaml for the recordings in a folder."""
    target = site if site.is_absolute() else folder / site
    if target.exists() and not force:
        raise OutputError(
            "this file is there already", where=str(target), remedy="Use --force to replace it"
        )
    if not folder.is_dir():
        raise OutputError(
            "there is no such folder", where=str(folder), remedy="Name the folder of the recordings"
        )
    recordings = _recordings(folder)
    # Absolute, so that a source counts from the file that names it, wherever that is written.
    write_atomically(target, starter_site(recordings, folder=target.parent.resolve()))
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{escape(str(target))}: {_counted(len(recordings), 'feed')}")
    if not recordings:
        console.print(
            f"No recordings were found in {escape(str(folder))}: describe your own in the file"
        )
    console.print(f"Next: wayside check --site {escape(str(target))}")


def check(
    site: Annotated[Path, typer.Option("--site", help="File to check")] = Path("site.yaml"),
) -> None:
    """Check a site.yaml and open each of its sources once, cameras too.

    Exit code 3: the file is wrong. 4: a source is not there or cannot be read.
    """
    console = Console(highlight=False, soft_wrap=True)
    problems = check_site(site)
    _print(console, problems)
    try:
        loaded, document = load_document(read_text(site), file=str(site))
    except ConfigError as error:  # its problems are printed already
        raise typer.Exit(error.exit_code) from None
    unreadable = _unreadable(loaded, document, site.parent)
    _print(console, unreadable)
    errors = [each for each in (*problems, *unreadable) if each.level is Level.ERROR]
    if any(each.path[:1] == ("server",) for each in errors):
        raise typer.Exit(ConfigError.exit_code)
    if errors:
        raise typer.Exit(SourceError.exit_code)
    lines = sum(len(feed.scene.lines) for feed in loaded.feeds)
    feeds = _counted(len(loaded.feeds), "feed")
    console.print(f"{escape(str(site))} is sound: {feeds}, {_counted(lines, 'line')}")


def _recordings(folder: Path) -> list[Path]:
    """Videos in the folder and below, without hidden ones and what `wayside tag` wrote."""
    root = folder.resolve()
    return sorted(
        path
        for path in root.rglob("*")
        if path.suffix.lower() in VIDEO_SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
        and not (is_result_name(path.name) and path.with_name("wayside.db").exists())
    )


def _print(console: Console, problems: Iterable[Problem]) -> None:
    for problem in problems:
        colour = "red" if problem.level is Level.ERROR else "yellow"
        console.print(f"[{colour}]{problem.level}[/] {escape(str(problem))}")


def _unreadable(site: Site, document: Document, folder: Path) -> list[Problem]:
    problems = []
    network = NetworkPolicy(site.network.networks() or EVERYWHERE)
    for index, feed in enumerate(site.feeds):
        place = ("feeds", index, "source")
        if feed.is_live:
            problems += _unreachable(feed, folder, network, document, place)
        for path in paths_of(feed, folder):
            try:
                source_for(path, start=feed.start, rate=feed.rate).open().close()
            except SourceError as error:
                what = f"{path}: {error.what}"
                problems.append(document.problem(place, what, error.remedy or ""))
    return problems


def _unreachable(
    feed: Feed, folder: Path, network: NetworkPolicy, document: Document, place: KeyPath
) -> list[Problem]:
    try:
        source = source_of(source_of_feed(feed, folder), network=network, clock=SystemClock())
        source.open().close()
    except ConfigError:
        return []  # its password's file, which check_site has told
    except SourceError as error:
        what = f"{feed.id}: {error.what}"
        return [document.problem(place, what, error.remedy or "")]
    return []


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
