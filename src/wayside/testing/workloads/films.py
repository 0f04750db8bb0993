"""Films on disk: made once, kept under a hash of everything that decides what they look like."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from wayside.domain.feeds import FeedSpec, SourceKind, SourceSpec
from wayside.domain.records import JsonValue
from wayside.domain.scene import SceneGeometry
from wayside.fleet import codec
from wayside.testing.places import Place
from wayside.testing.places.film import Film
from wayside.testing.progress import picture_progress
from wayside.testing.town.agents import Traveller
from wayside.testing.town.truth import crossings_of
from wayside.testing.workloads.bursts import active_share
from wayside.testing.workloads.encoding import ENCODINGS, PieceEncoder, Sensor, join
from wayside.testing.workloads.recipes import FPS, Recipe

FORMAT = 1
"""Counted up where a film of the same sources would be written differently."""


@dataclass(frozen=True, slots=True)
class TrueCrossing:
    """One object over one line, at ``t_s`` of the film."""

    line: str
    direction: str
    label: str
    t_s: float


@dataclass(frozen=True, slots=True)
class WorkloadFilm:
    """A film and what is true of it. active: share of it in which anybody is in the picture."""

    name: str
    workload: str
    place: str
    encoding: str
    path: Path
    width: int
    height: int
    seconds: float
    active: float
    feed: FeedSpec
    crossings: tuple[TrueCrossing, ...]

    def spec(self, name: str) -> FeedSpec:
        """A feed that plays the film in real time, again and again."""
        return replace(self.feed, id=name)

    def as_json(self) -> dict[str, JsonValue]:
        crossings: list[JsonValue] = [
            [one.line, one.direction, one.label, round(one.t_s, 3)] for one in self.crossings
        ]
        return {
            "name": self.name,
            "workload": self.workload,
            "place": self.place,
            "encoding": self.encoding,
            "path": str(self.path),
            "width": self.width,
            "height": self.height,
            "seconds": self.seconds,
            "active": round(self.active, 4),
            "feed": codec.feed_to_json(self.feed),
            "crossings": crossings,
        }


def film_from_json(given: dict[str, Any]) -> WorkloadFilm:
    """Raises KeyError or TypeError where it is none."""
    return WorkloadFilm(
        **{
            **given,
            "path": Path(given["path"]),
            "feed": codec.feed_from_json(given["feed"]),
            "crossings": tuple(TrueCrossing(*row) for row in given["crossings"]),
        }
    )


def fingerprint(recipe: Recipe) -> str:
    """Of the sources that draw the film, of the recipe and of the encoders' settings."""
    digest = hashlib.sha256(f"{FORMAT} {recipe.name} {recipe.pieces} {recipe.noise}".encode())
    testing = Path(__file__).parent.parent
    sources = [path for name in ("places", "town") for path in (testing / name).glob("*.py")]
    sources += [testing / "workloads" / name for name in ("bursts.py", "encoding.py", "recipes.py")]
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def films_of(
    recipe: Recipe, folder: Path, drawn: Callable[[int], None] = lambda _count: None
) -> list[WorkloadFilm]:
    """The film in all encodings, made where it is missing.

    drawn: called with 1 for each picture drawn, with all of them where nothing was.
    """
    home = folder / f"{recipe.name}-{fingerprint(recipe)}"
    if not (home / "films.json").is_file():
        _make(recipe, home, drawn)
    else:
        drawn(picture_count(recipe))
    rows = json.loads((home / "films.json").read_text("utf-8"))
    return [film_from_json(_at(row, home)) for row in rows]


def films_with_progress(
    made: Sequence[Recipe], folder: Path, console: Console, title: str
) -> list[WorkloadFilm]:
    """The films of all these in all encodings, those that are missing behind a progress bar."""
    films: list[WorkloadFilm] = []
    with picture_progress(console, title, sum(map(picture_count, made))) as bar:
        count = 0

        def drawn(more: int) -> None:
            nonlocal count
            count += more
            bar(count)

        for recipe in made:
            films += films_of(recipe, folder, drawn)
    return films


def picture_count(recipe: Recipe) -> int:
    return round(recipe.drawn_s * FPS)


def _at(row: dict[str, Any], home: Path) -> dict[str, Any]:
    """The paths of a film that may have been moved with its folder."""
    path = str(home / Path(row["path"]).name)
    return {
        **row,
        "path": path,
        "feed": {**row["feed"], "source": {**row["feed"]["source"], "address": path}},
    }


