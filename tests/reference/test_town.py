"""Counting without a network, against the exact truth of a synthetic junction.

A short film; `benchmarks/town.py` does the ten minutes and five hundred objects.
The seed is one that nothing was tuned on.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wayside.domain.classes import ClassGroup
from wayside.testing.compare import compare, read_events, read_truth
from wayside.testing.town import Scenario, write_town

SECONDS = 75.0


@pytest.mark.slow
def test_motion_alone_counts_the_junction(tmp_path: Path) -> None:
    files = write_town(Scenario(seed=404, duration_s=SECONDS), tmp_path)
    options = ["--site", str(files.site), "--model", "motion", "--no-video"]
    run = subprocess.run(
        [sys.executable, "-m", "wayside.cli", "tag", *options, "-o", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert run.returncode == 0, run.stderr
    events = read_events(tmp_path / "out" / "events.jsonl")
    found = compare(read_truth(files.truth_file), events)
    for group in (ClassGroup.VEHICLE, ClassGroup.TWO_WHEELER, ClassGroup.PERSON):
        true, counted = found.total.truth.get(group, 0), found.total.counted.get(group, 0)
        # One in a hundred, and one for those half in view when the film begins or ends.
        assert abs(counted - true) <= 1 + 0.01 * true, (group, true, counted)
    assert found.speed_error is not None
    assert found.speed_error < 0.05
