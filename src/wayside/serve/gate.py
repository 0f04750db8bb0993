"""What every request passes before any route: host, origin, size, time; and headers on its answer.

Plain ASGI, so that it also stands before WebSockets, the page and errors.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wayside.serve.problems import Refusal, answer, problem, unforeseen

COOKIE = "wayside"
SECURE_COOKIE = "__Host-wayside"

MAX_BODY = 1_000_000
MAX_IMPORT = 8_000_000
"""Bytes of a request."""

BODY_S = 30.0
"""Seconds within which a request's body must have come, however slowly it drips."""

_TAKE_S = 60.0  # for one piece of an answer; a client that takes longer holds it for nothing
_LINGER_S = 5.0  # for the rest of a request that has been answered already
_LINGER = 32_000_000  # bytes of it

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_IMPORT = "/api/v1/feeds/import"
_CLOSE = {"Connection": "close"}  # what is still coming is not worth reading

_HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def allowed_hosts(extra: Iterable[str], public_url: str) -> frozenset[str]:
    """Names without ports, lower case; ``*.example.org`` stands for all below it."""
    names = {name.lower().strip("[]") for name in extra if name}
    public = urlsplit(public_url).hostname
    return frozenset(_LOOPBACK | names | ({public} if public else set()))


class Gate:
    """Refuses what no route should ever see. body_s: see BODY_S."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: frozenset[str],
        public_url: str = "",
        body_s: float = BODY_S,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._public = urlsplit(public_url)
        self._body_s = body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if scope["type"] == "websocket":
            if refusal is None:
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        limit = MAX_IMPORT if scope["path"] == _IMPORT else MAX_BODY
        body = _Body(receive, headers, limit, self._body_s)
        is_secure = scope["scheme"] == "https" or self._public.scheme == "https"
        guarded = _Answer(send, body, is_api=scope["path"].startswith("/api/"), is_secure=is_secure)
        if refusal is None:
            await self._pass(scope, body, guarded)
        else:
            await refusal(scope, receive, guarded.send)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        name = _host_name(host)
        if name is None or not _is_known(name, self._hosts) or len(headers.getlist("host")) != 1:
            return answer(
                problem(
                    421,
                    "this server is not known by that name",
                    where="Host",
                    remedy="Add the name to the server's hosts, or use its address",
                )
            )
        is_websocket = scope["type"] == "websocket"
        if (is_websocket or scope["method"] not in _SAFE) and not self._is_ours(
            headers, host, is_secure=scope["scheme"] in ("https", "wss")
        ):
            return answer(
                problem(
                    403,
                    "this request came from another site, or does not say whence",
                    where="Origin",
                    remedy="Programs should use an API token instead of a cookie",
                )
            )
        return None

    def _is_ours(self, headers: Headers, host: str, *, is_secure: bool) -> bool:
        """Whether a page of ours, or a program, made the request.

        A browser always names its origin on these. A request that has a
        session's cookie and no origin is refused: a program has no cookie.
        Where the page is served over TLS, one of the same name without TLS is
        not ours: whoever sits on the line can make it.
        """
        origin = headers.get("origin")
        site = headers.get("sec-fetch-site")
        if site is not None and site not in ("same-origin", "none"):
            return False
        if origin is not None:
            return self._is_our_page(origin.lower(), host.lower(), is_secure=is_secure)
        return site is not None or not _has_session(headers)

    def _is_our_page(self, origin: str, host: str, *, is_secure: bool) -> bool:
        scheme, _, name = origin.partition("://")
        public = self._public.netloc.lower()
        if name == public and self._public.scheme == "https":
            return scheme == "https"
        # A proxy that says nothing of itself makes https of what is http to us.
        schemes = ("https",) if is_secure else ("http", "https")
        return bool(name) and name in (host, public) and scheme in schemes

    async def _pass(self, scope: Scope, body: _Body, guarded: _Answer) -> None:
        if body.is_declared_too_large:
            refusal = _too_large(body.limit)
            await answer(refusal.problem, refusal.headers)(scope, body.receive, guarded.send)
            return
        try:
            await self._app(scope, body.receive, guarded.send)
        except Exception as error:
            # Starlette's own answer to a fault of ours would lack the headers.
            if not guarded.has_begun:
                await unforeseen(scope["path"], error)(scope, body.receive, guarded.send)
            raise


class _Body:
    """A request's body with a limit on its size and on the time it takes to come.

    Refusal is an HTTPException, which FastAPI lets through from the reading of a body.

    is_whole: nothing of it can come any more.
    """

    def __init__(self, receive: Receive, headers: Headers, limit: int, seconds: float) -> None:
        self.limit = limit
        self._receive = receive
        self._declared = headers.get("content-length", "0")
        self._size = 0
        self._deadline = asyncio.get_running_loop().time() + seconds
        self.is_whole = self._declared == "0" and "transfer-encoding" not in headers

    @property
    def is_declared_too_large(self) -> bool:
        """Of a length that is none, too."""
        declared = self._declared
        return not declared.isdecimal() or len(declared) > 18 or int(declared) > self.limit

    async def receive(self) -> Message:
        if self.is_whole:
            return await self._receive()  # only the client's leaving can come now
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise Refusal(408, "the request came too slowly", headers=_CLOSE) from None
        self._size += len(message.get("body", b""))
        self.is_whole = not message.get("more_body", False)
        if self._size > self.limit:
            raise _too_large(self.limit)
        return message

    async def drain(self) -> None:
        """Lets what is still coming come to nothing, for a while.

        A connection closed on bytes that nobody read is reset, and the answer may be lost with
        it before a client, or a proxy, has read it: RFC 9112, section 9.6.
        """
        left = _LINGER
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while not self.is_whole and left > 0:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    self.is_whole = not message.get("more_body", False)


class _Answer:
    """Puts the headers on, and ends only after the request has."""

    def __init__(self, send: Send, body: _Body, *, is_api: bool, is_secure: bool) -> None:
        self._send = send
        self._body = body
        self._is_api = is_api
        self._is_secure = is_secure
        self.has_begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if self._is_api:
                headers.setdefault("cache-control", "no-store")
            if self._is_secure:
                headers.setdefault("strict-transport-security", "max-age=31536000")
        is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if is_last and not self._body.is_whole:
            await self._put({**message, "more_body": True})
            await self._body.drain()
            message = {"type": "http.response.body", "body": b""}
        await self._put(message)

    async def _put(self, message: Message) -> None:
        try:
            async with asyncio.timeout(_TAKE_S):
                await self._send(message)
        except TimeoutError:
            # OSError is what a broken connection is; the server then closes it.
            raise OSError("the client takes nothing any more") from None


def _too_large(limit: int) -> Refusal:
    return Refusal(
        413, "the request is too large", remedy=f"Send at most {limit} bytes", headers=_CLOSE
    )


def _host_name(host: str) -> str | None:
    """Without its port, lower case; None for what is no host."""
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018  raises ValueError for a port that is none
    except ValueError:
        return None
    if parts.netloc != host or "@" in host or not parts.hostname:
        return None
    return parts.hostname.lower().rstrip(".")


def _is_known(name: str, hosts: frozenset[str]) -> bool:
    labels = name.split(".")
    above = (".".join(labels[n:]) for n in range(1, len(labels)))
    return name in hosts or any(f"*.{each}" in hosts for each in above)


def _has_session(headers: Headers) -> bool:
    names = {part.split("=", 1)[0].strip() for part in headers.get("cookie", "").split(";")}
    return bool(names & {COOKIE, SECURE_COOKIE})


def is_loopback(host: str) -> bool:
    """Of an address or ``localhost``; False for any other name."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