def _make(recipe: Recipe, home: Path, drawn: Callable[[int], None]) -> None:
    """Beside its place first: a film that is there is whole."""
    for other in home.parent.glob(f"{recipe.name}-{'[0-9a-f]' * 16}"):
        shutil.rmtree(other, ignore_errors=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".making-") as name:
        draft = Path(name)
        travellers = recipe.travel()
        _encode(recipe, travellers, draft, drawn)
        films = [_described(recipe, travellers, encoding, draft) for encoding in ENCODINGS]
        text = json.dumps([film.as_json() for film in films])
        (draft / "films.json").write_text(text, "utf-8")
        aside = home.with_name(f".{home.name}-{secrets.token_hex(4)}")
        shutil.copytree(draft, aside)
        aside.rename(home)


def _encode(
    recipe: Recipe,
    travellers: Sequence[Traveller],
    folder: Path,
    drawn: Callable[[int], None],
) -> None:
    """Each piece is drawn once for all encodings, and encoded once wherever it is shown."""
    camera = recipe.place.camera
    size = (camera.width, camera.height)
    film = Film(recipe.place, tuple(travellers))
    sensor = Sensor(*size, recipe.noise, recipe.place.seed)
    parts = sorted({(piece.start_s, piece.end_s) for piece in recipe.pieces})
    for number, (start_s, end_s) in enumerate(parts):
        encoders = [
            PieceEncoder(_part(folder, encoding, number), encoding, size, recipe.cbr_kbps)
            for encoding in ENCODINGS
        ]
        for index in range(round(start_s * FPS), round(end_s * FPS)):
            planes = sensor.seen(film.picture(index))
            for encoder in encoders:
                encoder.add(planes)
            drawn(1)
        for encoder in encoders:
            encoder.close()
    for encoding in ENCODINGS:
        shown = [
            (_part(folder, encoding, parts.index((piece.start_s, piece.end_s))), piece.times)
            for piece in recipe.pieces
        ]
        join(shown, folder / f"{encoding}.mp4")
        for path in {path for path, _ in shown}:
            path.unlink()


def _part(folder: Path, encoding: str, number: int) -> Path:
    return folder / f".{encoding}-{number}.mp4"


def _described(
    recipe: Recipe, travellers: Sequence[Traveller], encoding: str, folder: Path
) -> WorkloadFilm:
    place = recipe.place
    path = folder / f"{encoding}.mp4"
    drawn = active_share(travellers, place) * place.period_s
    return WorkloadFilm(
        name=f"{recipe.name}-{encoding}",
        workload=recipe.workload,
        place=place.id,
        encoding=encoding,
        path=path,
        width=place.camera.width,
        height=place.camera.height,
        seconds=recipe.seconds,
        active=drawn / recipe.seconds
        if recipe.seconds >= place.period_s
        else drawn / place.period_s,
        feed=FeedSpec(
            recipe.name,
            SourceSpec(SourceKind.FILE, str(path), loop=True),
            _geometry(place),
            tuple(
                {"kind": "stopped", "zone": rule.zone, "min_stop_s": rule.min_stop_s}
                for rule in place.rules
            ),
        ),
        crossings=tuple(_crossings(recipe, travellers)),
    )


def _geometry(place: Place) -> SceneGeometry:
    return SceneGeometry(
        anchor=place.anchor,
        lines=place.lines(),
        zones=place.zones(),
        movements=place.marks.movements,
        control_points=place.control_points(),
    )


def _crossings(recipe: Recipe, travellers: Sequence[Traveller]) -> Iterator[TrueCrossing]:
    """In order of time, once for each time that their piece is shown."""
    place = recipe.place
    found = [
        (crossing.t_s % place.period_s, crossing)
        for one in travellers
        for crossing in crossings_of(one, place.lines(), place.camera, place.fps)
    ]
    found.sort(key=lambda pair: pair[0])
    shown_s = 0.0
    for piece in recipe.pieces:
        for _ in range(piece.times):
            for t_s, one in found:
                if piece.start_s <= t_s < piece.end_s:
                    yield TrueCrossing(
                        one.line,
                        str(one.direction),
                        one.object_class.label,
                        shown_s + t_s - piece.start_s,
                    )
            shown_s += piece.end_s - piece.start_s
