"""The command line: the only place that wires everything.

    wayside tag     what happens in these videos, as events, counts and a report
    wayside init    a first site.yaml for the recordings in a folder
    wayside check   is this site.yaml sound, are its sources there
    wayside models  which detectors are here, which would be used, and why
    wayside doctor  can this machine do it

Exit codes: 0 ok, 1 failure, 2 usage, 3 bad config, 4 source unreadable, 130 interrupted.

This file imports nothing: a worker passes through it before it can end with its parent.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Runs the command and exits with its code."""
    from wayside.cli.app import main as run  # noqa: PLC0415 - 1.5 s that no worker needs

    run()
