"""A child is bound to its parent before anything that takes time."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

BOUND = """
import sys, time
from wayside.fleet.parent import end_with_parent
end_with_parent(int(sys.argv[1]))
print("bound", flush=True)
time.sleep(600)
"""
BETWEEN = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())])
child.wait()
"""


def test_it_is_killed_with_its_parent() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BETWEEN, BOUND], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "bound\n"
        parent.kill()
        # The child holds the other end: this returns when it is gone, and no sooner.
        assert parent.stdout.read() == ""


def test_it_ends_at_once_where_its_parent_has_gone_already() -> None:
    other = str(os.getppid())  # whoever that is, it has not started this one
    ended = subprocess.run(
        [sys.executable, "-c", BOUND, other], capture_output=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, b"", b"")


@pytest.mark.parametrize(
    "program",
    [
        "wayside.cli.worker_start",
        "wayside.testing.cameras.__main__",
        "wayside.testing.cameras.making",
    ],
)
def test_nothing_slow_is_imported_before(program: str) -> None:
    script = textwrap.dedent(f"""
        import sys
        before = set(sys.modules)
        import {program}
        names = {{name.partition(".")[0] for name in set(sys.modules) - before}}
        print(*sorted(names - set(sys.stdlib_module_names)))
        print(*sorted(n for n in set(sys.modules) - before if n.startswith("wayside.")))
    """)
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    ).stdout.splitlines()
    package = program.split(".")[1]
    assert said[0] == "wayside"
    ours = set(said[1].split())
    assert "wayside.fleet.parent" in ours
    assert ours <= {
        "wayside.fleet",
        "wayside.fleet.parent",
        f"wayside.{package}",
        "wayside.testing.cameras",
        program,
    }
