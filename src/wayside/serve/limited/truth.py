"""The demo's truth of some feeds."""

from __future__ import annotations

from datetime import datetime

from wayside.serve.house import Truth
from wayside.serve.limited.seen import Seen
from wayside.serve.records import TrueCount


class LimitedTruth:
    """A serve.house.Truth."""

    def __init__(self, truth: Truth, seen: Seen) -> None:
        self._truth = truth
        self._seen = seen

    def counts(self, since: datetime, until: datetime) -> list[TrueCount]:
        feeds = self._seen.feeds()
        return [each for each in self._truth.counts(since, until) if each.feed in feeds]
