"""One feed across its sessions: what its reader put into its buffer, taken in order."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime

from wayside.attend.budget import Demand
from wayside.domain.errors import SourceChanged
from wayside.domain.feeds import Attention, FeedSpec, FeedState, FeedStatus
from wayside.domain.health import Vitals
from wayside.domain.media import DEFAULT_RATE, Packet, Session
from wayside.ingest.buffer import Item, Lost, Opened
from wayside.pipeline.house import FeedInput, House, ReaderState
from wayside.pipeline.live_session import LiveSession
from wayside.pipeline.outage import Outage, reason_of
from wayside.pipeline.outgoing import FAILED, FINISHED, INTERRUPTED
from wayside.pipeline.vital_signs import Rates, VitalSigns
from wayside.pipeline.wiring import Place, reach_s, rules_of

TOO_SLOW = "the worker was too slow"
BACKLOG_S = 2.0
"""Behind by more than this, a feed goes on at its newest keyframe."""
_AT_ONCE = 64
_PACKETS_A_STEP = 8
WATCHED_PACE_S, AWAKE_PACE_S, ASLEEP_PACE_S = 0.08, 0.2, 0.4
"""How long a feed's reader may rest between two reads; waking its thread costs more than they."""
READING_S = 0.001
"""CPU seconds a second that reading a feed takes, on a thread of its own; see benchmarks."""
STILL_TAKEN = 1.0
"""Pictures a second that a feed in which nothing moves costs at least: one in two seconds, and
peeks; more where rain or noise make it look again."""
LEAST_RATE = 2.0
"""Pictures a second below which objects cannot be followed."""


@dataclass(slots=True)
class Watched:
    """What viewers want of a feed. next_s: monotonic second of the next picture."""

    width: int
    fps: float
    next_s: float = 0.0


