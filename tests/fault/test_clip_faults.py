"""A real worker makes a clip of a real incident; killed right after, it has lost nothing of it."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from made_media import scene
from wayside.cli.running import WORKER
from wayside.domain.feeds import FeedSpec, SourceKind, SourceSpec
from wayside.domain.scene import SceneGeometry
from wayside.fleet.epochs import Epochs
from wayside.fleet.local import FleetSettings, LocalFleet
from wayside.store.database import Store
from wayside.store.incidents import IncidentFilter, page
from wayside.store.journal import Journal, journal_path
from wayside.store.queries import Archive
from wayside.store.writer import StoreWriter

RATE, LIT_S, DARK_S = 10, 5, 25
SIZE = 160, 96
MOST_S = 90.0
"""Far above the 20 s after which such a clip is there."""


@pytest.fixture(scope="module")
def darkened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Something moves for five seconds; then the camera is dark."""
    path = tmp_path_factory.mktemp("film") / "dark.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options={"g": "10", "bf": "0"})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number in range(RATE * (LIT_S + DARK_S)):
            is_lit = number < RATE * LIT_S
            picture = scene(number, *SIZE) if is_lit else np.zeros((*SIZE[::-1], 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


def wait(until: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + MOST_S
    while not until():
        assert time.monotonic() < deadline_s, f"never: {what}"
        time.sleep(0.1)


def clips_in(folder: Path) -> int:
    with Journal.open(journal_path(folder, 0), owner=False) as journal:
        return sum(len(entry.batch.clips) for entry in journal.read(limit=10_000))


def is_live(fleet: LocalFleet) -> bool:
    """Then the journal is there too."""
    status = fleet.statuses().get("north")
    return status is not None and status.last_frame is not None


def fleet_of(folder: Path) -> LocalFleet:
    settings: dict[str, object] = {
        "site": "test",
        "journals": str(folder),
        "model": "motion",
        "interval_s": 2,
        "log_level": "error",
    }
    epochs = Epochs(folder / "epochs.json")
    return LocalFleet(WORKER, settings, epochs, settings=FleetSettings(workers=1))


@pytest.mark.slow
def test_a_clip_survives_the_worker_and_arrives_once(tmp_path: Path, darkened: Path) -> None:
    source = SourceSpec(SourceKind.FILE, str(darkened), loop=True)
    fleet = fleet_of(tmp_path)
    fleet.start()
    try:
        fleet.apply([FeedSpec("north", source, SceneGeometry())])
        wait(lambda: is_live(fleet), "a picture")
        wait(lambda: clips_in(tmp_path) > 0, "a clip in the journal")
        wait(lambda: fleet.workers()[0].clips.get("made", 0) > 0, "a clip counted")
        os.kill(fleet.workers()[0].pid, signal.SIGKILL)
    finally:
        fleet.close()
    with Store.open(tmp_path / "wayside.db") as store:
        for _ in range(2):  # the second finds nothing new
            writer = StoreWriter(store, tmp_path)
            writer.step()
            writer.close()
        found = [one for one in page(store, IncidentFilter()).items if one.kind == "health.black"]
        clip = Archive(store).clip(found[-1].id)
    assert found[-1].has_clip
    assert clip is not None
    with av.open(io.BytesIO(clip)) as file:
        assert file.streams.video[0].codec_context.name == "h264"
        pictures = [
            (float(each.time or 0), each.to_ndarray(format="bgr24"))
            for each in file.decode(video=0)
        ]
    lit = [t_s for t_s, picture in pictures if picture.mean() > 20]
    dark = [t_s for t_s, picture in pictures if picture.mean() < 20]
    assert len(pictures) >= 40
    assert max(lit) < min(dark)  # it went dark in the middle
    assert 3.0 < min(dark) < 6.0
