"""``wayside up`` where there is no site.yaml: a town, from the printed link to an orderly end."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from e2e.upped import Up, up

pytestmark = pytest.mark.slow


def test_the_town_from_the_link_to_the_end(tmp_path: Path) -> None:
    with up(tmp_path) as town:
        _is_there_for_anyone(town)
        _opens_by_its_link_once(town)
        site = town.get("/site")
        assert site["demo"] is True
        assert site["feeds"]["total"] == 9
        town.wait(lambda: bool(town.live()))
        _shows_a_covered_picture(town)
        assert town.client.get("/readyz").text == "ready\n"
        truth = town.get("/truth")
        assert truth.keys() >= {"rows", "true", "counted", "matched"}
        _is_measured(town)
        assert town.end() == 0, town.said
        assert town.processes() == {}
        assert "Traceback" not in town.said
        assert "error" not in (tmp_path / "err").read_text()


def test_ctrl_c_on_a_terminal_ends_it_in_order(tmp_path: Path) -> None:
    with up(tmp_path) as town:
        town.wait(lambda: town.client.get("/readyz").status_code == 200)
        assert town.end(signal.SIGINT, group=True) == 0, town.said
        assert town.processes() == {}
        assert "Traceback" not in town.said
        assert "worker lost" not in town.said


def _is_there_for_anyone(town: Up) -> None:
    assert town.client.get("/healthz").text == "ok\n"
    town.wait(lambda: town.client.get("/readyz").status_code == 200)
    page = town.client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert town.client.get("/api/v1/site").status_code == 401


def _opens_by_its_link_once(town: Up) -> None:
    town.sign_in()
    assert town.is_refused_by_link()


def _shows_a_covered_picture(town: Up) -> None:
    def came() -> bool:
        return any(_still(town, name) for name in town.live())

    town.wait(came)


def _still(town: Up, feed: str) -> bool:
    answer = town.client.get(f"/api/v1/feeds/{feed}/still.jpg", params={"width": 320})
    if answer.status_code == 404:
        return False
    assert answer.headers["content-type"] == "image/jpeg"
    return answer.content.startswith(b"\xff\xd8") and answer.content.endswith(b"\xff\xd9")


def _is_measured(town: Up) -> None:
    text = town.client.get("/metrics").raise_for_status().text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    feeds = {sample.labels["state"]: sample.value for sample in families["wayside_feeds"].samples}
    assert sum(feeds.values()) == 9
    assert feeds["live"] >= 1
