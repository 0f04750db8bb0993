"""What the routes answer, each on a house that plays its part."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest

from wayside.domain.errors import StoreError
from wayside.domain.feeds import Attention, FeedState, FeedStatus, LivePicture
from wayside.domain.time import MediaTime
from wayside.redact.encode_video import ClipWriter
from wayside.redact.frame import seal
from wayside.serve import House, telling
from wayside.serve.records import CoveredClip, StoredIncident
from wayside.testing.fake_archive import FakeArchive
from wayside.testing.fake_fleet import FakeFleet
from wayside.testing.fake_house import PASSWORD, close, fake_house
from wayside.testing.fake_site import SCENE

from .conftest import log_in

V1 = "/api/v1"


def archive_of(house: House) -> FakeArchive:
    assert isinstance(house.archive, FakeArchive)
    return house.archive


def test_site(viewer: httpx.Client) -> None:
    found = viewer.get(f"{V1}/site").json()
    assert found["site"] == "fake-town"
    assert found["demo"] is True
    assert found["redaction"] == {"on": True, "style": "solid"}
    states = {name: n for name, n in found["feeds"].items() if name != "total"}
    assert sum(states.values()) == found["feeds"]["total"] == 9
    assert found["started"].endswith("Z")
    assert 0 < found["lag_p95_s"] < 1
    assert found["cores"] == 2
    assert [each["load"] for each in found["workers"]] == [0.71, 1.4]


def test_attention_is_told_of_each_feed_and_in_total(viewer: httpx.Client) -> None:
    feeds = {each["id"]: each for each in viewer.get(f"{V1}/feeds").json()["items"]}
    live = [each["status"] for each in feeds.values() if each["status"]["state"] == "live"]
    told = Counter(each["attention"] for each in live)
    totals = viewer.get(f"{V1}/site").json()["attention"]
    assert totals == {name: told[name] for name in ("watched", "asleep", "keyframes")}
    assert totals["asleep"] == 2
    assert totals["keyframes"] == 1
    assert feeds["night"]["status"]["asleep"] == 0.83


def test_a_feed_that_is_not_live_has_no_attention(house: House) -> None:
    gone = FeedStatus("junction", FeedState.RETRYING, attention=Attention.WATCHED)

    class Lost(FakeFleet):
        def statuses(self) -> dict[str, FeedStatus]:
            return {"junction": gone}

    fleet = Lost(house.clock)
    try:
        found = telling.site(replace(house, fleet=fleet))
    finally:
        fleet.close()
    assert found.attention.model_dump() == {"watched": 0, "asleep": 0, "keyframes": 0}


def test_feeds_in_pages(viewer: httpx.Client) -> None:
    seen, cursor = [], None
    while True:
        params = {"limit": 4} | ({"cursor": cursor} if cursor else {})
        page = viewer.get(f"{V1}/feeds", params=params).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == 9
    assert seen == sorted(seen)


def test_feeds_by_state_and_text(viewer: httpx.Client) -> None:
    live = viewer.get(f"{V1}/feeds", params={"state": "live", "q": "JUNC"}).json()["items"]
    assert [each["id"] for each in live] == ["junction"]
    assert viewer.get(f"{V1}/feeds", params={"state": "refused"}).json()["items"] == []
    assert viewer.get(f"{V1}/feeds", params={"state": "asleep"}).status_code == 422


def test_a_feed_is_added_changed_and_removed(admin: httpx.Client, house: House) -> None:
    made = admin.post(
        f"{V1}/feeds",
        json={"id": "mast-1", "source": "rtsp://joe:canary-1@10.0.0.7/a", "password": "canary-2"},
    )
    assert made.status_code == 201
    assert made.headers["location"] == f"{V1}/feeds/mast-1"
    assert made.json()["source"] == "rtsp://***@10.0.0.7/a"
    entry = house.site.current().feed("mast-1")
    assert entry is not None
    assert entry.source.password == "canary-2"
    changed = admin.patch(f"{V1}/feeds/mast-1", json={"transport": "udp"})
    assert changed.json()["transport"] == "udp"
    entry = house.site.current().feed("mast-1")
    assert entry is not None
    assert entry.source.password == "canary-2"
    listed = admin.get(f"{V1}/feeds").text
    assert "canary" not in made.text + changed.text + listed + repr(entry)
    assert (
        admin.post(f"{V1}/feeds", json={"id": "mast-1", "source": "rtsp://x/"}).status_code == 409
    )
    assert admin.delete(f"{V1}/feeds/mast-1").status_code == 204
    assert admin.get(f"{V1}/feeds/mast-1").status_code == 404
    said = [(e.action, e.subject) for e in house.accounts.audit_entries()]
    assert ("feed added", "mast-1") in said
    assert ("feed removed", "mast-1") in said


def test_ones_own_password(viewer: httpx.Client, url: str) -> None:
    new = "another three words"
    wrong = viewer.put(f"{V1}/session/password", json={"old": "canary-old", "new": new})
    assert (wrong.status_code, wrong.json()["where"]) == (403, "old")
    poor = viewer.put(f"{V1}/session/password", json={"old": PASSWORD, "new": "canary"})
    assert poor.status_code == 422
    assert "canary" not in wrong.text + poor.text
    assert viewer.get(f"{V1}/session").status_code == 200
    with closing(log_in(url, "vera")) as other:
        made = viewer.put(f"{V1}/session/password", json={"old": PASSWORD, "new": new})
        assert (made.status_code, made.content) == (204, b"")
        assert other.get(f"{V1}/session").status_code == 401
    assert viewer.get(f"{V1}/session").json()["user"] == "vera"
    assert viewer.post(f"{V1}/session", json={"user": "vera", "password": new}).status_code == 200


def test_the_audit_log_in_pages_newest_first(
    admin: httpx.Client, house: House, tmp_path: Path
) -> None:
    for name in ("mast-1", "mast-2", "mast-3"):
        admin.post(f"{V1}/feeds", json={"id": name, "source": "rtsp://x/"})
    seen, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        found = admin.get(f"{V1}/audit", params=params).json()
        assert (found["is_sound"], found["first_broken"]) == (True, None)
        seen += found["items"]
        cursor = found["next"]
        if cursor is None:
            break
    assert [each["number"] for each in seen] == list(range(len(seen), 0, -1))
    assert len(seen) == len(house.accounts.audit_entries())
    assert (seen[0]["who"], seen[0]["action"], seen[0]["subject"]) == (
        "ada",
        "feed added",
        "mast-3",
    )
    assert seen[0]["at"].endswith("Z")
    assert admin.get(f"{V1}/audit", params={"cursor": "x"}).status_code == 422
    other = sqlite3.connect(tmp_path / "accounts.db", isolation_level=None)
    other.execute("UPDATE audit SET subject = 'mast-9' WHERE number = 2")
    other.close()
    found = admin.get(f"{V1}/audit").json()
    assert (found["is_sound"], found["first_broken"]) == (False, 2)


def test_a_view_that_has_moved_is_confirmed_by_an_operator(
    tmp_path: Path, serve_house: Callable[..., str]
) -> None:
    made = fake_house(tmp_path, feeds=["moved", "junction"])
    try:
        with closing(log_in(serve_house(made), "otto")) as operator:
            before = operator.get(f"{V1}/feeds/moved").json()["status"]
            assert before["conditions"] == ["view_moved"]
            assert operator.post(f"{V1}/feeds/moved/view/confirm").status_code == 202
            assert operator.get(f"{V1}/feeds/moved").json()["status"]["conditions"] == []
            again = operator.post(f"{V1}/feeds/moved/view/confirm")
            assert (again.status_code, again.json()["title"] != "") == (409, True)
            assert operator.post(f"{V1}/feeds/junction/view/confirm").status_code == 409
            assert operator.post(f"{V1}/feeds/none/view/confirm").status_code == 404
        said = [(e.who, e.action, e.subject) for e in made.accounts.audit_entries()]
        assert said.count(("otto", "view confirmed", "moved")) == 1
    finally:
        close(made)


def test_a_bad_address_is_refused_with_a_remedy(admin: httpx.Client) -> None:
    answer = admin.post(f"{V1}/feeds", json={"id": "x", "source": "gopher://hidden-word@x"})
    assert answer.status_code == 422
    assert answer.json()["remedy"]
    assert "hidden-word" not in answer.text


def test_what_is_wrong_is_told_and_never_repeated(admin: httpx.Client) -> None:
    answer = admin.post(
        f"{V1}/feeds", json={"id": "NOT OK", "source": "a", "password": 7, "pass": "hidden-word"}
    )
    assert answer.status_code == 422
    assert {each["where"] for each in answer.json()["errors"]} == {"id", "password", "pass"}
    assert "hidden-word" not in answer.text
    assert "NOT OK" not in answer.text


def test_a_masked_address_is_not_taken_for_one(admin: httpx.Client) -> None:
    admin.post(f"{V1}/feeds", json={"id": "mast-1", "source": "rtsp://joe:pw@10.0.0.7/a"})
    shown = admin.get(f"{V1}/feeds/mast-1").json()["source"]
    answer = admin.patch(f"{V1}/feeds/mast-1", json={"source": shown})
    assert answer.status_code == 422
    assert "masked" in answer.json()["errors"][0]["what"]


def test_a_stale_change_is_refused(operator: httpx.Client) -> None:
    first = operator.get(f"{V1}/feeds/junction/scene")
    scene = {**SCENE, "anchor": "centre"}
    path, match = f"{V1}/feeds/junction/scene", {"If-Match": first.headers["etag"]}
    done = operator.put(path, json=scene, headers=match)
    assert done.status_code == 200
    assert done.json()["anchor"] == "centre"
    assert done.headers["etag"] != first.headers["etag"]
    stale = operator.put(path, json=SCENE, headers=match)
    assert stale.status_code == 412
    assert stale.json()["remedy"]
    assert operator.get(path).json()["anchor"] == "centre"
    assert operator.put(path, json=SCENE, headers={"If-Match": "*"}).status_code == 200


def test_a_bad_scene_is_refused_with_its_faults(operator: httpx.Client) -> None:
    scene = {"lines": [{"id": "a", "a": [0, 0], "b": [0, 0]}], "zone": []}
    answer = operator.put(f"{V1}/feeds/junction/scene", json=scene)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 2


def test_rules_are_kept(operator: httpx.Client) -> None:
    path = f"{V1}/feeds/junction/rules"
    (rule,) = operator.put(path, json=[{"kind": "stopped", "min_stop_s": 30.0}]).json()
    assert (rule["kind"], rule["zone"], rule["min_stop_s"]) == ("stopped", None, 30.0)
    rules = [rule]
    assert operator.get(path).json() == rules
    assert operator.put(path, json=[{"kind": "face"}]).status_code == 422


def test_a_preview_counts_on_kept_paths(operator: httpx.Client) -> None:
    answer = operator.post(
        f"{V1}/feeds/junction/scene/preview", json={"scene": SCENE, "minutes": 10}
    )
    found = answer.json()
    assert found["paths"] > 5
    crossed = [n for way in found["lines"]["across"].values() for n in way.values()]
    assert sum(crossed) == found["paths"]
    assert found["zones"]["box"]["visits"] == found["paths"]


def test_an_import_changes_all_or_nothing(admin: httpx.Client) -> None:
    path, kind = f"{V1}/feeds/import", {"Content-Type": "text/csv; charset=utf-8"}
    good = "id,source,transport\nmast-1,rtsp://10.0.0.7/a,udp\n\nmast-2,rtsp://10.0.0.8/a,\n"
    tried = admin.post(path, content=good, headers=kind, params={"dry_run": True}).json()
    assert tried["added"] == ["mast-1", "mast-2"]
    assert admin.get(f"{V1}/feeds/mast-1").status_code == 404
    bad = f"{good}MAST,rtsp://10.0.0.9/\n"
    refused = admin.post(path, content=bad, headers=kind).json()
    assert [each["row"] for each in refused["problems"]] == [4]
    assert refused["added"] == []
    assert admin.get(f"{V1}/feeds/mast-1").status_code == 404
    assert admin.post(path, content=good, headers=kind).json()["added"] == ["mast-1", "mast-2"]
    assert admin.get(f"{V1}/feeds/mast-1").json()["transport"] == "udp"
    again = admin.post(path, json={"feeds": [{"id": "mast-1", "source": "rtsp://10.0.0.7/b"}]})
    assert again.json()["updated"] == ["mast-1"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"\xff\xfe", "text/csv", 422),
        (b"name,address\n", "text/csv", 422),
        (b'id,source\n"a', "text/csv", 422),
        (b"", "text/csv", 422),
        (b"[]", "application/json", 422),
        (b"{", "application/json", 422),
        (b"[" * 100_000, "application/json", 422),
        (b"x", "text/plain", 415),
    ],
)
def test_an_import_that_is_none(
    admin: httpx.Client, content: bytes, kind: str, status: int
) -> None:
    answer = admin.post(f"{V1}/feeds/import", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status


def test_a_source_is_tried(admin: httpx.Client) -> None:
    good = admin.post(f"{V1}/feeds/probe", json={"source": "rtsp://10.0.0.7/a"}).json()
    assert good["ok"] is True
    assert good["still"].startswith("data:image/jpeg;base64,/9j/")
    bad = admin.post(f"{V1}/feeds/probe", json={"source": "rtsp://bad/a"}).json()
    assert bad["ok"] is False
    assert bad["still"] is None
    assert bad["remedy"]


def test_a_still_is_a_jpeg(viewer: httpx.Client) -> None:
    answer = viewer.get(f"{V1}/feeds/junction/still.jpg", params={"width": 320})
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert viewer.get(f"{V1}/feeds/nothing/still.jpg").status_code == 404


def test_what_is_no_covered_picture_never_leaves(
    house: House, serve_house: Callable[..., str]
) -> None:
    class Raw:
        jpeg = b"raw pixels"

    class Impostor(LivePicture):
        pass

    class LeakyFleet:
        def __init__(self, picture: object) -> None:
            self.picture = picture

        def still(self, *_: Any) -> object:
            return self.picture

        def statuses(self) -> dict[str, Any]:
            return {}

    fake = house.fleet.still("junction", 64)
    assert fake is not None
    fields = {name: getattr(fake, name) for name in LivePicture.__dataclass_fields__}
    for picture in (Raw(), b"raw pixels", Impostor(**{**fields, "jpeg": b"raw pixels"})):
        client = log_in(serve_house(house, fleet=LeakyFleet(picture)), "vera")
        answer = client.get(f"{V1}/feeds/junction/still.jpg")
        client.close()
        assert answer.status_code == 500
        assert b"raw pixels" not in answer.content


def test_paths_carry_no_id(viewer: httpx.Client) -> None:
    items = viewer.get(f"{V1}/feeds/junction/tracks", params={"limit": 3}).json()["items"]
    assert len(items) == 3
    assert all(set(each) == {"class", "start", "end", "points"} for each in items)


def test_events_in_pages_newest_first(viewer: httpx.Client) -> None:
    first = viewer.get(f"{V1}/events", params={"limit": 20}).json()
    second = viewer.get(f"{V1}/events", params={"limit": 20, "cursor": first["next"]}).json()
    starts = [each["start"] for each in first["items"] + second["items"]]
    assert len(set(starts)) > 30
    assert starts == sorted(starts, reverse=True)
    assert viewer.get(f"{V1}/events", params={"cursor": "%%"}).status_code == 422


def test_events_are_filtered(viewer: httpx.Client) -> None:
    query = {"kind": "traffic.", "feed": "junction", "limit": 500}
    found = viewer.get(f"{V1}/events", params=query).json()["items"]
    assert found
    assert all(each["kind"].startswith("traffic.") for each in found)
    assert {each["feed"] for each in found} == {"junction"}
    cars = viewer.get(f"{V1}/events", params={"class": "car", "limit": 500}).json()["items"]
    assert cars
    assert {each["class"] for each in cars} == {"car"}


def test_an_event_in_words_with_its_phases(viewer: httpx.Client, house: House) -> None:
    made = archive_of(house).add("junction")
    found = viewer.get(f"{V1}/events/{made.incident_id}").json()
    label, way = made.data["class"], made.data["direction"]
    assert f"{label} crossed line across {way}" in found["words"]
    assert [each["phase"] for each in found["phases"]] == ["instant"]
    still = viewer.get(f"{V1}/events/{made.incident_id}/still.jpg")
    assert still.headers["content-type"] == "image/jpeg"
    assert viewer.get(f"{V1}/events/{made.incident_id}/clip.mp4").status_code == 404
    assert len(viewer.get(f"{V1}/events/{made.incident_id}/path").json()["points"]) == 21
    assert viewer.get(f"{V1}/events/not-a-uuid").status_code == 422


def test_a_clip_is_sent(house: House, serve_house: Callable[..., str]) -> None:
    class WithClip(FakeArchive):
        def clip(self, _incident_id: Any) -> CoveredClip:
            return CoveredClip(b"\0\0\0\x18ftypmp42")

    archive = WithClip(house.clock, ["junction"])
    made = archive.add("junction")
    client = log_in(serve_house(house, archive=archive), "vera")
    answer = client.get(f"{V1}/events/{made.incident_id}/clip.mp4")
    client.close()
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.content.endswith(b"mp42")


def made_clip() -> bytes:
    writer = ClipWriter(64, 48, pictures=8, rate_hint=8)
    for n in range(8):
        time = MediaTime(n, Fraction(1, 8), n / 8)
        writer.write(seal(np.full((48, 64, 3), 30 * n, np.uint8), time))
    made = writer.close()
    assert made is not None
    return made


def test_a_served_clip_plays_whole_and_in_the_ranges_that_players_ask_for(
    house: House, serve_house: Callable[..., str]
) -> None:
    made = made_clip()

    class WithClip(FakeArchive):
        def clip(self, _incident_id: Any) -> CoveredClip:
            return CoveredClip(made)

    archive = WithClip(house.clock, ["junction"])
    path = f"{V1}/events/{archive.add('junction').incident_id}/clip.mp4"
    with closing(log_in(serve_house(house, archive=archive), "vera")) as client:
        whole = client.get(path)
        assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
        with av.open(io.BytesIO(whole.content)) as file:
            assert file.streams.video[0].codec_context.name == "h264"
            assert sum(1 for _ in file.decode(video=0)) == 8
        size = len(made)
        for wanted, first, stop in (
            ("bytes=0-1", 0, 2),
            ("bytes=100-", 100, size),
            ("bytes=-50", size - 50, size),
            (f"bytes=10-{size * 9}", 10, size),
            (f"bytes=-{size * 9}", 0, size),
        ):
            part = client.get(path, headers={"Range": wanted})
            assert part.status_code == 206
            assert part.headers["content-range"] == f"bytes {first}-{stop - 1}/{size}"
            assert part.content == made[first:stop]
        for odd in (
            "bytes=-",
            "bytes=5-2",
            "bytes=-0",
            f"bytes={size}-",
            "lines=0-1",
            "0-1,3-4",
        ):
            assert client.get(path, headers={"Range": odd}).content == made


def test_an_event_is_acknowledged_and_taken_back(operator: httpx.Client, house: House) -> None:
    made = archive_of(house).add("junction")
    path = f"{V1}/events/{made.incident_id}/acknowledgement"
    seen = operator.post(path, json={"note": "a lorry, all well"}).json()["acknowledged"]
    assert (seen["by"], seen["note"]) == ("otto", "a lorry, all well")
    listed = operator.get(f"{V1}/events", params={"acknowledged": True}).json()["items"]
    assert [each["id"] for each in listed] == [str(made.incident_id)]
    assert operator.delete(path).json()["acknowledged"] is None
    assert operator.post(path).json()["acknowledged"]["note"] == ""


def test_measurements_as_json_and_csv(viewer: httpx.Client, house: House) -> None:
    until = house.clock.now()
    query = {
        "metric": "count",
        "feed": "junction",
        "place": "across",
        "since": (until - timedelta(hours=2)).isoformat(),
        "until": (until + timedelta(hours=1)).isoformat(),
        "step_s": 3600,
    }
    found = viewer.get(f"{V1}/measurements", params=query).json()
    assert found["step_s"] == 3600
    for series in found["series"]:
        assert len(series["points"]) == 3
        assert series["points"][0][1] > 0
        assert series["points"][2][1:] == [None, 0.0]
    text = viewer.get(f"{V1}/measurements", params=query, headers={"Accept": "text/csv"})
    rows = list(csv.reader(io.StringIO(text.text)))
    assert text.headers["content-type"].startswith("text/csv")
    assert len(rows) == 1 + 3 * len(found["series"])
    assert rows[3][-2:] == ["", "0.0"]
    assert viewer.get(f"{V1}/measurements", params={"step_s": 1}).status_code == 422


def test_no_more_values_are_told_than_one_answer_may_have(
    viewer: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wayside.serve.routes.measurements._POINTS", 24)
    query = {"metric": "speed_mean", "feed": "junction", "place": "across", "step_s": 3600}
    assert viewer.get(f"{V1}/measurements", params=query).status_code == 200
    answer = viewer.get(f"{V1}/measurements", params=query | {"step_s": 60})
    assert (answer.status_code, answer.json()["detail"]) == (422, "that is more than 24 values")
    assert "longer steps" in answer.json()["remedy"]


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-01-01T00:00:00"},
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"since": "0001-01-01T00:00:00Z"},
        {"since": "yesterday"},
        {"step_s": 0},
        {"format": "xml"},
    ],
)
def test_a_bad_span_is_refused(viewer: httpx.Client, query: dict[str, Any]) -> None:
    answer = viewer.get(f"{V1}/measurements", params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_counts_metrics_and_truth(viewer: httpx.Client) -> None:
    rows = viewer.get(f"{V1}/counts", params={"feed": "junction"}).json()["rows"]
    assert sum(each["count"] for each in rows) > 0
    text = viewer.get(f"{V1}/counts", params={"format": "csv"}).text
    assert text.startswith("feed,place_kind,place,direction,class,count,coverage\r\n")
    metrics = viewer.get(f"{V1}/metrics-list").json()
    assert {"metric": "speed_mean", "unit": "m/s", "words": "mean speed over a line"} in metrics
    truth = viewer.get(f"{V1}/truth").json()
    assert truth["counted"] <= truth["true"]
    assert 0.9 < truth["matched"] <= 1


def test_there_is_no_truth_without_a_demo(house: House, serve_house: Callable[..., str]) -> None:
    client = log_in(serve_house(house, truth=None), "vera")
    assert client.get(f"{V1}/truth").status_code == 404
    client.close()


def test_numbers_that_json_has_no_word_for(house: House, serve_house: Callable[..., str]) -> None:
    class Odd(FakeArchive):
        def incident(self, incident_id: Any) -> StoredIncident | None:
            found = super().incident(incident_id)
            data = {"speed_mps": float("nan"), "x": float("inf")}
            return found and replace(found, data=data)

    archive = Odd(house.clock, ["junction"])
    made = archive.add("junction")
    client = log_in(serve_house(house, archive=archive), "vera")
    answer = client.get(f"{V1}/events/{made.incident_id}")
    client.close()
    assert answer.status_code == 200
    assert answer.json()["data"] == {"speed_mps": None, "x": None}


def test_a_store_that_fails_is_503_without_its_path(
    house: House, serve_house: Callable[..., str]
) -> None:
    class Broken(FakeArchive):
        def metrics(self) -> Any:
            raise StoreError("the disk is full", where="/srv/hidden/wayside.db")

        def totals(self, *_: Any) -> Any:
            raise ZeroDivisionError("secret detail")

    client = log_in(serve_house(house, archive=Broken(house.clock, [])), "vera")
    full, broken = client.get(f"{V1}/metrics-list"), client.get(f"{V1}/counts")
    client.close()
    assert full.status_code == 503
    assert "hidden" not in full.text
    assert broken.status_code == 500
    assert broken.headers["content-type"] == "application/problem+json"
    assert "secret" not in broken.text
    assert "nosniff" in broken.headers["x-content-type-options"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api", 404),
        ("POST", "/api/v1/site", 405),
        ("DELETE", "/healthz", 405),
        ("GET", "/nothing.js", 404),
        ("GET", "/../../etc/passwd.txt", 404),
    ],
)
def test_wrong_ways_are_problems(admin: httpx.Client, method: str, path: str, status: int) -> None:
    answer = admin.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == status
    assert found["title"]
    assert ("allow" in answer.headers) == (status == 405)


def test_a_session_from_login_to_logout(anyone: httpx.Client) -> None:
    assert anyone.get(f"{V1}/session").status_code == 401
    wrong = anyone.post(f"{V1}/session", json={"user": "ada", "password": "hidden-word"})
    assert wrong.status_code == 401
    assert "hidden-word" not in wrong.text
    right = anyone.post(f"{V1}/session", json={"user": "ada", "password": PASSWORD})
    cookie = right.headers["set-cookie"]
    assert cookie.startswith("wayside=")
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "Path=/" in cookie
    assert anyone.get(f"{V1}/session").json() == {
        "user": "ada",
        "role": "admin",
        "must_create_user": False,
        "groups": None,
    }
    kept = dict(anyone.cookies)
    assert anyone.delete(f"{V1}/session").status_code == 204
    anyone.cookies.update(kept)
    assert anyone.get(f"{V1}/session").status_code == 401
    assert anyone.post(f"{V1}/session", json={"user": "ada"}).status_code == 422


def test_guessing_is_answered_with_429(anyone: httpx.Client) -> None:
    body = {"user": "ada", "password": "wrong wrong wrong"}
    answers = [anyone.post(f"{V1}/session", json=body) for _ in range(9)]
    assert [each.status_code for each in answers] == [401] * 8 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_users_and_tokens_are_managed(admin: httpx.Client, url: str) -> None:
    body = {"name": "nora", "password": "nine quiet otters", "role": "operator"}
    assert admin.post(f"{V1}/users", json=body).status_code == 201
    assert admin.post(f"{V1}/users", json=body).status_code == 422
    names = [each["name"] for each in admin.get(f"{V1}/users").json()["items"]]
    assert names == ["ada", "nora", "otto", "vera"]
    assert admin.patch(f"{V1}/users/nora", json={"role": "viewer"}).json()["role"] == "viewer"
    assert admin.delete(f"{V1}/users/nora").status_code == 204
    assert admin.delete(f"{V1}/users/ada").status_code == 422
    made = admin.post(f"{V1}/tokens", json={"name": "grafana", "days": 3}).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert httpx.get(f"{url}{V1}/site", headers=headers).status_code == 200
    listed = admin.get(f"{V1}/tokens")
    assert made["token"] not in listed.text
    assert listed.json()["items"][0]["expires"] > datetime.now(UTC).isoformat()
    assert admin.delete(f"{V1}/tokens/{made['id']}").status_code == 204
    assert httpx.get(f"{url}{V1}/site", headers=headers).status_code == 401


def test_ready_only_with_store_and_workers(house: House, serve_house: Callable[..., str]) -> None:
    class Full(FakeArchive):
        def is_writable(self) -> bool:
            return False

    class NoWorkers:
        def workers(self) -> list[Any]:
            return []

    full = serve_house(house, archive=Full(house.clock, []))
    assert httpx.get(f"{full}/readyz").status_code == 503
    assert httpx.get(f"{full}/healthz").text == "ok\n"
    idle = serve_house(house, fleet=NoWorkers())
    assert httpx.get(f"{idle}/readyz").status_code == 503
    assert httpx.get(f"{serve_house(house)}/readyz").text == "ready\n"
