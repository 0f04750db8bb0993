"""The WebSocket, over real sockets."""

from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from wayside.domain.feeds import FeedStatus, LivePicture, WorkerStatus
from wayside.fleet.interface import OnPicture
from wayside.serve import House
from wayside.serve.live.viewer import CHECK_S
from wayside.serve.records import FeedDraft
from wayside.serve.roles import Role
from wayside.testing.fake_archive import FakeArchive
from wayside.testing.fake_fleet import picture
from wayside.testing.fake_house import PASSWORD

from .conftest import log_in

FAST = {"check_s": 0.05}


class SteeredFleet:
    """Shows what a test tells it to, on a thread of its own as a fleet does."""

    def __init__(self) -> None:
        self.watching: dict[str, tuple[int, float, OnPicture]] = {}
        self.changed = threading.Condition()

    def watch(self, feed: str, width: int, fps: float, on_picture: OnPicture) -> Callable[[], None]:
        with self.changed:
            self.watching[feed] = (width, fps, on_picture)
            self.changed.notify_all()

        def stop() -> None:
            with self.changed:
                self.watching.pop(feed, None)
                self.changed.notify_all()

        return stop

    def show(self, feed: str, t_s: float, jpeg: bytes = b"\xff\xd8") -> None:
        made = picture(feed, 64, t_s)
        fields = {name: getattr(made, name) for name in LivePicture.__dataclass_fields__}
        shown = LivePicture(**{**fields, "t_s": t_s, "jpeg": jpeg})
        thread = threading.Thread(target=self.watching[feed][2], args=(shown,))
        thread.start()
        thread.join()

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(is_so, timeout=20)

    def statuses(self) -> dict[str, FeedStatus]:
        return {}

    def workers(self) -> list[WorkerStatus]:
        return []


@pytest.fixture
def fleet() -> SteeredFleet:
    return SteeredFleet()


@pytest.fixture
def live_url(house: House, fleet: SteeredFleet, serve_house: Callable[..., str]) -> str:
    return serve_house(house, FAST, fleet=fleet)


@pytest.fixture
def open_live(house: House) -> Iterator[Callable[..., ClientConnection]]:
    with ExitStack() as stack:

        def begin(url: str, **headers: str) -> ClientConnection:
            login = house.accounts.log_in("vera", PASSWORD, "a")
            assert login is not None
            sent = {"Cookie": f"wayside={login.secret}", "Origin": url, **headers}
            address = url.replace("http", "ws") + "/api/v1/live"
            return stack.enter_context(
                connect(
                    address,
                    additional_headers=sent,
                    proxy=None,
                    max_size=None,
                    max_queue=1,
                    close_timeout=0.5,
                )
            )

        yield begin


def say(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))


def want(socket: ClientConnection, *feeds: str) -> None:
    say(socket, op="want", tiles=[{"feed": feed, "width": 320, "fps": 5} for feed in feeds])


def next_picture(socket: ClientConnection) -> tuple[dict[str, Any], bytes]:
    while True:
        message = socket.recv(timeout=20)
        if isinstance(message, bytes):
            (size,) = struct.unpack(">I", message[:4])
            return json.loads(message[4 : 4 + size]), message[4 + size :]


def next_text(socket: ClientConnection, op: str) -> dict[str, Any]:
    while True:
        message = socket.recv(timeout=20)
        if isinstance(message, str):
            found: dict[str, Any] = json.loads(message)
            if found["op"] == op:
                return found


def no_picture_before(socket: ClientConnection, op: str) -> None:
    while True:
        message = socket.recv(timeout=20)
        assert isinstance(message, str)
        if json.loads(message)["op"] == op:
            return


