"""Who is limited to groups of feeds: for him there is no other feed, in any answer of any route.

Names of what must not be seen end in ``-hid``, so that one look at an answer finds them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from wayside.domain.time import rfc3339
from wayside.serve import House
from wayside.serve.access import ACCESS, Open
from wayside.serve.records import CoveredClip, FeedDraft, IncidentQuery
from wayside.serve.roles import Role
from wayside.testing.fake_archive import FakeArchive, FakeTruth
from wayside.testing.fake_house import PASSWORD, close, fake_house

from .conftest import log_in

V1 = "/api/v1"
OWN = ("pier", "quay")
HIDDEN = ("mast-hid", "tower-hid", "vault-hid")
GROUPS = {"pier": ("harbour",), "quay": ("harbour", "bridge"), "tower-hid": ("bridge",)}
"""vault-hid has a group that nobody here is limited to, mast-hid has none at all."""

SCENE: dict[str, Any] = {
    "lines": [
        {"id": "in", "a": [0.2, 0.2], "b": [0.2, 0.8]},
        {"id": "out", "a": [0.8, 0.2], "b": [0.8, 0.8]},
    ],
    "movements": [{"id": "through", "from": "in", "to": "out"}],
}


class Reach(StrEnum):
    """What a route can show. A route that is not classified fails the first test below."""

    NOTHING = "nothing of any feed"
    MANY = "many feeds at once"
    FEED = "the feed in its path"
    JUNCTION = "the junction in its path"
    INCIDENT = "the incident in its path"
    ADMIN = "all, to admins, whom nothing limits"
    FLOWS = "events or pictures as they come"


def _reaches() -> dict[tuple[str, str], Reach]:
    found: dict[tuple[str, str], Reach] = {
        ("GET", "/healthz"): Reach.NOTHING,
        ("GET", "/readyz"): Reach.NOTHING,
        ("GET", "/metrics"): Reach.MANY,
        ("GET", "/api/openapi.json"): Reach.NOTHING,
        ("GET", "/{path:path}"): Reach.NOTHING,
        ("HEAD", "/{path:path}"): Reach.NOTHING,
        ("WEBSOCKET", f"{V1}/live"): Reach.FLOWS,
    }
    by_reach = {
        Reach.NOTHING: """GET /sign-in, GET /sign-in/begin,
            GET /sign-in/callback, POST /session, GET /session, DELETE /session,
            PUT /session/password""",
        Reach.MANY: """GET /site, GET /feeds, GET /junctions, GET /events, GET /measurements,
            GET /metrics-list, GET /counts, GET /truth""",
        Reach.FEED: """GET /feeds/{feed}, GET /feeds/{feed}/still.jpg, GET /feeds/{feed}/tracks,
            GET /feeds/{feed}/scene, PUT /feeds/{feed}/scene, POST /feeds/{feed}/scene/preview,
            POST /feeds/{feed}/scene/propose, POST /feeds/{feed}/scene/grid,
            POST /feeds/{feed}/calibration/propose, POST /feeds/{feed}/view/confirm,
            POST /feeds/{feed}/view/propose, GET /feeds/{feed}/rules, PUT /feeds/{feed}/rules,
            GET /feeds/{feed}/turning-counts, GET /feeds/{feed}/usual""",
        Reach.JUNCTION: """GET /junctions/{junction}, PUT /junctions/{junction},
            DELETE /junctions/{junction}, GET /junctions/{junction}/turning-counts,
            GET /junctions/{junction}/usual""",
        Reach.INCIDENT: """GET /events/{incident}, GET /events/{incident}/still.jpg,
            GET /events/{incident}/clip.mp4, GET /events/{incident}/path,
            POST /events/{incident}/acknowledgement, DELETE /events/{incident}/acknowledgement""",
        Reach.ADMIN: """POST /feeds, POST /feeds/import, POST /feeds/probe, PATCH /feeds/{feed},
            DELETE /feeds/{feed}, GET /users, POST /users, PATCH /users/{name},
            DELETE /users/{name}, GET /audit, GET /tokens, POST /tokens, DELETE /tokens/{token}""",
        Reach.FLOWS: """GET /events/stream""",
    }
    for reach, routes in by_reach.items():
        for route in routes.split(","):
            method, path = route.split()
            found[method, V1 + path] = reach
    return found


REACH = _reaches()
BODIES: dict[tuple[str, str], Any] = {
    ("PUT", f"{V1}/feeds/{{feed}}/scene"): {},
    ("POST", f"{V1}/feeds/{{feed}}/scene/preview"): {"scene": {}, "minutes": 1},
    ("POST", f"{V1}/feeds/{{feed}}/scene/propose"): {"minutes": 1},
    ("POST", f"{V1}/feeds/{{feed}}/scene/grid"): {"scene": {}},
    ("POST", f"{V1}/feeds/{{feed}}/calibration/propose"): {"minutes": 1},
    ("PUT", f"{V1}/feeds/{{feed}}/rules"): [],
}


def routes(*reaches: Reach) -> list[tuple[str, str]]:
    return [route for route, reach in REACH.items() if reach in reaches]


class ClipArchive(FakeArchive):
    """With a clip of each incident."""

    def clip(self, incident_id: UUID) -> CoveredClip | None:
        return None if self.incident(incident_id) is None else CoveredClip(b"a clip")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = fake_house(tmp_path, feeds=(*OWN, *HIDDEN))
    archive = ClipArchive(made.clock, (*OWN, *HIDDEN))
    made = replace(made, archive=archive, truth=FakeTruth(archive, (*OWN, *HIDDEN)))
    for feed in (*OWN, *HIDDEN):
        made.site.set_scene(feed, SCENE, None)
        put_in(made, feed, *GROUPS.get(feed, ()))
    put_in(made, "vault-hid", "safe")
    made.site.set_junction(junction("cross", "pier", "quay"), None)
    made.site.set_junction(junction("cross-hid", "tower-hid"), None)
    made.site.set_junction(junction("mixed-hid", "pier", "vault-hid"), None)
    for feed in (*OWN, *HIDDEN):
        archive.add(feed)
    accounts = made.accounts
    accounts.add_user("lim-vera", PASSWORD, Role.VIEWER, groups=frozenset({"harbour"}))
    accounts.add_user("lim-otto", PASSWORD, Role.OPERATOR, groups=frozenset({"harbour", "empty"}))
    accounts.add_user("lim-nemo", PASSWORD, Role.VIEWER, groups=frozenset())
    yield made
    close(made)


def put_in(house: House, feed: str, *groups: str) -> None:
    draft = FeedDraft(feed, groups=groups, changed=frozenset({"groups"}))
    house.site.update(draft, None)


def junction(name: str, *feeds: str) -> dict[str, Any]:
    first, last = feeds[0], feeds[-1]
    return {
        "id": name,
        "approaches": [
            {"id": "west", "in": [{"feed": first, "line": "in", "direction": "forward"}]},
            {"id": "east", "out": [{"feed": last, "line": "out", "direction": "forward"}]},
        ],
        "movements": [
            {"id": "through", "from": "west", "to": "east", "feed": last, "movement": "through"}
        ],
    }


@dataclass(frozen=True)
class Ids:
    """Of one kind of object, by who may see them. nothing: what no object has.

    Incidents: one of each kind at each feed, as all are asked for in every route.
    """

    seen: tuple[str, ...]
    hidden: tuple[str, ...]
    nothing: str


@pytest.fixture
def ids(house: House) -> dict[Reach, Ids]:
    found = house.archive.incidents(IncidentQuery(), 10_000, None).items
    kinds = {(each.feed, each.kind): str(each.incident_id) for each in found}
    by_feed = {
        each: tuple(name for (feed, _), name in kinds.items() if (feed in OWN) is each)
        for each in (True, False)
    }
    return {
        Reach.FEED: Ids(OWN, HIDDEN, "no-such-name"),
        Reach.JUNCTION: Ids(("cross",), ("cross-hid", "mixed-hid"), "no-such-name"),
        Reach.INCIDENT: Ids(by_feed[True], by_feed[False], str(uuid4())),
    }


Limited = list[tuple[str, httpx.Client]]


@pytest.fixture
def limited(house: House, url: str, client_of: Callable[[str], httpx.Client]) -> Iterator[Limited]:
    """Sessions of limited users, and tokens that are limited by themselves or by their user."""
    tokens = {}
    ada = house.accounts.log_in("ada", PASSWORD, "a")
    otto = house.accounts.log_in("lim-otto", PASSWORD, "a")
    assert ada is not None
    assert otto is not None
    for name, role, groups, by in (
        ("token of one who sees all", Role.OPERATOR, frozenset({"harbour"}), ada.caller),
        ("token of one who is limited", Role.OPERATOR, None, otto.caller),
        ("token of groups that its user has not", Role.OPERATOR,
         frozenset({"harbour", "safe", "bridge"}), otto.caller),
    ):  # fmt: skip
        made = house.accounts.tokens.add(name, role, timedelta(days=1), groups=groups, by=by)
        tokens[name] = httpx.Client(
            base_url=url, timeout=20, headers={"Authorization": f"Bearer {made[1]}"}
        )
    yield [(user, client_of(user)) for user in ("lim-vera", "lim-otto")] + list(tokens.items())
    for client in tokens.values():
        client.close()


def ask(
    client: httpx.Client, method: str, template: str, name: str, body: Any = None
) -> httpx.Response:
    path = template
    for variable in ("feed", "junction", "incident"):
        path = path.replace(f"{{{variable}}}", name)
    body = BODIES.get((method, template)) if body is None else body
    return client.request(method, path, json=body) if body is not None else client.request(
        method, path
    )  # fmt: skip


def words_of(answer: httpx.Response, name: str) -> tuple[int, str, str]:
    """An answer without the name that was asked for, so that two can be compared."""
    return answer.status_code, answer.headers["content-type"], answer.text.replace(name, "NAME")


def test_every_route_is_classified() -> None:
    assert set(REACH) == set(ACCESS), "classify the new route in _reaches()"
    for (method, path), reach in REACH.items():
        variable = {Reach.FEED: "{feed}", Reach.JUNCTION: "{junction}",
                    Reach.INCIDENT: "{incident}"}.get(reach)  # fmt: skip
        named = [v for v in ("{feed}", "{junction}", "{incident}") if v in path]
        if reach is not Reach.ADMIN:
            assert named == ([variable] if variable else []), (method, path)
        access = ACCESS[method, path]
        assert (reach is Reach.ADMIN) == (access is Role.ADMIN), (method, path)
        if access is Open.ANYONE:
            assert reach is Reach.NOTHING


def test_no_route_has_the_whole_house() -> None:
    """They are given a limited one by ``house_of``; the application holds the other."""
    folder = Path(__file__).parents[3] / "src" / "wayside" / "serve" / "routes"
    sources = {path.name: path.read_text("utf-8") for path in folder.glob("*.py")}
    assert len(sources) > 10
    for name, source in sources.items():
        assert "state.house" not in source, name
        assert "whole_house" not in source, name


@pytest.mark.parametrize("reach", [Reach.FEED, Reach.JUNCTION, Reach.INCIDENT])
def test_another_groups_object_is_as_though_it_did_not_exist(
    house: House,
    limited: Limited,
    operator: httpx.Client,
    ids: dict[Reach, Ids],
    reach: Reach,
    record_property: Callable[[str, object], None],
) -> None:
    """Each id of another group in each route, each role, session and token."""
    tries = 0
    version = house.site.current().version
    hidden, nothing = ids[reach].hidden, ids[reach].nothing
    assert len(hidden) >= 2
    for (method, path), name in product(routes(reach), hidden):
        if (method, path) == ("PUT", f"{V1}/junctions/{{junction}}"):
            continue  # below: to an unknown one it makes it
        if method == "GET" and not path.endswith("/still.jpg"):
            assert ask(operator, method, path, name).status_code == 200, (path, "is no object")
        for who, client in limited:
            found = ask(client, method, path, name)
            if method != "GET" and ACCESS[method, path] is Role.OPERATOR and "vera" in who:
                assert found.status_code == 403
                continue
            assert found.status_code == 404, (who, method, path, name, found.text)
            otherwise = ask(client, method, path, nothing)
            assert words_of(found, name) == words_of(otherwise, nothing), (who, method, path)
            tries += 1
    record_property("tries", tries)
    assert house.site.current().version == version
    seen = house.archive.incidents(IncidentQuery(acknowledged=True), 10, None)
    assert not seen.items


def test_a_hidden_junction_cannot_be_replaced_nor_a_hidden_feed_named(
    house: House, client_of: Callable[[str], httpx.Client]
) -> None:
    otto = client_of("lim-otto")
    path = f"{V1}/junctions/{{junction}}"
    version = house.site.current().version
    for name in ("cross-hid", "mixed-hid"):
        answer = ask(otto, "PUT", path, name, body=junction(name, "pier"))
        assert answer.status_code == 404
    for name in ("cross", "new"):
        named = ask(otto, "PUT", path, name, body=junction(name, "pier", "tower-hid"))
        unknown = ask(otto, "PUT", path, name, body=junction(name, "pier", "no-such-name"))
        assert named.status_code == 422
        assert words_of(named, "tower-hid") == words_of(unknown, "no-such-name")
    assert house.site.current().version == version
    assert ask(otto, "PUT", path, "new", body=junction("new", "quay")).status_code == 200
    assert ask(otto, "DELETE", path, "new").status_code == 204


def test_a_refusal_does_not_name_what_is_hidden(
    house: House, client_of: Callable[[str], httpx.Client]
) -> None:
    """The movement of pier that goes with this scene is one of mixed-hid's, which is not seen."""
    house.site.set_junction(junction("mixed-hid", "vault-hid", "pier"), None)
    house.site.remove_junction("cross", None)

    def refuse(*_args: Any) -> Any:
        from wayside.serve.house import ConfigRefused
        from wayside.serve.records import SiteProblem

        what = "junction mixed-hid names movement through of pier, which is gone"
        raise ConfigRefused([SiteProblem("site.yaml", 40, what, "Change mixed-hid first")])

    house.site.set_scene = refuse  # type: ignore[method-assign]
    answer = client_of("lim-otto").put(f"{V1}/feeds/pier/scene", json={})
    assert answer.status_code == 422
    assert "-hid" not in answer.text
    assert "another part of the site" in answer.text
    whole = client_of("otto").put(f"{V1}/feeds/pier/scene", json={})
    assert "mixed-hid" in whole.text


