"""No pixel of a face in any byte that is stored or sent: faces carry a colour, and it is sought."""

from __future__ import annotations

import json
import struct
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import httpx
import numpy as np
import pytest
import simplejpeg
from websockets.sync.client import connect

from canary_film import (
    SIGN_ZONE,
    blobs_of,
    chunks_of,
    make_canary_film,
    marked_pixels,
    pictures_in,
)
from e2e.running import tag
from e2e.running_up import Up, children_of, eventually, running_up

pytestmark = [pytest.mark.clips, pytest.mark.models, pytest.mark.slow]

WATCHED = 12
"""Pictures of the live view that are looked at."""
SQLITE = b"SQLite format 3\0"
LEAST_MARKED = 3000
"""Pixels of the colour in every picture of the film."""
SITE = """\
site: canary
detect: {{model: motion}}
output: {{interval_s: 1}}
sinks: [{{kind: jsonl, path: told.jsonl}}]
feeds:
  - id: street
    source: {film}
    loop: true
    scene:
      private_zones: [{{id: sign, polygon: {zone}}}]
      lines:
        - {{id: L, a: [0.5, 1.0], b: [0.5, 0.7]}}
      zones:
        - {{id: Z, use: carriageway, heading: [[0.1, 0.9], [0.9, 0.9]],
            polygon: [[0.02, 0.7], [0.98, 0.7], [0.98, 0.99], [0.02, 0.99]]}}
    rules:
      - {{kind: wrong_way, min_distance_m: 4}}
"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, clips: Path, models: Path) -> Path:
    folder = tmp_path_factory.mktemp("film")
    weights = models / "face_detection_yunet_2023mar.onnx"
    return make_canary_film(folder / "canary.mp4", clips, weights)


class Seeker:
    """Looks for the colour, and for the film's own bytes. seen: decoded pictures by place."""

    def __init__(self, film: Path) -> None:
        self.seen: Counter[str] = Counter()
        self._chunks = chunks_of(film)
        self._film = film

    def look_for_raw(self, blob: bytes, where: str) -> None:
        assert not any(chunk in blob for chunk in self._chunks), f"raw video in {where}"

    def look(self, blob: bytes, where: str) -> None:
        self.look_for_raw(blob, where)
        for picture in pictures_in(blob):
            assert marked_pixels(picture) == 0, f"a face or the sign in {where}"
            self.seen[where.partition(" ")[0]] += 1

    def look_at_files(self, folder: Path) -> None:
        """Everything below it as it is now, databases by what they hold as well."""
        for path in folder.rglob("*"):
            if not path.is_file() or path.is_symlink():
                continue
            try:
                blob = path.read_bytes()
            except FileNotFoundError:  # a temporary file that has gone meanwhile
                continue
            if not is_of_sqlite(path, blob):
                self.look(blob, f"files {path}")
                continue
            self.look_for_raw(blob, f"files {path}")
            if blob.startswith(SQLITE):
                for value in blobs_of(path):
                    self.look(value, f"database {path}")

    def look_at_open_files(self, pids: Iterable[int]) -> None:
        """What the processes hold open, files without a name too."""
        for pid in pids:
            for link in Path(f"/proc/{pid}/fd").iterdir():
                try:
                    if link.is_file() and not link.samefile(self._film):
                        blob = link.read_bytes()
                        is_paged = is_of_sqlite(link.readlink(), blob)
                        (self.look_for_raw if is_paged else self.look)(blob, f"open {link}")
                except OSError:  # closed meanwhile
                    continue


def test_the_colour_is_found_where_it_is(film: Path) -> None:
    """Else the tests below could not fail."""
    with av.open(str(film)) as file:
        pictures = [frame.to_ndarray(format="bgr24") for frame in file.decode(video=0)]
    assert min(marked_pixels(picture) for picture in pictures) > LEAST_MARKED
    raw = simplejpeg.encode_jpeg(np.ascontiguousarray(pictures[3]), colorspace="BGR", quality=60)
    for blob, what in ((b"x" * 9 + raw, "a face"), (film.read_bytes()[9:], "raw video")):
        with pytest.raises(AssertionError, match=what):
            Seeker(film).look(blob, "a test")


