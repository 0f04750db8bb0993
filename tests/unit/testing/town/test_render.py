"""The pictures show what the truth says, where it says it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from wayside.domain.errors import OutputError
from wayside.testing.town import Scenario, Town, Truth, frames, write_town
from wayside.testing.town.__main__ import main
from wayside.testing.town.render import _Film
from wayside.testing.town.scenario import Sky


@pytest.fixture(scope="module")
def film(town: Town) -> _Film:
    return _Film(town)


def test_a_picture_differs_from_the_empty_town_only_near_objects(
    town: Town, truth: Truth, film: _Film
) -> None:
    empty = _Film(Town(town.scenario, ()))
    for index in (60, 120, 180):
        apart = np.abs(film.picture(index).astype(int) - empty.picture(index).astype(int)).max(2)
        height, width = apart.shape
        allowed = np.zeros((height, width), bool)
        frame = truth.frame(index)
        for box in frame.boxes * [width, height, width, height]:
            x0, y0, x1, y1 = np.round(box).astype(int)
            changed = apart[y0:y1, x0:x1] > 12
            assert changed.size == 0 or changed.any() or (x1 - x0) * (y1 - y0) < 120
            # A shadow falls up to 1.2 m a metre of height: at most a box's size around it.
            reach = max(x1 - x0, y1 - y0) + 8
            allowed[max(0, y0 - reach) : y1 + reach, max(0, x0 - reach) : x1 + reach] = True
        assert not (apart[~allowed] > 12).any()


def test_boxes_are_tight(town: Town, truth: Truth) -> None:
    """Under an overcast sky nothing but the body itself is brightly different."""
    sky = Sky(cloud_swing=0.0, steps_per_minute=0.0)
    track = max(truth.tracks, key=lambda one: len(one.frames))
    only = (town.travellers[track.track],)
    scenario = replace(town.scenario, sky=sky)
    index = int(track.frames[len(track.frames) // 2])
    shown = _Film(Town(scenario, only)).picture(index).astype(int)
    empty = _Film(Town(scenario, ())).picture(index).astype(int)
    height, width = shown.shape[:2]
    rows, columns = np.nonzero(np.abs(shown - empty).max(2) > 4)
    x0, y0, x1, y1 = track.boxes[len(track.frames) // 2] * [width, height, width, height]
    edge = 2.5  # an anti-aliased outline reaches that far
    inside = (columns >= x0 - edge) & (columns < x1 + edge)
    inside &= (rows >= y0 - edge) & (rows < y1 + edge)
    assert inside.any()
    # The rest is the shadow, which is darker than the ground it falls on.
    outside = (shown - empty)[rows[~inside], columns[~inside]]
    assert np.count_nonzero(outside.max(1) > 6) <= 2  # a leaf that let it shine through
    touched = columns[inside], rows[inside]
    assert touched[0].min() <= x0 + 3
    assert touched[0].max() >= x1 - 4


def test_what_stands_in_front_stays_in_front(town: Town, film: _Film) -> None:
    crowns = film._scenery.occluders
    assert len(crowns) > 10
    distances = [one.distance_m for one in crowns]
    assert distances == sorted(distances, reverse=True)
    mast_pole = max(crowns[-6:], key=lambda one: one.alpha.shape[0])
    solid = mast_pole.alpha > 250
    empty = _Film(Town(town.scenario, ()))
    y, x = mast_pole.y, mast_pole.x
    height, width = solid.shape
    for index in (40, 140, 220):
        a, b = film.picture(index), empty.picture(index)
        spots = (a.astype(int) - b)[y : y + height, x : x + width][solid]
        # Only a body nearer than the thing itself may cover it.
        assert (np.abs(spots).max(1) > 12).mean() < 0.35


def test_frames_come_in_order_and_are_repeatable(town: Town) -> None:
    short = Town(
        replace(town.scenario, duration_s=0.4, noise_sigma=2.0, vibration_px=0.4), town.travellers
    )
    first, again = list(frames(short)), list(frames(short))
    assert [t_s for t_s, _ in first] == pytest.approx([0.0, 0.08, 0.16, 0.24, 0.32])
    for (_, a), (_, b) in zip(first, again, strict=True):
        assert a.shape == (180, 320, 3)
        assert a.dtype == np.uint8
        assert (a == b).all()
    assert (first[0][1] != first[1][1]).any()


def test_the_files_belong_together(tmp_path: Path) -> None:
    counts: list[int] = []
    folder = tmp_path / "new" / "town"
    files = write_town(Scenario(duration_s=0.8), folder, counts.append)
    assert counts == list(range(1, 11))
    with av.open(str(files.video)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (640, 360)
        times = [float(frame.pts * stream.time_base) for frame in container.decode(stream)]
    assert times == pytest.approx([i / 12.5 for i in range(10)], abs=1e-3)
    assert json.loads(files.truth_file.read_text())["frames"] == 10
    assert "source: junction.mp4" in files.site.read_text()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OutputError, match="file"):
        write_town(Scenario(duration_s=0.1), blocked / "town")
    assert main(["--seconds", "0.1", "-o", str(blocked / "town")]) == 1


def test_the_command_writes_a_town(tmp_path: Path) -> None:
    assert main(["--seconds", "0.2", "--width", "320", "-o", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "junction.mp4",
        "site.yaml",
        "truth.json",
    ]
    with av.open(str(tmp_path / "junction.mp4")) as container:
        assert container.streams.video[0].height == 180


def test_the_command_refuses_a_length_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--seconds", "0", "-o", str(tmp_path)])
    assert caught.value.code == 2
