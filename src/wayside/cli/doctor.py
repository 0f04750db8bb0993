"""``wayside doctor``: can this machine do it, and what is missing."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from wayside.cli.detectors import cache_folder, choose, find_faces
from wayside.domain.errors import WaysideError
from wayside.observe.versions import versions

LEAST_FREE_GIB = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer. remedy: "" where nothing is to be done."""

    is_good: bool
    what: str
    remedy: str = ""


def doctor() -> None:
    """Look at this machine: versions, models, processors, disk."""
    console = Console(highlight=False)
    table = Table("", "what", "try", show_header=False, box=None)
    findings = list(_examine())
    for finding in findings:
        mark = "[green]ok[/]" if finding.is_good else "[yellow]![/]"
        table.add_row(mark, finding.what, finding.remedy)
    console.print(table)
    if not all(finding.is_good for finding in findings):
        raise typer.Exit(1)


def _examine() -> Iterator[Finding]:
    known = versions()
    yield Finding(
        sys.version_info >= (3, 11), f"Python {known['python']}, wayside {known['wayside']}"
    )
    yield Finding(
        known["av"] != "absent",
        f"PyAV {known['av']} (libavcodec {known.get('libavcodec', 'unknown')})",
    )
    yield _one_opencv()
    yield Finding(known["openvino"] != "absent", f"OpenVINO {known['openvino']}")
    yield Finding(os.cpu_count() is not None, f"{os.cpu_count()} processors")
    yield _model()
    yield _faces()
    yield _disk()


def _one_opencv() -> Finding:
    """Both OpenCV packages write the folder cv2; together they break each other."""
    from importlib import metadata  # noqa: PLC0415

    twice = [
        d for d in metadata.distributions() if d.name in ("opencv-python", "opencv-contrib-python")
    ]
    if twice:
        return Finding(
            is_good=False,
            what=f"{twice[0].name} is installed beside opencv-python-headless",
            remedy="pip uninstall opencv-python, then reinstall opencv-python-headless",
        )
    return Finding(is_good=True, what="one OpenCV package")


def _model() -> Finding:
    try:
        began = time.perf_counter()
        choice = choose("auto")
        if choice.detector is None:
            return Finding(
                is_good=False,
                what="no detector model here: objects will be found by their movement",
                remedy="wayside models --get person-vehicle-bike-2001, or set WAYSIDE_MODEL_DIR",
            )
        import numpy as np  # noqa: PLC0415

        choice.detector.detect([np.zeros((256, 448, 3), np.uint8)])
        compiled_s = time.perf_counter() - began
        began = time.perf_counter()
        choice.detector.detect([np.zeros((256, 448, 3), np.uint8)])
        look_ms = (time.perf_counter() - began) * 1e3
    except WaysideError as error:
        return _failed(error)
    assert choice.found is not None
    return Finding(
        is_good=True,
        what=f"{choice.found.card.name}: ready in {compiled_s:.1f} s, {look_ms:.0f} ms a look",
    )


def _faces() -> Finding:
    try:
        found = find_faces()
    except WaysideError as error:
        return _failed(error)
    if found:
        return Finding(is_good=True, what="face detector for redaction (YuNet)")
    return Finding(
        is_good=False,
        what="no face detector: heads are covered by person boxes alone",
        remedy="wayside models --get yunet, or set WAYSIDE_MODEL_DIR",
    )


def _failed(error: WaysideError) -> Finding:
    place = f" ({error.where})" if error.where else ""
    return Finding(is_good=False, what=error.what + place, remedy=error.remedy or "")


def _disk() -> Finding:
    folder = cache_folder()
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    free_gib = shutil.disk_usage(existing).free / 2**30
    writable = os.access(existing, os.W_OK) and os.access(Path(tempfile.gettempdir()), os.W_OK)
    return Finding(
        free_gib >= LEAST_FREE_GIB and writable,
        f"{free_gib:.0f} GiB free at {existing}{'' if writable else ', not writable'}",
        ""
        if free_gib >= LEAST_FREE_GIB and writable
        else "Free some space, or set WAYSIDE_CACHE_DIR",
    )
