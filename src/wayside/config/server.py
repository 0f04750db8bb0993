"""The parts of site.yaml that are about the server: where it listens, what it reaches."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from wayside.config import shapes
from wayside.config.certificate import Certificate
from wayside.config.section import PathText, Section
from wayside.config.sign_in import SignInEntry

Host: TypeAlias = Annotated[str, AfterValidator(shapes.require_host)]
HostPattern: TypeAlias = Annotated[str, AfterValidator(shapes.require_host_pattern)]
NetworkRange: TypeAlias = Annotated[str, AfterValidator(shapes.require_network)]
ProxyRange: TypeAlias = Annotated[str, AfterValidator(shapes.require_proxies)]
Port: TypeAlias = Annotated[int, Field(ge=1, le=65_535)]


def _auto_or_count(value: Any) -> Any:
    """Checked ahead of the union, whose own message would speak of both its halves."""
    if value == "auto":
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 256:
        return value
    raise shapes.fault(
        "`workers` must be auto or a whole number from 1 to 256", "Write `workers: auto`"
    )


class Server(Section):
    """Where the page and the API are served, and by how many workers feeds are run."""

    host: Host = Field(
        default="127.0.0.1",
        description="Address to listen on; any but this machine's own needs a user first",
        examples=["127.0.0.1"],
    )
    port: Port = Field(default=8080, description="Port to listen on", examples=[8080])
    workers: Annotated[
        Literal["auto"] | Annotated[int, Field(ge=1, le=256)], BeforeValidator(_auto_or_count)
    ] = Field(
        default="auto",
        description="Worker processes; `auto` is one for each processor core",
        examples=["auto"],
    )
    hosts: Annotated[tuple[HostPattern, ...], Field(max_length=100)] = Field(
        default=(),
        description="Names by which browsers may ask for the page, besides `host` and localhost; "
        "`*.example.org` is any below it",
        examples=[["wayside.example.org"]],
    )
    public_url: Annotated[str, AfterValidator(shapes.require_web_address)] | None = Field(
        default=None,
        description="Address under which people reach the page where a proxy stands before it",
        examples=["https://wayside.example.org"],
    )
    trusted_proxies: Annotated[tuple[ProxyRange, ...], Field(max_length=100)] = Field(
        default=(),
        description="Addresses of proxies whose X-Forwarded headers are believed",
        examples=[["127.0.0.1"]],
    )
    certificate: PathText | None = Field(
        default=None,
        description="File with the TLS certificate and its chain (PEM), where the server "
        "itself has TLS; relative to this file",
        examples=["tls/fullchain.pem"],
    )
    certificate_key: PathText | None = Field(
        default=None,
        description="File with the key of `certificate` (PEM, unencrypted); relative to this file",
        examples=["tls/privkey.pem"],
    )
    metrics_on_loopback: bool = Field(
        default=False,
        description="Give `/metrics` to this machine without a login; "
        "not where a proxy on it passes `/metrics` on",
        examples=[True],
    )

    sign_in: SignInEntry | None = Field(
        default=None, description="An OpenID provider that people may sign in by"
    )

    @model_validator(mode="after")
    def _whole(self) -> Server:
        if self.sign_in is not None and self.public_url is None:
            raise shapes.fault(
                "`sign_in` needs `public_url`, to which the provider sends people back",
                "Write the address under which the page is reached",
            )
        if (self.certificate is None) != (self.certificate_key is None):
            raise shapes.fault(
                "`certificate` and `certificate_key` belong together", "Give both or neither"
            )
        return self

    def certificate_in(self, folder: Path) -> Certificate | None:
        """None without TLS of the server's own. folder: that of site.yaml."""
        if self.certificate is None or self.certificate_key is None:
            return None
        return Certificate(folder / self.certificate, folder / self.certificate_key)


class Network(Section):
    """Which addresses feeds, webhooks and sign-in may reach."""

    allow: Annotated[tuple[NetworkRange, ...], Field(max_length=1000)] = Field(
        default=(),
        description="Ranges that sources, webhooks and the sign-in provider may lie in; without "
        "it all but those that are never a camera, such as a cloud's metadata",
        examples=[["10.20.0.0/16", "192.168.1.0/24"]],
    )

    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The ranges as values; empty where nothing was set."""
        return tuple(ip_network(text) for text in self.allow)
