"""The product, as installed and with its defaults, on recorded clips with hand-made truth."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from replay.truth import ClipTruth, crossings, differences

CLIPS = ["A_car-detection", "B_one-by-one-person", "C_person-bicycle-car", "E_road_approach"]


@pytest.mark.slow
@pytest.mark.parametrize("name", CLIPS)
def test_crossings_equal_truth(name: str, clips: Path, models: Path, tmp_path: Path) -> None:
    truth = ClipTruth.read(clips.parent / "truth" / f"{name}.json")
    options = [*truth.line_flags(), "--anchor", "centre", "-o", str(tmp_path / "out")]
    run = subprocess.run(
        [sys.executable, "-m", "wayside.cli", "tag", str(clips / truth.clip), *options],
        env={"PATH": "/usr/bin:/bin", "WAYSIDE_MODEL_DIR": str(models), "WAYSIDE_OFFLINE": "1"}
        | {"WAYSIDE_CACHE_DIR": str(tmp_path / "cache")}
        | {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert run.returncode == 0, run.stderr
    assert differences(truth, crossings(tmp_path / "out" / "events.jsonl")) == []
