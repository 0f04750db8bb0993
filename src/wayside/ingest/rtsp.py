"""RTSP: what most cameras speak. FFmpeg reads it; the door is ours.

Before FFmpeg connects, one ``OPTIONS`` is sent over a connection of our own.
It resolves the name under the policy, finds which address answers, follows at
most three redirects (each held to the policy) and notices a device that
accepts and then says nothing, all of it interruptible. FFmpeg then gets the
literal address that was checked, so it resolves nothing.

FFmpeg follows a redirect in a later answer (``DESCRIBE``) by itself and has no
setting against it. So after the opening the peers of this process are
compared with those before: a new one that the policy forbids ends the session
before a packet of it is read. What remains is that a hostile device can make
this machine send the few lines of an RTSP request to a TCP port elsewhere.

Only video is set up, so that sound which goes on cannot hide pictures which
do not. FFmpeg's reads are broken off every 0.8 s to look at the stop sign and
at the deadline of the picture; RTP is resumed without loss. The certificate
of ``rtsps`` is not verified: cameras sign their own.
"""

from __future__ import annotations

import os
import re
import socket
import stat
from contextlib import suppress
from pathlib import Path
from urllib.parse import urljoin

from wayside.domain.errors import (
    SourceError,
    SourceLost,
    SourceMissing,
    SourceRefused,
    SourceTimedOut,
    SourceUnreadable,
)
from wayside.ingest.address import at_host, host_and_port, with_credentials
from wayside.ingest.fetch import CONNECT_S, MAX_REDIRECTS
from wayside.ingest.live_session import POLL_S, LiveSession
from wayside.ingest.live_source import Deadline, RemoteSource
from wayside.ingest.opening import open_input

_ANSWER = re.compile(rb"RTSP/1\.\d (\d{3})")
_LOCATION = re.compile(rb"^location:[ \t]*([\x21-\x7e]+)", re.IGNORECASE | re.MULTILINE)
_LONGEST_ANSWER = 16 * 1024


