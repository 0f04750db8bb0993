"""The real command as a child process, and what must hold whenever it refuses."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import av

COMMAND = (sys.executable, "-m", "wayside.cli")
RESULTS = {"events.jsonl", "measurements.csv", "report.html", "tagged.mp4", "wayside.db"}
PATIENCE_S = 120.0


def environment(folder: Path, changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Ours without any WAYSIDE_ setting; a cache of its own, no network, plain text."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WAYSIDE_")}
    kept |= {
        "WAYSIDE_OFFLINE": "1",
        "WAYSIDE_CACHE_DIR": str(folder / ".cache"),
        "NO_COLOR": "1",
        "TERM": "xterm",
        "COLUMNS": "200",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONWARNINGS": "error",
    }
    for name, value in (changes or {}).items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = value
    return kept


def run(
    folder: Path, *arguments: str | Path, env: Mapping[str, str | None] | None = None
) -> subprocess.CompletedProcess[str]:
    """``wayside ARGUMENTS`` with ``folder`` as its current folder."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env=environment(folder, env),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )


def tag(
    folder: Path, *arguments: str | Path, env: Mapping[str, str | None] | None = None
) -> subprocess.CompletedProcess[str]:
    """``wayside tag ARGUMENTS --model motion``; the output folder is ``out`` if none is named."""
    return run(folder, "tag", *arguments, "--model", "motion", env=env)


def refused(
    folder: Path,
    *arguments: str | Path,
    code: int,
    says: tuple[str, ...],
    env: Mapping[str, str | None] | None = None,
) -> str:
    """Runs what must be refused and returns its standard error.

    Whatever the reason, it must come with these words and a remedy, without a
    traceback, and nothing in the folder may have changed.
    """
    before = contents(folder)
    result = run(folder, *arguments, env=env)
    assert result.returncode == code, result.stderr
    for words in says:
        assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert "\n  try    " in result.stderr
    assert contents(folder) == before
    return result.stderr


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below, hidden ones too, with the bytes of the files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if ".cache" not in path.parts
    }


def leftovers(folder: Path) -> list[Path]:
    """What only an unfinished run has."""
    return [
        path
        for path in folder.rglob("*")
        if path.name.startswith(".wayside-partial-")
        or path.suffix == ".partial"
        or path.name.endswith(("-wal", "-shm", "-journal"))
    ]


def earlier_results(folder: Path) -> Path:
    """An output folder with what another run left, and a file of the user's."""
    out = folder / "out"
    out.mkdir()
    for name in RESULTS:
        (out / name).write_text(f"{name} of an earlier run\n")
    (out / "notes.txt").write_text("mine\n")
    return out


def pictures_in(path: Path) -> int:
    """Number of pictures that decode; any damage raises."""
    with av.open(str(path)) as video:
        return sum(1 for _ in video.decode(video=0))


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    """As the file stands, without what a log beside it might add; raises for a damaged file."""
    with closing(sqlite3.connect(f"{database.as_uri()}?immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return connection.execute(query).fetchall()
