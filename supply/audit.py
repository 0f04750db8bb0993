"""Whether anything is known against what the locks name.

``python -m supply.audit PIP_AUDIT`` asks PyPI's advisories of runtime.txt and dev.txt, and npm's
of the page. Exit 0: all were asked and nothing is known; 1: something is; 3: nothing was found
as far as the answers reach, but not all could be asked. pip-audit itself says "no known
vulnerabilities" of packages that it could not ask about, and exits 0; here that is no answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supply.lock import PAGE, REQUIREMENTS

HOLES = 1
UNASKED = 3
_PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """of: what was asked about. holes: sentences. unasked: why some could not be asked, or ""."""

    of: str
    asked: int = 0
    holes: tuple[str, ...] = ()
    unasked: str = ""


def of_python(name: str, told: str, complaint: str = "") -> Answer:
    """told: what ``pip-audit -f json`` printed. complaint: what it said besides."""
    try:
        found: list[dict[str, Any]] = json.loads(told)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Answer(name, unasked=_last_line(complaint) or "pip-audit gave no answer")
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in "
        f"{', '.join(hole['fix_versions']) or 'no version'}"
        for each in found
        for hole in each.get("vulns", ())
    ]
    skipped = [each for each in found if "skip_reason" in each]
    why = f"{len(skipped)} of {len(found)} packages: {skipped[0]['skip_reason']}" if skipped else ""
    if not found:
        why = "pip-audit was given no package"
    return Answer(name, len(found) - len(skipped), tuple(holes), why)


def of_page(name: str, told: str, complaint: str = "") -> Answer:
    """told: what ``npm audit --json`` printed."""
    try:
        answer: dict[str, Any] = json.loads(told)
        found, asked = answer["vulnerabilities"], answer["metadata"]["dependencies"]["total"]
    except (ValueError, KeyError, TypeError):
        return Answer(name, unasked=_reason_of_npm(told, complaint))
    holes = [f"{each}: {entry['severity']}, {entry['range']}" for each, entry in found.items()]
    return Answer(name, int(asked), tuple(holes))


def _reason_of_npm(told: str, complaint: str) -> str:
    try:
        answer = json.loads(told)
        why = answer.get("message") or answer.get("error", {}).get("summary", "")
    except (ValueError, AttributeError):
        why = ""
    return str(why) or _last_line(complaint) or "npm gave no answer"


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def verdict(answers: Sequence[Answer]) -> int:
    if any(each.holes for each in answers):
        return HOLES
    return UNASKED if any(each.unasked for each in answers) else 0


def report(answers: Sequence[Answer]) -> str:
    lines = []
    for each in answers:
        lines.append(f"{each.of}: {each.asked} asked about, {len(each.holes)} known holes")
        lines += [f"  HOLE {hole}" for hole in each.holes]
        if each.unasked:
            lines.append(f"  NOT ASKED {each.unasked}")
    if verdict(answers) == UNASKED:
        lines.append("Advisories could not be reached for all: this is no clean result (exit 3).")
    return "\n".join(lines)


def _run(command: Sequence[str | Path], folder: Path) -> tuple[str, str]:
    try:
        done = subprocess.run(  # noqa: S603  our own words
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", str(error)
    return done.stdout, done.stderr


def main(pip_audit: Path) -> int:
    asking = (pip_audit, "--disable-pip", "--no-deps", "--progress-spinner", "off", "-f", "json")
    answers = [
        of_python(path.name, *_run((*asking, "-r", path), REQUIREMENTS))
        for path in (REQUIREMENTS / "runtime.txt", REQUIREMENTS / "dev.txt")
    ]
    npm = ("npm", "audit", "--package-lock-only", "--json", "--audit-level=none")
    answers.append(of_page(PAGE.name, *_run(npm, PAGE.parent)))
    print(report(answers))
    return verdict(answers)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
