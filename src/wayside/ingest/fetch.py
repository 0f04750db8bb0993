"""HTTP for sources: playlists, segments, snapshots, endless streams of pictures.

FFmpeg's own HTTP client is not used at all. It follows redirects and playlist
entries to any host; here every connection, whatever led to it, is made by
one function that resolves the name, checks the address against the policy and
connects to exactly that address. At most three redirects are followed.
Credentials go only to the host that they were given for.

Certificates are verified, but for a host that is written as a private or
loopback address: no authority signs those, and cameras sign their own.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx

from wayside.domain.errors import (
    SourceError,
    SourceLost,
    SourceMissing,
    SourceRefused,
    SourceTimedOut,
    SourceUnauthorized,
)
from wayside.domain.feeds import SourceSpec
from wayside.ingest.address import host_and_port, masked
from wayside.ingest.halt import Halt
from wayside.ingest.network import NetworkPolicy

MAX_REDIRECTS = 3
CONNECT_S = 4.0
_HEADERS = {"User-Agent": "wayside", "Accept-Encoding": "identity"}


class Fetcher:
    """An HTTP client of one session of one source. Close it.

    answer_s: seconds for an answer to begin, and between two of its bytes.
    Raises SourceError only, never with a password in it.
    """

    def __init__(
        self, spec: SourceSpec, network: NetworkPolicy, halt: Halt, *, answer_s: float = 5.0
    ) -> None:
        self._where = masked(spec)
        self._answer_s = answer_s
        self._halt = halt
        self._origin = host_and_port(spec.address)
        self._auth = _EitherAuth(spec.username, spec.password) if spec.username else None
        self._backend = _GuardedBackend(network, halt)
        transport = httpx.HTTPTransport(trust_env=False, verify=_context(verify=True))
        # httpx has no setting for who makes its connections; its pool has.
        transport._pool = httpcore.ConnectionPool(
            ssl_context=_context(verify=not _is_private(self._origin[0])),
            max_connections=2,
            keepalive_expiry=30.0,
            network_backend=self._backend,
        )
        self._client = httpx.Client(
            transport=transport,
            trust_env=False,
            headers=_HEADERS,
            timeout=httpx.Timeout(answer_s, connect=CONNECT_S, pool=1.0),
        )

    def close(self) -> None:
        self._client.close()
        self._backend.close()

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[httpx.Response]:
        """The answer, redirects followed, its body not yet read. Status 200 or 304 only."""
        response = self._answer(url, headers or {})
        try:
            yield response
        finally:
            response.close()

    def get(
        self,
        url: str,
        *,
        limit: int,
        within_s: float,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The whole answer. limit: bytes, more are refused. within_s: for all of it."""
        until_s = time.monotonic() + within_s
        with self.open(url, headers) as response:
            body = bytearray()
            for chunk in self.chunks(response):
                body += chunk
                if len(body) > limit:
                    raise SourceRefused(
                        f"its answer is larger than {limit // 1_000_000} MB",
                        where=self._where,
                        remedy="Check that the address is that of a camera",
                    )
                if time.monotonic() > until_s:
                    raise self._late()
            return httpx.Response(
                response.status_code,
                headers=response.headers,
                content=bytes(body),
                request=response.request,
            )

    def chunks(self, response: httpx.Response) -> Iterator[bytes]:
        """Of the body, as they arrive."""
        try:
            yield from response.iter_raw()  # no chunk size: it would wait until one is full
        except (httpx.HTTPError, httpx.StreamError, httpcore.ReadError, OSError) as error:
            failure = self._explained(error)
        else:
            return
        raise failure

    def _answer(self, url: str, headers: Mapping[str, str]) -> httpx.Response:
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send(url, headers)
            if not response.has_redirect_location:
                return self._checked(response)
            response.close()
            target = _joined(response)
            if target is None:
                raise SourceRefused(
                    "it redirects to something that is no web address",
                    where=self._where,
                    remedy="Give the address that shows the picture in a browser",
                )
            url = target
        raise SourceRefused(
            f"it redirects more than {MAX_REDIRECTS} times",
            where=self._where,
            remedy="Give the address that the redirects lead to, if they lead anywhere",
        )

    def _send(self, url: str, headers: Mapping[str, str]) -> httpx.Response:
        try:
            request = self._client.build_request("GET", url, headers=dict(headers))
            ours = (request.url.host, request.url.port or _port(request.url)) == self._origin
            return self._client.send(request, auth=self._auth if ours else None, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            failure = self._explained(error)
        raise failure

    def _checked(self, response: httpx.Response) -> httpx.Response:
        status = response.status_code
        if status in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT, httpx.codes.NOT_MODIFIED):
            return response
        response.close()
        raise status_error(status, self._where)

    def _explained(self, error: Exception) -> SourceError:
        """The text of an httpx error is not used: it may quote the address."""
        if self._halt.is_set:
            return SourceLost("the reading was stopped", where=self._where)
        if isinstance(error, httpx.ConnectTimeout | httpx.ReadTimeout | TimeoutError):
            return self._late()
        if isinstance(error, httpx.ConnectError):
            refused = "refused" in str(error).lower()
            certificate = "certificate" in str(error).lower()
            if certificate:
                return SourceRefused(
                    "its certificate cannot be verified",
                    where=self._where,
                    remedy="Use http, or the host name that the certificate is made for",
                )
            return SourceMissing(
                "nothing listens at that port" if refused else "it cannot be reached",
                where=self._where,
                remedy="Check that the device is on, and its address and port",
            )
        if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
            return SourceRefused(
                "it leads to an address that is not http", where=self._where, remedy=_CAMERA
            )
        return SourceLost(
            "the connection broke", where=self._where, remedy="It is opened again by itself"
        )

    def _late(self) -> SourceTimedOut:
        return SourceTimedOut(
            f"no answer within {self._answer_s:g} s, or one that never ends",
            where=self._where,
            remedy="Check that the device is on and not overloaded",
        )