class RtspSource(RemoteSource):
    """H.264, H.265 or MJPEG over RTP, by TCP or UDP; no, basic or digest authentication."""

    def open(self) -> LiveSession:
        self._not_halted()
        until = Deadline(self._open_s)
        address = self._address_that_answers(until)
        before = _peers()
        container = open_input(
            with_credentials(self._spec, address),
            where=self.name,
            demuxer="rtsp",
            options=self._options(),
            timeout=(max(until.left_s, 1.0), POLL_S),
        )
        try:
            self._no_detour(before)
            return LiveSession(
                container,
                self.name,
                clock=self._clock,
                halt=self._halt,
                stall_s=self._stall_s,
                may_lose=self._spec.transport == "udp",
            )
        except BaseException:
            container.close()
            raise

    def _options(self) -> dict[str, str]:
        encrypted = self._spec.address.startswith("rtsps:")
        return {
            "protocol_whitelist": "rtsp,rtp,udp,tcp" + (",tls,rtsps,crypto" if encrypted else ""),
            "rtsp_transport": "udp" if self._spec.transport == "udp" else "tcp",
            "allowed_media_types": "video",
            "user_agent": "wayside",
            "buffer_size": "1048576",
            "analyzeduration": "3000000",
            "fpsprobesize": "0",
        }

    def _address_that_answers(self, until: Deadline) -> str:
        """The address with a literal host, after redirects."""
        address = self._spec.address
        if address.startswith("rtsps:"):
            host, port = host_and_port(address)
            connected, ip = self._connect(host, port)
            connected.close()
            return at_host(address, ip)
        for _ in range(MAX_REDIRECTS + 1):
            host, port = host_and_port(address)
            connected, ip = self._connect(host, port)
            with connected, self._halt.lending(connected):
                answer = self._options_answer(connected, address, until)
            status = int(answer[9:12])
            if not 300 <= status < 400:
                # Whatever else OPTIONS is answered with, DESCRIBE is what counts.
                return at_host(address, ip)
            address = self._redirected(address, answer)
        raise SourceRefused(
            f"it redirects more than {MAX_REDIRECTS} times",
            where=self.name,
            remedy="Give the address that the redirects lead to, if they lead anywhere",
        )

    def _connect(self, host: str, port: int) -> tuple[socket.socket, str]:
        failure: OSError | None = None
        for ip in self._network.resolve(host, port):
            try:
                return socket.create_connection((ip, port), timeout=CONNECT_S), ip
            except OSError as error:
                failure = error
            self._not_halted()
        raise connect_error(failure, self.name)

    def _options_answer(self, connected: socket.socket, address: str, until: Deadline) -> bytes:
        until = Deadline(min(until.left_s, self._stall_s))
        request = f"OPTIONS {address} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: wayside\r\n\r\n"
        answer = b""
        failure: SourceError | None = None
        try:
            connected.sendall(request.encode("ascii"))
            while b"\r\n\r\n" not in answer and len(answer) < _LONGEST_ANSWER:
                # Of the whole answer: a device that drips must not hold it open.
                connected.settimeout(max(until.left_s, 0.001))
                received = connected.recv(4096)
                if not received:
                    break
                answer += received
        except TimeoutError:
            failure = SourceTimedOut(
                "it accepts the connection and then says nothing",
                where=self.name,
                remedy="Restart the device if it goes on",
            )
        except OSError:
            failure = self._broken()
        self._not_halted()
        if failure is None and not answer:
            failure = self._broken()
        if failure is None and not _ANSWER.match(answer):
            failure = SourceUnreadable(
                "what answers there does not speak RTSP", where=self.name, remedy="Check the port"
            )
        if failure is not None:
            raise failure
        return answer

    def _redirected(self, address: str, answer: bytes) -> str:
        found = _LOCATION.search(answer)
        target = urljoin(address, found[1].decode("ascii")) if found else ""
        plain = re.match(r"rtsp://(?:[^/@?#]*@)?([^/@?#]+)([/?].*)?$", target)
        fit = False
        with suppress(ValueError):
            fit = plain is not None and bool(host_and_port(target)[0])
        if plain is None or not fit:
            raise SourceRefused(
                "it redirects to something that is no RTSP address",
                where=self.name,
                remedy="Check that the address is that of a camera",
            )
        # Of a redirect's own user info nothing is kept.
        return f"rtsp://{plain[1]}{plain[2] or ''}"

    def _broken(self) -> SourceLost:
        return SourceLost(
            "the connection was closed before an answer",
            where=self.name,
            remedy="It is tried again; the device may have too many viewers",
        )

    def _no_detour(self, before: set[str]) -> None:
        if all(self._network.permits(peer) for peer in _peers() - before):
            return
        raise SourceRefused(
            "it redirected to an address outside the ranges that sources may be in",
            where=self.name,
            remedy="Check that the address is that of a camera",
        )


def connect_error(failure: OSError | None, where: str) -> SourceError:
    """What a failed TCP connect means."""
    if isinstance(failure, TimeoutError):
        return SourceTimedOut(
            f"nothing answers within {CONNECT_S:g} s",
            where=where,
            remedy="Check that the device is on, and its address",
        )
    if isinstance(failure, ConnectionRefusedError):
        return SourceMissing(
            "nothing listens at that port",
            where=where,
            remedy="Check that the device is on, and its address and port",
        )
    reason = os.strerror(failure.errno) if failure and failure.errno else "no answer"
    return SourceMissing(
        f"it cannot be reached ({reason})",
        where=where,
        remedy="Check that the device is on, its address, and this machine's network",
    )


def _peers() -> set[str]:
    """Addresses that TCP connections of this process lead to. Costs some 5 us a descriptor."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError, ValueError):
            if not stat.S_ISSOCK(entry.stat().st_mode):
                continue
            with socket.socket(fileno=os.dup(int(entry.name))) as twin:
                inet = twin.family in (socket.AF_INET, socket.AF_INET6)
                if inet and twin.type == socket.SOCK_STREAM:
                    found.add(str(twin.getpeername()[0]))
    return found
