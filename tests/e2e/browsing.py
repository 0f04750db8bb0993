"""Scripts that drive the page in a real browser."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from live_servers import lacking, program

WEB = Path(__file__).parents[2] / "web"


def drive(
    script: str, env: Mapping[str, str], *, patience_s: float, hears: Sequence[str] = ()
) -> None:
    """Runs a script of web/e2e. hears: lines that tell more where it fails."""
    node, chromium = program("node", "nodejs"), program("chromium", "chromium")
    if not (WEB / "node_modules" / "playwright-core").is_dir():
        lacking("web/node_modules has no playwright-core: npm ci in web/")
    told = subprocess.run(
        [node, str(WEB / "e2e" / script)],
        env={**os.environ, "CHROMIUM": chromium, **env},
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
    )
    assert told.returncode == 0, "\n".join([told.stdout, told.stderr, *hears])
