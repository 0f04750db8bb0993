"""MPEG-TS over TCP, UDP (unicast or multicast) and SRT.

The sockets are ours and FFmpeg only demuxes their bytes: so a connection goes
to the address that was checked, ends at once when it shall, and has its
deadline on pictures. SRT needs an FFmpeg with libsrt; the one inside PyAV's
wheels has none (checked with 18.1), and the source says so.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from ipaddress import ip_address

from wayside.domain.errors import SourceError, SourceLost, SourceRefused
from wayside.ingest.address import host_and_port
from wayside.ingest.fetch import CONNECT_S
from wayside.ingest.halt import Halt
from wayside.ingest.live_session import LiveSession, stalled
from wayside.ingest.live_source import RemoteSource
from wayside.ingest.network import NetworkPolicy
from wayside.ingest.opening import AGAIN, open_input
from wayside.ingest.rtsp import connect_error

_POLL_S = 0.5
_RECEIVE_BUFFER = 1 << 20
_DATAGRAM = 65_536


class SocketStream:
    """Bytes of one socket for FFmpeg, under a deadline that each picture puts off.

    failure: why reading ended. allowed: which senders of datagrams count.
    """

    def __init__(
        self,
        connected: socket.socket,
        halt: Halt,
        where: str,
        *,
        within_s: float,
        allowed: Callable[[str], bool] | None = None,
    ) -> None:
        self.failure: SourceError | None = None
        self._socket = connected
        self._halt = halt
        self._where = where
        self._within_s = within_s
        self._until_s = time.monotonic() + within_s
        self._allowed = allowed
        self._senders: dict[str, bool] = {}
        connected.settimeout(_POLL_S)
        halt.lend(connected)

    def picture(self, within_s: float) -> None:
        """A picture was complete; the next one is due within so many seconds."""
        self._within_s = within_s
        self._until_s = time.monotonic() + within_s

    def read(self, size: int) -> bytes:
        while self.failure is None and not self._halt.is_set:
            if time.monotonic() > self._until_s:
                self.failure = stalled(self._where, self._within_s)
                break
            try:
                received = self._datagram() if self._allowed else self._socket.recv(size)
            except TimeoutError:
                continue
            except OSError:
                received = b""
            if received:
                return received
            if self._allowed is None:
                self.failure = SourceLost(
                    "the sender closed the connection", where=self._where, remedy=AGAIN
                )
        return b""

    def release(self) -> None:
        self._halt.take_back(self._socket)
        self._socket.close()

    def _datagram(self) -> bytes:
        """b"" for one from a sender that the policy forbids."""
        content, sender = self._socket.recvfrom(_DATAGRAM)
        fit = self._senders.get(sender[0])
        if fit is None:
            if len(self._senders) > 64:
                self._senders.clear()
            fit = self._senders[sender[0]] = self._allowed is None or self._allowed(sender[0])
        return content if fit else b""


class MpegTsSource(RemoteSource):
    """``tcp://host:port`` connects, ``udp://host:port`` listens on that address or joins it."""

    def open(self) -> LiveSession:
        self._not_halted()
        scheme = self._spec.address.partition(":")[0]
        host, port = host_and_port(self._spec.address)
        if scheme == "srt":
            raise SourceRefused(
                "the FFmpeg inside this installation has no SRT",
                where=self.name,
                remedy="Send MPEG-TS over TCP or UDP, or put an SRT gateway in front",
            )
        is_tcp = scheme == "tcp"
        connected = self._connected(host, port) if is_tcp else self._listening(host, port)
        stream = SocketStream(
            connected,
            self._halt,
            self.name,
            within_s=self._open_s,
            allowed=None if is_tcp else self._network.permits,
        )
        return self._session(stream, is_lossy=not is_tcp)

    def _session(self, stream: SocketStream, *, is_lossy: bool) -> LiveSession:
        try:
            container = open_input(
                stream, where=self.name, demuxer="mpegts", options={"fpsprobesize": "0"}
            )
        except BaseException:
            stream.release()
            raise
        try:
            session = LiveSession(
                container,
                self.name,
                clock=self._clock,
                halt=self._halt,
                stream=stream,
                stall_s=self._stall_s,
                may_lose=is_lossy,
                release=stream.release,
            )
        except BaseException:
            container.close()
            stream.release()
            raise
        return session

    def _connected(self, host: str, port: int) -> socket.socket:
        return connected(self._network, host, port, self.name)

    def _listening(self, host: str, port: int) -> socket.socket:
        if host in ("0.0.0.0", "::"):  # noqa: S104 - what to bind is the operator's choice
            addresses: tuple[str, ...] = (host,)
        else:
            addresses = self._network.resolve(host, port, multicast=True)
        address = ip_address(addresses[0])
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        receiving = socket.socket(family, socket.SOCK_DGRAM)
        try:
            receiving.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, address.is_multicast)
            receiving.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            receiving.bind((addresses[0], port))
            if address.is_multicast:
                _join(receiving, addresses[0])
        except OSError as error:
            receiving.close()
            raise SourceRefused(
                f"this machine cannot listen there ({error.strerror})",
                where=self.name,
                remedy="Give an address of this machine, or a multicast group, and a free port",
            ) from error
        return receiving


def connected(network: NetworkPolicy, host: str, port: int, where: str) -> socket.socket:
    """A TCP connection to the first allowed address that answers. Raises SourceError."""
    failure: OSError | None = None
    for ip in network.resolve(host, port):
        try:
            return socket.create_connection((ip, port), timeout=CONNECT_S)
        except OSError as error:
            failure = error
    raise connect_error(failure, where)


def _join(receiving: socket.socket, group: str) -> None:
    packed = socket.inet_pton(receiving.family, group)
    if receiving.family == socket.AF_INET:
        request = packed + socket.inet_aton("0.0.0.0")  # noqa: S104 - any interface
        receiving.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    else:
        request = packed + struct.pack("@I", 0)
        receiving.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
