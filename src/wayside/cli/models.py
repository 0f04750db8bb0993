"""``wayside models``: which detectors there are, which one would be used, and why."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from wayside.cli.detectors import MOTION, choose, model_store
from wayside.detect.catalogue import ModelCard, card_named, load_catalogue
from wayside.detect.model_store import ModelStore
from wayside.domain.errors import ModelCorrupt


def models(
    get: Annotated[
        str | None, typer.Option("--get", help="Download this model, its hash checked")
    ] = None,
) -> None:
    """List the detectors, where they are, and which one `auto` takes."""
    console = Console(highlight=False)
    if get is not None:
        _download(console, get)
        return
    store = model_store()
    table = Table("model", "what it is", "licence", "where")
    for card in load_catalogue().values():
        table.add_row(card.name, card.about, card.licence, _where(card, store))
    table.add_row(
        "motion", "Adaptive background: boxes of what moves, no weights", "ours", "built in"
    )
    console.print(table)
    console.print("Searched: " + "; ".join(store.searched), soft_wrap=True)
    chosen = choose("auto")
    name = chosen.found.card.name if chosen.found else "motion"
    console.print(f"[bold]auto[/] takes [bold]{name}[/]: {chosen.why}", soft_wrap=True)


def _where(card: ModelCard, store: ModelStore) -> str:
    try:
        found = store.find(card)
    except ModelCorrupt as error:
        return f"[red]wrong bytes[/]: {error.where}"
    if found is not None:
        return f"{found.path.name} ({found.origin})"
    return "can be downloaded" if any(b.is_downloadable for b in card.builds) else "not here"


def _download(console: Console, name: str) -> None:
    if name == MOTION:
        console.print("motion is built in: there is nothing to download")
        return
    card = card_named(load_catalogue(), name)
    with Progress(console=Console(stderr=True)) as progress:
        tasks: dict[str, TaskID] = {}

        def report(file: str, done: int, size: int) -> None:
            if file not in tasks:
                tasks[file] = progress.add_task(file, total=size)
            progress.update(tasks[file], completed=done)

        found = model_store(report).get(card)
    console.print(f"{found.path}\nsha256 {found.sha256}")
