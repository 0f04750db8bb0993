"""The right bytes or a clear error; nothing half fetched is ever left under a model's name."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from wayside.detect.catalogue import ModelBuild, ModelCard, ModelFile, load_catalogue
from wayside.detect.model_store import CHUNK, FoundModel, ModelStore, sha256_of
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ModelCorrupt, ModelError, ModelMissing

WEIGHTS = bytes(range(256)) * 700  # two chunks and a bit
TOPOLOGY = b"<net/>"
MANY_CHUNKS = b"x" * (10 * CHUNK)


class Shelf(BaseHTTPRequestHandler):
    """Serves WEIGHTS and TOPOLOGY, and every way in which a download goes wrong."""

    protocol_version = "HTTP/1.1"
    asked: list[str]
    is_down: bool

    def do_GET(self) -> None:
        self.close_connection = True
        asked, name = self.server.asked, self.path.lstrip("/")  # type: ignore[attr-defined]
        asked.append(name)
        if name in self.server.down:  # type: ignore[attr-defined]
            self._answer(b"not today", status=503)
        else:
            getattr(self, f"_{name.partition('.')[0]}")()

    def _weights(self) -> None:
        self._answer(WEIGHTS)

    def _topology(self) -> None:
        self._answer(TOPOLOGY)

    def _wrong(self) -> None:
        self._answer(b"<html>Please log in</html>".ljust(len(WEIGHTS)))

    def _missing(self) -> None:
        self._answer(b"no such file", status=404)

    def _endless(self) -> None:
        self._answer(WEIGHTS + MANY_CHUNKS)

    def _cut(self) -> None:
        self._answer(WEIGHTS[:CHUNK], length=len(WEIGHTS))

    def _silent(self) -> None:
        """Closes the connection without an answer."""

    def _garbled(self) -> None:
        self.wfile.write(b"SSH-2.0-nothing of HTTP\r\n\r\n")

    def _torn(self) -> None:
        """Says how long the next piece is, and leaves before it is over."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(f"{len(WEIGHTS):x}\r\n".encode() + WEIGHTS[:CHUNK])

    def _answer(self, body: bytes, *, status: int = 200, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            return  # the client had enough, which is its right

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's word
        del format, args


class Server(ThreadingHTTPServer):
    asked: list[str]
    down: set[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    with Server(("127.0.0.1", 0), Shelf) as server:
        server.asked, server.down = [], set()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def model_file(path: str, content: bytes, url: str | None = None) -> ModelFile:
    return ModelFile(path, len(content), hashlib.sha256(content).hexdigest(), url)


def card_of(*builds: tuple[ModelFile, ...]) -> ModelCard:
    return ModelCard(
        name="small",
        title="Small",
        task="objects",
        layout="ssd",
        outputs=frozenset({"box", "class", "score"}),
        licence="MIT",
        source="https://example.org/small",
        about="For tests",
        classes={0: ObjectClass.CAR},
        threshold=0.5,
        rgb=False,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        sizes=((64, 64),),
        builds=tuple(ModelBuild(files) for files in builds),
    )


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


LOCAL = card_of((model_file("net.onnx", WEIGHTS),))


class TestFinding:
    def test_in_the_folder_given(self, tmp_path: Path) -> None:
        path = put(tmp_path / "given", "net.onnx", WEIGHTS)
        store = ModelStore([(tmp_path / "given", "given")], tmp_path / "cache", online=False)
        expected = FoundModel(LOCAL, path, hashlib.sha256(WEIGHTS).hexdigest(), "given")
        assert store.find(LOCAL) == expected
        assert store.get(LOCAL) == expected

    def test_the_first_folder_wins_and_the_cache_comes_last(self, tmp_path: Path) -> None:
        folders = [(tmp_path / "one", "one"), (tmp_path / "two", "two")]
        store = ModelStore(folders, tmp_path / "cache", online=False)
        for folder, why in [("cache", "user cache"), ("two", "two"), ("one", "one")]:
            path = put(tmp_path / folder, "net.onnx", WEIGHTS)
            found = store.find(LOCAL)
            assert found is not None
            assert (found.path, found.origin) == (path, why)

    def test_nowhere_is_none_and_get_says_where_it_looked(self, tmp_path: Path) -> None:
        store = ModelStore([(tmp_path / "given", "why")], tmp_path / "cache", online=False)
        assert store.find(LOCAL) is None
        with pytest.raises(ModelMissing) as missing:
            store.get(LOCAL)
        text = str(missing.value)
        assert "'small'" in text
        assert f"{tmp_path / 'given'} (why)" in text
        assert str(tmp_path / "cache") in text
        assert LOCAL.source in text
        assert "WAYSIDE_MODEL_DIR" in text
        assert not (tmp_path / "cache").exists()

    def test_wrong_bytes_name_the_file_and_stop_the_search(self, tmp_path: Path) -> None:
        wrong = put(tmp_path / "given", "net.onnx", WEIGHTS[:-1])
        put(tmp_path / "cache", "net.onnx", WEIGHTS)
        store = ModelStore([(tmp_path / "given", "given")], tmp_path / "cache")
        for search in (store.find, store.get):
            with pytest.raises(ModelCorrupt) as corrupt:
                search(LOCAL)
            assert corrupt.value.where == str(wrong)
            assert corrupt.value.remedy
        assert wrong.read_bytes() == WEIGHTS[:-1]

    def test_any_known_build_will_do(self, tmp_path: Path) -> None:
        card = card_of(
            (model_file("net.xml", b"<old/>"), model_file("net.bin", b"old")),
            (model_file("net.xml", TOPOLOGY), model_file("net.bin", WEIGHTS)),
        )
        put(tmp_path, "net.xml", TOPOLOGY)
        put(tmp_path, "net.bin", WEIGHTS)
        found = ModelStore([], tmp_path, online=False).find(card)
        assert found is not None
        assert found.sha256 == hashlib.sha256(TOPOLOGY).hexdigest()

    @pytest.mark.parametrize("second", [b"old", None], ids=["of another build", "not there"])
    def test_half_of_a_build_is_corrupt(self, tmp_path: Path, second: bytes | None) -> None:
        card = card_of(
            (model_file("net.xml", b"<old/>"), model_file("net.bin", b"old")),
            (model_file("net.xml", TOPOLOGY), model_file("net.bin", WEIGHTS)),
        )
        put(tmp_path, "net.xml", TOPOLOGY)
        if second is not None:
            put(tmp_path, "net.bin", second)
        with pytest.raises(ModelCorrupt) as corrupt:
            ModelStore([], tmp_path, online=False).find(card)
        assert str(tmp_path / "net.bin") in str(corrupt.value)

    def test_real_files_are_those_of_the_catalogue(self, models: Path, tmp_path: Path) -> None:
        store = ModelStore([(models, "given")], tmp_path, online=False)
        found = [store.find(card) for card in load_catalogue().values()]
        assert any(found)
        for one in filter(None, found):
            assert one.sha256 == sha256_of(one.path)
            sizes = {f.size for build in one.card.builds for f in build.files[:1]}
            assert one.path.stat().st_size in sizes


class TestDownloading:
    @pytest.fixture
    def cache(self, tmp_path: Path) -> Path:
        return tmp_path / "deep" / "cache"

    def offered(self, server: Server, name: str) -> ModelCard:
        """One file, which is WEIGHTS by right."""
        return card_of((model_file("sub/net.onnx", WEIGHTS, f"{server.url}/{name}"),))

    def test_the_right_bytes_are_kept_and_found_again(self, server: Server, cache: Path) -> None:
        card = self.offered(server, "weights")
        store = ModelStore([], cache)
        assert store.find(card) is None
        assert server.asked == []
        found = store.get(card)
        assert found.path == cache / "sub" / "net.onnx"
        assert found.path.read_bytes() == WEIGHTS
        assert files_under(cache) == {found.path}
        assert store.get(card).path == found.path
        assert server.asked == ["weights"]

    def test_progress_is_told_up_to_the_end(self, server: Server, cache: Path) -> None:
        told: list[tuple[str, int, int]] = []
        card = self.offered(server, "weights")
        ModelStore([], cache, progress=lambda *step: told.append(step)).get(card)
        assert {(name, size) for name, _, size in told} == {("sub/net.onnx", len(WEIGHTS))}
        done = [step[1] for step in told]
        assert done == sorted(done)
        assert done[-1] == len(WEIGHTS)

    @pytest.mark.parametrize("name", ["wrong", "endless"])
    def test_other_bytes_are_refused_with_their_address(
        self, server: Server, cache: Path, name: str
    ) -> None:
        store = ModelStore([], cache)
        with pytest.raises(ModelCorrupt) as corrupt:
            store.get(self.offered(server, name))
        assert corrupt.value.where == f"{server.url}/{name}"
        assert files_under(cache) == set()

    @pytest.mark.parametrize("name", ["cut", "torn", "silent", "garbled", "missing"])
    def test_a_failed_download_leaves_nothing(self, server: Server, cache: Path, name: str) -> None:
        card = self.offered(server, name)
        with pytest.raises(ModelError) as failed:
            ModelStore([], cache).get(card)
        assert failed.value.remedy
        assert files_under(cache) == set()
        assert ModelStore([], cache, online=False).find(card) is None

    def test_a_file_that_never_ends_is_not_read_to_its_end(
        self, server: Server, cache: Path
    ) -> None:
        told: list[int] = []
        store = ModelStore([], cache, progress=lambda _name, done, _size: told.append(done))
        with pytest.raises(ModelCorrupt):
            store.get(self.offered(server, "endless"))
        assert max(told) <= len(WEIGHTS)

    def test_nobody_listening(self, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("no_proxy", "*")
        file = model_file("net.onnx", WEIGHTS, "http://127.0.0.1:9/net.onnx")
        with pytest.raises(ModelMissing, match="network"):
            ModelStore([], cache).get(card_of((file,)))
        assert files_under(cache) == set()

    def test_offline_never_connects(self, server: Server, cache: Path) -> None:
        with pytest.raises(ModelMissing):
            ModelStore([], cache, online=False).get(self.offered(server, "weights"))
        assert server.asked == []
        assert not cache.exists()

    def test_a_build_with_one_file_nowhere_to_be_had_is_not_begun(
        self, server: Server, cache: Path
    ) -> None:
        here = model_file("net.xml", TOPOLOGY, f"{server.url}/topology")
        with pytest.raises(ModelMissing):
            ModelStore([], cache).get(card_of((here, model_file("net.bin", WEIGHTS))))
        assert server.asked == []

    def two_files(self, server: Server) -> ModelCard:
        return card_of(
            (model_file("net.xml", b"<old/>"), model_file("net.bin", b"old")),
            (
                model_file("net.xml", TOPOLOGY, f"{server.url}/topology"),
                model_file("net.bin", WEIGHTS, f"{server.url}/weights"),
            ),
        )

    def test_all_files_of_the_build_that_can_be_had(self, server: Server, cache: Path) -> None:
        card = self.two_files(server)
        found = ModelStore([], cache).get(card)
        assert found.path == cache / "net.xml"
        assert found.sha256 == hashlib.sha256(TOPOLOGY).hexdigest()
        assert (cache / "net.bin").read_bytes() == WEIGHTS
        assert ModelStore([], cache, online=False).find(card) is not None

    @pytest.mark.parametrize("down", ["topology", "weights"])
    def test_a_build_fetched_by_half_is_completed_later(
        self, server: Server, cache: Path, down: str
    ) -> None:
        card = self.two_files(server)
        server.down = {down}
        store = ModelStore([], cache)
        with pytest.raises(ModelMissing):
            store.get(card)
        assert store.find(card) is None  # and not corrupt: nobody changed anything
        server.down = set()
        assert store.get(card).path.read_bytes() == TOPOLOGY

    def test_a_cache_that_cannot_be_made_is_no_crash(self, server: Server, tmp_path: Path) -> None:
        in_the_way = put(tmp_path, "cache", b"a file where a folder should be")
        with pytest.raises(ModelMissing):
            ModelStore([], in_the_way).get(self.offered(server, "weights"))
        assert in_the_way.is_file()


def files_under(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_sha256_of_a_file(tmp_path: Path) -> None:
    path = put(tmp_path, "net.onnx", WEIGHTS)
    assert sha256_of(path) == hashlib.sha256(WEIGHTS).hexdigest()
