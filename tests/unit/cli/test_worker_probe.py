"""A source that is tried: its picture, or why there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from made_media import make_video
from wayside.cli.worker_probe import probe
from wayside.domain.feeds import SourceKind, SourceSpec
from wayside.ingest.network import NetworkPolicy
from wayside.pipeline.wiring import Eyes


class Finder:
    """A search for faces that finds none, or fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails

    def find(self, bgr: object, regions: object = None) -> np.ndarray:
        if self.fails:
            raise RuntimeError("injected")
        return np.empty((0, 4), np.float32)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> SourceSpec:
    path = make_video(tmp_path_factory.mktemp("clip") / "a.mp4", frames=10, rate=5)
    return SourceSpec(SourceKind.FILE, str(path))


def test_a_picture_that_can_be_covered_is_shown(source: SourceSpec) -> None:
    found = probe(source, Eyes(faces=Finder()), NetworkPolicy())  # type: ignore[arg-type]
    assert (found.problem, found.withheld) == ("", "")
    assert found.jpeg[:2] == b"\xff\xd8"


def test_with_motion_alone_nothing_finds_a_person_in_one_picture(source: SourceSpec) -> None:
    found = probe(source, Eyes(), NetworkPolicy())
    assert (found.problem, found.withheld, found.jpeg) == ("", "uncoverable", b"")
    assert found.width > 0


def test_a_picture_whose_covering_fails_is_withheld(source: SourceSpec) -> None:
    eyes = Eyes(faces=Finder(fails=True))  # type: ignore[arg-type]
    found = probe(source, eyes, NetworkPolicy())
    assert (found.problem, found.withheld, found.jpeg) == ("", "failed", b"")


def test_what_is_not_there_has_a_problem_and_withholds_nothing(tmp_path: Path) -> None:
    gone = SourceSpec(SourceKind.FILE, str(tmp_path / "gone.mp4"))
    found = probe(gone, Eyes(), NetworkPolicy())
    assert "no such file" in found.problem
    assert found.withheld == ""