def test_no_face_is_stored_or_sent_by_a_live_house(
    tmp_path: Path, film: Path, models: Path
) -> None:
    seeker = Seeker(film)
    (tmp_path / "site.yaml").write_text(SITE.format(film=film, zone=SIGN_ZONE), "utf-8")
    (tmp_path / "tmp").mkdir()
    env = {"WAYSIDE_MODEL_DIR": str(models), "TMPDIR": str(tmp_path / "tmp")}
    with running_up(tmp_path, "--workers", "1", env=env) as up, up.signed_in() as client:
        for number, jpeg in enumerate(watched(up, client)):
            seeker.look(jpeg, "websocket")
            if number % 4 == 0:
                seeker.look_at_files(tmp_path)
        incident = eventually(lambda: with_clip(client))
        seeker.look_at_open_files([up.process.pid, *children_of(up.process.pid)])
        for path in answered(client, incident):
            seeker.look(client.get(path).content, f"http {path}")
        seeker.look_at_files(tmp_path)
        assert up.end() == 0
    seeker.look("\n".join(up.said).encode(), "said")
    seeker.look_at_files(tmp_path)
    assert seeker.seen["websocket"] >= WATCHED
    assert seeker.seen["http"] >= 20  # a clip has that many alone
    assert seeker.seen["database"] >= 20
    assert any(path.stat().st_size for path in tmp_path.rglob("told.jsonl"))


def test_no_face_is_in_what_tag_leaves(tmp_path: Path, film: Path, models: Path) -> None:
    seeker = Seeker(film)
    (tmp_path / "site.yaml").write_text(SITE.format(film=film, zone=SIGN_ZONE), "utf-8")
    asked = (film, "--site", "site.yaml", "--feed", "street")
    done = tag(tmp_path, *asked, env={"WAYSIDE_MODEL_DIR": str(models)})
    assert done.returncode == 0, done.stderr
    for name in ("tagged.mp4", "report.html"):
        seeker.look((tmp_path / "out" / name).read_bytes(), f"{name} of tag")
    seeker.look_at_files(tmp_path)
    assert seeker.seen["tagged.mp4"] >= 50
    assert seeker.seen["report.html"] >= 1
    assert seeker.seen["database"] >= 1


def is_of_sqlite(path: Path, blob: bytes) -> bool:
    """Whether pictures in it are cut into pages: then they are read by SQLite, its log too."""
    return blob.startswith(SQLITE) or path.name.endswith(("-wal", "-shm", "-journal"))


def watched(up: Up, client: httpx.Client) -> Iterator[bytes]:
    """The first pictures of the live view, by its WebSocket."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    address = up.url.replace("http", "ws") + "/api/v1/live"
    headers = {"Cookie": cookies, "Origin": up.url}
    tile = {"feed": "street", "width": 640, "fps": 5}
    with connect(address, additional_headers=headers, proxy=None, max_size=None) as socket:
        socket.send(json.dumps({"op": "want", "tiles": [tile]}))
        left, last_s = WATCHED, time.monotonic() + 60
        while left:
            assert time.monotonic() < last_s, "no pictures"
            message = socket.recv(timeout=30)
            if isinstance(message, bytes):
                (size,) = struct.unpack(">I", message[:4])
                yield message[4 + size :]
                left -= 1
                socket.send(json.dumps({"op": "painted", "feed": "street"}))


def with_clip(client: httpx.Client) -> str | None:
    """The number of an incident whose clip is there."""
    items = client.get("/api/v1/events").json()["items"]
    found = [one["id"] for one in items if one.get("has_clip")]
    return str(found[0]) if found else None


def answered(client: httpx.Client, incident: str) -> list[str]:
    """Every address that can be read, as the house describes itself, filled with what is there."""
    paths = client.get("/api/openapi.json").json()["paths"]
    readable = [path for path, methods in paths.items() if "get" in methods]
    endless = ("/stream", "/tracks")
    filled = [
        path.replace("{feed}", "street").replace("{incident}", incident)
        for path in readable
        if not path.endswith(endless)
    ]
    assert any("/clip" in path for path in filled)
    assert any("/picture" in path or "/still" in path for path in filled)
    return [path for path in filled if "{" not in path]
