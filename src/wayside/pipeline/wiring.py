"""One session's chain, from plain values: the same for a recording and for a live feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wayside.analyze.analyzers import analyzers_for
from wayside.analyze.rules import KINDS, Rule, Rules
from wayside.attend.looking import LookingSettings
from wayside.attend.patches import PatchSettings
from wayside.detect.detector import Detector
from wayside.detect.motion import MotionSettings
from wayside.detect.packing import PackedDetector
from wayside.detect.types import TypeReader
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ConfigError
from wayside.domain.media import Session
from wayside.domain.plain import from_plain
from wayside.domain.records import JsonValue, Origin
from wayside.domain.scene import SceneGeometry
from wayside.domain.time import Clock, SystemClock
from wayside.events.identifiers import Identifiers
from wayside.events.lifecycle import Incidents
from wayside.observe.stages import StageTimer
from wayside.pipeline.chain import ChainSettings, FeedChain
from wayside.pipeline.coverage import CoverageMeter
from wayside.pipeline.drawing import Drawing
from wayside.pipeline.perception import Perception, PerceptionSettings
from wayside.pipeline.shared_looks import SharedLooks
from wayside.pipeline.type_naming import TypeNamer
from wayside.redact.faces import FaceFinder
from wayside.redact.paint import Style
from wayside.redact.redactor import Failures, Redactor
from wayside.scene.scene import Scene

SAMPLE_RATE = 6.0
"""Pictures a second analysed with a network; a car at 15 m/s moves 2.5 m between two."""
MOTION_RATE = 12.5
"""The same with motion alone, which costs little and needs the overlap more."""
FINE_SIDE = 640
"""Pixels at which a recording is searched for motion; nobody waits for it."""
LIVE_SIDE = 320
"""The same for live feeds: measured on a busy core, 640 takes 11 ms a picture, two thirds of all
that a feed costs. A worker that falls behind samples less often, and that costs more objects."""
FACES_SIDE = 480
FINE_FACES_SIDE = 1280
"""Pixels of the longer side at which pictures are searched for faces, always and now and then.

Measured with faces alone (benchmarks/redaction.py): at 480 pixels of a picture of 1280 no face of
12 to 24 pixels is found, at 1280 all are. One fine search of 1280x720 takes 80 ms, one of 640x360
18 ms, a coarse one 11 ms."""
FACES_EVERY_S = 0.9
"""Media seconds between searches for faces that no person box covers; a found one is held 1 s."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """What all feeds of a process see and cover with.

    detector: None for motion alone. threshold: score from which it is believed. faces: one
    finder for all feeds of a thread, None where person boxes must do. fine_faces: another, for
    small faces. style: of what is covered.
    motion_side: pixels of the longer side at which motion alone works. shared: looks are cut to
    share an input of the network with other feeds', and given to a PackedDetector. blanked:
    pictures that could not be covered, of all feeds. types: names what moves without a name, or
    where any_vehicle is a class, what vehicles of that class are; None where nothing is asked.
    """

    detector: Detector | None = None
    threshold: float = 0.4
    faces: FaceFinder | None = None
    style: Style = Style.SOLID
    motion_side: int = FINE_SIDE
    shared: bool = False
    blanked: Failures = field(default_factory=Failures, compare=False)
    fine_faces: FaceFinder | None = None
    types: TypeReader | None = None
    any_vehicle: ObjectClass | None = None

    @property
    def rate(self) -> float:
        """Pictures a second that are wanted of each feed."""
        return SAMPLE_RATE if self.detector else MOTION_RATE

    def perception(self) -> PerceptionSettings:
        """Motion alone has to see for itself what a network would have seen: in finer pictures."""
        if self.detector is None:
            least = 0.00012 * (FINE_SIDE / self.motion_side) ** 2
            return PerceptionSettings(
                motion=MotionSettings(long_side=self.motion_side, min_area=least)
            )
        looking = LookingSettings(patches=PatchSettings() if self.shared else None)
        return PerceptionSettings(threshold=self.threshold, looking=looking)


@dataclass(frozen=True, slots=True)
class Place:
    """What is drawn on a feed's picture, and what is asked for there."""

    geometry: SceneGeometry = field(default_factory=SceneGeometry)
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class Wired:
    """A chain, and the parts of it that its owner asks directly."""

    chain: FeedChain
    perception: Perception
    incidents: Incidents
    scene: Scene


def wire(
    session: Session,
    place: Place,
    origin: Origin,
    eyes: Eyes,
    settings: ChainSettings,
    *,
    timer: StageTimer | None = None,
    clock: Clock | None = None,
    identifiers: Identifiers | None = None,
) -> Wired:
    """A fresh chain for a session. Raises ConfigError for a rule or scene that cannot be."""
    clock = clock or SystemClock()
    size = session.format.width, session.format.height
    scene = Scene(place.geometry, size[0] / size[1])
    perception = Perception(eyes.detector, size, eyes.perception(), timer=timer)
    incidents = Incidents(origin, session.start, clock, identifiers=identifiers)
    chain = FeedChain(
        perception,
        scene,
        analyzers_for(scene, place.rules),
        incidents=incidents,
        redactor=redactor(place, eyes),
        coverage=CoverageMeter(reach_s(eyes.rate, session.format.rate)),
        drawing=Drawing(place.geometry, origin.feed),
        settings=settings,
        timer=timer,
        types=TypeNamer(eyes.types, eyes.any_vehicle) if eyes.types else None,
    )
    return Wired(chain, perception, incidents, scene)


def shared_looks(detector: Detector | None, timer: StageTimer) -> SharedLooks | None:
    """What the feeds of one worker look with together; None for motion alone."""
    if detector is None:
        return None
    enough = max(width * height for width, height in detector.sizes)
    return SharedLooks(PackedDetector(detector).detect, timer, enough=enough)


def redactor(place: Place, eyes: Eyes, faces_every_s: float = FACES_EVERY_S) -> Redactor:
    """A fresh one, for the pictures of one session. faces_every_s: see Redactor."""
    return Redactor(
        eyes.style,
        place.geometry.private_zones,
        eyes.faces,
        fine=eyes.fine_faces,
        faces_every_s=faces_every_s,
        search_between=False,
        blanked=eyes.blanked,
    )


def reach_s(rate: float, declared: float | None) -> float:
    """How long a sample speaks for, at ``rate`` samples a second of a stream of ``declared``."""
    return max(1.0, 2.5 / min(rate, declared or rate))


def rules_of(entries: Sequence[Mapping[str, JsonValue]]) -> Rules:
    """Rules as site.yaml has them, JSON values. Raises ConfigError for one that is none."""
    return Rules(tuple(_rule(entry) for entry in entries))


def _rule(entry: Mapping[str, JsonValue]) -> Rule:
    values = dict(entry)
    kind = str(values.pop("kind", ""))
    if kind not in KINDS:
        raise ConfigError(f"there is no rule of kind '{kind}'", remedy=f"Use: {', '.join(KINDS)}")
    try:
        return from_plain(KINDS[kind], values)
    except ValueError as error:
        raise ConfigError(f"a rule of kind '{kind}' is wrong: {error}") from None
