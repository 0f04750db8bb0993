"""Sign-ins that have begun and wait for the browser to come back. In memory alone."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field

from wayside.domain.time import Clock
from wayside.serve.account_records import hashed

LIFE_S = 600.0
_MOST = 1000
_MOST_OF_ONE = 10
"""Of one address: who begins many loses the oldest of his own and nobody else's."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The secrets of one sign-in. browser: for its cookie; whoever lacks it is another browser."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    browser: str = field(repr=False)
    address: str
    at_s: float


class Pending:
    """Any thread may use it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._begun: dict[bytes, Begun] = {}

    def begin(self, address: str) -> Begun | None:
        """None where too many others wait already."""
        state, nonce, verifier, browser = (secrets.token_urlsafe(32) for _ in range(4))
        made = Begun(state, nonce, verifier, browser, address, self._clock.monotonic_s())
        with self._lock:
            self._forget_old()
            own = [key for key, each in self._begun.items() if each.address == address]
            for key in own[: max(0, len(own) - _MOST_OF_ONE + 1)]:
                del self._begun[key]
            if len(self._begun) >= _MOST:
                return None
            self._begun[hashed(made.state)] = made
        return made

    def take(self, state: str, browser: str) -> Begun | None:
        """Once: None for a state that is unknown, used, too old or another browser's."""
        with self._lock:
            self._forget_old()
            found = self._begun.pop(hashed(state), None)
        if found is None or not secrets.compare_digest(hashed(found.browser), hashed(browser)):
            return None
        return found

    def _forget_old(self) -> None:
        oldest_s = self._clock.monotonic_s() - LIFE_S
        for key in [key for key, each in self._begun.items() if each.at_s < oldest_s]:
            del self._begun[key]
