"""Pictures inside the page, within a budget."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from uuid import UUID

import numpy as np

from wayside.domain.records import Severity
from wayside.report.incidents import Incident

STILLS_BYTES = 3_000_000
"""All event stills of a report together, before base64 adds a third: keeps the file mailable."""


def data_uri(content: bytes, kind: str) -> str:
    """``data:image/jpeg;base64,...``; "" for no content."""
    return f"data:{kind};base64,{b64encode(content).decode('ascii')}" if content else ""


def chosen_stills(
    incidents: Sequence[Incident], stills: Mapping[UUID, bytes], budget: int
) -> dict[int, bytes]:
    """Which incidents (by index) show which still, at most ``budget`` bytes together.

    Warnings and worse come first, in order. What remains of the budget goes to
    the others at even distances over the run, so that the list is not
    illustrated at its beginning only.
    """
    having = {
        i: next(stills[e] for e in incident.event_ids if stills.get(e))
        for i, incident in enumerate(incidents)
        if any(stills.get(e) for e in incident.event_ids)
    }
    chosen: dict[int, bytes] = {}
    spent = 0
    for index in _in_order_of_worth(incidents, list(having), having, budget):
        if spent + len(having[index]) <= budget:
            chosen[index] = having[index]
            spent += len(having[index])
    return chosen


def _in_order_of_worth(
    incidents: Sequence[Incident],
    indices: Sequence[int],
    having: Mapping[int, bytes],
    budget: int,
) -> list[int]:
    severe = [i for i in indices if incidents[i].severity is not Severity.INFO]
    usual = [i for i in indices if incidents[i].severity is Severity.INFO]
    if not usual:
        return severe
    left = budget - sum(len(having[i]) for i in severe)
    mean = sum(len(having[i]) for i in usual) / len(usual)
    fitting = min(len(usual), max(0, int(left / mean)))
    spread = np.linspace(0, len(usual) - 1, fitting).round().astype(int)
    return severe + [usual[i] for i in spread]
