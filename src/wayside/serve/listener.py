"""Taking connections: each counts from its first moment, also before it greets in TLS.

uvicorn would leave this to the event loop, which tells nobody of a connection until its
handshake is over. ``Listener`` is what uvicorn takes for an ``asyncio.Server``.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from wayside.domain.errors import UsageError
from wayside.observe.logging import get_logger

MOST = 1000
"""Connections open at once. One more is closed before anything is read of it."""

GREET_S = 10.0
"""Seconds for a TLS handshake."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_BACKLOG = 2048
_REST_S = 0.25  # before the next try where none could be taken
_TELL_S = 60.0  # between two lines in the log

_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


@dataclass(frozen=True)
class Limits:
    """most: connections at once. each: of one address, a /64 of IPv6 being one.

    spared: whom ``each`` does not hold for, such as proxies, behind which are many.
    greet_s: see GREET_S.
    """

    most: int = MOST
    each: int = MOST // 2
    spared: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1"))
    greet_s: float = GREET_S


def bound(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of ``host``; 0 is any free port.

    Raises UsageError where it cannot be listened on; uvicorn would end the process.
    """
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, _, _, _, address in dict.fromkeys(found):
            try:
                sockets.append(socket.create_server(address, family=family, backlog=_BACKLOG))
            except OSError as error:
                # A name may have an address of a family that this machine lacks.
                is_last = address == found[-1][4]
                if error.errno not in _NOT_HERE or (is_last and not sockets):
                    raise
    except OSError as error:
        for each in sockets:
            each.close()
        raise UsageError(
            f"{host} port {port} cannot be listened on: {str(error.strerror).partition(' (')[0]}",
            where="--port",
            remedy="Stop what listens there, or choose another port with --port",
        ) from error
    for each in sockets:
        each.settimeout(0)
    return sockets


class Listener:
    """sockets: listening, from ``bound``; they are closed with it.

    protocol: makes one for a connection. open_now: those that are under way; each has
    ``client``, its address and port, or None.
    """

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        protocol: Callable[[], asyncio.Protocol],
        open_now: Collection[object],
        limits: Limits,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.sockets = tuple(sockets)
        self._protocol = protocol
        self._open = open_now
        self._limits = limits
        self._tls = tls
        self._greeting: dict[asyncio.Task[None], tuple[asyncio.Protocol, Address]] = {}
        self._taking: list[asyncio.Task[None]] = []
        self._told_s = -_TELL_S
        self._log = get_logger(__name__)

    def start(self) -> None:
        """On the running loop."""
        self._taking = [asyncio.create_task(self._take(each)) for each in self.sockets]

    def close(self) -> None:
        """Takes no more; those that still greet are let go."""
        for task in (*self._taking, *self._greeting):
            task.cancel()
        for each in self.sockets:
            each.close()

    async def wait_closed(self) -> None:
        await asyncio.gather(*self._taking, *self._greeting, return_exceptions=True)

    async def _take(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(listening)
            except OSError as error:
                # Without descriptors, say. Those that wait stay in the kernel's queue.
                self._tell("connections cannot be taken", why=str(error))
                await asyncio.sleep(_REST_S)
                continue
            caller = _caller(address)
            if self._is_one_too_many(caller):
                self._tell("a connection too many was closed", address=str(caller))
                connection.close()
                continue
            protocol = self._protocol()
            task = asyncio.create_task(self._let_in(connection, protocol))
            self._greeting[task] = protocol, caller
            task.add_done_callback(self._greeting.pop)

    async def _let_in(self, connection: socket.socket, protocol: asyncio.Protocol) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol,
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=None if self._tls is None else self._limits.greet_s,
            )
        except (OSError, ssl.SSLError, asyncio.CancelledError):
            connection.close()  # it left, or did not greet

    def _is_one_too_many(self, caller: Address) -> bool:
        limits = self._limits
        # The loop tells of a connection before it ends the task that let it in.
        greeting = [who for protocol, who in self._greeting.values() if protocol not in self._open]
        count = len(self._open) + len(greeting)
        if count >= limits.most:
            return True
        if count < limits.each or any(caller in network for network in limits.spared):
            return False
        clients = (getattr(each, "client", None) for each in self._open)
        callers = [_caller(client) for client in clients if client] + greeting
        neighbours = _neighbours(caller)
        return sum(other in neighbours for other in callers) >= limits.each

    def _tell(self, what: str, **more: str) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._told_s >= _TELL_S:
            self._told_s = now_s
            self._log.warning(what, **more)


def _caller(address: Sequence[object]) -> Address:
    """Of a socket's peer."""
    parsed = ip_address(str(address[0]).partition("%")[0])
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _neighbours(address: Address) -> Network:
    """What counts as one address: whoever has one of IPv6 has the 2^64 beside it."""
    return ip_network((address, 32 if address.version == 4 else 64), strict=False)
