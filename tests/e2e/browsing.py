"""Scripts that drive the page in a real browser."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from live_servers import lacking, program

WEB = Path(__file__).parents[2] / "web"


def drive(
    script: str,
    *arguments: str,
    env: Mapping[str, str],
    patience_s: float,
    hears: Sequence[str] = (),
) -> None:
    """Runs a script of web/e2e. hears: lines that tell more where it fails."""
    node, chromium = program("node", "nodejs"), program("chromium", "chromium")
    if not (WEB / "node_modules" / "playwright-core").is_dir():
        lacking("web/node_modules has no playwright-core: npm ci in web/")
    with subprocess.Popen(
        [node, str(WEB / "e2e" / script), *arguments],
        env={**os.environ, "CHROMIUM": chromium, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            pytest.fail("\n".join([f"not done within {patience_s:.0f} s", said, *hears]))
    assert process.returncode == 0, "\n".join([said, *hears])
