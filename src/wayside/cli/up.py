"""``wayside up``: live feeds, one server, one page."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from wayside.cli.demo_town import Town
from wayside.cli.detectors import Choice, choose
from wayside.cli.running import Plan, Running
from wayside.config.certificate import Certificate
from wayside.config.load import load_site
from wayside.config.model import Site
from wayside.domain.errors import ConfigError, UsageError
from wayside.domain.time import SystemClock
from wayside.serve.app import create_app
from wayside.serve.run import require_user_beyond_loopback, serve
from wayside.serve.tls import RenewedTls

DEFAULT_SITE = Path("site.yaml")

SiteOption = Annotated[
    Path | None,
    typer.Option("--site", help="site.yaml; without it ./site.yaml, or a made-up town"),
]
DataOption = Annotated[
    Path, typer.Option("--data", help="Folder for databases and journals", envvar="WAYSIDE_DATA")
]
HostOption = Annotated[
    str | None, typer.Option("--host", help="Address to listen on, instead of site.yaml's")
]
PortOption = Annotated[
    int | None,
    typer.Option("--port", min=0, max=65_535, help="Port, instead of site.yaml's; 0: any"),
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, max=256, help="Processes; default: one a core")
]
CertificateOption = Annotated[
    Path | None,
    typer.Option("--tls-cert", help="Certificate and its chain (PEM), instead of site.yaml's"),
]
KeyOption = Annotated[
    Path | None, typer.Option("--tls-key", help="Key of --tls-cert (PEM, unencrypted)")
]


def up(
    ctx: typer.Context,
    site: SiteOption = None,
    data: DataOption = Path("wayside-data"),
    host: HostOption = None,
    port: PortOption = None,
    workers: WorkersOption = None,
    tls_cert: CertificateOption = None,
    tls_key: KeyOption = None,
) -> None:
    """Run live feeds and serve the page.

    Prints a link that opens it. Without a site.yaml it shows a made-up town
    with known truth. Ctrl-C ends it in order.
    """
    console = Console(highlight=False, soft_wrap=True)
    given = _given_certificate(tls_cert, tls_key)
    with ExitStack() as stack:
        site_file = _site_file(site)
        truth = None
        if site_file is None:
            console.print("No site.yaml here: starting a made-up town with nine cameras ...")
            town = stack.enter_context(Town(data / "town"))
            site_file, truth = town.site_file(), town.truth
        settings = load_site(site_file)
        certificate = given or settings.server.certificate_in(site_file.parent)
        tls = None if certificate is None else RenewedTls(certificate, SystemClock()).context
        choice = _choice(settings)
        plan = Plan(
            site_file=site_file,
            data=data,
            workers=workers or _workers(settings),
            host=host or settings.server.host,
            truth=truth,
            log_level=str(ctx.obj),
        )
        running = stack.enter_context(Running(plan, choice))
        require_user_beyond_loopback(plan.host, running.accounts)

        def started(url: str) -> None:
            has_users = running.accounts.has_users()
            url = settings.server.public_url or url
            link = url if has_users else running.accounts.first_link(url)
            console.print(f"\n  feeds    {len(settings.feeds)}, on {plan.workers} workers")
            console.print(f"  model    {choice.described()['name']}: {choice.why}")
            console.print(f"  data     {data}")
            console.print(f"  open     [bold]{link}[/]")
            if not has_users:
                console.print("           (once, within 30 minutes; then make a user on the page)")
            console.print("  Ctrl-C ends it.\n")

        serve(
            create_app(running.house),
            plan.host,
            settings.server.port if port is None else port,
            on_started=started,
            tls=tls,
            trusted_proxies=settings.server.trusted_proxies,
        )


def _site_file(given: Path | None) -> Path | None:
    """None for the town. Raises ConfigError for a file that was named and is not there."""
    if given is None:
        return DEFAULT_SITE if DEFAULT_SITE.is_file() else None
    if not given.is_file():
        raise ConfigError(
            "there is no such file", where=str(given), remedy="`wayside init` writes a first one"
        )
    return given


def _given_certificate(chain: Path | None, key: Path | None) -> Certificate | None:
    """Raises UsageError for half a pair."""
    if chain is not None and key is not None:
        return Certificate(chain, key)
    if chain is None and key is None:
        return None
    raise UsageError(
        "--tls-cert and --tls-key belong together",
        where="--tls-key" if key is None else "--tls-cert",
        remedy="Give both or neither",
    )


def _choice(site: Site) -> Choice:
    """Chosen here too, so that a model that cannot be used is said before anything starts."""
    detect = site.detect
    return choose(
        detect.model,
        backend=detect.backend,
        precision=detect.precision,
        threshold=detect.threshold,
    )


def _workers(site: Site) -> int:
    wanted = site.server.workers
    return wanted if isinstance(wanted, int) else len(os.sched_getaffinity(0))
