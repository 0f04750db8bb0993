"""One session of a live feed: packets in, records in the journal, pictures for who watches."""

from __future__ import annotations

import math
import time
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from wayside.attend.alertness import STILL_SPEED
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.domain.feeds import LivePicture, Marking
from wayside.domain.health import Vitals
from wayside.domain.media import Packet, RawFrame, Session
from wayside.domain.records import Event, Finding, Origin, Severity
from wayside.domain.time import utc_at
from wayside.pipeline.attending import Attending, Cost
from wayside.pipeline.chain import ChainSettings, EventStill, StepPending, Yield
from wayside.pipeline.covering import Covering
from wayside.pipeline.house import FeedHealth, House
from wayside.pipeline.outgoing import INTERRUPTED, RUNNING, SessionFacts
from wayside.pipeline.perception import Sight
from wayside.pipeline.wiring import Place, redactor, wire
from wayside.redact.encode_jpeg import jpeg
from wayside.redact.frame import RedactedFrame, scaled

TRAIL_S = 2.5
STILL_WIDTH = 480
STILL_EVERY_S = 10.0
"""Between two pictures of what is only counted, such as crossings, in a worker without room."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LiveSession:
    """analysed: pictures so far. last_frame: UTC of the newest that was attended to."""

    def __init__(
        self,
        session: Session,
        feed: str,
        source: str,
        place: Place,
        house: House,
        health: FeedHealth | None = None,
        began: Callable[[], None] = lambda: None,
        saw: Callable[[float | None], None] = lambda _arrived_s: None,
        unchanged: Callable[[float | None], None] = lambda _arrived_s: None,
    ) -> None:
        """began: called at the first picture, before the session is recorded. saw: after each
        analysed picture, unchanged: after each that did not have to be, with the monotonic
        second of its arrival.

        Raises SourceUnreadable where nothing decodes it, ConfigError for a wrong rule."""
        self.analysed = 0
        self.last_frame: datetime | None = None
        self.session = session
        self._feed = feed
        self._house = house
        origin = Origin(house.site, feed, session.id, house.number, house.epoch)
        settings = ChainSettings(
            window_s=house.window_s,
            first_window_s=to_boundary_s(session.start, house.window_s),
            pictures=False,
            stills=False,
        )
        wired = wire(
            session,
            place,
            origin,
            house.eyes,
            settings,
            timer=house.timer,
            clock=house.clock,
            identifiers=house.identifiers,
        )
        self._chain = wired.chain
        self._incidents = wired.incidents
        self._health = health
        self._began = began
        self._saw = saw
        self._not_changed = unchanged
        self._arrived_s: float | None = None
        self._frames: deque[RawFrame] = deque()
        self._open: StepPending | None = None
        self._began_s = 0.0
        self._is_ending = False
        self._stilled_s = -math.inf
        self._still_s: float | None = None
        self._last_still: EventStill | None = None
        self._found: list[Finding] = []
        self._lost_s = 0.0
        self._attending = Attending(
            session.format,
            house.eyes.rate,
            house.timer,
            house.size_watch(),
            phase=zlib.crc32(feed.encode()) / 2**32,
        )
        self._covering = Covering(lambda: redactor(place, house.eyes))
        self._clips = house.clips.session(
            feed, session.format, lambda: redactor(place, house.eyes, faces_every_s=0.0)
        )
        self._sight: Sight | None = None
        self._is_recorded = False
        self._facts = SessionFacts(
            id=session.id,
            site=house.site,
            feed=feed,
            source=source,
            start=session.start,
            start_is_known=session.start_is_known,
            format=session.format,
        )

    @property
    def t_s(self) -> float:
        """Media seconds reached."""
        return self._attending.t_s

    @property
    def decode_errors(self) -> int:
        return self._attending.decode_errors

    @property
    def is_asleep(self) -> bool:
        return self._attending.is_asleep

    @property
    def is_still(self) -> bool:
        """Nothing has moved for a moment."""
        return self._attending.is_still

    @property
    def asleep(self) -> float:
        """Share of the session so far."""
        return self._attending.slept_s / self.t_s if self.t_s > 0 else 0.0

    @property
    def wanted_rate(self) -> float:
        """Pictures a second that its objects need."""
        return self._attending.wanted_rate

    @property
    def cost(self) -> Cost:
        return self._attending.cost

    @property
    def is_waiting(self) -> bool:
        """A picture waits for the network; nothing may be taken before it has answered."""
        return self._open is not None

    def take(self, packet: Packet, rate: float | None, *, late: str = "") -> bool:
        """Whether that gave a picture. rate: None for keyframes only. late: why less is seen."""
        self._clips.keep(packet)
        self._chain.coverage.why_late = late or "no pictures"
        self._arrived_s = packet.arrived_s
        has_seen = self._see(self._attending.take(packet, rate))
        if self._note_unchanged():
            self._attended()
            self._not_changed(packet.arrived_s)
        return has_seen

    def listen(self, packets: Sequence[Packet]) -> None:
        """While asleep: a batch of packets, in order. Ask ``look_back`` afterwards."""
        for packet in packets:
            self._clips.keep(packet)
        self._arrived_s = packets[-1].arrived_s
        self._see(self._attending.listen(packets))
        self._note_unchanged()
        self._attended()

    def _note_unchanged(self) -> bool:
        """Pictures that were not analysed because they show what the last one did."""
        frames = self._attending.unchanged()
        before = self._sight
        if before is None or self._open is not None:
            return False
        for frame in frames:
            sight = replace(before, tracks=replace(before.tracks, t_s=frame.time.t_s))
            self._covering.note(frame, sight)
            self._clips.saw(frame.time, sight)
        return bool(frames)

    def _attended(self) -> None:
        """Up to here nothing changed that would have had to be looked at."""
        self._chain.coverage.attended(self.t_s)
        self.last_frame = utc_at(self.session.start, self.t_s)

    def look_back(self) -> list[Packet]:
        """Packets to be taken again where the session has just been woken; mostly none."""
        return self._attending.look_back()

    def rest(self) -> None:
        """Falls asleep where nothing moves and nothing that comes would be missed."""
        self._see(self._attending.rest())

    def shown(self, *, is_shown: bool) -> None:
        """Somebody wants to see every picture, or nobody does any more."""
        self._attending.is_shown = is_shown
        if is_shown:
            self._attending.stir()

    def skip(self, packets: Sequence[Packet], reason: str = "") -> None:
        """Goes on behind these packets, at the next keyframe. reason: where that is a loss."""
        for packet in packets:
            self._clips.keep(packet)
        self._see(self._attending.skip(packets))
        if reason:
            self.lost(reason)

    def lost(self, reason: str) -> None:
        """What comes next in the stream is missing: up to the next sample it is a gap."""
        self._chain.coverage.lost(self.t_s, reason)

    def end(self, state: str) -> None:
        """Closes all that is open and records the end. Call once."""
        if state != INTERRUPTED:
            self._see(self._attending.flush())
        self._finish_pictures()
        if not self._is_recorded:
            return
        if self._health is not None:
            self._keep_found(self._health.finish(self.t_s))
        given = self._chain.finish(self.t_s)
        self._keep(given)
        self._record_end(state)

    def abandon(self, state: str) -> None:
        """The same after a fault, when the chain cannot be trusted to close itself."""
        if self._is_recorded:
            self._record_end(state)

    def picture(self, width: int) -> LivePicture | None:
        """The newest picture, covered, at most ``width`` wide; None before the first."""
        with self._house.timer("redact"):
            covered = self._covering.newest()
        if covered is None or self._sight is None:
            return None
        width = min(width, covered.width)
        with self._house.timer("encode"):
            encoded = jpeg(covered, width=width, quality=75)
        t_s = covered.time.t_s
        return LivePicture(
            feed=self._feed,
            session=self.session.id,
            time=utc_at(self.session.start, t_s),
            t_s=t_s,
            width=width,
            height=max(1, round(covered.height * width / covered.width)),
            markings=() if covered.is_blank else self._markings(self._sight),
            jpeg=encoded,
        )

    def unwatched(self) -> None:
        self._covering.unwatched()

    def share(self, seconds: float) -> float:
        """Coverage of the last media seconds."""
        since_s = max(0.0, self.t_s - seconds)
        return self._chain.coverage.share(since_s, self.t_s) if self.t_s > since_s else 1.0

    def _see(self, frames: Sequence[RawFrame]) -> bool:
        self._frames.extend(frames)
        self._go_on()
        return bool(frames)

    def _go_on(self) -> None:
        """Begins pictures that wait, one after the other, up to one that the network must see."""
        while self._frames and self._open is None:
            frame = self._frames.popleft()
            self._began_s = time.thread_time()
            begun = self._begun(frame)
            if isinstance(begun, Yield):
                self._done(frame, begun)
            elif begun.looks and self._house.looks is not None and not self._is_ending:
                self._open = begun
                now_s = self._house.clock.monotonic_s()
                self._house.looks.ask(
                    now_s,
                    self._feed,
                    frame,
                    begun.looks,
                    self._named,
                    arrived_s=self._arrived_s,
                )
                self._attending.cost.began(time.thread_time() - self._began_s)
            else:
                self._done(frame, self._chain.complete(begun, Detections.empty()))

    def _named(self, named: Detections) -> None:
        """The network has answered for the picture that is open."""
        begun, self._open = self._open, None
        assert begun is not None
        self._began_s = time.thread_time()
        self._done(begun.frame, self._chain.complete(begun, named))
        self._go_on()

    def _finish_pictures(self) -> None:
        """At the end: what still waits is seen without a network."""
        self._is_ending = True
        self._house.forget_looks(self._feed)
        if self._open is not None:
            self._named(Detections.empty())

    def _begun(self, frame: RawFrame) -> StepPending | Yield:
        health, paused = self._health, ""
        if health is not None:
            self._found = health.picture(frame)
            if health.counting_paused:
                paused = "nothing to be seen: " + ", ".join(sorted(health.conditions))
            elif health.geometry_suspended:
                paused = "the view has moved"
        return self._chain.begin(frame, paused=paused)

    def _done(self, frame: RawFrame, given: Yield) -> None:
        found, self._found = self._found, []
        given.events += self._incidents.events(found)
        t_s = frame.time.t_s
        is_still = False
        if given.sight is not None:
            self.analysed += 1
            self._sight = given.sight
            self._covering.note(frame, given.sight)
            if not self._is_ending:  # what is seen at the end no network has looked at
                self._clips.saw(frame.time, given.sight)
            self.last_frame = utc_at(self.session.start, t_s)
            is_still = _is_still(given.sight)
        if self._health is not None and self._health.is_suspicious:
            is_still = False
        attending = self._attending
        attending.saw(frame, is_still=is_still)
        for path in given.trajectories:
            attending.visited(path)
        self._record_begin()
        self._keep(given)
        attending.cost.analysed(time.thread_time() - self._began_s)
        if given.sight is not None:
            self._saw(self._arrived_s)

    def vitals(self, vitals: Vitals) -> None:
        """Tells the watch how the session is doing."""
        if self._health is not None and self._is_recorded:
            self._keep_found(self._health.vitals(vitals))

    def confirm_view(self) -> None:
        if self._health is not None and self._is_recorded:
            self._keep_found(self._health.confirm_view(self.t_s))

    def _keep_found(self, findings: list[Finding]) -> None:
        if findings:
            self._keep(Yield(events=self._incidents.events(findings)))

    def _keep(self, given: Yield) -> None:
        if self._house.stills:
            given.stills += self._stills(given.events)
        self._clips.happened(given.events)
        journal, coverage = self._house.journal, self._chain.coverage
        journal.add(self._facts, given)
        if gaps := coverage.untold():
            self._lost_s += sum(gap.end_s - gap.start_s for gap in gaps)
            journal.gaps(self._facts, gaps)
            coverage.forget(self._chain.window_start_s - 60.0)

    def _stills(self, events: list[Event]) -> list[EventStill]:
        wanted = [e for e in events if e.phase.begins and self._is_worth_a_still(e)]
        found = [self._still(event) for event in wanted]
        return [still for still in found if still is not None]

    def _still(self, event: Event) -> EventStill | None:
        """Covered once for all events of about the same moment: where much happens, much happens
        at once.
        """
        moment_s = self._covering.moment_s(event.start_s)
        if moment_s is not None and moment_s == self._still_s and self._last_still is not None:
            return replace(self._last_still, event_id=event.event_id)
        with self._house.timer("redact"):
            covered = self._covering.at(event.start_s)
        if covered is None:
            return None
        self._still_s, self._last_still = moment_s, _still(event, covered)
        return self._last_still

    def _is_worth_a_still(self, event: Event) -> bool:
        """Incidents always; what is only counted as long as the worker has room, then now and then.

        Measured on busy roads, a crossing a second each: a picture of every one took a third of
        all CPU, 30 ms a second of a feed.
        """
        if event.severity is not Severity.INFO or self._house.has_room():
            return True
        if event.start_s - self._stilled_s < STILL_EVERY_S:
            return False
        self._stilled_s = event.start_s
        return True

    def _record_begin(self) -> None:
        if not self._is_recorded:
            self._is_recorded = True
            self._began()
            self._house.journal.session(self._facts)

    def _record_end(self, state: str) -> None:
        self._clips.ended()
        self._facts = replace(
            self._facts,
            state=state,
            duration_s=self.t_s,
            coverage=max(0.0, 1 - self._lost_s / self.t_s) if self.t_s > 0 else 1.0,
            counters={
                "analysed": self._chain.analysed,
                "looks": self._chain.looks,
                "corrupt_packets": self.session.corrupt_packets,
                "decode_errors": self.decode_errors,
                "slept_s": round(self._attending.slept_s),
            },
        )
        assert self._facts.state != RUNNING
        self._house.journal.session(self._facts)

    def _markings(self, sight: Sight) -> tuple[Marking, ...]:
        tracks = sight.tracks.where(sight.tracks.confirmed)
        trails = self._chain.trails(TRAIL_S)
        return tuple(
            Marking(
                int(track),
                ObjectClass(int(class_id)).label,
                tuple(round(float(side), 4) for side in box),  # type: ignore[arg-type]
                tuple((round(x, 4), round(y, 4)) for x, y in trails.get(int(track), [])),
            )
            for track, class_id, box in zip(tracks.ids, tracks.class_ids, tracks.boxes, strict=True)
        )


def _is_still(sight: Sight) -> bool:
    """Nothing moves, and nothing is there of which it is not known yet what it is."""
    tracks = sight.tracks
    if sight.flooded or not tracks.confirmed.all():
        return False
    return not len(tracks) or bool((np.abs(tracks.velocities) < STILL_SPEED).all())


def _still(event: Event, covered: RedactedFrame) -> EventStill:
    if covered.width > STILL_WIDTH:
        height = max(1, round(covered.height * STILL_WIDTH / covered.width))
        covered = scaled(covered, STILL_WIDTH, height)
    return EventStill(event.event_id, jpeg(covered, quality=80), covered.width, covered.height)


def to_boundary_s(start: datetime, interval_s: float) -> float:
    """Seconds from ``start`` to the next whole multiple of the interval in UTC since 1970."""
    micros = (start - _EPOCH) // timedelta(microseconds=1)
    interval = round(interval_s * 1e6)
    return (interval - micros % interval) / 1e6