_CAMERA = "Check that the address is that of a camera"


def status_error(status: int, where: str) -> SourceError:
    """What an HTTP or RTSP status other than success means for a source."""
    if status in (401, 403, 407):
        return SourceUnauthorized(
            "it wants another user name or password"
            if status != httpx.codes.FORBIDDEN
            else "this user may not see it",
            where=where,
            remedy="Check user and password; the next try is a minute away, to keep the account"
            " from being locked",
        )
    if status in (404, 410):
        return SourceMissing(
            f"the server knows no such path (status {status})",
            where=where,
            remedy="Check the path in the camera's manual",
        )
    return SourceLost(
        f"the server answers with status {status}",
        where=where,
        remedy="It is tried again; look at the server if it goes on",
    )


class _EitherAuth(httpx.Auth):
    """Basic or digest, whichever the server asks for; nothing before it asks."""

    def __init__(self, username: str, password: str) -> None:
        self._basic = httpx.BasicAuth(username, password)
        self._digest = httpx.DigestAuth(username, password)
        self._wants_basic = False

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._wants_basic:
            yield from self._basic.auth_flow(request)
            return
        # DigestAuth keeps the server's nonce, so later requests carry an answer at once.
        flow = self._digest.auth_flow(request)
        response = yield next(flow)
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return
        challenges = response.headers.get_list("www-authenticate")
        if any(c.lower().startswith("digest") for c in challenges):
            with _ended():
                request = flow.send(response)
                yield request
        elif challenges:
            self._wants_basic = True
            yield from self._basic.auth_flow(request)


@contextmanager
def _ended() -> Iterator[None]:
    try:
        yield
    except (StopIteration, httpx.ProtocolError):
        return  # a challenge that cannot be answered stands as a 401


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects to addresses that the policy allows, and lends each socket to the stop sign."""

    def __init__(self, network: NetworkPolicy, halt: Halt) -> None:
        self._network = network
        self._halt = halt
        self._lent: list[socket.socket] = []
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in self._network.resolve(host, port):
            try:
                stream = self._plain.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            self._lend(stream)
            return stream
        raise failure or httpcore.ConnectError("no address")

    def sleep(self, seconds: float) -> None:
        self._halt.wait(seconds)

    def close(self) -> None:
        for lent in self._lent:
            self._halt.take_back(lent)
        self._lent.clear()

    def _lend(self, stream: httpcore.NetworkStream) -> None:
        connected = stream.get_extra_info("socket")
        if isinstance(connected, socket.socket):
            # A duplicate: TLS takes the descriptor out of the first object.
            self._lent = [lent for lent in self._lent if lent.fileno() >= 0]
            self._lent.append(connected)
            self._halt.lend(connected)


def _joined(response: httpx.Response) -> str | None:
    try:
        target = response.request.url.join(response.headers["location"])
    except httpx.InvalidURL:
        return None
    return str(target) if target.scheme in ("http", "https") and target.host else None


def _port(url: httpx.URL) -> int:
    return 443 if url.scheme == "https" else 80


def _is_private(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_private or address.is_link_local


@cache
def _context(*, verify: bool) -> ssl.SSLContext:
    """One for all sources: loading the authorities takes 20 ms."""
    context = httpx.create_ssl_context(trust_env=False)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
