"""A server on the loopback address that answers what it was told, whatever is asked."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress

_CSEQ = re.compile(rb"^cseq:[ \t]*(\d+)", re.IGNORECASE | re.MULTILINE)
_REQUEST = re.compile(rb"([A-Z_]+) (\S+)")
PLAIN = "plain"
"""The answer to a connection that asks nothing."""
_LONGEST = 65_536


class ScriptedServer:
    """answers: bytes by what is asked: "GET /path", or a method of RTSP, or PLAIN.

    ``{cseq}`` in an answer becomes the number of the request. A connection is closed after an
    answer to a GET, after PLAIN, and after one that ends with all there is to send.
    """

    def __init__(self) -> None:
        self.answers: Mapping[str, bytes] = {}
        self.last = "PLAY"
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._run, name="scripted", daemon=True).start()

    def _run(self) -> None:
        while True:
            connected, _ = self._listening.accept()
            threading.Thread(target=self._serve, args=(connected,), daemon=True).start()

    def _serve(self, connected: socket.socket) -> None:
        # Whoever is served may go at any time: that is what is tried.
        with connected, suppress(OSError):
            connected.settimeout(5.0)
            answers = self.answers
            if PLAIN in answers:
                connected.sendall(answers[PLAIN])
                return
            held = b""
            while (request := self._request(connected, held)) is not None:
                asked, held = request
                if not self._answer(connected, asked, answers):
                    return

    def _request(self, connected: socket.socket, held: bytes) -> tuple[bytes, bytes] | None:
        while b"\r\n\r\n" not in held:
            piece = connected.recv(_LONGEST)
            if not piece or len(held) > _LONGEST:
                return None
            held += piece
        asked, _, rest = held.partition(b"\r\n\r\n")
        return asked, rest

    def _answer(self, connected: socket.socket, asked: bytes, answers: Mapping[str, bytes]) -> bool:
        """Whether the connection goes on."""
        found = _REQUEST.match(asked)
        if found is None:
            return False
        method, path = found[1].decode(), found[2].decode("ascii", "replace")
        if method == "GET":
            answer = answers.get(f"GET {path}", b"HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n")
            connected.sendall(answer)
            return False
        number = _CSEQ.search(asked)
        answer = answers.get(method, b"RTSP/1.0 501 No\r\nCSeq: {cseq}\r\n\r\n")
        connected.sendall(answer.replace(b"{cseq}", number[1] if number else b"0"))
        return method != self.last
