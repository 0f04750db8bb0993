"""The time in which a feed gives nothing: a session of its own, with one incident.

An incident belongs to a session, and a loss lasts from the end of one to the
begin of the next. So an outage is kept as a session in which nothing is seen
and nothing measured. Where a worker is killed meanwhile, the store closes it
as it closes every session that another one of the same feed follows.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from wayside.domain.errors import SourceError
from wayside.domain.records import Finding, JsonValue, Origin, Phase, Severity
from wayside.events.lifecycle import Incidents
from wayside.pipeline.chain import Yield
from wayside.pipeline.house import House
from wayside.pipeline.outgoing import FINISHED, INTERRUPTED, SessionFacts

KIND = "health.signal_lost"
_KEY = "signal"


class Outage:
    """Opened when it is made, recorded at once."""

    def __init__(self, feed: str, source: str, reason: str, house: House) -> None:
        """reason: in words, without anything secret."""
        self._house = house
        self._began_s = house.clock.monotonic_s()
        start: datetime = house.clock.now()
        self._facts = SessionFacts(
            id=f"outage-{secrets.token_hex(8)}",
            site=house.site,
            feed=feed,
            source=source,
            start=start,
            start_is_known=True,
        )
        origin = Origin(house.site, feed, self._facts.id, house.number, house.epoch)
        self._incidents = Incidents(origin, start, house.clock, identifiers=house.identifiers)
        self._reason = reason
        house.journal.session(self._facts)
        self._add(self._finding(Phase.OPEN, None))

    def recovered(self) -> None:
        """Pictures come again."""
        end_s = self._lasted_s()
        self._add(self._finding(Phase.CLOSE, end_s))
        self._end(FINISHED, end_s)

    def abandoned(self) -> None:
        """Nobody waits for the feed any more; it may well be lost still."""
        end_s = self._lasted_s()
        self._house.journal.add(self._facts, Yield(events=self._incidents.close_all(end_s)))
        self._end(INTERRUPTED, end_s)

    def _lasted_s(self) -> float:
        return self._house.clock.monotonic_s() - self._began_s

    def _finding(self, phase: Phase, end_s: float | None) -> Finding:
        facts: dict[str, JsonValue] = {"reason": self._reason}
        if end_s is not None:
            facts["lasted_s"] = round(end_s, 3)
        return Finding(KIND, _KEY, phase, 0.0, end_s, "", Severity.WARNING, facts)

    def _add(self, finding: Finding) -> None:
        self._house.journal.add(self._facts, Yield(events=self._incidents.events([finding])))

    def _end(self, state: str, end_s: float) -> None:
        self._facts = replace(self._facts, state=state, duration_s=end_s, coverage=0.0)
        self._house.journal.session(self._facts)


def reason_of(error: SourceError) -> str:
    """What happened, for an incident; addresses stay out."""
    return error.what
