"""The demo's cameras as a process: real sockets, read as a feed is read."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import pytest

from wayside.testing.cameras.films import FilmFolder
from wayside.testing.cameras.truth import read_truth
from wayside.testing.places import PLACES

NAME = "square"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cameras")


@pytest.fixture
def cameras(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "wayside.testing.cameras", "--folder", str(folder)]
    process = subprocess.Popen(
        [*command, "--place", NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


def announced(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    said: dict[str, object] = json.loads(process.stdout.readline())
    return said


def read_some(address: str, count: int) -> list[av.VideoFrame]:
    with av.open(address, format="mpegts", timeout=(60.0, 60.0)) as container:
        found = []
        for frame in container.decode(video=0):
            found.append(frame)
            if len(found) == count:
                break
        return found


@pytest.mark.slow
def test_a_feed_is_read_over_tcp_by_several(cameras: subprocess.Popen[str], folder: Path) -> None:
    said = announced(cameras)
    address = said["feeds"][NAME]  # type: ignore[index]
    assert f"source: {address}" in Path(str(said["site"])).read_text()
    frames = read_some(address, 20)
    again = read_some(address, 5)
    assert frames[0].key_frame
    assert again[0].key_frame
    assert (frames[0].width, frames[0].height) == (640, 360)
    pts = [int(frame.pts or 0) for frame in frames]
    assert {b - a for a, b in pairwise(pts)} == {7200}
    assert int(again[0].pts or 0) >= pts[0]
    assert isinstance(read_truth(folder / "truth.jsonl"), list)


def test_it_ends_with_its_parent(cameras: subprocess.Popen[str]) -> None:
    announced(cameras)
    assert cameras.stdin is not None
    cameras.stdin.close()
    assert cameras.wait(30) == 0
    cameras.stdin = None


def test_it_ends_when_told_to(cameras: subprocess.Popen[str], folder: Path) -> None:
    announced(cameras)
    cameras.send_signal(signal.SIGTERM)
    assert cameras.wait(30) == 0
    # Another start finds the pieces that were made and goes on from there.
    place = PLACES[NAME]()
    assert FilmFolder.of(folder / "films", place).segment_count == 18
