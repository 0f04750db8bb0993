"""``wayside up``: the real server, its workers, real feeds, and what a person gets of them."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

import live_servers
from e2e.crossings import make_crossings
from e2e.running_up import Up, children_of, eventually, feeds_of, running_up

CANARY = "canary-4711-hunter2"
SITE = """\
site: north
feeds:
  # the street is a recording, played again and again
  - id: street
    source: street.mp4
    loop: true
    scene:
      lines:
        - {{id: middle, a: [0.5, 1.0], b: [0.5, 0.0]}}
  - id: camera
    source: rtsp://ann@127.0.0.1:{port}/live
    password: "{password}"
detect: {{model: motion}}
server: {{workers: 2, metrics_on_loopback: true}}
sinks:
  - {{kind: jsonl, path: events.jsonl}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_crossings(tmp_path / "street.mp4", still_s=2.0)
    return tmp_path


@pytest.fixture
def up(folder: Path) -> Iterator[Up]:
    with live_servers.rtsp_server(user="ann", password=CANARY) as port:
        (folder / "site.yaml").write_text(SITE.format(port=port, password=CANARY), "utf-8")
        with running_up(folder) as running:
            yield running


@pytest.fixture
def client(up: Up) -> Iterator[httpx.Client]:
    with up.signed_in() as signed_in:
        yield signed_in


def state_of(client: httpx.Client, feed: str) -> dict[str, Any]:
    status: dict[str, Any] = feeds_of(client)[feed]["status"] or {}
    return status


def are_live(client: httpx.Client, *feeds: str) -> bool:
    return all(state_of(client, feed).get("state") == "live" for feed in feeds)


def test_feeds_are_counted_told_shown_and_measured(client: httpx.Client, folder: Path) -> None:
    eventually(lambda: are_live(client, "street", "camera"))
    assert client.get("/healthz").text == "ok\n"
    eventually(lambda: client.get("/readyz").status_code == 200)
    incidents = eventually(
        lambda: client.get("/api/v1/events?kind=traffic.&feed=street").json()["items"]
    )
    assert {each["place"] for each in incidents} == {"middle"}
    assert re.search(r"crossed line middle (forward|backward)", incidents[0]["words"])
    still = client.get("/api/v1/feeds/street/still.jpg?width=320")
    assert still.content.startswith(b"\xff\xd8\xff")
    assert still.headers["cache-control"] == "no-store"
    families = {f.name for f in text_string_to_metric_families(client.get("/metrics").text)}
    assert any(name.startswith("wayside_feed") for name in families)
    rows = eventually(
        lambda: [
            row
            for row in client.get("/api/v1/counts?feed=street").json()["rows"]
            if row["place"] == "middle" and row["count"]
        ],
        patience_s=90,
    )
    assert {row["direction"] for row in rows} <= {"forward", "backward", ""}
    text = client.get("/api/v1/measurements?metric=count&format=csv").text
    assert text.splitlines()[0].startswith("time,") or "metric" in text.splitlines()[0]
    eventually((folder / "events.jsonl").is_file)


def test_the_link_works_once_and_nobody_else_gets_in(up: Up, client: httpx.Client) -> None:
    stranger = httpx.Client(base_url=up.url, headers={"Origin": up.url})
    with stranger:
        assert stranger.post("/api/v1/session", json={"link": up.secret}).status_code in (401, 403)
        assert stranger.get("/api/v1/feeds").status_code == 401
        page = stranger.get("/")
        assert page.status_code == 200
        assert "default-src 'self'" in page.headers["content-security-policy"]
        foreign = stranger.get("/healthz", headers={"Host": "evil.example"})
        assert foreign.status_code == 400 or foreign.status_code == 421
    assert client.get("/api/v1/session").json()["role"] == "admin"


def test_an_edit_is_applied_without_touching_other_feeds(
    up: Up, client: httpx.Client, folder: Path
) -> None:
    eventually(lambda: are_live(client, "street", "camera"))
    before = state_of(client, "camera")["session"]
    site = folder / "site.yaml"
    good = site.read_text("utf-8")
    broken = good.replace("    loop: true", "    loop: maybe")
    site.write_text(broken, "utf-8")
    problems = eventually(lambda: client.get("/api/v1/site").json()["problems"])
    assert problems[0]["file"] == "site.yaml"
    assert problems[0]["remedy"]
    assert problems[0]["line"] == broken.splitlines().index("    loop: maybe") + 1
    assert are_live(client, "street", "camera")
    more = "  - {id: again, source: street.mp4, loop: true}\ndetect:"
    site.write_text(good.replace("detect:", more, 1), "utf-8")
    eventually(lambda: "again" in feeds_of(client) and are_live(client, "again"))
    assert client.get("/api/v1/site").json()["problems"] == []
    assert state_of(client, "camera")["session"] == before
    assert "# the street is a recording" in site.read_text("utf-8")


def test_a_feed_is_tried_and_added_on_the_page_and_its_password_stays_inside(
    up: Up, client: httpx.Client, folder: Path
) -> None:
    source = re.search(r"rtsp://\S+", (folder / "site.yaml").read_text("utf-8"))
    assert source is not None
    draft = {"source": source[0], "username": "ann", "password": CANARY}
    probe = client.post("/api/v1/feeds/probe", json=draft).json()
    assert (probe["ok"], probe["codec"]) == (True, "h264")
    wrong = client.post("/api/v1/feeds/probe", json={**draft, "password": "wrong"}).json()
    assert not wrong["ok"]
    assert wrong["remedy"]
    added = client.post("/api/v1/feeds", json={"id": "second", **draft})
    assert added.status_code == 201, added.text
    eventually(lambda: are_live(client, "second"))
    version = client.get("/api/v1/feeds/second/scene").headers["etag"]
    scene = {"lines": [{"id": "across", "a": [0.5, 1.0], "b": [0.5, 0.0]}]}
    stale = client.put(
        "/api/v1/feeds/second/scene", json=scene, headers={"If-Match": '"something-else"'}
    )
    assert stale.status_code == 412
    kept = client.put("/api/v1/feeds/second/scene", json=scene, headers={"If-Match": version})
    assert kept.status_code == 200, kept.text
    eventually(
        lambda: client.get("/api/v1/events?feed=second&kind=traffic.line_crossing").json()["items"]
    )
    second = (folder / "site.yaml").read_text("utf-8").split("id: second")[1]
    assert CANARY not in second
    for path in ("feeds", "site", "events", "openapi.json"):
        assert CANARY not in client.get(f"/api/v1/{path}").text
    assert CANARY not in client.get("/metrics").text
    for pid in [up.process.pid, *children_of(up.process.pid)]:
        for secretive in ("cmdline", "environ"):
            assert CANARY.encode() not in Path(f"/proc/{pid}/{secretive}").read_bytes()
    assert up.end() == 0
    assert CANARY not in "\n".join(up.said)
    for file in (folder / "data").rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes()


def test_a_killed_worker_is_replaced_and_everything_ends_in_order(
    up: Up, client: httpx.Client
) -> None:
    eventually(lambda: are_live(client, "street", "camera"))
    workers = {each["worker"]: each["pid"] for each in client.get("/api/v1/site").json()["workers"]}
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    eventually(
        lambda: (
            {each["worker"]: each["pid"] for each in client.get("/api/v1/site").json()["workers"]}[
                0
            ]
            not in (0, workers[0])
        )
    )
    eventually(lambda: are_live(client, "street", "camera"))
    children = children_of(up.process.pid)
    assert children
    assert up.end() == 0
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_without_a_site_a_town_lives_and_knows_its_truth(tmp_path: Path) -> None:
    with running_up(tmp_path, "--workers", "1") as up, up.signed_in() as client:
        site = client.get("/api/v1/site").json()
        assert site["demo"] is True
        assert len(feeds_of(client)) == 9
        name = eventually(lambda: next((f for f in feeds_of(client) if are_live(client, f)), None))
        still = eventually(lambda: _picture(client.get(f"/api/v1/feeds/{name}/still.jpg")))
        assert still.endswith(b"\xff\xd9")
        assert client.get("/readyz").text == "ready\n"
        metrics = text_string_to_metric_families(client.get("/metrics").text)
        (feeds,) = [family for family in metrics if family.name == "wayside_feeds"]
        assert sum(sample.value for sample in feeds.samples) == 9
        eventually(lambda: client.get("/api/v1/truth").json()["rows"], patience_s=90)
        children = children_of(up.process.pid)
        assert len(children) >= 2
        assert up.end() == 0
        assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert "Traceback" not in "\n".join(up.said)


def _picture(answer: httpx.Response) -> bytes | None:
    """None where none came in time."""
    if answer.status_code == 404:
        return None
    assert answer.headers["content-type"] == "image/jpeg"
    return answer.content


def test_two_on_one_data_folder_are_refused(up: Up, folder: Path) -> None:
    with pytest.raises(AssertionError, match="the server has ended"), running_up(folder):
        pass
    assert up.process.poll() is None
