"""Slow work that many may ask for at once: each kind has few places, so none fills the house."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

from wayside.serve.problems import Refusal

Asked = ParamSpec("Asked")
Told = TypeVar("Told")


async def turn(work: Callable[Asked, Told], *args: Asked.args, **kwargs: Asked.kwargs) -> Told:
    """On a thread, as it waits for a disk or a worker."""
    return await run_in_threadpool(work, *args, **kwargs)


class Turns:
    """Of one application; used on its event loop alone."""

    def __init__(self) -> None:
        self._stills = _Places(12)
        self._probes = _Places(2)
        self._proposals = _Places(1)
        self._streams = _Places(200)
        self._sockets = _Places(200)

    def taking_still(self) -> AbstractAsyncContextManager[None]:
        return self._stills.take()

    def probing(self) -> AbstractAsyncContextManager[None]:
        return self._probes.take()

    def proposing(self) -> AbstractAsyncContextManager[None]:
        return self._proposals.take()

    def streaming(self) -> AbstractAsyncContextManager[None]:
        return self._streams.take()

    def watching(self) -> AbstractAsyncContextManager[None]:
        return self._sockets.take()

    @property
    def viewers(self) -> int:
        """Open live sockets."""
        return self._sockets.taken


class _Places:
    def __init__(self, most: int) -> None:
        self._most = most
        self.taken = 0

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Raises Refusal (429) at once where none is free: waiting would only fill up elsewhere."""
        if self.taken >= self._most:
            raise Refusal(
                429,
                "too many of these run already",
                remedy="Try again in a moment",
                headers={"Retry-After": "2"},
            )
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1
