"""Recordings by name and seed, made once and kept."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from wayside.domain.errors import OutputError
from wayside.testing.sumo.recording import Recording
from wayside.testing.sumo.scenarios import EVERY


def is_there() -> bool:
    """Whether SUMO can be run here."""
    return importlib.util.find_spec("libsumo") is not None


def record(
    name: str,
    seed: int = 1,
    seconds: float | None = None,
    *,
    step_s: float = 0.1,
    scale: float = 1.0,
    keep: bool = True,
    folder: Path | None = None,
) -> Recording:
    """The recording of a scenario; simulated in a process of its own where it is not kept yet.

    seconds: None for the scenario's own length. scale: of the traffic, 1 for the scenario's own.
    keep: whether the file stays. folder: where it is kept, by default
    ``$WAYSIDE_CACHE_DIR/sumo`` or the user's temporary folder. A change of these modules makes
    new ones. Raises KeyError for an unknown name, OutputError where SUMO fails.
    """
    length_s = EVERY[name].seconds if seconds is None else seconds
    kept = folder or Path(os.environ.get("WAYSIDE_CACHE_DIR") or tempfile.gettempdir()) / "sumo"
    kept.mkdir(parents=True, exist_ok=True)
    file = kept / f"{name}-{seed}-{length_s:g}-{step_s:g}-{scale:g}-{_version()}.npz"
    if not file.exists():
        words = [sys.executable, "-m", "wayside.testing.sumo.worker"]
        words += [name, str(seed), str(length_s), str(step_s), str(scale), str(file)]
        done = subprocess.run(  # noqa: S603 (our own interpreter)
            words, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise OutputError(
                f"SUMO could not record {name}: {done.stderr.strip()[-1500:]}",
                where=str(file),
                remedy="Run the worker by itself to see more: " + " ".join(words[1:]),
            )
    recording = Recording.read(file)
    if not keep:
        file.unlink()
    return recording


def _version() -> str:
    """Of the code that makes recordings."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("**/*.py")):
        if source.name not in _READERS and source.parent.name != _FILMED:
            digest.update(source.read_bytes())
    return digest.hexdigest()[:10]


_READERS = (
    "noise.py",
    "record.py",
    "watching.py",
    "judging.py",
    "incidents.py",
    "meetings.py",
    "minima.py",
    "queueing.py",
)
"""What only reads recordings, and may change without making new ones."""
_FILMED = "filmed"
"""Their folder, which draws them."""
