"""A webhook: each record is posted as a CloudEvent in structured mode, signed.

CloudEvents HTTP protocol binding 1.0.2, 3.2. The record's id is in
``webhook-id`` and ``idempotency-key``, so a receiver that gets one twice can know.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from wayside.domain.errors import SinkError, SinkRefused, UsageError
from wayside.domain.time import Clock
from wayside.events.sinks.egress import Allow, pinned_address
from wayside.events.sinks.signature import signed_headers
from wayside.events.sinks.sink import Delivery, RecordKind

_TRY_AGAIN = frozenset({408, 425, 429})
_ANSWER_READ = 65_536  # bytes: enough to use the connection again, no more than that


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """url: http or https, without user and password. secret: "" for unsigned.

    headers: added to each request, for a receiver that wants a token of its own.
    ca_file: of a private authority, None for the usual ones.
    """

    url: str
    secret: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    connect_timeout_s: float = 5.0
    answer_timeout_s: float = 10.0
    ca_file: str | None = None


class WebhookSink:
    """Raises UsageError for a URL that is none, ValueError for a secret that is none."""

    def __init__(
        self,
        settings: WebhookSettings,
        *,
        allow: Allow,
        clock: Clock,
        name: str = "webhook",
        takes: frozenset[RecordKind] = frozenset({RecordKind.EVENT}),
    ) -> None:
        self.name = name
        self.takes = takes
        self._settings = settings
        self._allow = allow
        self._clock = clock
        self._url = _checked(settings.url)
        signed_headers(settings.secret, "", 0, b"")
        self._client: httpx.Client | None = None

    def deliver(self, batch: Sequence[Delivery]) -> None:
        """One request for each record, in order. Raises SinkError or SinkRefused."""
        address = pinned_address(self._url.host, self._port, self._allow)
        for number, delivery in enumerate(batch):
            try:
                self._post(address, delivery, number)
            except httpx.HTTPError as error:
                self.close()
                raise SinkError(
                    f"the receiver cannot be reached ({type(error).__name__})",
                    where=self._where,
                    remedy="Check that it runs and that its certificate is valid",
                    delivered=number,
                ) from error

    def close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            client.close()

    @property
    def _port(self) -> int:
        return self._url.port or (443 if self._url.scheme == "https" else 80)

    @property
    def _where(self) -> str:
        return f"{self._url.scheme}://{self._url.host}:{self._port}"  # a path may hold a token

    def _post(self, address: str, delivery: Delivery, number: int) -> None:
        body = json.dumps(delivery.message, ensure_ascii=False, allow_nan=False).encode()
        request = self._open().build_request(
            "POST",
            self._url.copy_with(host=address),
            content=body,
            headers=self._headers(delivery, body),
            # TLS asks for, and checks, the name and not the address.
            extensions={"sni_hostname": self._url.host},
        )
        answer = self._open().send(request, stream=True)
        try:
            self._judge(answer, number)
            _drain(answer)
        finally:
            answer.close()

    def _headers(self, delivery: Delivery, body: bytes) -> dict[str, str]:
        headers = {
            **dict(self._settings.headers),
            "host": self._url.netloc.decode("ascii"),
            "content-type": "application/cloudevents+json; charset=UTF-8",
            "user-agent": "wayside",
            "webhook-id": delivery.id,
            "idempotency-key": delivery.id,
        }
        if self._settings.secret:
            timestamp_s = int(self._clock.now().timestamp())
            headers |= signed_headers(self._settings.secret, delivery.id, timestamp_s, body)
        return headers

    def _judge(self, answer: httpx.Response, number: int) -> None:
        status = answer.status_code
        if 200 <= status < 300:
            return
        if status in _TRY_AGAIN or status >= 500:
            raise SinkError(
                f"the receiver answered {status}",
                where=self._where,
                remedy="It is tried again",
                delivered=number,
                retry_after_s=_retry_after_s(answer),
            )
        # A redirect too: where it leads was not allowed by anybody.
        raise SinkRefused(
            f"the receiver refused the record with {status}",
            where=self._where,
            remedy="Check its address, its secret and what it expects",
            delivered=number,
        )

    def _open(self) -> httpx.Client:
        if self._client is None:
            settings = self._settings
            self._client = httpx.Client(
                timeout=httpx.Timeout(
                    settings.answer_timeout_s, connect=settings.connect_timeout_s
                ),
                follow_redirects=False,
                trust_env=False,  # a proxy from the environment would go round the guard
                verify=ssl.create_default_context(cafile=settings.ca_file),
                limits=httpx.Limits(max_connections=1),
            )
        return self._client


def _checked(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise UsageError("this is no URL", where="webhook") from error
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise UsageError(
            "a webhook is http:// or https:// with a host, without user and password",
            where="webhook",
            remedy="Put a token into its headers or its secret",
        )
    return url


def _drain(answer: httpx.Response) -> None:
    read = 0
    for part in answer.iter_raw():
        read += len(part)
        if read > _ANSWER_READ:
            return


def _retry_after_s(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None
