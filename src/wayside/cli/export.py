"""``wayside export``: what was measured, as files that other programs take."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape

from wayside.analyze.traffic.turning_counts import TurningCounts
from wayside.analyze.traffic.turning_files import as_json, long_rows, table_rows
from wayside.cli.accounts_in import DATA
from wayside.cli.private_export import (
    LEDGER,
    lines_of,
    policy_of,
    publish,
    tell_expectation,
    tell_ledger,
)
from wayside.cli.served_archive import ServedArchive
from wayside.config.load import load_site
from wayside.domain.errors import StoreError, UsageError
from wayside.domain.junctions import Junction, JunctionMovement, junction_of_feed
from wayside.domain.time import SystemClock
from wayside.publish.epsilon import millionths_of
from wayside.publish.policy import CHUNK_S
from wayside.publish.question import Question
from wayside.serve.csv_answers import csv_lines
from wayside.serve.records import SeriesQuery
from wayside.serve.traffic import turning_counts_of
from wayside.store.atomic import replacing
from wayside.store.database import Store

export = typer.Typer(help="Measurements as files.", no_args_is_help=True)

Form = Annotated[Literal["csv", "json"], typer.Option("--format", help="csv or json")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="File to write, else standard output")
]
Site = Annotated[Path, typer.Option("--site", help="The site")]
SITE = Path("site.yaml")
Data = Annotated[
    Path, typer.Option("--data", help="Folder of `wayside up` or `tag`", envvar="WAYSIDE_DATA")
]

_DAY = timedelta(days=1)
_USUAL_CLAMP = 5
"""In 10 s: what a lane can carry, at a vehicle every two seconds."""


@export.callback(invoke_without_command=True)
def _group(
    ctx: typer.Context,
    private: Annotated[
        bool, typer.Option("--private", help="Counts of lines, with noise, for publication")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would be worth and cost; spend nothing")
    ] = False,
    epsilon: Annotated[str, typer.Option("--epsilon", help="What this release may spend")] = "",
    since: Annotated[str, typer.Option("--since", help="Begin, as 2026-05-04T00:00+02:00")] = "",
    until: Annotated[str, typer.Option("--until", help="End; UTC where no zone is given")] = "",
    interval: Annotated[int, typer.Option("--interval", min=1, help="Minutes")] = 1440,
    feed: Annotated[list[str] | None, typer.Option("--feed", help="Only of this feed")] = None,
    line: Annotated[list[str] | None, typer.Option("--line", help="Only of this line")] = None,
    label: Annotated[list[str] | None, typer.Option("--class", help="Only this class")] = None,
    by_direction: Annotated[
        bool, typer.Option("--by-direction", help="A number for each; twice the noise")
    ] = False,
    by_class: Annotated[
        bool, typer.Option("--by-class", help="A number for each; twice the noise")
    ] = False,
    clamp: Annotated[
        int | None,
        typer.Option("--clamp", min=1, help="Crossings of a line that count in a chunk"),
    ] = None,
    rho: Annotated[
        int | None, typer.Option("--rho", min=1, help="Longest stay that is protected, seconds")
    ] = None,
    stays: Annotated[
        int | None, typer.Option("--stays", min=1, help="How many stays, over all feeds")
    ] = None,
    budget: Annotated[
        str, typer.Option("--budget", help="The epsilon of all releases of one instant together")
    ] = "",
    chunk: Annotated[
        int | None, typer.Option("--chunk", help="Seconds in which crossings are clamped")
    ] = None,
    memory: Annotated[
        int | None, typer.Option("--memory", help="Seconds for which a stay has an effect after it")
    ] = None,
    form: Form = "csv",
    output: Output = None,
    site: Site = SITE,
    data: Data = DATA,
) -> None:
    """Measurements as files; with --private, counts that may be published."""
    if not private or ctx.invoked_subcommand is not None:
        return _check_alone(ctx)
    ledger = data / LEDGER
    start, end = _moment(since, "--since"), _moment(until, "--until")
    if start is None or end is None:
        raise UsageError("a publication names its time", remedy="Give --since and --until")
    lines = lines_of(site, feed or [], line or [])
    try:
        policy = policy_of(ledger, rho, stays, budget, chunk, memory)
        question = Question(
            since=start,
            until=end,
            interval_s=interval * 60,
            lines=lines,
            clamp=clamp or max(1, policy.chunk_s * _USUAL_CLAMP // CHUNK_S),
            epsilon=millionths_of(epsilon),
            classes=tuple(label or ()),
            by_direction=by_direction,
            by_class=by_class,
        )
        question.chunks(policy)
    except ValueError as error:
        raise UsageError(
            str(error), where="wayside export --private", remedy="--help lists the options"
        ) from error
    if dry_run:
        return tell_expectation(question, policy, ledger)
    _check_there(data / "wayside.db")
    return _write(publish(question, policy, data, form), output)


@export.command("ledger")
def ledger(
    data: Data = DATA,
) -> None:
    """What was published with --private, and how much of the budget is left."""
    path = data / LEDGER
    if not path.is_file():
        raise StoreError(
            "nothing was published from here", where=str(path), remedy="Check the data folder"
        )
    tell_ledger(path)


@export.command("turning-counts")
def turning_counts(
    junction: Annotated[str, typer.Option("--junction", help="A junction of site.yaml")] = "",
    feed: Annotated[str, typer.Option("--feed", help="A feed, for its own movements")] = "",
    since: Annotated[str, typer.Option("--since", help="Begin, as 2026-05-04T07:00+02:00")] = "",
    until: Annotated[str, typer.Option("--until", help="End; UTC where no zone is given")] = "",
    interval: Annotated[int, typer.Option("--interval", min=1, max=60, help="Minutes")] = 15,
    form: Form = "csv",
    layout: Annotated[
        Literal["long", "table"],
        typer.Option("--layout", help="Of csv: a row a movement and class, or a row an interval"),
    ] = "long",
    output: Output = None,
    site: Site = SITE,
    data: Data = DATA,
) -> None:
    """Turning counts by interval, movement and class, with the peak hour."""
    if bool(junction) == bool(feed):
        raise UsageError("name one --junction or one --feed", remedy="Add one of the two")
    end = _moment(until, "--until") or SystemClock().now()
    start = _moment(since, "--since") or end - _DAY
    if 60 % interval:
        raise UsageError(
            "intervals must divide the hour", where="--interval", remedy="15 minutes are usual"
        )
    if start >= end:
        raise UsageError("--since must be before --until", where="--since")
    with _archive(data) as archive:
        wanted = (
            _junction(site, junction) if junction else _of_feed(archive, site, feed, start, end)
        )
        found = turning_counts_of(archive, wanted, start, end, interval * 60)
    _write(_text(found, form, layout), output)
    _say(found)


@contextmanager
def _archive(data: Path) -> Iterator[ServedArchive]:
    path = data / "wayside.db"
    _check_there(path)
    with Store.open(path) as store:
        yield ServedArchive(store, lag_s=lambda: 0.0, sinks=lambda: ())


def _check_there(path: Path) -> None:
    if not path.is_file():  # opening would make an empty one
        raise StoreError(
            "there is no database", where=str(path), remedy="Name the data folder with --data"
        )


def _check_alone(ctx: typer.Context) -> None:
    """Options of --private are not taken by a command, so they must not be lost in silence."""
    sources = {name: ctx.get_parameter_source(name) for name in ctx.params}
    given = [name for name, found in sources.items() if found and found.name == "COMMANDLINE"]
    if given or ctx.invoked_subcommand is None:
        raise UsageError(
            "--private and its options stand without a command",
            where="wayside export",
            remedy="Write `wayside export --private ...`, or the command and its own options",
        )


def _junction(site: Path, name: str) -> Junction:
    junctions = {each.id: each for each in load_site(site).junctions}
    if name not in junctions:
        known = ", ".join(junctions) or "none; describe one under `junctions`"
        raise UsageError(
            f"there is no junction {name}", where=str(site), remedy=f"There are: {known}"
        )
    return junctions[name].junction()


def _of_feed(
    archive: ServedArchive, site: Path, feed: str, since: datetime, until: datetime
) -> Junction:
    """As site.yaml draws it; without one (a run of `wayside tag`) what the numbers name."""
    if site.is_file():
        drawn = {each.id: each.geometry() for each in load_site(site).feeds}
        if feed in drawn and drawn[feed].movements:
            return junction_of_feed(feed, drawn[feed])
    step_s = max(1, round((until - since).total_seconds()))
    query = SeriesQuery(since, until, step_s, "count", feed, place_kind="movement")
    places = sorted({each.place for each in archive.series(query)})
    if not places:
        raise UsageError(
            f"nothing was counted for movements of {feed}",
            where=feed,
            remedy="Check the name and the time, and draw movements in its scene",
        )
    movements = tuple(JunctionMovement(place, "", "", feed, place) for place in places)
    return Junction(feed, movements=movements, is_compass=False)


def _moment(text: str, option: str) -> datetime | None:
    """None for no text; UTC where it has no zone."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"`{text}` is no time", where=option, remedy="Write it as 2026-05-04T07:00:00Z"
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _text(found: TurningCounts, form: str, layout: str) -> Iterable[str]:
    if form == "json":
        return (json.dumps(as_json(found), indent=2, ensure_ascii=False), "\n")
    return csv_lines(table_rows(found) if layout == "table" else long_rows(found))


def _write(text: Iterable[str], output: Path | None) -> None:
    if output is None:
        for part in text:
            sys.stdout.write(part)
        return
    with replacing(output) as file:
        for part in text:
            file.write(part)


def _say(found: TurningCounts) -> None:
    """On standard error, so that a pipe gets the table alone."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    whole, number = found.complete, len(found.intervals)
    console.print(f"{escape(found.junction.name)}: {whole} of {number} intervals wholly watched")
    peak = found.peak
    if peak is None:
        console.print("No hour was wholly watched, so there is no peak hour")
        return
    factor = "" if peak.factor is None else f", peak hour factor {peak.factor:.2f}"
    console.print(
        f"Peak hour {peak.start:%Y-%m-%d %H:%M} to {peak.end:%H:%M} UTC: "
        f"{peak.volume:,} vehicles{factor}"
    )
