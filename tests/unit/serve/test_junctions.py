"""Junctions, turning counts and what is usual, from a house that plays its part."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import httpx

from wayside.serve import House

V1 = "/api/v1"
SQUARE = f"{V1}/junctions/station-square"


def test_a_junction_is_read_changed_and_removed(
    viewer: httpx.Client, operator: httpx.Client, house: House
) -> None:
    listed = viewer.get(f"{V1}/junctions")
    assert [each["id"] for each in listed.json()] == ["station-square"]
    found = viewer.get(SQUARE)
    assert found.json()["approaches"][0]["in"] == [
        {"feed": "junction", "line": "north-in", "direction": "forward"}
    ]
    assert viewer.put(SQUARE, json={"approaches": [{"id": "a"}]}).status_code == 403
    changed = {**found.json(), "title": "Market"}
    stale = operator.put(SQUARE, json=changed, headers={"If-Match": '"stale"'})
    assert stale.status_code == 412
    good = operator.put(SQUARE, json=changed, headers={"If-Match": found.headers["ETag"]})
    assert (good.status_code, good.json()["title"]) == (200, "Market")
    assert operator.delete(SQUARE).status_code == 204
    assert viewer.get(SQUARE).status_code == 404
    audit = [(entry.action, entry.subject) for entry in house.accounts.audit_entries()]
    assert ("junction removed", "station-square") in audit


def test_a_junction_of_a_line_that_is_not_there_is_refused(operator: httpx.Client) -> None:
    line = {"feed": "junction", "line": "nowhere", "direction": "forward"}
    answer = operator.put(f"{V1}/junctions/new", json={"approaches": [{"id": "a", "in": [line]}]})
    assert answer.status_code == 422
    assert "there is no line `nowhere`" in answer.text
    assert operator.get(f"{V1}/junctions/new").status_code == 404
    other = operator.put(f"{V1}/junctions/new", json={"id": "old", "approaches": [{"id": "a"}]})
    assert other.status_code == 422


def test_turning_counts_of_a_junction_and_of_one_of_its_feeds(
    viewer: httpx.Client, house: House
) -> None:
    # The half hour that still runs grows between two requests.
    until = house.clock.now().replace(minute=0, second=0, microsecond=0)
    query = {
        "since": (until - timedelta(days=1)).isoformat(),
        "until": until.isoformat(),
        "interval": "30",
    }
    whole = viewer.get(f"{SQUARE}/turning-counts", params=query).json()
    part = viewer.get(f"{V1}/feeds/junction/turning-counts", params=query).json()
    assert len(whole["movements"]) == 12
    assert {each["from"] for each in part["movements"]} == {"north", "south"}
    by_id = {each["movement"]: each["counts"] for each in whole["totals"]}
    for row in part["totals"]:
        assert row["counts"] == by_id[row["movement"]]
        assert row["counts"]["all"] > 0
    assert whole["peak_hour"]["vehicles"] > 0
    assert 0.8 < whole["peak_hour"]["factor"] <= 1
    assert whole["hours_left_out"] >= 3  # of one feed three hours were not watched
    assert [each["bearing_deg"] for each in whole["approaches"]] == [350.0, 85.0, 175.0, 262.0]


def test_turning_counts_as_csv(viewer: httpx.Client) -> None:
    text = viewer.get(f"{SQUARE}/turning-counts", params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert "turning-counts-station-square.csv" in text.headers["content-disposition"]
    assert {row["movement"] for row in rows} >= {"north-left", "west-through"}
    assert {row["complete"] for row in rows} == {"yes", "no"}
    wide = viewer.get(f"{SQUARE}/turning-counts", params={"format": "csv", "layout": "table"})
    assert wide.text.startswith("interval_start,interval_end,north-left,")
    feed = viewer.get(f"{V1}/feeds/motorway/turning-counts").json()
    assert (feed["movements"], feed["peak_hour"]) == ([], None)


def _last_noon(now: datetime) -> datetime:
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    return noon if noon <= now else noon - timedelta(days=1)


def test_what_is_usual_rests_on_the_weeks_that_are_there(
    viewer: httpx.Client, house: House
) -> None:
    until = _last_noon(house.clock.now())  # on a Sunday night nobody drives and nothing is usual
    query = {
        "since": (until - timedelta(hours=3)).isoformat(),
        "until": until.isoformat(),
        "step_s": "3600",
        "weeks": "12",
        "metric": "speed_mean",
        "place": "north-in",
        "zone": "Europe/Vienna",
    }
    (found,) = viewer.get(f"{V1}/feeds/junction/usual", params=query).json()["series"]
    assert found["metric"] == "speed_mean"
    assert {point[4] for point in found["points"]} == {5}
    for _, median, low, high, _ in found["points"]:
        assert low <= median <= high
    none = viewer.get(f"{V1}/feeds/junction/usual", params={**query, "zone": "Atlantis"})
    assert none.status_code == 422
    del query["metric"], query["place"]
    (through,) = viewer.get(f"{SQUARE}/usual", params=query).json()["series"]
    assert through["place_kind"] == "junction"
    assert len(through["points"]) == len(found["points"])