def test_only_with_a_session_and_from_our_page(
    house: House, live_url: str, open_live: Callable[..., ClientConnection]
) -> None:
    for headers in (
        {"Cookie": ""},
        {"Cookie": "wayside=nonsense"},
        {"Origin": "https://evil.example"},
        {"Authorization": "Bearer nonsense"},
    ):
        with pytest.raises(InvalidStatus) as caught:
            open_live(live_url, **headers)
        assert caught.value.response.status_code == 403
    open_live(live_url)


def test_a_program_comes_with_a_token(house: House, live_url: str) -> None:
    login = house.accounts.log_in("vera", PASSWORD, "a")
    assert login is not None
    _, text = house.accounts.tokens.add("t", login.caller.role, timedelta(days=1), by=login.caller)
    headers = {"Authorization": f"Bearer {text}"}
    address = live_url.replace("http", "ws") + "/api/v1/live"
    with connect(address, additional_headers=headers, proxy=None) as socket:
        assert next_text(socket, "status")["site"]["site"] == "fake-town"


def test_a_picture_comes_with_its_markings(
    live_url: str, fleet: SteeredFleet, open_live: Callable[..., ClientConnection]
) -> None:
    socket = open_live(live_url)
    want(socket, "junction")
    fleet.wait_for(lambda: "junction" in fleet.watching)
    assert fleet.watching["junction"][:2] == (320, 5)
    fleet.show("junction", 7.25, b"\xff\xd8 a picture")
    header, jpeg = next_picture(socket)
    assert jpeg == b"\xff\xd8 a picture"
    assert set(header) == {
        "feed", "session", "time", "t_s", "width", "height", "markings",
    }  # fmt: skip
    assert (header["feed"], header["t_s"]) == ("junction", 7.25)
    assert all(set(m) == {"track", "label", "box", "trail"} for m in header["markings"])


def test_only_the_newest_waits_for_credit(
    live_url: str, fleet: SteeredFleet, open_live: Callable[..., ClientConnection]
) -> None:
    socket = open_live(live_url)
    want(socket, "junction")
    fleet.wait_for(lambda: "junction" in fleet.watching)
    fleet.show("junction", 0)
    assert next_picture(socket)[0]["t_s"] == 0
    for t_s in range(1, 200):
        fleet.show("junction", t_s)
    no_picture_before(socket, "status")
    say(socket, op="painted", feed="junction")
    assert next_picture(socket)[0]["t_s"] == 199
    say(socket, op="painted", feed="junction")
    no_picture_before(socket, "status")


def test_one_socket_carries_all_tiles_and_drops_what_is_not_wanted(
    live_url: str, fleet: SteeredFleet, open_live: Callable[..., ClientConnection]
) -> None:
    socket = open_live(live_url)
    want(socket, "junction", "square")
    fleet.wait_for(lambda: set(fleet.watching) == {"junction", "square"})
    fleet.show("junction", 1)
    fleet.show("square", 1)
    assert {next_picture(socket)[0]["feed"] for _ in range(2)} == {"junction", "square"}
    want(socket, "square")
    fleet.wait_for(lambda: set(fleet.watching) == {"square"})
    socket.close()
    fleet.wait_for(lambda: not fleet.watching)


def test_a_viewer_that_reads_nothing_loses_its_own_pictures(
    live_url: str, fleet: SteeredFleet, open_live: Callable[..., ClientConnection]
) -> None:
    """8 MB a picture fill every buffer between; the quick viewer still gets its own."""
    slow, quick = open_live(live_url), open_live(live_url)
    want(slow, "square")
    fleet.wait_for(lambda: "square" in fleet.watching)
    want(quick, "junction")
    fleet.wait_for(lambda: "junction" in fleet.watching)
    for t_s in range(20):
        fleet.show("square", t_s, b"\xff\xd8" + bytes(8_000_000))
        fleet.show("junction", t_s)
        assert next_picture(quick)[0]["t_s"] == t_s
        say(quick, op="painted", feed="junction")
        say(slow, op="painted", feed="square")
    # Some were in the buffers between; all the others gave way to the newest.
    got = [next_picture(slow)[0]["t_s"]]
    while got[-1] != 19:
        got.append(next_picture(slow)[0]["t_s"])
    assert got == sorted(got)
    assert len(got) < 10


