"""What is measured and told of lanes and carriageways."""

from __future__ import annotations

from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.motion import Motion
from wayside.analyze.traffic.roadways.congestion import CongestionRule, CongestionWatch
from wayside.analyze.traffic.roadways.log import RoadLog
from wayside.analyze.traffic.roadways.queue_watch import QueueRule, QueueWatch
from wayside.analyze.traffic.roadways.roads import Roads
from wayside.domain.records import Finding, Reading


class RoadTraffic:
    """A part of Traffic: readings of RoadLog, findings of QueueWatch and CongestionWatch."""

    def __init__(
        self,
        motion: Motion,
        queues: tuple[QueueRule, ...] = (),
        congestions: tuple[CongestionRule, ...] = (),
    ) -> None:
        """Raises ConfigError for a rule that cannot be followed in this scene."""
        self._roads = Roads(motion)
        zones, free_flow = self._roads.zones, self._roads.free_flow
        self._log = RoadLog(zones, free_flow)
        self._watches: list[QueueWatch | CongestionWatch] = [
            *(QueueWatch(motion.scene, zones, rule, n) for n, rule in enumerate(queues)),
            *(CongestionWatch(zones, rule, free_flow, n) for n, rule in enumerate(congestions)),
        ]

    @property
    def settling_s(self) -> float:
        return 0.0

    def update(self, moment: Moment) -> list[Finding]:
        before = self._roads.states
        held_s = self._roads.update(moment)
        self._log.held(before, moment.t_s, held_s)
        self._log.left(self._roads.times_in_queue)
        self._roads.times_in_queue.clear()
        self._log.late(self._roads.late_s)
        self._roads.late_s.clear()
        found: list[Finding] = []
        for watch in self._watches:
            found += watch.update(moment.t_s, self._roads.states[watch.zone])
        return found

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        return self._log.readings(start_s, end_s)

    def finish(self, t_s: float) -> list[Finding]:
        return [finding for watch in self._watches for finding in watch.finish(t_s)]
