"""What a worker loads is on the path of every recovery."""

from __future__ import annotations

import subprocess
import sys

SERVERS_OWN = {
    "alembic",
    "fastapi",
    "jinja2",
    "pydantic",
    "ruamel",
    "sqlalchemy",
    "starlette",
    "typer",
    "uvicorn",
}


def test_a_worker_loads_nothing_that_only_the_server_uses() -> None:
    script = "import sys, wayside.cli.worker_process; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    ).stdout.split()
    assert "wayside.pipeline.worker" in said
    assert {name.partition(".")[0] for name in said} & SERVERS_OWN == set()