def test_states_first_all_then_what_changed(
    house: House, serve_house: Callable[..., str], open_live: Callable[..., ClientConnection]
) -> None:
    socket = open_live(serve_house(house))
    first = next_text(socket, "status")
    assert {each["feed"] for each in first["feeds"]} == set(house.fleet.statuses())
    assert first["site"]["feeds"]["total"] == 9
    second = next_text(socket, "status")
    assert second["site"]["site"] == "fake-town"


def test_unchanged_states_are_not_told_again(
    live_url: str, fleet: SteeredFleet, open_live: Callable[..., ClientConnection]
) -> None:
    socket = open_live(live_url)
    assert next_text(socket, "status")["feeds"] == []
    assert next_text(socket, "status")["feeds"] == []


def test_events_arrive(
    house: House, live_url: str, open_live: Callable[..., ClientConnection]
) -> None:
    archive = house.archive
    assert isinstance(archive, FakeArchive)
    socket = open_live(live_url)
    next_text(socket, "status")
    time.sleep(0.5)  # the tail's first look; an event before it is history
    made = archive.add("junction")
    while True:
        incident = next_text(socket, "event")["incident"]
        if incident["id"] == str(made.incident_id):
            break
    assert incident["words"]
    assert incident["feed"] == "junction"


@pytest.mark.parametrize(
    "message",
    [
        "nonsense",
        "{}",
        '{"op": "want"}',
        '{"op": "want", "tiles": [{"feed": "a", "width": 0, "fps": 1}]}',
        '{"op": "want", "tiles": [{"feed": "a", "width": 5, "fps": NaN}]}',
        json.dumps({"op": "want", "tiles": [{"feed": "a", "width": 9, "fps": 1}] * 65}),
        '{"op": "painted", "feed": 7}',
        b"\x00\xff",
    ],
)
def test_nonsense_closes_the_view(
    live_url: str, open_live: Callable[..., ClientConnection], message: str | bytes
) -> None:
    socket = open_live(live_url)
    socket.send(message)
    assert next_text(socket, "closed")["reason"]
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=20)
    assert socket.close_code == 1008


def test_a_revoked_session_closes_its_view(
    house: House,
    live_url: str,
    fleet: SteeredFleet,
    open_live: Callable[..., ClientConnection],
) -> None:
    socket = open_live(live_url)
    want(socket, "junction")
    fleet.wait_for(lambda: "junction" in fleet.watching)
    house.accounts.change_user("vera", password="another long password")
    assert "session" in next_text(socket, "closed")["reason"]
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=20)
    fleet.wait_for(lambda: not fleet.watching)


def test_a_logout_elsewhere_closes_the_view(
    live_url: str, open_live: Callable[..., ClientConnection]
) -> None:
    client: httpx.Client = log_in(live_url, "vera")
    cookie = f"wayside={client.cookies['wayside']}"
    socket = open_live(live_url, Cookie=cookie)
    next_text(socket, "status")
    client.delete("/api/v1/session")
    client.close()
    assert next_text(socket, "closed")["reason"]


def test_accounts_that_fail_close_the_view(
    house: House, live_url: str, open_live: Callable[..., ClientConnection], tmp_path: Path
) -> None:
    socket = open_live(live_url)
    next_text(socket, "status")
    house.accounts.close()
    assert next_text(socket, "closed")["reason"]


def test_a_revoked_session_ends_its_view_also_while_a_send_hangs(
    house: House,
    live_url: str,
    fleet: SteeredFleet,
    open_live: Callable[..., ClientConnection],
) -> None:
    socket = open_live(live_url)
    want(socket, "junction")
    fleet.wait_for(lambda: "junction" in fleet.watching)
    fleet.show("junction", 0, bytes(30_000_000))
    house.accounts.change_user("vera", password="another long password")
    fleet.wait_for(lambda: not fleet.watching)


