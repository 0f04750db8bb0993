"""No answer is never taken for a good one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supply import audit
from supply.audit import HOLES, UNASKED, of_page, of_python, report, verdict

CLEAN = {"name": "a", "version": "1", "vulns": []}
HOLED = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "c", "skip_reason": "Dependency not found on PyPI"}
NPM = {"vulnerabilities": {}, "metadata": {"dependencies": {"total": 112}}}


def python(*entries: object) -> audit.Answer:
    return of_python("runtime.txt", json.dumps({"dependencies": list(entries), "fixes": []}))


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (python(CLEAN), 0),
        (python(CLEAN, HOLED), HOLES),
        (python(CLEAN, SKIPPED), UNASKED),
        (python(HOLED, SKIPPED), HOLES),
        (python(), UNASKED),
        (of_python("r", "", "ConnectionError: no route\n"), UNASKED),
        (of_python("r", "[]"), UNASKED),
        (of_page("p", json.dumps(NPM)), 0),
        (
            of_page("p", json.dumps(
                NPM | {"vulnerabilities": {"vite": {"severity": "high", "range": "<8"}}})),
            HOLES,
        ),
        (of_page("p", json.dumps({"message": "405 Method Not Allowed", "error": {}})), UNASKED),
        (of_page("p", json.dumps({"error": {"summary": "audit endpoint returned"}})), UNASKED),
        (of_page("p", "", "npm: not found"), UNASKED),
        (of_page("p", "[1]"), UNASKED),
    ],
)  # fmt: skip
def test_what_comes_out(answer: audit.Answer, status: int) -> None:
    assert verdict([python(CLEAN), answer]) == status
    told = report([answer])
    assert ("HOLE " in told) is (status == HOLES)
    assert ("no clean result" in told) is (status == UNASKED)
    if status == UNASKED:
        assert answer.unasked


def test_all_three_are_asked_and_a_tool_that_is_not_there_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert audit.main(tmp_path / "pip-audit") == UNASKED
    told = capsys.readouterr().out
    assert [line.split(":")[0] for line in told.splitlines() if "asked about" in line] == [
        "runtime.txt", "dev.txt", "package-lock.json",
    ]  # fmt: skip
    assert told.count("NOT ASKED") == 3
