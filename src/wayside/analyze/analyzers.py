"""Which analyzers a scene gets."""

from __future__ import annotations

from wayside.analyze.analyzer import Analyzer
from wayside.analyze.rules import Rules
from wayside.analyze.traffic.braking_wave import BrakingWave, BrakingWaveRule
from wayside.analyze.traffic.closed_lines import ClosedLineRule, ClosedLines
from wayside.analyze.traffic.collision import CollisionRule
from wayside.analyze.traffic.crossing import LineCrossings
from wayside.analyze.traffic.encounters import Encounters
from wayside.analyze.traffic.headway import LineHeadways
from wayside.analyze.traffic.lanes import LineLanes
from wayside.analyze.traffic.lying_objects import ObjectsOnCarriageway
from wayside.analyze.traffic.movements import Movements
from wayside.analyze.traffic.near_miss import NearMissRule
from wayside.analyze.traffic.on_carriageway import OnCarriagewayRule, PeopleOnCarriageway
from wayside.analyze.traffic.pack import MakePart, Traffic
from wayside.analyze.traffic.people_crossing import PeopleCrossing
from wayside.analyze.traffic.readers import CrossingReader
from wayside.analyze.traffic.roadways.congestion import CongestionRule
from wayside.analyze.traffic.roadways.queue_watch import QueueRule
from wayside.analyze.traffic.roadways.traffic import RoadTraffic
from wayside.analyze.traffic.stopped import StoppedObjects, StoppedRule
from wayside.analyze.traffic.u_turns import UTurnRule, UTurns
from wayside.analyze.traffic.wrong_way import WrongWay, WrongWayRule
from wayside.analyze.venue.presence import ZonePresence
from wayside.domain.scene import ZoneUse
from wayside.scene.scene import Scene


def analyzers_for(scene: Scene, rules: Rules | None = None) -> list[Analyzer]:
    """Fresh analyzers for one session of a feed; none for a scene with nothing drawn.

    Raises ConfigError for a rule that names a place the scene does not have.
    """
    rules = rules or Rules()
    analyzers: list[Analyzer] = []
    if parts := _parts(scene, rules):
        analyzers.append(Traffic(scene, parts))
    if any(not zone.use.is_road for zone in scene.geometry.zones):
        analyzers.append(ZonePresence(scene, rules.presence))
    return analyzers


def _parts(scene: Scene, rules: Rules) -> list[MakePart]:
    """What of traffic is measured and told over one motion."""
    parts: list[MakePart] = []
    if scene.line_ids:
        parts += _at_lines(scene, rules)
    if stopped := rules.of(StoppedRule):
        parts.append(lambda motion: StoppedObjects(motion, stopped))
    if wrong_way := rules.of(WrongWayRule):
        parts.append(lambda motion: WrongWay(motion, wrong_way))
    queues, congestions = rules.of(QueueRule), rules.of(CongestionRule)
    if queues or congestions or any(zone.use.is_road for zone in scene.geometry.zones):
        parts.append(lambda motion: RoadTraffic(motion, queues, congestions))
    if any(zone.use is ZoneUse.CROSSING for zone in scene.geometry.zones):
        parts.append(PeopleCrossing)
    if on_carriageway := rules.of(OnCarriagewayRule):
        parts.append(lambda motion: PeopleOnCarriageway(motion, on_carriageway))
    if objects := tuple(rule for rule in on_carriageway if rule.objects):
        parts.append(lambda motion: ObjectsOnCarriageway(motion, objects))
    if u_turns := rules.of(UTurnRule):
        parts.append(lambda motion: UTurns(motion, u_turns))
    if closed := rules.of(ClosedLineRule):
        parts.append(lambda motion: ClosedLines(motion, closed))
    return parts + _dangers(rules)


def _dangers(rules: Rules) -> list[MakePart]:
    """Who comes dangerously close to whom, and brakes hard."""
    parts: list[MakePart] = []
    near_misses, collisions = rules.of(NearMissRule), rules.of(CollisionRule)
    if near_misses or collisions:
        parts.append(lambda motion: Encounters(motion, near_misses, collisions))
    if waves := rules.of(BrakingWaveRule):
        parts.append(lambda motion: BrakingWave(motion, waves))
    return parts


def _at_lines(scene: Scene, rules: Rules) -> list[MakePart]:
    """Who goes over each line, how fast, how long after each other and for how long."""
    lanes = LineLanes(scene)
    readers: list[CrossingReader] = [LineHeadways(lanes)]
    if scene.geometry.movements:
        readers.append(Movements(scene.geometry.movements))
    return [lambda motion: LineCrossings(motion, rules.crossing, readers, lanes)]
