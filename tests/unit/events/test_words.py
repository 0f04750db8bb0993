from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from wayside.events.words import words_of


@dataclass(frozen=True)
class Happened:
    kind: str
    place: str = ""
    data: dict = field(default_factory=dict)
    lasted_s: float | None = None
    is_open: bool = False


CAR = {"class": "car"}


@pytest.mark.parametrize(
    ("incident", "words"),
    [
        (
            Happened("traffic.stopped_object", "box", CAR, 12.0),
            "A car stood still for 12 s in zone box",
        ),
        (
            Happened("traffic.stopped_object", "box", CAR, None, is_open=True),
            "A car is standing still in zone box",
        ),
        (
            Happened(
                "traffic.queue",
                "north",
                {"vehicles": 12, "length_m": 84.6, "at_least": True},
                is_open=True,
            ),
            "Queue of at least 12 vehicles, 85 m, in zone north",
        ),
        (
            Happened("traffic.queue", "north", {"vehicles": 0, "vehicles_max": 1}, 45.0),
            "Queue of 1 vehicle in zone north for 45 s",
        ),
        (Happened("traffic.congestion", "m1", {}, 600.0), "Congestion in zone m1 for 10 min"),
        (
            Happened("traffic.wrong_way", "lane-1", CAR, None, is_open=True),
            "A car is driving the wrong way in zone lane-1",
        ),
        (
            Happened("traffic.person_on_carriageway", "road", {"class": "person"}, 9.0),
            "A person was on the carriageway for 9 s in zone road",
        ),
        (
            Happened("traffic.object_on_carriageway", "road", {"class": "unknown"}, 90.0),
            "An object lay on the carriageway for 1 min 30 s in zone road",
        ),
        (
            Happened("traffic.line_crossing", "A", {**CAR, "direction": "forward"}, 0.0),
            "A car crossed line A forward",
        ),
        (
            Happened("traffic.movement", "left", {"class": "bus", "travel_time_s": 4.0}),
            "A bus made the movement left in 4 s",
        ),
        (
            Happened("venue.zone_presence", "Z", {"class": "unknown"}, None, is_open=True),
            "An object is in zone Z",
        ),
        (
            Happened("venue.zone_presence", "", {"class": "person"}, 61.0),
            "A person was in the picture for 1 min 01 s",
        ),
        (
            Happened("traffic.near_miss", "", {"classes": ["car", "bicycle"], "ttc_s": 0.84}),
            "Near miss of a car and a bicycle, 0.8 s from contact",
        ),
        (
            Happened(
                "traffic.near_miss",
                "box",
                {"classes": ["unknown", "car"], "ttc_s": None, "pet_s": 0.5},
            ),
            "Near miss of an object and a car in zone box, 0.5 s apart",
        ),
        (
            Happened("traffic.collision", "", {"classes": ["car", "truck"]}, None, is_open=True),
            "Collision of a car and a truck",
        ),
        (
            Happened("traffic.braking_wave", "lane-1", {"vehicles": 5}, 20.0),
            "Braking wave of 5 vehicles in zone lane-1 for 20 s",
        ),
        (Happened("health.view_moved", "", {}, 3.0), "View moved for 3 s"),
        (
            Happened("health.frozen", "", {"words": "The picture is frozen"}),
            "The picture is frozen",
        ),
        (Happened("crowd.surge", "gate", {"class": "martian"}), "Surge in gate: An object"),
    ],
)
def test_what_happened_in_words(incident: Happened, words: str) -> None:
    assert words_of(incident) == words


def test_an_open_incident_may_be_told_as_past() -> None:
    incident = Happened("venue.zone_presence", "Z", CAR, None, is_open=True)
    assert words_of(incident, if_open="not over yet") == "A car was in zone Z, not over yet"
