"""Bytes changed at random, as networks, disks and hostile senders change them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeAlias

Change: TypeAlias = Callable[[Random, bytearray], None]

_TELLING = (0, 1, 2, 3, 4, 0x7F, 0x80, 0xFE, 0xFF)
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)


def place(random: Random, content: bytes | bytearray) -> int:
    """An index; every other time near the beginning, where headers are."""
    size = len(content)
    return random.randrange(min(size, 48) if random.random() < 0.5 else size)


def flip_bits(random: Random, content: bytearray) -> None:
    for _ in range(random.choice((1, 1, 2, 8))):
        content[place(random, content)] ^= 1 << random.randrange(8)


def overwrite(random: Random, content: bytearray) -> None:
    at = place(random, content)
    for index in range(at, min(at + random.choice((1, 2, 4, 16, 64)), len(content))):
        content[index] = random.choice(_TELLING) if random.random() < 0.3 else random.randrange(256)


def set_number(random: Random, content: bytearray) -> None:
    """Two or four bytes that may be a length become another one."""
    at, size = place(random, content), random.choice((2, 4))
    number = random.choice(_NUMBERS) & ((1 << 8 * size) - 1)
    content[at : at + size] = number.to_bytes(size, random.choice(("big", "little")))


def cut_end(random: Random, content: bytearray) -> None:
    del content[random.randrange(len(content)) :]


def cut_out(random: Random, content: bytearray) -> None:
    at = place(random, content)
    del content[at : at + random.choice((1, 2, 4, 16, 188, 1024))]


def put_in(random: Random, content: bytearray) -> None:
    at = place(random, content)
    content[at:at] = random.randbytes(random.choice((1, 2, 4, 16, 64)))


def blank(random: Random, content: bytearray) -> None:
    """A stretch of zeros or ones, as lost blocks of a disk are."""
    at, size = place(random, content), random.choice((4, 32, 512))
    size = min(size, len(content) - at)
    content[at : at + size] = random.choice((b"\0", b"\xff")) * size


def repeat(random: Random, content: bytearray) -> None:
    at, size = place(random, content), random.choice((1, 8, 64, 512))
    piece = bytes(content[at : at + size])
    content[at:at] = piece * random.choice((1, 1, 2, 20))


def add_end(random: Random, content: bytearray) -> None:
    content += random.randbytes(random.choice((1, 16, 256)))


CHANGES: tuple[Change, ...] = (
    flip_bits,
    flip_bits,
    overwrite,
    set_number,
    cut_end,
    cut_out,
    put_in,
    blank,
    repeat,
    add_end,
)
"""What a network does most stands there twice."""


def changed(random: Random, content: bytes, most: int = 3, more: Sequence[Change] = ()) -> bytes:
    """Another content after one to ``most`` changes. more: changes that know the content's form."""
    mutable = bytearray(content)
    for _ in range(random.randint(1, most)):
        if not mutable:
            break
        chosen = more if more and random.random() < 0.5 else CHANGES
        random.choice(chosen)(random, mutable)
    return bytes(mutable)
