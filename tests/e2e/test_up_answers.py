"""``wayside up`` as programs see it, and a password that no program and no log ever sees."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.running_up import Up, children_of, eventually, feeds_of, running_up
from live_servers import rtsp_server

pytestmark = pytest.mark.slow

CANARY = "k4n4rienv0gel"
"""A part of each password here that is nowhere else."""
PASSWORD = f"{CANARY}@1"
WRITTEN = PASSWORD.replace("@", "%40")
WRONG = f"{CANARY}-wrong"

SITE = """\
site: harbour
detect: {{model: motion}}
output: {{interval_s: 2}}
feeds:
  - id: street
    source: {street}
    loop: true
    scene:
      lines:
        - {{id: L, a: [0.5, 1.0], b: [0.5, 0.0]}}
  - id: gate
    source: rtsp://viewer:{password}@127.0.0.1:{port}/live
"""


@contextmanager
def harbour(
    folder: Path, street: Path, *, level: str = "warning"
) -> Iterator[tuple[Up, httpx.Client, int]]:
    """The server, somebody signed in, and the port of the camera at the gate."""
    with rtsp_server(user="viewer", password=PASSWORD) as port:
        text = SITE.format(street=street, port=port, password=WRITTEN)
        (folder / "site.yaml").write_text(text, "utf-8")
        env = {"WAYSIDE_LOG_LEVEL": level, "PYTHONWARNINGS": "error"}
        with running_up(folder, "--workers", "1", env=env) as up, up.signed_in() as client:
            yield up, client, port


def test_what_happens_is_told_in_every_form(tmp_path: Path, busy_street: Path) -> None:
    with harbour(tmp_path, busy_street) as (up, client, _):
        eventually(lambda: _counted(client))
        event = _first_of_stream(client, "line_crossing")
        assert event["specversion"] == "1.0"
        assert event["type"] == "wayside.traffic.line_crossing.v1"

        query: dict[str, str | int] = {"format": "csv", "metric": "count", "step_s": 60}
        table = client.get("/api/v1/measurements", params=query)
        assert table.headers["content-type"].startswith("text/csv")
        lines = list(csv.DictReader(io.StringIO(table.text)))
        assert {(line["feed"], line["place"]) for line in lines} == {("street", "L")}
        assert sum(float(line["value"] or 0) for line in lines) >= 1

        described = client.get("/api/openapi.json").json()
        assert described["openapi"].startswith("3.")
        assert "/api/v1/events" in described["paths"]
        assert client.get("/api/v1/truth").status_code == 404
        assert up.end() == 0


def test_a_password_is_nowhere(tmp_path: Path, busy_street: Path) -> None:
    site = tmp_path / "site.yaml"
    with harbour(tmp_path, busy_street, level="debug") as (up, client, port):
        answers = _answers_about_passwords(client, port)
        wanted = {"street": "live", "gate": "live", "typed": "live", "refused": "refused"}
        eventually(lambda: _states(client) == wanted)
        site.write_text(site.read_text("utf-8").replace("true", CANARY, 1), "utf-8")
        eventually(lambda: client.get("/api/v1/site").json()["problems"])
        paths = ("site", "feeds", "feeds/gate", "feeds/typed", "events", "users")
        answers += [client.get(f"/api/v1/{path}").text for path in paths]
        answers.append(client.get("/metrics").text)
        assert not [text for text in answers if CANARY in text]

        processes = [up.process.pid, *children_of(up.process.pid)]
        assert len(processes) == 2
        lines = [Path(f"/proc/{number}/cmdline").read_bytes() for number in processes]
        assert not [line for line in lines if CANARY.encode() in line]
        assert _where_it_is(tmp_path) == ["secrets", "secrets", "site.yaml"]
        assert up.end() == 0
        assert _where_it_is(tmp_path) == ["secrets", "secrets", "site.yaml"]
        assert any('"debug"' in line for line in up.said)
        assert CANARY not in "\n".join(up.said)
        kept = (tmp_path / "secrets").glob("[!.]*")
        assert {path.stat().st_mode & 0o077 for path in kept} == {0}


def _answers_about_passwords(client: httpx.Client, port: int) -> list[str]:
    """Of adding, trying and changing feeds with the right password and a wrong one."""
    at = f"127.0.0.1:{port}/live"
    apart = {"source": f"rtsp://{at}", "username": "viewer", "password": WRONG}
    tries: list[tuple[int, str, str, dict[str, Any]]] = [
        (200, "POST", "/feeds/probe", {"source": f"rtsp://viewer:{WRONG}@{at}"}),
        (422, "POST", "/feeds/probe", {"source": f"gopher://viewer:{WRONG}@{at}"}),
        (201, "POST", "/feeds", {"id": "typed", "source": f"rtsp://viewer:{WRITTEN}@{at}"}),
        (201, "POST", "/feeds", {"id": "refused", **apart}),
        (422, "POST", "/feeds", {"id": "bad id", "source": f"rtsp://viewer:{WRONG}@{at}"}),
        (422, "PATCH", "/feeds/typed", {"password": WRONG, "transport": "carrier pigeon"}),
        (401, "POST", "/session", {"user": "nobody", "password": WRONG}),
    ]
    answers = []
    for status, method, path, body in tries:
        answer = client.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code == status, answer.text
        answers.append(answer.text)
    return answers


def _where_it_is(folder: Path) -> list[str]:
    """The first part of the path of each file with it: databases, journals, settings, any."""
    return sorted(
        path.relative_to(folder).parts[0]
        for path in folder.rglob("*")
        if path.is_file() and CANARY.encode() in path.read_bytes()
    )


def _states(client: httpx.Client) -> dict[str, str]:
    return {name: (feed["status"] or {}).get("state") for name, feed in feeds_of(client).items()}


def _counted(client: httpx.Client) -> list[dict[str, Any]]:
    rows = client.get("/api/v1/counts", params={"feed": "street"}).json()["rows"]
    return [row for row in rows if row["place"] == "L" and row["count"] > 0]


def _first_of_stream(client: httpx.Client, kind: str) -> dict[str, Any]:
    headers = {"Last-Event-ID": "0"}
    with client.stream("GET", "/api/v1/events/stream", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data:") and kind in line:
                event: dict[str, Any] = json.loads(line.removeprefix("data:"))
                return event
    pytest.fail("the stream ended")
