"""Which hosts a source may reach.

A feed's address is a way to make this machine speak to others, so every
connection is held to one policy: the operator's ranges, and never the few
addresses that are no camera anywhere. Names are resolved at each try (a
camera may move) and the connection then goes to the address that was checked,
so that a name which resolves differently the next moment gains nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias

from wayside.domain.errors import SourceMissing, SourceRefused

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]

EVERYWHERE: tuple[Network, ...] = (ip_network("0.0.0.0/0"), ip_network("::/0"))

NEVER: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # "this host": some systems take it for loopback
        "169.254.169.254/32",  # metadata of AWS, Azure, Google and most others
        "169.254.170.2/32",  # credentials of containers at AWS
        "100.100.100.200/32",  # metadata of Alibaba
        "168.63.129.16/32",  # host agent of Azure
        "240.0.0.0/4",  # reserved, and broadcast
        "::/128",
        "fd00:ec2::254/128",  # metadata of AWS over IPv6
        "fd20:ce::254/128",  # metadata of Google over IPv6
    )
)
_NAT64 = ip_network("64:ff9b::/96")


def system_resolver(host: str, port: int) -> list[str]:
    """Addresses of a name, best first. Raises OSError where there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """allowed: ranges that sources may lie in; the default is everywhere but NEVER.

    Loopback, private, link-local and public unicast addresses are all places
    where cameras live. Multicast is one only for MPEG-TS over UDP.
    """

    allowed: tuple[Network, ...] = EVERYWHERE
    resolver: Resolver = field(default=system_resolver, repr=False, compare=False)

    def permits(self, address: str, *, multicast: bool = False) -> bool:
        """Whether a connection to this literal address is allowed. False for what is none."""
        try:
            plain = _unwrapped(ip_address(address))
        except ValueError:
            return False
        if any(plain in network for network in NEVER):
            return False
        if plain.is_multicast and not multicast:
            return False
        return any(plain in network for network in self.allowed)

    def resolve(self, host: str, port: int, *, multicast: bool = False) -> tuple[str, ...]:
        """Allowed addresses of ``host`` as literals, best first; never empty.

        Asks the system's resolver at each call. Raises SourceMissing for a
        name that does not resolve, SourceRefused where no address is allowed.
        """
        where = f"{host}:{port}"
        try:
            addresses = self.resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise SourceMissing(
                "there is no host of that name",
                where=where,
                remedy="Check its spelling and this machine's DNS",
            ) from error
        fit = tuple(a for a in addresses if self.permits(a, multicast=multicast))
        if not fit:
            raise SourceRefused(
                "its address is outside the ranges that sources may be in",
                where=where,
                remedy="Allow its range in the site's network settings if it is a camera of yours",
            )
        return fit


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside one that only wraps it, so that no rule is walked around."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
