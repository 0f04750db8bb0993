"""Amounts of privacy, exact: a budget kept in floats would be overspent by rounding."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

MILLION = 1_000_000

_LARGEST = 20
"""e^20 is half a milliard to one: whoever asks for more wants no noise at all."""


def millionths_of(text: str) -> int:
    """Of an ε written as a decimal number. Raises ValueError: not above 0, over 20, too fine."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"`{text}` is no number") from None
    if not (amount.is_finite() and 0 < amount <= _LARGEST):
        raise ValueError(f"`{text}` is not above 0 and at most {_LARGEST}")
    millionths = amount * MILLION
    if millionths != int(millionths):
        raise ValueError(f"`{text}` has more than six decimals")
    return int(millionths)


def epsilon_text(millionths: int) -> str:
    """As a person writes it: ``0.5``."""
    return f"{Decimal(millionths) / MILLION:f}"
