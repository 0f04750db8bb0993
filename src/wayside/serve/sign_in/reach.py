"""The way to the provider: each request goes to an address that the site's guard allowed."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from wayside.domain.errors import SinkError, WaysideError
from wayside.events.sinks.egress import Allow, pinned_address

_TIMEOUT_S = 10.0
_ANSWER = 1_000_000  # bytes


class ProviderFault(WaysideError):
    """The provider cannot be reached, or answers what no provider should."""


def require_safe_url(text: object, what: str) -> str:
    """https, or http to this machine itself. Raises ProviderFault."""
    parts = urlsplit(text) if isinstance(text, str) else None
    is_local = parts is not None and parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts is None or not parts.hostname or "@" in parts.netloc or not (
        parts.scheme == "https" or (parts.scheme == "http" and is_local)
    ):  # fmt: skip
        raise ProviderFault(f"the provider's {what} is no https address")
    return str(text)


class Reach:
    """Answers as JSON. Redirects are not followed, and no proxy goes round the guard."""

    def __init__(self, allow: Allow, ca_file: str | None = None) -> None:
        self._allow = allow
        self._ca_file = ca_file

    def get(self, url: str) -> dict[str, Any]:
        """Raises ProviderFault."""
        return self._ask("GET", url, {})

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """Raises ProviderFault, which holds nothing of what was sent or answered."""
        return self._ask("POST", url, headers, form)

    def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        asked = httpx.URL(url)
        port = asked.port or (443 if asked.scheme == "https" else 80)
        where = f"{asked.scheme}://{asked.host}:{port}"
        try:
            # A name is resolved once, and that address is used: see egress.
            address = pinned_address(asked.host, port, self._allow)
            with self._client() as client:
                request = client.build_request(
                    method,
                    asked.copy_with(host=address),
                    data=form,
                    headers={
                        **headers,
                        "host": asked.netloc.decode("ascii"),
                        "accept": "application/json",
                    },
                    extensions={"sni_hostname": asked.host},
                )
                answer = client.send(request, stream=True)
                body = _read(answer)
                if answer.status_code != 200:
                    raise ProviderFault(f"the provider answered {answer.status_code}", where=where)
                found = httpx.Response(200, content=body).json()
        except (SinkError, httpx.HTTPError, ValueError) as error:
            raise ProviderFault(
                f"the provider cannot be asked ({type(error).__name__})",
                where=where,
                remedy="Check the issuer, its certificate and network.allow",
            ) from error
        if not isinstance(found, dict):
            raise ProviderFault("the provider's answer is no JSON object", where=where)
        return found

    def _client(self) -> httpx.Client:
        context = ssl.create_default_context()
        if self._ca_file is not None:
            context.load_verify_locations(self._ca_file)
        return httpx.Client(
            timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False, verify=context
        )


def _read(answer: httpx.Response) -> bytes:
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > _ANSWER:
            raise ValueError("too long")
    return body
