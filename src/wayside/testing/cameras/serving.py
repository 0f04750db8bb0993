"""The process: sockets on loopback, the makers beside it, one step of every feed at a time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wayside.domain.time import SystemClock
from wayside.testing.cameras.feed import Feed
from wayside.testing.cameras.films import FilmFolder
from wayside.testing.cameras.parent import when_parent_is_gone
from wayside.testing.cameras.playhead import Breaks
from wayside.testing.cameras.site import write_site
from wayside.testing.cameras.truth import TruthFile
from wayside.testing.places import PLACES

HOST = "127.0.0.1"
STEP_S = 0.04
BREAKING = {"bridge": Breaks()}
MAKERS = (
    ("junction", "night", "motorway", "bridge"),
    ("square", "shop-door", "car-park", "rain", "quay"),
)
"""Two processes share the work: simulating the junction takes the first one a while."""


class SocketClient:
    """A Client over an asyncio transport, which buffers what the network does not take yet."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, chunk: bytes) -> None:
        self._writer.write(chunk)

    def backlog(self) -> int:
        return self._writer.transport.get_write_buffer_size()

    def abort(self) -> None:
        self._writer.transport.abort()


@dataclass(frozen=True, slots=True)
class Options:
    """folder: for films, site.yaml and truth.jsonl. port: of the first feed, 0 for any."""

    folder: Path
    port: int = 0
    places: tuple[str, ...] = tuple(PLACES)


async def serve(options: Options) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def parent_is_gone() -> None:
        with suppress(RuntimeError):  # the loop has ended by itself meanwhile
            loop.call_soon_threadsafe(stop.set)

    when_parent_is_gone(parent_is_gone)
    films = options.folder / "films"
    films.mkdir(parents=True, exist_ok=True)
    feeds = [_feed(films, name) for name in options.places]
    truth = TruthFile(options.folder / "truth.jsonl", datetime.now(UTC))
    makers = _start_makers(films, feeds)
    servers: list[asyncio.Server] = []
    try:
        for offset, feed in enumerate(feeds):
            port = options.port + offset if options.port else 0
            servers.append(await listen(feed, port))
        print(json.dumps(_announce(options, feeds, servers)), flush=True)  # noqa: T201
        await _play(feeds, truth, makers, stop)
    finally:
        for maker in makers:
            maker.kill()
            maker.wait()
        for feed in feeds:
            feed.close()
        for server in servers:
            server.close()
            await server.wait_closed()
        truth.close()


def _feed(films: Path, name: str) -> Feed:
    place = PLACES[name]()
    return Feed(place, FilmFolder.of(films, place), SystemClock(), BREAKING.get(name))


async def listen(feed: Feed, port: int) -> asyncio.Server:
    """Accept clients of one feed."""

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = SocketClient(writer)
        feed.admit(client)
        try:
            while await reader.read(4096):  # a client has nothing to say but that it leaves
                pass
        except ConnectionError:
            pass
        finally:
            feed.channel.leave(client)
            writer.transport.abort()

    return await asyncio.start_server(attend, HOST, port)


def port_of(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


def _announce(
    options: Options, feeds: Sequence[Feed], servers: Sequence[asyncio.Server]
) -> dict[str, object]:
    """Write site.yaml; what is said on standard output."""
    addresses = {
        feed.place.id: f"tcp://{HOST}:{port_of(server)}"
        for feed, server in zip(feeds, servers, strict=True)
    }
    site = options.folder / "site.yaml"
    write_site(site, [feed.place for feed in feeds], addresses)
    return {
        "site": str(site),
        "truth": str(options.folder / "truth.jsonl"),
        "feeds": addresses,
    }


def _start_makers(films: Path, feeds: Sequence[Feed]) -> list[subprocess.Popen[bytes]]:
    wanted = {feed.place.id for feed in feeds if not feed.is_complete}
    shares = [[name for name in share if name in wanted] for share in MAKERS]
    command = [sys.executable, "-m", "wayside.testing.cameras.making", str(os.getpid()), str(films)]
    return [
        subprocess.Popen([*command, *share], stdin=subprocess.DEVNULL)  # noqa: S603
        for share in shares
        if share
    ]


async def _play(
    feeds: Sequence[Feed],
    truth: TruthFile,
    makers: Sequence[subprocess.Popen[bytes]],
    stop: asyncio.Event,
) -> None:
    """Step all feeds until told to stop. Raises RuntimeError where a film cannot be made."""
    while not stop.is_set():
        truth.append([row for feed in feeds for row in feed.step()])
        if any(maker.poll() for maker in makers):
            raise RuntimeError("the films of the demo's cameras could not be made, see above")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), STEP_S)
