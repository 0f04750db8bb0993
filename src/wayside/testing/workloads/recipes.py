"""Which films a workload has: the place, the size, when it is busy, how it is joined.

busy: somebody moves all the time. typical: about 30 % of the time, in bursts of
6 to 18 s. night: 3 % of the time, dark, with a noisy sensor. stops: vehicles that stop
and go on, for what must not be lost; it belongs to no acceptance limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from wayside.testing.places import PLACES, Place
from wayside.testing.places.place import Weather
from wayside.testing.town.agents import Traveller
from wayside.testing.workloads.bursts import Burst, in_bursts

FPS = 25.0
DAY_NOISE, NIGHT_NOISE = 2.0, 5.0
"""Grey levels, standard deviation in time, as cameras have by day and by night."""
WORKLOADS = ("busy", "typical", "night")
SIZES = {"640x360": (640, 360), "1280x720": (1280, 720), "1920x1080": (1920, 1080)}
ROAD_LAMPS = tuple((x, 0.0, 10.0) for x in (-30.0, -10.0, 10.0, 30.0))

# Told in the minutes of a film of two; moved into the sections of a joined one.
TYPICAL_BURSTS = (Burst(12.0, 24.0), Burst(41.0, 49.0), Burst(71.0, 89.0))
NIGHT_BURSTS = (Burst(4.0, 14.0),)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the place's film, shown ``times`` times in a row."""

    start_s: float
    end_s: float
    times: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """One film. place: its period is what is drawn. pieces: what is shown, in order."""

    workload: str
    place: Place
    travel: Callable[[], tuple[Traveller, ...]]
    pieces: tuple[Piece, ...]
    noise: float
    cbr_kbps: int

    @property
    def name(self) -> str:
        return f"{self.workload}-{self.place.camera.height}-{self.place.id}"

    @property
    def seconds(self) -> float:
        return sum(piece.times * (piece.end_s - piece.start_s) for piece in self.pieces)

    @property
    def drawn_s(self) -> float:
        return sum(piece.end_s - piece.start_s for piece in self.pieces)


def recipes(workload: str, size: tuple[int, int], seconds: float | None = None) -> list[Recipe]:
    """All films of a workload. seconds: cut each to so much, for a quick try.

    Raises KeyError for a workload that is none.
    """
    made = {"busy": _busy, "typical": _typical, "night": _night, "stops": _stops}[workload](size)
    return made if seconds is None else [_cut(recipe, seconds) for recipe in made]


def _filmed(name: str, size: tuple[int, int], **changes: object) -> Place:
    """The place at 25 pictures a second; noise comes later, onto the encoder's own planes."""
    place = PLACES[name]()
    camera = replace(place.camera, width=size[0], height=size[1])
    return replace(place, camera=camera, fps=FPS, noise_sigma=0.0, **changes)  # type: ignore[arg-type]


def _is_small(size: tuple[int, int]) -> bool:
    return size[0] <= 640


def _kbps(size: tuple[int, int]) -> int:
    """What cameras are set to: 0.5 Mbit/s at 640x360, 2.5 at 1920x1080."""
    scale: float = (size[0] * size[1] / (640 * 360)) ** 0.73
    return round(500 * scale)


def _busy(size: tuple[int, int]) -> list[Recipe]:
    names = ("junction", "motorway", "square") if _is_small(size) else ("junction",)
    return [_whole("busy", _filmed(name, size), size) for name in names]


def _stops(size: tuple[int, int]) -> list[Recipe]:
    return [_whole("stops", _filmed(name, size), size) for name in ("car-park", "rain")]


def _whole(workload: str, place: Place, size: tuple[int, int]) -> Recipe:
    """A period of the place as it is."""
    piece = Piece(0.0, place.period_s)
    return Recipe(workload, place, place.travel, (piece,), DAY_NOISE, _kbps(size))


def _typical(size: tuple[int, int]) -> list[Recipe]:
    """Small films are drawn whole, with clouds; of large ones the still pieces are shown twice."""
    if _is_small(size):
        return [
            _burst(_filmed(name, size), 120.0, TYPICAL_BURSTS, (Piece(0.0, 120.0),), size, seed)
            for seed, name in enumerate(("motorway", "bridge", "quay"), 1)
        ]
    place = _filmed("bridge", size)
    still = replace(place, sky=replace(place.sky, cloud_swing=0.0))
    bursts = (Burst(2.0, 14.0), Burst(21.0, 29.0), Burst(31.0, 49.0))
    pieces = (
        Piece(50.0, 60.0, 2),
        Piece(0.0, 20.0),
        Piece(60.0, 70.0, 2),
        Piece(20.0, 50.0),
        Piece(50.0, 60.0, 1),
        Piece(60.0, 70.0, 2),
    )
    return [_burst(still, 70.0, bursts, pieces, size, 2)]


def _night(size: tuple[int, int]) -> list[Recipe]:
    """One event of some 9 s in 300 s; the empty street repeats every 20 s."""
    names = ("night", "motorway") if _is_small(size) else ("night",)
    found = []
    for seed, name in enumerate(names, 3):
        place = _filmed(name, size, weather=Weather.NIGHT)
        if not place.lamps:
            place = replace(place, lamps=ROAD_LAMPS)
        dark = replace(place, sky=replace(place.sky, cloud_swing=0.0))
        pieces = (Piece(20.0, 40.0, 7), Piece(0.0, 20.0), Piece(20.0, 40.0, 7))
        recipe = _burst(dark, 40.0, NIGHT_BURSTS, pieces, size, seed)
        found.append(replace(recipe, workload="night", noise=NIGHT_NOISE))
    return found


def _burst(
    place: Place,
    drawn_s: float,
    bursts: tuple[Burst, ...],
    pieces: tuple[Piece, ...],
    size: tuple[int, int],
    seed: int,
) -> Recipe:
    def travel() -> tuple[Traveller, ...]:
        return in_bursts(place, bursts, seed)

    longer = replace(place, period_s=drawn_s)
    return Recipe("typical", longer, travel, pieces, DAY_NOISE, _kbps(size))


def _cut(recipe: Recipe, seconds: float) -> Recipe:
    """The beginning of what is drawn, once."""
    end_s = min(seconds, recipe.place.period_s)
    return replace(recipe, pieces=(Piece(0.0, end_s),))
