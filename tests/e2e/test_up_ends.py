"""How ``wayside up`` ends when its whole group is told, as terminals and supervisors do."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from e2e.running_up import children_of, eventually, feeds_of, running_up

pytestmark = pytest.mark.slow

SITE = "site: s\ndetect: {{model: motion}}\nfeeds:\n  - {{id: a, source: {street}, loop: true}}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_workers_leave_their_end_to_the_server(
    number: signal.Signals, tmp_path: Path, busy_street: Path
) -> None:
    (tmp_path / "site.yaml").write_text(SITE.format(street=busy_street), "utf-8")
    with running_up(tmp_path, "--workers", "1") as up, up.signed_in() as client:
        eventually(lambda: (feeds_of(client)["a"]["status"] or {}).get("state") == "live")
        (worker,) = children_of(up.process.pid)
        assert up.end(number, group=True) == 0
        assert not Path(f"/proc/{worker}").exists()
    assert "Ctrl-C ends it" in up.said[-2]
    assert up.said[-1] == ""


def test_ctrl_c_ends_the_town_without_a_word(tmp_path: Path) -> None:
    with running_up(tmp_path, "--workers", "1") as up, up.signed_in() as client:
        eventually(lambda: len(feeds_of(client)) == 9)
        eventually(lambda: client.get("/readyz").status_code == 200)
        below = children_of(up.process.pid)
        assert len(below) > 2
        assert up.end(signal.SIGINT, group=True) == 0
        assert not [number for number in below if Path(f"/proc/{number}").exists()]
    assert up.said[-1] == ""