def test_own_objects_answer_as_they_do_to_everybody(
    limited: Limited, operator: httpx.Client, ids: dict[Reach, Ids]
) -> None:
    some = [limited[0], limited[-1]]
    for reach in (Reach.FEED, Reach.JUNCTION, Reach.INCIDENT):
        for method, path in routes(reach):
            if method != "GET" or path.endswith("still.jpg"):
                continue
            for name, (who, client) in product(ids[reach].seen[:2], some):
                answer = ask(client, method, path, name)
                assert answer.status_code == 200, (who, path, name)
                if "usual" not in path and "turning" not in path and "tracks" not in path:
                    whole = ask(operator, method, path, name)
                    assert without_what_moves(answer) == without_what_moves(whole)


def without_what_moves(answer: httpx.Response) -> Any:
    if answer.headers["content-type"] != "application/json":
        return answer.content
    found = answer.json()
    if isinstance(found, dict):
        found.pop("status", None)
    return found


def lists(now: datetime) -> Iterator[str]:
    """Every list in each of its forms, with a span that the fake day lies in."""
    span = f"since={rfc3339(now - timedelta(hours=20))}&until={rfc3339(now)}"
    for path in ("/feeds?limit=500", "/junctions", "/events?limit=500", "/metrics-list", "/site"):
        yield V1 + path
    for form in ("json", "csv"):
        yield f"{V1}/measurements?{span}&step_s=3600&format={form}"
        yield f"{V1}/counts?{span}&format={form}"
    yield f"{V1}/truth?{span}"
    yield "/metrics"


