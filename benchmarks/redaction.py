"""Which share of real faces is covered, beside ``deface`` on the same pictures, and for what CPU.

    python benchmarks/redaction.py                        # all films
    python benchmarks/redaction.py --films walkers "two heads"
    python benchmarks/redaction.py --model motion --no-peers
    python benchmarks/redaction.py --misses FOLDER        # pictures of what was not covered

A face counts as covered where at least so much of its box is: 95 % in the table, 80 and 100 %
beside it. Faces of at least 24 pixels and of 12 to 24 apart, by the longer side of the box.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from redaction_films import FILMS, Boxes, Film, Truth, covered_shares, faces_at, size_of, written
from wayside.attend.sampling import Sampler
from wayside.cli.detectors import choose, find_faces
from wayside.decode.decoder import Decoder
from wayside.domain.detections import Detections
from wayside.domain.media import RawFrame
from wayside.domain.tracks import Tracks
from wayside.ingest.sources import source_for
from wayside.pipeline.perception import Perception
from wayside.pipeline.wiring import FACES_SIDE, FINE_FACES_SIDE, Eyes, Place, redactor
from wayside.redact.faces import YuNetFaces
from wayside.redact.paint import FILL
from wayside.redact.redactor import Redactor

SHARED = Path(__file__).resolve().parents[2] / "shared"
CLASSES = (("24 px and more", 24.0, np.inf), ("12 to 24 px", 12.0, 24.0))
NEEDED = (0.8, 0.95, 1.0)


@dataclass(slots=True)
class Tally:
    """What one way of covering did. sizes, shares: of each face. cpu_ms, picture: per picture."""

    sizes: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    picture: list[float] = field(default_factory=list)

    def add(self, faces: Boxes, shares: Sequence[float]) -> None:
        self.sizes += sizes_of(faces)
        self.shares += shares

    def join(self, other: Tally) -> None:
        self.sizes += other.sizes
        self.shares += other.shares
        self.cpu_ms += other.cpu_ms
        self.picture += other.picture

    def within(self, least: float, below: float, needed: float) -> tuple[int, int]:
        """Covered faces of a class of size, and all of them."""
        sizes, shares = np.array(self.sizes), np.array(self.shares)
        chosen = (sizes >= least) & (sizes < below)
        return int((shares[chosen] >= needed - 1e-9).sum()), int(chosen.sum())


def sizes_of(faces: Boxes) -> list[float]:
    """The longer side of each box, in pixels."""
    return (faces[:, 2:] - faces[:, :2]).max(axis=1).tolist() if len(faces) else []


def ways(eyes: Eyes) -> dict[str, Redactor]:
    """As ``wayside tag`` covers, without what it remembers, and with half of what it sees."""
    fine = eyes.fine_faces
    alone = {"faces": fine, "hold_s": 0.0, "search_between": False}
    return {
        "recording": redactor(Place(), eyes),
        "no hold": Redactor(**alone),
        "faces alone": Redactor(**alone),
        "boxes alone": redactor(Place(), replace(eyes, faces=None)),
    }


def samples(path: Path, film: Film, rate: float) -> Iterator[tuple[int, RawFrame]]:
    """The pictures that ``wayside tag`` looks at, with their numbers from 0."""
    with closing(source_for(path, rate=film.rate).open()) as session:
        decoder, sampler, number = Decoder(session.format), Sampler(rate), 0
        for packet in [*session.packets(), None]:
            frames = decoder.flush() if packet is None else decoder.decode(packet)
            for frame in frames:
                if sampler.wants(frame.time.t_s) and film.first <= number <= film.last:
                    yield number, frame
                number += 1


def cover(
    path: Path, film: Film, eyes: Eyes, clip_size: tuple[int, int], misses: Path | None
) -> tuple[dict[str, Tally], dict[int, Boxes], float]:
    """What each way did, the faces of the pictures that were covered, ms of seeing a picture."""
    size, truth = size_of(path), Truth(film.clip)
    perception = Perception(eyes.detector, size, eyes.perception())
    redactors, tallies = ways(eyes), defaultdict(Tally)
    if eyes.detector is None:
        with closing(source_for(path, rate=film.rate).open()) as ahead:
            perception.prime(ahead)
    told: dict[int, Boxes] = {}
    seen_ms = []
    for number, frame in samples(path, film, eyes.rate):
        began = time.process_time()
        sight = perception.see(frame)
        seen_ms.append(1000 * (time.process_time() - began))
        faces = told[number] = faces_at(film, truth, number, clip_size)
        for name, one in redactors.items():
            frame.forget()
            seen = (sight.tracks, sight.to_cover)
            if name == "faces alone":
                seen = Tracks.none(frame.time.t_s), Detections.empty()
            began = time.process_time()
            covered = one.redact(frame, *seen)
            tally = tallies[name]
            tally.cpu_ms.append(1000 * (time.process_time() - began))
            mask = (covered.pixels == FILL).all(2)
            shares = covered_shares(mask, faces)
            tally.add(faces, shares)
            tally.picture.append(float(mask.mean()))
            if misses is not None:
                _show(misses, f"{film.name} {name}", number, frame, covered.pixels, faces, shares)
        assert not any(one.failures for one in redactors.values())
    return dict(tallies), told, float(np.mean(seen_ms))


class Deface:
    """``peers_deface.py`` running in its own environment. runs_on: what CenterFace runs on."""

    def __init__(self, python: Path) -> None:
        script = Path(__file__).with_name("peers_deface.py")
        self._process = subprocess.Popen(
            [python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def cover(self, path: Path, faces: dict[int, Boxes], runs_on: str) -> Tally:
        task = {
            "film": str(path),
            "runs_on": runs_on,
            "faces": {number: boxes.tolist() for number, boxes in faces.items()},
        }
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            sys.exit("peers_deface.py ended early")
        answer = json.loads(line)
        tally = Tally(cpu_ms=[answer["cpu_ms"]] * len(faces), picture=[answer["picture"]])
        for number, shares in answer["shares"].items():
            tally.add(faces[int(number)], shares)
        return tally

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


def table(title: str, tallies: dict[str, Tally]) -> Table:
    """Recall by class of size, share of the picture that is covered, CPU of a picture."""
    made = Table(title=title)
    made.add_column("way")
    for name, _, _ in CLASSES:
        for needed in NEEDED:
            made.add_column(f"{name}, {needed:.0%}" if needed == NEEDED[0] else f"{needed:.0%}")
    made.add_column("picture covered")
    made.add_column("CPU ms a picture")
    for way, tally in tallies.items():
        cells = []
        for _, least, below in CLASSES:
            for needed in NEEDED:
                covered, every = tally.within(least, below, needed)
                cells.append(f"{covered}/{every} {covered / every:.3f}" if every else "-")
        spent = f"{np.mean(tally.cpu_ms):.1f}"
        made.add_row(way, *cells, f"{np.mean(tally.picture):.1%}", spent)
    return made


def _show(
    folder: Path,
    name: str,
    number: int,
    raw: RawFrame,
    covered: np.ndarray,
    faces: Boxes,
    shares: Sequence[float],
) -> None:
    """Keeps the picture, before and after, where a face of 12 pixels or more can be seen."""
    missed = [s < 0.95 and size >= 12 for s, size in zip(shares, sizes_of(faces), strict=True)]
    if not any(missed):
        return
    both = np.hstack([raw.bgr(), covered])
    for (x0, y0, x1, y1), miss in zip(faces.astype(int).tolist(), missed, strict=True):
        for shift in (0, raw.width):
            colour = (0, 0, 255) if miss else (0, 255, 0)
            cv2.rectangle(both, (x0 + shift, y0), (x1 + shift, y1), colour, 1)
    cv2.imwrite(str(folder / f"{name} {number:05d}.png"), both)


def options() -> argparse.Namespace:
    data = os.environ.get("WAYSIDE_TEST_DATA") or SHARED / "data"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", nargs="*", metavar="NAME", help="default: all")
    parser.add_argument("--tuned", action="store_true", help="without those that are held out")
    parser.add_argument("--model", default="auto", help="auto, motion or a name; default: auto")
    parser.add_argument("--clips", type=Path, default=Path(data) / "clips")
    parser.add_argument("--peers-python", type=Path, default=Path(".venv-peers/bin/python"))
    parser.add_argument(
        "--runs-on",
        nargs="+",
        default=["opencv"],
        choices=["onnxrt", "opencv"],
        help="what runs deface's network: opencv if installed plainly, onnxrt with its extras",
    )
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--misses", type=Path, metavar="FOLDER", help="pictures of what was missed")
    return parser.parse_args()


def chosen(asked: argparse.Namespace) -> list[Film]:
    names = [film.name for film in FILMS]
    if unknown := set(asked.films or ()) - set(names):
        sys.exit(f"no such film: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    films = [film for film in FILMS if not asked.films or film.name in asked.films]
    return [film for film in films if not (asked.tuned and film.is_held_out)]


def main() -> None:
    asked = options()
    os.environ.setdefault("WAYSIDE_MODEL_DIR", str(SHARED / "models"))
    choice = choose(asked.model)
    found = find_faces()
    if found is None:
        sys.exit("no weights of YuNet: set WAYSIDE_MODEL_DIR")
    faces, fine = (YuNetFaces(found, max_side=side) for side in (FACES_SIDE, FINE_FACES_SIDE))
    if asked.misses is not None:
        asked.misses.mkdir(parents=True, exist_ok=True)
    deface = None if asked.no_peers else Deface(asked.peers_python)
    console, sums = Console(width=200), defaultdict(Tally)
    with tempfile.TemporaryDirectory() as folder:
        for film in chosen(asked):
            path = written(film, asked.clips, Path(folder))
            eyes = Eyes(choice.detector, choice.threshold, faces, fine_faces=fine)
            clip_size = size_of(asked.clips / film.clip)
            tallies, told, seen_ms = cover(path, film, eyes, clip_size, asked.misses)
            for runs_on in asked.runs_on if deface else ():
                tallies[f"deface, {runs_on}"] = deface.cover(path, told, runs_on)
            size = "x".join(map(str, size_of(path)))
            held_out = ", held out" if film.is_held_out else ""
            title = f"{film.name} ({size}, {len(told)} pictures, seeing {seen_ms:.1f} ms{held_out})"
            console.print(table(title, tallies))
            for way, tally in tallies.items():
                sums[way].join(tally)
    if deface is not None:
        deface.close()
    console.print(table(f"all films, model {asked.model}", dict(sums)))


if __name__ == "__main__":
    main()
