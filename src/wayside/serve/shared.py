"""Work that is done once for all who watch, and not at all while nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from wayside.observe.logging import get_logger


class SharedLoop:
    """Calls ``step`` every ``period_s`` while someone is in ``running()``.

    Used on one event loop. A step that fails is logged and tried again: a
    locked database must not end everyone's view.
    """

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._users = 0
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._users += 1
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._users -= 1
            if self._users == 0:
                await self._end()

    async def step(self) -> bool:
        """True when there is something new for those who wait."""
        raise NotImplementedError

    async def news(self, timeout_s: float) -> None:
        """Waits until a step brought something, or that long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait()

    async def _run(self) -> None:
        while True:
            try:
                is_news = await self.step()
            except Exception as error:  # noqa: BLE001 - one failed step must not end all views
                get_logger(__name__).warning("a shared step failed", error=type(error).__name__)
                is_news = False
            if is_news:
                async with self._news:
                    self._news.notify_all()
            await asyncio.sleep(self._period_s)

    async def _end(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