def test_lists_hold_nothing_of_other_groups(
    house: House,
    limited: Limited,
    operator: httpx.Client,
    ids: dict[Reach, Ids],
    record_property: Callable[[str, object], None],
) -> None:
    asked = list(lists(house.clock.now()))
    assert {V1 + p for p in ("/site", "/feeds")} <= {each.split("?")[0] for each in asked}
    assert {each.split("?")[0] for each in asked} == {path for _, path in routes(Reach.MANY)}
    for path in asked:
        whole = operator.get(path)
        assert whole.status_code == 200, path
        if path not in (f"{V1}/metrics-list", f"{V1}/site"):
            assert "-hid" in whole.text, (path, "shows nothing that could be hidden")
        for who, client in limited:
            answer = client.get(path)
            assert answer.status_code == 200
            assert "-hid" not in answer.text, (who, path)
            assert not any(each in answer.text for each in ids[Reach.INCIDENT].hidden)
            if path not in (f"{V1}/metrics-list", f"{V1}/site"):
                assert "pier" in answer.text, (who, path, "shows nothing at all")
    record_property("tries", len(asked) * len(limited))


def test_a_filter_by_a_hidden_name_finds_as_little_as_by_no_name(
    house: House, limited: Limited, operator: httpx.Client
) -> None:
    for path in lists(house.clock.now()):
        if path.split("?")[0] in (f"{V1}/site", f"{V1}/junctions", f"{V1}/metrics-list",
                                  f"{V1}/truth", "/metrics"):  # fmt: skip
            continue
        key = "q" if "/feeds" in path else "feed"
        for (_, client), name in product(limited, HIDDEN):
            found = client.get(f"{path}&{key}={name}")
            otherwise = client.get(f"{path}&{key}=no-such-name")
            assert words_of(found, name) == words_of(otherwise, "no-such-name"), path
    assert "-hid" in operator.get(f"{V1}/events?feed=tower-hid").text


