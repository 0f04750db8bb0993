"""Ctrl-C keeps what was done; a second one, or a kill, leaves whole results or none."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.crossings import LINE, WALKS, ZONE
from e2e.running import (
    COMMAND,
    PATIENCE_S,
    RESULTS,
    contents,
    earlier_results,
    environment,
    leftovers,
    pictures_in,
    rows,
    tag,
)


class Running:
    """A run on a terminal: its progress is read from there, its standard output from a pipe."""

    def __init__(self, process: subprocess.Popen[str], terminal: int) -> None:
        self.process = process
        self.said = ""
        self._terminal = terminal

    def wait_for(self, pattern: str) -> None:
        """Reads the terminal until the pattern came."""
        while not re.search(pattern, self.said):
            self.said += self._read()

    def end(self) -> int:
        """Reads the terminal to its end; the exit code."""
        while text := self._read():
            self.said += text
        return self.process.wait(PATIENCE_S)

    def _read(self) -> str:
        try:
            return os.read(self._terminal, 4096).decode(errors="replace")
        except OSError:  # EIO: the other end is closed
            return ""


@contextmanager
def running(folder: Path, *arguments: str | Path) -> Iterator[Running]:
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "tag", *map(str, arguments), "--model", "motion"],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Running(process, terminal)
    finally:
        process.kill()
        process.communicate()
        os.close(terminal)


FIFTH = r"[2-9]\d%"
"""Of 80 s: 16 s, when all three have crossed."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_done_until_then_is_kept(
    number: signal.Signals, long_street: Path, tmp_path: Path
) -> None:
    out = earlier_results(tmp_path)
    with running(tmp_path, long_street, "--line", LINE, "--zone", ZONE) as run:
        run.wait_for(FIFTH)
        run.process.send_signal(number)
        assert run.end() == 130, run.said
        assert run.process.stdout is not None
        summary = run.process.stdout.read()
    assert "Stopping" in run.said
    assert "Stopped early" in summary
    assert "Traceback" not in run.said
    assert set(contents(out)) == RESULTS | {"notes.txt"}
    assert not leftovers(tmp_path)

    lines = (out / "events.jsonl").read_text().splitlines()
    crossings = [e for e in map(json.loads, lines) if "line_crossing" in e["type"]]
    assert len(crossings) == len(WALKS)
    database = out / "wayside.db"
    assert rows(database, "SELECT count(*) FROM events") == [(len(lines),)]
    [(status, duration_s, coverage)] = rows(
        database, "SELECT status, duration_s, coverage FROM sessions"
    )
    assert status == "interrupted"
    assert 15 < duration_s < 80
    assert coverage == 1.0
    assert (out / "measurements.csv").read_text().count("\n") > 1
    assert pictures_in(out / "tagged.mp4") == pytest.approx(duration_s * 12.5, abs=2)
    assert "</html>" in (out / "report.html").read_text()


def test_the_recordings_after_it_are_left_out(
    long_street: Path, street: Path, tmp_path: Path
) -> None:
    with running(tmp_path, long_street, street, "--line", LINE) as run:
        run.wait_for(FIFTH)
        run.process.send_signal(signal.SIGINT)
        assert run.end() == 130
    found = rows(tmp_path / "out" / "wayside.db", "SELECT source, status FROM sessions")
    assert found == [("long.mp4", "interrupted")]


def test_a_second_one_leaves_whole_results_or_none(long_street: Path, tmp_path: Path) -> None:
    with running(tmp_path, long_street, "--line", LINE) as run:
        run.wait_for(FIFTH)
        run.process.send_signal(signal.SIGINT)
        run.wait_for("Stopping")
        run.process.send_signal(signal.SIGINT)
        assert run.end() == 130
    assert "Traceback" not in run.said
    assert not leftovers(tmp_path)
    out = tmp_path / "out"
    assert not out.exists() or set(contents(out)) == RESULTS


def test_a_kill_changes_no_results_and_the_next_run_clears_up(
    long_street: Path, street: Path, tmp_path: Path
) -> None:
    out = earlier_results(tmp_path)
    before = {name: content for name, content in contents(out).items() if content}
    with running(tmp_path, long_street) as run:
        run.wait_for(FIFTH)
        run.process.kill()
        assert run.end() == -signal.SIGKILL
    after = contents(out)
    assert before.items() <= after.items()
    assert leftovers(tmp_path)

    result = tag(tmp_path, street)
    assert result.returncode == 0, result.stderr
    assert not leftovers(tmp_path)
    assert set(contents(out)) == RESULTS | {"notes.txt"}


def test_a_second_run_into_the_same_folder_is_refused(
    long_street: Path, street: Path, tmp_path: Path
) -> None:
    with running(tmp_path, long_street) as run:
        run.wait_for(r"[1-9]%")
        run.process.send_signal(signal.SIGSTOP)  # or it may be done before the second begins
        second = tag(tmp_path, street)
        assert second.returncode == 1
        assert "another wayside is writing here" in second.stderr
        assert leftovers(tmp_path)
        run.process.send_signal(signal.SIGINT)
        run.process.send_signal(signal.SIGCONT)
        assert run.end() == 130
    assert set(contents(tmp_path / "out")) == RESULTS
