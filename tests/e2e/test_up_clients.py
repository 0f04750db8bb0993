"""What programs of others make of ``wayside up``: curl, ffprobe, ffmpeg."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.running_up import Up, eventually, running_up
from live_servers import program

pytestmark = pytest.mark.slow

SITE = """\
site: harbour
detect: {{model: motion}}
feeds:
  - id: street
    source: {street}
    loop: true
    scene:
      lines:
        - {{id: L, a: [0.5, 1.0], b: [0.5, 0.0]}}
      zones:
        - {{id: Z, use: carriageway, heading: [[0.1, 0.5], [0.9, 0.5]],
            polygon: [[0.02, 0.1], [0.98, 0.1], [0.98, 0.98], [0.02, 0.98]]}}
    rules:
      - {{kind: wrong_way, min_distance_m: 4}}
"""


class Curl:
    """Somebody with a token and nothing but curl. log: everything that it was told."""

    def __init__(self, up: Up, token: str) -> None:
        self._start = [program("curl", "curl"), "--silent", "--show-error", "--max-time", "20"]
        self._start += ["--header", f"Authorization: Bearer {token}"]
        self._url = up.url

    def get(self, path: str, *options: str) -> bytes:
        return subprocess.run(
            [*self._start, "--fail", *options, self._url + path], check=True, capture_output=True
        ).stdout

    def first_of_stream(self, path: str, kind: str) -> dict[str, Any]:
        """The first event of a kind; the stream is left then."""
        command = [*self._start, "--no-buffer", "--header", "Last-Event-ID: 0", self._url + path]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("data:") and kind in line:
                    process.terminate()
                    event: dict[str, Any] = json.loads(line.removeprefix("data:"))
                    return event
        pytest.fail(f"the stream ended without {kind}")


def test_curl_hears_and_players_play(tmp_path: Path, busy_street: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE.format(street=busy_street), "utf-8")
    with running_up(tmp_path, "--workers", "1") as up:
        with up.signed_in() as client:
            curl = Curl(up, _token(client))
        event = curl.first_of_stream("/api/v1/events/stream", "wrong_way")
        assert event["specversion"] == "1.0"

        incident = eventually(lambda: _with_clip(curl))
        clip = tmp_path / "clip.mp4"
        address = f"/api/v1/events/{incident['id']}/clip.mp4"
        clip.write_bytes(curl.get(address))
        shape = _probed(clip)
        assert (shape["codec_name"], shape["width"], shape["height"]) == ("h264", 320, 240)
        assert float(shape["duration"]) > 2.0
        assert curl.get(address, "--range", "4-7") == b"ftyp"
        program("ffmpeg", "ffmpeg")
        decoded = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", str(clip), "-f", "null", "-"],
            check=True,
            capture_output=True,
            text=True,
        )
        assert decoded.stderr == ""
        still = tmp_path / "still.jpg"
        still.write_bytes(curl.get(f"/api/v1/events/{incident['id']}/still.jpg"))
        assert _probed(still)["codec_name"] == "mjpeg"
        assert up.end() == 0


def _token(client: httpx.Client) -> str:
    """Of a user, as a token needs one."""
    user = {"name": "ann", "password": "a long one for ann", "role": "admin"}
    assert client.post("/api/v1/users", json=user).status_code == 201
    session = {"user": user["name"], "password": user["password"]}
    assert client.post("/api/v1/session", json=session).status_code < 300
    made = client.post("/api/v1/tokens", json={"name": "curl", "role": "viewer"})
    assert made.status_code == 201, made.text
    return str(made.json()["token"])


def _with_clip(curl: Curl) -> dict[str, Any] | None:
    found = json.loads(curl.get("/api/v1/events?kind=traffic.wrong_way"))["items"]
    return next((one for one in found if one["has_clip"] and one["has_still"]), None)


def _probed(path: Path) -> dict[str, Any]:
    """Of its picture, as ffprobe sees it."""
    told = subprocess.run(
        [
            *(program("ffprobe", "ffmpeg"), "-v", "error", "-select_streams", "v:0"),
            *("-show_streams", "-of", "json", str(path)),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stderr == ""
    stream: dict[str, Any] = json.loads(told.stdout)["streams"][0]
    return stream