def test_pages_of_events_are_whole_and_of_own_feeds(client_of: Callable[..., Any]) -> None:
    vera, otto = client_of("lim-vera"), client_of("otto")
    until = f"until={rfc3339(datetime.fromisoformat('2100-01-01T00:00:00+00:00'))}"
    own: list[str] = []
    cursor = ""
    while True:
        page = vera.get(f"{V1}/events?limit=7&{until}{cursor}").json()
        own += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        assert len(page["items"]) == 7
        cursor = f"&cursor={page['next']}"
    everything = otto.get(f"{V1}/events?limit=500&{until}").json()["items"]
    assert set(own) == {each["id"] for each in everything if each["feed"] in OWN}
    assert len(own) == len(set(own))


def test_the_site_is_told_as_far_as_it_is_ones_own(client_of: Callable[..., Any]) -> None:
    site = client_of("lim-vera").get(f"{V1}/site").json()
    assert site["feeds"]["total"] == len(OWN)
    assert site["workers"] == []
    assert site["redaction_failures"] is None
    assert client_of("vera").get(f"{V1}/site").json()["feeds"]["total"] == len(OWN) + len(HIDDEN)
    metrics = client_of("lim-vera").get("/metrics").text
    assert 'wayside_feed_coverage{feed="pier"}' in metrics
    assert "wayside_worker" not in metrics
    assert "wayside_sink" not in metrics


