"""The guard at the way out: a receiver's name is resolved once, checked, and that address used.

Checking a name and then connecting by name would resolve it twice, and the second
answer may be another address than the one that was allowed (DNS rebinding).
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from wayside.domain.errors import SinkError

Allow = Callable[[str, str], bool]
"""``allow(host, ip)``: may this site send to that address under that name?"""


def pinned_address(host: str, port: int, allow: Allow) -> str:
    """The first allowed address of the host. Raises SinkError where there is none."""
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SinkError(
            "the name of the receiver cannot be resolved", where=host, remedy="Check name and DNS"
        ) from error
    addresses = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    for address in addresses:
        if allow(host, address):
            return address
    raise SinkError(
        "this site may not send to the address of the receiver",
        where=f"{host} ({', '.join(addresses)})",
        remedy="Add its network to the networks that outputs may reach",
    )
