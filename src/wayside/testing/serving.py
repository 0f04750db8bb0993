"""A house served on a free port of the loopback address, for as long as a test needs it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fastapi import FastAPI

from wayside.serve.listener import Limits
from wayside.serve.protocol import DeadlineProtocol
from wayside.serve.run import server

_LIMITS = Limits()
_START_S = 20.0


@contextmanager
def serving(
    app: FastAPI,
    *,
    protocol: type[DeadlineProtocol] = DeadlineProtocol,
    tls: ssl.SSLContext | None = None,
    trusted_proxies: Sequence[str] = (),
    limits: Limits = _LIMITS,
) -> Iterator[str]:
    """Its address. Real sockets and the real server, on a thread that has ended afterwards."""
    begun: list[str] = []
    ready = threading.Event()

    def tell(url: str) -> None:
        begun.append(url)
        ready.set()

    running = server(
        app,
        port=0,
        on_started=tell,
        protocol=protocol,
        tls=tls,
        trusted_proxies=trusted_proxies,
        limits=limits,
    )
    thread = threading.Thread(target=running.run, name="serving", daemon=True)
    thread.start()
    try:
        if not ready.wait(_START_S):
            raise TimeoutError("the server did not start")
        yield begun[0]
    finally:
        running.should_exit = True
        thread.join()