def test_no_groups_are_no_feeds(house: House, client_of: Callable[..., Any]) -> None:
    nemo = client_of("lim-nemo")
    for path in lists(house.clock.now()):
        text = nemo.get(path).text
        assert "-hid" not in text
        assert "pier" not in text
    assert nemo.get(f"{V1}/feeds").json()["items"] == []


def test_what_is_in_no_group_or_gone_from_the_site_is_seen_by_nobody_limited(
    house: House, client_of: Callable[..., Any], ids: dict[Reach, Ids]
) -> None:
    vera = client_of("lim-vera")
    kept = house.archive.incidents(IncidentQuery(feed="quay"), 1, None).items[0].incident_id
    assert vera.get(f"{V1}/events/{kept}").status_code == 200
    house.site.remove_junction("cross", None)
    house.site.remove("quay", None)
    assert vera.get(f"{V1}/events/{kept}").status_code == 404
    assert client_of("vera").get(f"{V1}/events/{kept}").status_code == 200


def test_a_change_of_groups_holds_at_the_next_request(
    house: House, client_of: Callable[..., Any]
) -> None:
    vera = client_of("lim-vera")
    assert vera.get(f"{V1}/feeds/tower-hid").status_code == 404
    put_in(house, "tower-hid", "harbour")
    assert vera.get(f"{V1}/feeds/tower-hid").status_code == 200
    put_in(house, "tower-hid")
    assert vera.get(f"{V1}/feeds/tower-hid").status_code == 404
    house.accounts.change_user("lim-vera", groups=frozenset({"safe"}))
    assert vera.get(f"{V1}/feeds/vault-hid").status_code == 200
    assert vera.get(f"{V1}/feeds/pier").status_code == 404
    house.accounts.change_user("lim-vera", groups=None)
    assert vera.get(f"{V1}/feeds/pier").status_code == 200


