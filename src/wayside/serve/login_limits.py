"""How often a login may be tried. Kept in the file, so that a restart forgives nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from wayside.serve.passwords import TooManyTries

WINDOW_S = 900


@dataclass(frozen=True, slots=True)
class Bucket:
    """most: failed tries in a window of 15 minutes."""

    key: bytes
    most: int


def buckets_of(user: str, address: str) -> tuple[Bucket, ...]:
    """A user from one address has 8 tries, an address 30, a user from anywhere 60.

    The last is wide: else a stranger could lock a user out by guessing at him.
    Names and addresses are kept hashed, as they are nobody's business later.
    """
    name = user.casefold()
    return (
        Bucket(_key("pair", name, address), 8),
        Bucket(_key("address", address), 30),
        Bucket(_key("user", name), 60),
    )


def buckets_of_sign_in(address: str) -> tuple[Bucket, ...]:
    """An address has 20 tries by the provider. None for all addresses together: whoever has
    many could keep everybody out.
    """
    return (Bucket(_key("sign-in", address), 20),)


def take(db: sqlite3.Connection, buckets: Iterable[Bucket], now_us: int) -> None:
    """Counts a try before it is made, so that many at once cannot slip through.

    Raises TooManyTries, and counts nothing, where a bucket is full.
    """
    since = now_us - WINDOW_S * 1_000_000
    # A clock that went back must not lock anyone out for longer than a window.
    db.execute("DELETE FROM tries WHERE at_us <= ? OR at_us > ?", (since, now_us))
    buckets = tuple(buckets)
    for bucket in buckets:
        tries, oldest = db.execute(
            "SELECT count(*), min(at_us) FROM tries WHERE bucket = ?", (bucket.key,)
        ).fetchone()
        if tries >= bucket.most:
            raise TooManyTries(max(1, round((oldest - since) / 1e6)))
    db.executemany("INSERT INTO tries VALUES (?, ?)", [(each.key, now_us) for each in buckets])


def give_back(db: sqlite3.Connection, buckets: Iterable[Bucket], now_us: int) -> None:
    """The try succeeded: it does not count against the address, and the pair begins anew."""
    pair, *others = buckets
    db.execute("DELETE FROM tries WHERE bucket = ?", (pair.key,))
    for bucket in others:
        db.execute(
            "DELETE FROM tries WHERE rowid = (SELECT rowid FROM tries"
            " WHERE bucket = ? AND at_us = ? LIMIT 1)",
            (bucket.key, now_us),
        )


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()[:16]
