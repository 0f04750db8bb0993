"""``wayside init`` and ``wayside check``: site.yaml, its beginning and its soundness."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from wayside.config.check import check_site
from wayside.config.edit import starter_site, write_atomically
from wayside.config.load import load_site
from wayside.config.sources import paths_of
from wayside.domain.errors import OutputError, SourceError
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
        raise OutputError("there is no such folder", where=str(folder))
    recordings = sorted(p for p in folder.rglob("*") if p.suffix.lower() in VIDEO_SUFFIXES)
    write_atomically(target, starter_site(recordings, folder=target.parent))
    console = Console()
    console.print(f"{target}: {len(recordings)} feeds", highlight=False)
    console.print(f"Next: wayside check --site {target}", highlight=False)


def check(
    site: Annotated[Path, typer.Option("--site", help="File to check")] = Path("site.yaml"),
) -> None:
    """Check a site.yaml and open each of its sources once."""
    problems = check_site(site)
    console = Console(highlight=False, soft_wrap=True)
    for problem in problems:
        console.print(f"[yellow]warning[/] {escape(str(problem))}")
    unreadable = _unreadable(site)
    for error in unreadable:
        console.print(f"[red]error[/] {escape(str(error))}")
    if unreadable:
        raise typer.Exit(SourceError.exit_code)
    loaded = load_site(site)
    lines = sum(len(feed.scene.lines) for feed in loaded.feeds)
    console.print(f"{site} is sound: {len(loaded.feeds)} feeds, {lines} lines")


def _unreadable(site: Path) -> list[SourceError]:
    errors = []
    for feed in load_site(site).feeds:
        for path in paths_of(feed, site.parent):
            try:
                source_for(path, start=feed.start, rate=feed.rate).open().close()
            except SourceError as error:
                errors.append(error)
    return errors
