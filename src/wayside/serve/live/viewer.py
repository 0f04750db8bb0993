"""One open WebSocket: what it is sent, in which order, and when it must end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from wayside.domain.errors import WaysideError
from wayside.serve.house import House
from wayside.serve.live.board import StatusBoard
from wayside.serve.live.desk import Desk
from wayside.serve.live.messages import Painted, closed_message, picture_message, read
from wayside.serve.live.tail import EventTail
from wayside.serve.roles import Caller
from wayside.serve.turns import turn

CHECK_S = 2.0
"""Between two looks whether the session still stands; fault 30 allows 5 s."""

_SLOWEST_S = 20.0  # for one message; a client that takes longer is gone, or as good as gone
_MOST_EVENTS = 200
_GOODBYE_S = 1.0


class Ended(Exception):
    """The view is over. code: of the WebSocket's close. reason: for the viewer."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Viewer:
    """Sends events first, then states, then pictures: the small before the large.

    house: as it is for the caller.
    """

    def __init__(
        self,
        socket: WebSocket,
        house: House,
        caller: Caller,
        board: StatusBoard,
        tail: EventTail,
        *,
        check_s: float = CHECK_S,
    ) -> None:
        self._socket = socket
        self._house = house
        self._caller = caller
        self._board = board
        self._tail = tail
        self._check_s = check_s
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._is_waking = False
        self._events: deque[str] = deque(maxlen=_MOST_EVENTS)
        self._tick = 0
        self._feeds: frozenset[str] | None = frozenset()
        self.desk = Desk(house.fleet.watch, self._wake_from_thread)

    async def run(self) -> None:
        """Until the client leaves, is too slow, or may not watch any more."""
        self._feeds = await self._seen()
        forget = self._tail.listen(self._on_event)
        try:
            async with self._board.running_for(self._caller.groups), self._tail.running():
                ended = await self._first_end(
                    self._read(), self._send(), self._follow_board(), self._check()
                )
        finally:
            forget()
            self.desk.close()
        if ended is not None:
            await self._say_goodbye(ended)

    async def _first_end(self, *parts: Coroutine[Any, Any, None]) -> Ended | None:
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            match task.exception():
                case Ended() as ended:
                    return ended
                case None | WebSocketDisconnect():
                    return None
                case error:
                    raise error
        return None

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            asked = read(message.get("text") or message.get("bytes") or "")
            if asked is None:
                raise Ended(1008, "that is no message of this protocol")
            if isinstance(asked, Painted):
                self.desk.painted(asked.feed)
            else:
                self.desk.want(asked.wanted())
            self._wake.set()

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while (message := self._next()) is not None:
                try:
                    async with asyncio.timeout(_SLOWEST_S):
                        await self._send_one(message)
                except TimeoutError:
                    raise Ended(1008, "the connection is too slow") from None

    def _next(self) -> str | bytes | None:
        if self._events:
            return self._events.popleft()
        if self._tick < self._board.tick and self._board.knows(self._caller.groups):
            since, self._tick = self._tick, self._board.tick
            return self._board.message(since, self._caller.groups, self._feeds)
        picture = self.desk.next()
        return None if picture is None else picture_message(picture)

    async def _send_one(self, message: str | bytes) -> None:
        if isinstance(message, str):
            await self._socket.send_text(message)
        else:
            await self._socket.send_bytes(message)

    async def _follow_board(self) -> None:
        while True:
            if self._tick < self._board.tick:
                self._wake.set()
            await self._board.news(5.0)

    async def _check(self) -> None:
        while True:
            await asyncio.sleep(self._check_s)
            try:
                may_go_on = await turn(self._house.accounts.still_valid, self._caller)
            except WaysideError:
                raise Ended(1011, "the accounts cannot be read") from None
            if not may_go_on:
                raise Ended(1008, "the session has ended")
            if await self._seen() != self._feeds:
                # The page comes again, and is told anew of what there is now.
                raise Ended(1012, "the feeds that may be seen have changed")

    async def _seen(self) -> frozenset[str] | None:
        """The feeds that there are for him, None for every feed. ``house`` is limited to them."""
        if self._caller.groups is None:
            return None
        state = await turn(self._house.site.current)
        return frozenset(each.id for each in state.feeds)

    async def _say_goodbye(self, ended: Ended) -> None:
        """A client that does not even take this is cut off by the server's return."""
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(_GOODBYE_S):
                await self._socket.send_text(closed_message(ended.reason))
                await self._socket.close(ended.code, ended.reason)

    def _on_event(self, feed: str, text: str) -> None:
        if self._feeds is None or feed in self._feeds:
            self._events.append(text)
            self._wake.set()

    def _wake_from_thread(self) -> None:
        """On a thread of the fleet. Many pictures at once make one call of the loop."""
        if self._is_waking:
            return
        self._is_waking = True
        # The loop may be closed while the last pictures still come in.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._woken)

    def _woken(self) -> None:
        self._is_waking = False
        self._wake.set()
