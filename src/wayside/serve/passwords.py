"""Passwords, hashed with argon2id; two at once at most, so that logins cannot eat the machine."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from wayside.domain.errors import UsageError, WaysideError

AT_ONCE = 2
"""Hashes. One takes 64 MiB and some 50 ms of a core."""

_WAITING = 8
_WAIT_S = 5.0
SHORTEST = 10
LONGEST = 256
"""Characters. The upper bound keeps a hash from being fed a megabyte."""


class TooManyTries(WaysideError):
    """Wait ``retry_after_s`` seconds before the next try."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too many tries", remedy=f"Wait {retry_after_s} s and try again")
        self.retry_after_s = retry_after_s


class Passwords:
    """Hashes and verifies; any thread may call it."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        self._hasher = PasswordHash((hasher or Argon2Hasher(),))
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._places = threading.BoundedSemaphore(AT_ONCE + _WAITING)
        # Verified where there is no such user, so that both cases take as long.
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def hash(self, password: str) -> str:
        """Raises TooManyTries while too many others wait."""
        with self._turn():
            return self._hasher.hash(password)

    def verify(self, password: str, stored: str | None) -> bool:
        """stored None: takes its time and answers False. Raises TooManyTries."""
        with self._turn():
            try:
                right = self._hasher.verify(password, stored or self._nobody)
            except PwdlibError:
                return False  # a hash that nothing here made: deny
        return right and stored is not None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise TooManyTries(1)
        try:
            if not self._turns.acquire(timeout=_WAIT_S):
                raise TooManyTries(1)
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()


def require_good(password: str, user: str) -> None:
    """Raises UsageError, which never quotes it, for a password that is too short or the name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(
            f"a password has {SHORTEST} to {LONGEST} characters",
            where="password",
            remedy="Three or four random words are easy to keep and hard to guess",
        )
    if user and user.casefold() in password.casefold() and len(password) < len(user) + SHORTEST:
        raise UsageError(
            "the password is little more than the user's name",
            where="password",
            remedy="Choose one that the name does not give away",
        )
