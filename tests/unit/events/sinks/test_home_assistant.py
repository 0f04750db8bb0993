"""Against what Home Assistant documents as required for each component ("MQTT Discovery")."""

import re

from wayside.events.sinks.home_assistant import Discovery, Entity, slug

DISCOVERY = Discovery("harbour", "1.2", "wayside/harbour/status")


def check(entity: Entity, component: str) -> None:
    prefix, found, object_id, config = entity.topic.split("/")
    assert (prefix, found, config) == ("homeassistant", component, "config")
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", object_id)
    # state_topic is the one required key of both; an entity of a device needs unique_id too.
    assert {"state_topic", "unique_id", "name", "device", "origin"} <= entity.config.keys()
    assert entity.config["device"]["identifiers"]
    assert entity.config["origin"]["name"] == "wayside"
    assert entity.config["availability_topic"] == "wayside/harbour/status"
    assert entity.config["payload_available"] == "online"
    assert entity.config["payload_not_available"] == "offline"


def test_health_is_a_binary_sensor() -> None:
    entity = DISCOVERY.health("north gate/1", "t")
    check(entity, "binary_sensor")
    assert entity.config["device_class"] == "problem"
    assert {entity.config["payload_on"], entity.config["payload_off"]} == {"ON", "OFF"}


def test_a_count_is_a_sensor_of_the_same_device() -> None:
    entity = DISCOVERY.count("north", "L1", "forward", "car", "t")
    check(entity, "sensor")
    assert entity.config["state_class"] == "measurement"
    assert entity.config["name"] == "Count L1 forward car"
    assert entity.config["device"] == DISCOVERY.health("north", "t").config["device"]


def test_names_that_look_alike_stay_apart() -> None:
    assert slug("a b") != slug("a-b")
    assert slug("ab", "c") != slug("a", "bc")
    assert len(slug("x" * 500)) < 100
