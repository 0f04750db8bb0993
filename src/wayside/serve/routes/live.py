"""``/live``: the WebSocket of the page. Its messages are described in the reference."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from wayside.domain.errors import WaysideError
from wayside.serve.access import V1, needed
from wayside.serve.guard import admit, house_of
from wayside.serve.live.viewer import Viewer
from wayside.serve.problems import Refusal

router = APIRouter()


@router.websocket(f"{V1}/live")
async def live(socket: WebSocket) -> None:
    """Closed before it opens (HTTP 403) for whoever may not watch."""
    try:
        caller = await admit(socket, needed("WEBSOCKET", f"{V1}/live"))
        assert caller is not None
        async with socket.app.state.turns.watching():
            await socket.accept()
            state = socket.app.state
            viewer = Viewer(
                socket, house_of(socket), caller, state.board, state.tail, check_s=state.check_s
            )
            await viewer.run()
    except (Refusal, WaysideError):
        await socket.close(1008)