def test_admins_limit_users_and_tokens_and_are_not_limited(
    client_of: Callable[..., Any], url: str
) -> None:
    ada = client_of("ada")
    new = {"name": "nina", "password": PASSWORD, "role": "viewer", "groups": ["harbour"]}
    assert ada.post(f"{V1}/users", json=new).json()["groups"] == ["harbour"]
    with closing(log_in(url, "nina")) as nina:
        assert nina.get(f"{V1}/session").json()["groups"] == ["harbour"]
        assert len(nina.get(f"{V1}/feeds").json()["items"]) == len(OWN)
    changed = ada.patch(f"{V1}/users/nina", json={"role": "operator"}).json()
    assert (changed["role"], changed["groups"]) == ("operator", ["harbour"])
    for path, body in (
        ("/users/nina", {"role": "admin"}),
        ("/users/ada", {"groups": ["harbour"]}),
        ("/users/nina", {"groups": ["Not a name"]}),
    ):
        assert ada.patch(V1 + path, json=body).status_code == 422
    whole = ada.patch(f"{V1}/users/nina", json={"role": "admin", "groups": None}).json()
    assert (whole["role"], whole["groups"]) == ("admin", None)
    token = {"name": "t", "role": "admin", "groups": ["harbour"]}
    assert ada.post(f"{V1}/tokens", json=token).status_code == 422
    made = ada.post(f"{V1}/tokens", json={**token, "role": "viewer"}).json()
    assert made["groups"] == ["harbour"]
    actions = [(e["action"], e["subject"]) for e in ada.get(f"{V1}/audit").json()["items"]]
    assert ("user added", "nina as viewer of groups harbour") in actions
    assert ("groups changed", "nina to every feed") in actions


def test_feeds_are_put_into_groups_by_the_api(client_of: Callable[..., Any]) -> None:
    ada = client_of("ada")
    assert ada.get(f"{V1}/feeds/quay").json()["groups"] == ["bridge", "harbour"]
    assert ada.patch(f"{V1}/feeds/quay", json={"groups": ["safe"]}).json()["groups"] == ["safe"]
    assert ada.patch(f"{V1}/feeds/quay", json={"rate": 5}).json()["groups"] == ["safe"]
    new = {"id": "new", "source": "rtsp://10.0.0.77/live", "groups": ["harbour"]}
    assert ada.post(f"{V1}/feeds", json=new).status_code == 201
    assert client_of("lim-vera").get(f"{V1}/feeds/new").status_code == 200


def test_the_stream_of_events_is_of_own_feeds(
    house: House, limited: Limited, operator: httpx.Client
) -> None:
    archive = house.archive
    assert isinstance(archive, FakeArchive)
    for client in (operator, *(client for _, client in limited)):
        with client.stream("GET", f"{V1}/events/stream", headers={"Last-Event-ID": "0"}) as answer:
            assert answer.status_code == 200
            feeds = set()
            last = archive.add("pier")
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    event = json.loads(line[6:])
                    feeds.add(event["source"].rpartition("/")[2])
                    if event["data"]["incident_id"] == str(last.incident_id):
                        break
        assert feeds == (set(OWN) if client is not operator else {*OWN, *HIDDEN})