def open_as(stack: ExitStack, house: House, url: str, user: str) -> ClientConnection:
    login = house.accounts.log_in(user, PASSWORD, "a")
    assert login is not None
    headers = {"Cookie": f"wayside={login.secret}", "Origin": url}
    address = url.replace("http", "ws") + "/api/v1/live"
    return stack.enter_context(
        connect(address, additional_headers=headers, proxy=None, close_timeout=0.5)
    )


def put_in(house: House, feed: str, *groups: str) -> None:
    house.site.update(FeedDraft(feed, groups=groups, changed=frozenset({"groups"})), None)


@pytest.fixture
def limited(house: House) -> House:
    """With lim, who sees the feeds of harbour: square alone."""
    put_in(house, "square", "harbour")
    groups = frozenset({"harbour"})
    house.accounts.add_user("lim", PASSWORD, Role.VIEWER, groups=groups)
    return house


def test_a_limited_view_shows_feeds_of_its_groups_alone(
    limited: House, serve_house: Callable[..., str]
) -> None:
    """States, events and pictures; another viewer on the same socket's path still gets all."""
    url = serve_house(limited, FAST)
    archive = limited.archive
    assert isinstance(archive, FakeArchive)
    with ExitStack() as stack:
        lim = open_as(stack, limited, url, "lim")
        vera = open_as(stack, limited, url, "vera")
        own = next_text(lim, "status")
        assert {each["feed"] for each in own["feeds"]} == {"square"}
        assert own["site"]["feeds"]["total"] == 1
        assert own["site"]["workers"] == []
        everything = next_text(vera, "status")
        assert len(everything["feeds"]) > 5
        assert everything["site"]["feeds"]["total"] == len(everything["feeds"])
        for socket in (lim, vera):
            want(socket, "motorway", "square")
        assert next_picture(lim)[0]["feed"] == "square"
        # Said of both tiles: a feed that is hidden would have been painted long before the third.
        for _ in range(2):
            say(lim, op="painted", feed="square")
            say(lim, op="painted", feed="motorway")
            assert next_picture(lim)[0]["feed"] == "square"
        assert {next_picture(vera)[0]["feed"] for _ in range(2)} == {"motorway", "square"}
        archive.add("motorway")
        shown = archive.add("square")
        found = next_text(lim, "event")["incident"]
        while found["id"] != str(shown.incident_id):
            assert found["feed"] == "square"
            found = next_text(lim, "event")["incident"]


@pytest.mark.parametrize("change", ["feed leaves", "feed comes", "account"])
def test_a_change_of_groups_ends_the_view_which_begins_anew(
    limited: House, serve_house: Callable[..., str], change: str
) -> None:
    url = serve_house(limited, FAST)
    with ExitStack() as stack:
        lim = open_as(stack, limited, url, "lim")
        vera = open_as(stack, limited, url, "vera")
        next_text(lim, "status")
        if change == "feed leaves":
            put_in(limited, "square", "bridge")
        elif change == "feed comes":
            put_in(limited, "motorway", "harbour")
        else:
            limited.accounts.change_user("lim", groups=frozenset({"bridge"}))
        said = next_text(lim, "closed")["reason"]
        assert ("session" if change == "account" else "feeds") in said
        with pytest.raises(ConnectionClosed):
            lim.recv(timeout=20)
        again = next_text(open_as(stack, limited, url, "lim"), "status")
        feeds = {each["feed"] for each in again["feeds"]}
        assert feeds == ({"square", "motorway"} if change == "feed comes" else set())
        next_text(vera, "status")  # whose view it is no business of


def test_the_check_is_soon_enough() -> None:
    assert CHECK_S <= 2.5  # twice, and the change holds within 5 s