class LiveFeed:
    """For one thread. dropped: packets given up because the worker was too slow."""

    def __init__(self, spec: FeedSpec, given: FeedInput, house: House) -> None:
        """Raises ConfigError for a rule that is none."""
        self.spec = spec
        self.dropped = 0
        self.given = given
        self._house = house
        self._place = Place(spec.geometry, rules_of(spec.rules))
        self._health = house.health()
        self._taken: deque[Item] = deque()
        self._again = 0
        self._woken_s = 0.0
        self._rate: float | None = house.eyes.rate
        self.given.buffer.pace_s = AWAKE_PACE_S
        self._session: LiveSession | None = None
        self._outage: Outage | None = None
        self._watched: Watched | None = None
        self._buffer_dropped = 0
        self._signs = VitalSigns(house.clock.monotonic_s(), reach_s(house.eyes.rate, None))
        self._status = FeedStatus(spec.id, FeedState.CONNECTING, worker=house.number)
        self._since: datetime = house.clock.now()
        self._pictures = 0

    @property
    def is_waiting(self) -> bool:
        """It can do nothing before the network has answered."""
        return self._session is not None and self._session.is_waiting

    @property
    def waiting_since_s(self) -> float | None:
        """Arrival of the oldest item that waits, monotonic; None where nothing waits."""
        if not self._taken:
            self._refill()
            if not self._taken:
                return None
        head = self._taken[0]
        if isinstance(head, Packet) and not self._again:
            return self._house.clock.monotonic_s() if head.arrived_s is None else head.arrived_s
        return self._woken_s if self._again else 0.0

    def step(self, rate: float | None, why: str) -> None:
        """Works until one picture was analysed, or for a few packets. rate, why: of the load.

        Any exception is a fault of this feed alone: call ``fail`` then.
        """
        began_s = time.thread_time()
        self._rate = rate
        try:
            self._skip_backlog()
            for _ in range(_PACKETS_A_STEP):
                if self.waiting_since_s is None or self.is_waiting or self._next(rate, why):
                    break
        finally:
            self._signs.cpu_s += time.thread_time() - began_s

    def _next(self, rate: float | None, why: str) -> bool:
        """True where that is enough for one step."""
        if self._session is not None and self._session.is_asleep:
            self._listen()
            return True
        return self._one(self._taken.popleft(), rate, why)

    def answered(self) -> None:
        """The network's answer was taken in: what it showed may wake a session, or let it rest."""
        self._look_back()
        self._rest()

    def fail(self, reason: str) -> None:
        """A fault inside wayside has ended the session. Never raises for the same reason twice."""
        session, self._session = self._session, None
        self._taken.clear()
        self._again = 0
        self._house.forget_looks(self.spec.id)
        if session is not None:
            session.abandon(FAILED)
        self._lose(reason)

    def close(self) -> None:
        """The feed is not wanted any more."""
        self._end_session(INTERRUPTED)
        if self._outage is not None:
            self._outage.abandoned()
            self._outage = None

    def watch(self, width: int, fps: float) -> None:
        self._watched = Watched(width, fps)
        if self._session is not None:
            self._session.shown(is_shown=True)
            self._look_back()

    def unwatch(self) -> None:
        self._watched = None
        if self._session is not None:
            self._session.shown(is_shown=False)
            self._session.unwatched()

    def confirm_view(self) -> None:
        """The view that it has now is right. Nothing where it shows nothing."""
        if self._session is not None:
            self._session.confirm_view()

    @property
    def behind_s(self) -> float:
        """How late the oldest thing that waits is already."""
        since_s = self.waiting_since_s
        if since_s is None or self._again or not isinstance(self._taken[0], Packet):
            return 0.0
        return max(0.0, self._house.clock.monotonic_s() - since_s)

    def tick(self) -> FeedStatus:
        """About once a second: the feed's status; ends the session of a source that has ended."""
        now_s = self._house.clock.monotonic_s()
        reader = self.given.reader.status()
        if reader.state is FeedState.STOPPED and self.waiting_since_s is None:
            self._end_session(FINISHED)
        rates = self._signs.tick(now_s, reader.received, reader.size)
        self._tell_health(now_s, rates)
        self._status = self._described(now_s, reader, rates)
        return self._status

    def demand(self) -> Demand | None:
        """What the feed asks of the worker's budget; None while it shows nothing."""
        session = self._session
        if session is None:
            return None
        cost, status = session.cost, self._status
        shown = self._watched.fps if self._watched is not None else 0.0
        rate = max(session.wanted_rate, shown, self._place.rules.least_rate)
        rate = min(rate, self._house.eyes.rate)
        return Demand(
            self.spec.id,
            is_awake=not session.is_asleep,
            base=READING_S,
            decode=cost.decode_s * (status.fps_in or session.session.format.rate or DEFAULT_RATE),
            sample=cost.sample_s,
            wanted=min(rate, session.session.format.rate or rate),
            least=LEAST_RATE if session.is_still else max(LEAST_RATE, self._place.rules.least_rate),
            taken=max(STILL_TAKEN, status.fps_analysed)
            if session.is_still and self._watched is None
            else math.inf,
        )

    def _described(self, now_s: float, reader: ReaderState, rates: Rates) -> FeedStatus:
        session, health = self._session, self._health
        state = reader.state
        if state is FeedState.LIVE and (session is None or not session.analysed):
            state = FeedState.CONNECTING
        if state is not self._status.state:
            self._since = self._house.clock.now()
        form = session.session.format if session else None
        drift_s = health.clock_drift_s if health else None
        return FeedStatus(
            feed=self.spec.id,
            state=state,
            reason="" if state is FeedState.LIVE or reader.error is None else reader.error.what,
            since=self._since,
            session=session.session.id if session else "",
            attempt=reader.attempt,
            next_try_s=reader.next_try_s,
            codec=form.codec if form else self._status.codec,
            width=form.width if form else self._status.width,
            height=form.height if form else self._status.height,
            fps_in=round(rates.received, 2),
            fps_analysed=round(rates.analysed, 2),
            bitrate_kbps=round(rates.bits / 1000, 1),
            lag_s=self._signs.lag_s if state is FeedState.LIVE else None,
            last_frame=session.last_frame if session else self._status.last_frame,
            received=reader.received,
            dropped=self.dropped,
            corrupt=reader.corrupt,
            reconnects=reader.reconnects,
            coverage=round(self._signs.coverage(now_s), 4),
            conditions=tuple(sorted(health.conditions)) if health else (),
            clock_drift_s=drift_s if drift_s is not None else reader.clock_offset_s,
            cpu_ms_per_s=round(1000 * rates.cpu, 2),
            worker=self._house.number,
            attention=self._attention(state),
            asleep=round(session.asleep, 3) if session else 0.0,
        )

    def _attention(self, state: FeedState) -> Attention:
        session = self._session
        if session is None or state is not FeedState.LIVE:
            return Attention.NONE
        if session.is_asleep:
            return Attention.ASLEEP
        return Attention.KEYFRAMES if self._rate is None else Attention.WATCHED

    def _tell_health(self, now_s: float, rates: Rates) -> None:
        session, arrived_s = self._session, self._signs.arrived_s
        if session is None or self._health is None or not session.analysed:
            return
        passed_s = 0.0 if arrived_s is None else max(0.0, now_s - arrived_s)
        session.vitals(
            Vitals(
                t_s=now_s,
                now=self._house.clock.now(),
                session_s=session.t_s + passed_s,
                arrived_s=arrived_s,
                captured=session.last_frame if session.session.start_is_known else None,
                fps_in=rates.received,
                fps_declared=session.session.format.rate,
                bitrate_kbps=rates.bits / 1000,
                lag_s=self._signs.lag_s,
                pictures=self._pictures,
                corrupt=session.session.corrupt_packets,
                decode_errors=session.decode_errors,
            )
        )

    def _refill(self) -> None:
        buffer = self.given.buffer
        self._taken.extend(buffer.take(_AT_ONCE))
        lost = buffer.dropped - self._buffer_dropped
        if lost:
            self._buffer_dropped = buffer.dropped
            self.dropped += lost
            if self._session is not None:
                self._session.lost(TOO_SLOW)

    def _one(self, item: Item, rate: float | None, why: str) -> bool:
        """True where that gave a picture, or anything else that took long."""
        if isinstance(item, Opened):
            self._open(item.session)
            return True
        if isinstance(item, Lost):
            self._end_session(FAILED)
            if not isinstance(item.error, SourceChanged):
                self._lose(reason_of(item.error))
            return True
        if self._session is None:
            return False
        if self._again:
            self._again -= 1
        else:
            self._pictures += 1
        has_seen = self._session.take(item, rate, late=why)
        self._rest()
        return has_seen

    def _rest(self) -> None:
        """Between two pictures: the session may fall asleep where nobody watches it."""
        session = self._session
        if session is None or session.is_asleep or session.is_waiting or self._again:
            return
        if self._watched is None:
            session.rest()
        self._set_pace()

    def _listen(self) -> None:
        """What waits of a sleeping session, in one go."""
        assert self._session is not None
        batch: list[Packet] = []
        while self._taken and isinstance(packet := self._taken[0], Packet):
            batch.append(packet)
            self._taken.popleft()
        if not batch:
            self._one(self._taken.popleft(), None, "")
            return
        self._pictures += len(batch)
        self._session.listen(batch)
        now_s = self._house.clock.monotonic_s()
        self._signs.attended(now_s, batch[0].arrived_s, batch[-1].arrived_s)
        self._look_back()

    def _look_back(self) -> None:
        """A session that was woken goes on with packets which it has heard already."""
        session = self._session
        if session is None or session.is_asleep or not (again := session.look_back()):
            return
        self._taken.extendleft(reversed(again))
        self._again = len(again)
        self._woken_s = self._house.clock.monotonic_s()
        self._set_pace()

    def _set_pace(self) -> None:
        pace_s = AWAKE_PACE_S if self._watched is None else WATCHED_PACE_S
        if self._session is not None and self._session.is_asleep:
            pace_s = ASLEEP_PACE_S
        self.given.buffer.pace_s = pace_s

    def _not_changed(self, arrived_s: float | None) -> None:
        self._signs.attended(self._house.clock.monotonic_s(), arrived_s, arrived_s)

    def _saw(self, arrived_s: float | None) -> None:
        now_s = self._house.clock.monotonic_s()
        self._signs.saw(now_s, arrived_s, 1)
        watched = self._watched
        if watched is None or self._session is None or now_s < watched.next_s:
            return
        # On a grid, so that the rate is right; after a pause a new one begins.
        grid_s = watched.next_s + 1.0 / watched.fps
        watched.next_s = grid_s if grid_s > now_s else now_s + 1.0 / watched.fps
        if picture := self._session.picture(watched.width):
            self._house.on_picture(picture)

    def _open(self, session: Session) -> None:
        self._end_session(FINISHED)
        self._pictures = 0
        if self._health is not None:
            self._health.new_session()
        self._session = LiveSession(
            session,
            self.spec.id,
            self.given.source,
            self._place,
            self._house,
            self._health,
            self._recovered,
            self._saw,
            self._not_changed,
        )
        self._session.shown(is_shown=self._watched is not None)

    def _recovered(self) -> None:
        if self._outage is not None:
            self._outage.recovered()
            self._outage = None

    def _end_session(self, state: str) -> None:
        session, self._session = self._session, None
        self._again = 0
        self._set_pace()
        if session is not None:
            session.end(state)

    def _lose(self, reason: str) -> None:
        if self._outage is None:
            self._outage = Outage(self.spec.id, self.given.source, reason, self._house)

    def _skip_backlog(self) -> None:
        """Too far behind: everything before the newest keyframe is given up, and counted."""
        if self.behind_s <= BACKLOG_S or (self._session and self._session.is_asleep):
            return
        self._taken.extend(self.given.buffer.take(1_000_000))
        newest = -1
        for index, item in enumerate(self._taken):
            if not isinstance(item, Packet):
                break
            if item.is_keyframe:
                newest = index
        if newest < 1:
            return
        given_up = [self._taken.popleft() for _ in range(newest)]
        packets = [item for item in given_up if isinstance(item, Packet)]
        self.dropped += len(packets)
        if self._session is not None:
            self._session.skip(packets, TOO_SLOW)


def stopped(spec: FeedSpec, reason: str, state: FeedState, now: datetime) -> FeedStatus:
    """Of a feed that does not run."""
    return FeedStatus(spec.id, state, reason=reason, since=now)


def with_state(status: FeedStatus, state: FeedState, reason: str) -> FeedStatus:
    return replace(status, state=state, reason=reason, fps_in=0.0, fps_analysed=0.0, lag_s=None)
