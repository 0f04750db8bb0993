"""``wayside up`` with a site.yaml: a looped file and a camera, edited while it runs."""

from __future__ import annotations

import csv
import io
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from e2e.upped import Up, up
from live_servers import rtsp_server

pytestmark = pytest.mark.slow

CANARY = "k4n4rienv0gel"
"""A part of each password here that is nowhere else."""
PASSWORD = f"{CANARY}@1"
WRONG = f"{CANARY}-wrong"
WRITTEN = PASSWORD.replace("@", "%40")

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
  # the gate
  - id: gate
    source: rtsp://viewer:{password}@127.0.0.1:{port}/live
"""
ANOTHER = """\
  - id: again
    source: {street}
    loop: true
"""


class Harbour:
    """up: the server, signed in. site: its site.yaml. port: of the camera."""

    def __init__(self, server: Up, site: Path, street: Path, port: int) -> None:
        self.up = server
        self.site = site
        self.street = street
        self.port = port

    def edit(self, text: str) -> None:
        new = self.site.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.site)


@contextmanager
def harbour(folder: Path, street: Path, *, log_level: str = "warning") -> Iterator[Harbour]:
    with rtsp_server(user="viewer", password=PASSWORD) as port:
        site = folder / "site.yaml"
        site.write_text(SITE.format(street=street, port=port, password=WRITTEN), encoding="utf-8")
        with up(folder, env={"WAYSIDE_LOG_LEVEL": log_level}) as server:
            server.sign_in()
            yield Harbour(server, site, street, port)


def test_an_edit_on_disk_is_applied_and_a_bad_one_is_told(
    tmp_path: Path, busy_street: Path
) -> None:
    with harbour(tmp_path, busy_street) as here:
        server = here.up
        server.wait(lambda: server.live() == {"street", "gate"})
        before = _sessions(server)
        good = here.site.read_text("utf-8") + ANOTHER.format(street=here.street)
        here.edit(good)
        server.wait(lambda: server.live() == {"street", "gate", "again"})
        assert _sessions(server).items() >= before.items()

        here.edit(good.replace("loop: true", "lop: true", 1))
        server.wait(lambda: bool(server.get("/site")["problems"]))
        (problem,) = server.get("/site")["problems"]
        assert problem["file"] == "site.yaml"
        assert problem["line"] == 7
        assert "lop" in problem["what"]
        assert "loop" in problem["remedy"]
        assert server.live() == {"street", "gate", "again"}

        here.edit(good)
        server.wait(lambda: not server.get("/site")["problems"])
        assert _sessions(server).items() >= before.items()
        assert server.end(signal.SIGTERM, group=True) == 0, server.said
        assert server.processes() == {}
        assert "worker lost" not in server.said
        assert "Traceback" not in server.said


def test_what_happens_is_told_in_every_form(tmp_path: Path, busy_street: Path) -> None:
    with harbour(tmp_path, busy_street) as here:
        server = here.up
        server.wait(lambda: bool(_counted(server)))
        rows = server.get("/counts", feed="street")["rows"]
        assert {(row["place_kind"], row["place"]) for row in rows} >= {("line", "L")}

        event = _first_of_stream(server, "line_crossing")
        assert event["specversion"] == "1.0"
        assert event["type"] == "wayside.traffic.line_crossing.v1"

        found = server.get("/events", kind="traffic.line_crossing", limit=5)["items"]
        assert found
        assert {each["feed"] for each in found} == {"street"}

        table = server.client.get("/api/v1/measurements", params={"format": "csv", "step_s": 60})
        assert table.headers["content-type"].startswith("text/csv")
        lines = list(csv.DictReader(io.StringIO(table.text)))
        assert {line["feed"] for line in lines} >= {"street"}
        assert sum(float(line["value"] or 0) for line in lines if line["metric"] == "count") >= 1

        described = server.client.get("/api/openapi.json").json()
        assert described["openapi"].startswith("3.")
        assert "/api/v1/events" in described["paths"]
        assert server.client.get("/api/v1/truth").status_code == 404


def test_a_password_is_nowhere(tmp_path: Path, busy_street: Path) -> None:
    with harbour(tmp_path, busy_street, log_level="debug") as here:
        server = here.up
        server.wait(lambda: server.live() == {"street", "gate"})
        answers = _answers_about_passwords(server, here.port)
        server.wait(lambda: {"typed", "refused"} <= server.statuses().keys())
        server.wait(lambda: server.statuses()["refused"]["state"] == "refused")
        server.wait(lambda: "typed" in server.live())
        here.edit(here.site.read_text("utf-8").replace("loop: true", f"loop: {CANARY}", 1))
        server.wait(lambda: bool(server.get("/site")["problems"]))
        paths = ("/site", "/feeds", "/feeds/gate", "/feeds/typed", "/events", "/users")
        answers += [json.dumps(server.get(path)) for path in paths]
        answers.append(server.client.get("/metrics").text)
        assert not [text for text in answers if CANARY in text]
        assert len(server.processes()) >= 2
        assert not [line for line in server.processes().values() if CANARY in line]
        assert _files_with_canary(tmp_path) == ["secrets", "secrets", "site.yaml"]
        assert server.end() == 0
        assert _files_with_canary(tmp_path) == ["secrets", "secrets", "site.yaml"]
        kept = (tmp_path / "secrets").glob("[!.]*")
        assert {path.stat().st_mode & 0o077 for path in kept} == {0}
        assert "debug" in (tmp_path / "err").read_text("utf-8")


def _answers_about_passwords(server: Up, port: int) -> list[str]:
    """Of adding, trying and changing feeds with the right password and a wrong one."""
    client, at = server.client, f"127.0.0.1:{port}/live"
    tries: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/feeds/probe", {"source": f"rtsp://viewer:{WRONG}@{at}"}),
        ("POST", "/feeds/probe", {"source": f"gopher://viewer:{WRONG}@{at}"}),
        ("POST", "/feeds", {"id": "typed", "source": f"rtsp://viewer:{WRITTEN}@{at}"}),
        (
            "POST",
            "/feeds",
            {"id": "refused", "source": f"rtsp://{at}", "username": "viewer", "password": WRONG},
        ),
        ("POST", "/feeds", {"id": "bad id", "source": f"rtsp://viewer:{WRONG}@{at}"}),
        ("PATCH", "/feeds/typed", {"password": WRONG, "transport": "carrier pigeon"}),
        ("POST", "/session", {"user": "nobody", "password": WRONG}),
    ]
    answers = [client.request(method, f"/api/v1{path}", json=body) for method, path, body in tries]
    assert [answer.status_code for answer in answers] == [200, 422, 201, 201, 422, 422, 401]
    return [answer.text for answer in answers]


def _files_with_canary(folder: Path) -> list[str]:
    """The first part of each one's path. Databases and their logs, journals, output, settings."""
    return sorted(
        path.relative_to(folder).parts[0]
        for path in folder.rglob("*")
        if path.is_file() and CANARY.encode() in path.read_bytes()
    )


def _sessions(server: Up) -> dict[str, str]:
    return {name: status["session"] for name, status in server.statuses().items()}


def _counted(server: Up) -> list[dict[str, Any]]:
    rows = server.get("/counts", feed="street")["rows"]
    return [row for row in rows if row["place"] == "L" and row["count"] > 0]


def _first_of_stream(server: Up, kind: str) -> dict[str, Any]:
    with server.client.stream(
        "GET", "/api/v1/events/stream", headers={"Last-Event-ID": "0"}
    ) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data:") and kind in line:
                event: dict[str, Any] = json.loads(line.removeprefix("data:"))
                return event
    pytest.fail("the stream ended")
