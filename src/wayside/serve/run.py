"""Running the application: uvicorn, with limits, and an orderly end."""

from __future__ import annotations

import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_network
from typing import Any, cast

import uvicorn
from fastapi import FastAPI

from wayside.domain.errors import UsageError
from wayside.serve.accounts import Accounts
from wayside.serve.descriptors import room_for_connections
from wayside.serve.gate import is_loopback
from wayside.serve.house import House
from wayside.serve.listener import Limits, Listener, bound
from wayside.serve.protocol import DeadlineProtocol

_LIMITS = Limits()
_GRACE_S = 5
_TASKS = 1000  # answers under way
_MESSAGE = 65_536  # bytes that a viewer may say at once


def require_user_beyond_loopback(host: str, accounts: Accounts) -> None:
    """Raises UsageError for a bind that others can reach while nobody could log in."""
    if not is_loopback(host) and not accounts.has_users():
        raise UsageError(
            f"{host} can be reached from other machines, and there is no user yet",
            where="--host",
            remedy="Start on 127.0.0.1, make a user with the link it prints, then bind wider",
        )


def names_of(host: str) -> tuple[str, ...]:
    """Names by which a server bound to ``host`` is called: for House.hosts.

    Of a wildcard: this machine's own name and addresses, as far as it knows them.
    """
    if host not in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return (host,)
    name = socket.gethostname()
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        found = []
    addresses = {str(address[4][0]).partition("%")[0] for address in found}
    return (name, f"{name}.local", socket.getfqdn(name), *sorted(addresses))


class HouseServer(uvicorn.Server):
    """uvicorn, which counts connections before they greet, and ends open event streams
    before it waits for their ends.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        app: FastAPI,
        limits: Limits,
        on_started: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(config)
        self._app = app
        self._limits = limits
        self._on_started = on_started

    @property
    def url(self) -> str:
        """``http://127.0.0.1:8080``, once it listens."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        scheme = "https" if self.config.is_ssl else "http"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """In uvicorn's place: its own would leave the taking of connections to the loop."""
        config, state = self.config, self.server_state
        protocol = cast("type[DeadlineProtocol]", config.http_protocol_class)
        listener = Listener(
            sockets or bound(config.host, config.port),
            lambda: protocol(config, state, {}),
            state.connections,
            self._limits,
            config.ssl,
        )
        self.servers: list[Any] = [listener]
        listener.start()
        self.started = True
        if self._on_started is not None:
            self._on_started(self.url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.is_closing = True
        await super().shutdown(sockets)


def server(
    app: FastAPI,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    on_started: Callable[[str], None] | None = None,
    tls: ssl.SSLContext | None = None,
    trusted_proxies: Sequence[str] = (),
    protocol: type[DeadlineProtocol] = DeadlineProtocol,
    limits: Limits = _LIMITS,
) -> HouseServer:
    """A server that is not running yet. Raises UsageError, see require_user_beyond_loopback.

    on_started: called with the address once it listens. port 0: any free one.
    trusted_proxies: whose X-Forwarded headers are believed; of nobody by default.
    tls: of the server's own, see tls.RenewedTls. limits: trusted proxies are spared, too.
    """
    house: House = app.state.house
    require_user_beyond_loopback(host, house.accounts)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=protocol,
        ws="websockets-sansio",
        ws_max_size=_MESSAGE,
        ws_max_queue=16,
        ws_per_message_deflate=False,  # pictures are compressed already
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        limit_concurrency=_TASKS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=_GRACE_S,
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
    )
    spared = (*limits.spared, *(ip_network(each, strict=False) for each in trusted_proxies))
    return HouseServer(config, app, replace(limits, spared=spared), on_started)


def serve(
    app: FastAPI,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    on_started: Callable[[str], None] | None = None,
    tls: ssl.SSLContext | None = None,
    trusted_proxies: Sequence[str] = (),
) -> int | None:
    """Runs until SIGINT or SIGTERM, ends within some 5 s, answers which of them it was.

    As ``server``, with as many connections as this process has descriptors for. Raises
    UsageError too where the address cannot be bound.
    On the main thread it takes both signals for as long as it runs; the caller
    then closes the house, which a signal must not prevent.
    """
    running = server(
        app,
        host,
        port,
        on_started=on_started,
        tls=tls,
        trusted_proxies=trusted_proxies,
        limits=Limits(most=(most := room_for_connections()), each=most // 2),
    )
    sockets = bound(host, port)
    with _remembered_signals() as caught:
        running.run(sockets)
    return caught[0] if caught else None


@contextmanager
def _remembered_signals() -> Iterator[list[int]]:
    """uvicorn raises again, at its end, the signals that ended it; here they are only noted."""
    caught: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield caught
        return
    before = {
        number: signal.signal(number, lambda signum, _frame: caught.append(signum))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
