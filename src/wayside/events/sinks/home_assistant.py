"""How Home Assistant finds a site by itself: the retained discovery messages of its entities.

Home Assistant, "MQTT Discovery": ``<prefix>/<component>/<object_id>/config``.
One device for each feed; the site is the device that they hang on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PAYLOAD_ONLINE, PAYLOAD_OFFLINE = "online", "offline"


@dataclass(frozen=True, slots=True)
class Entity:
    """topic: of its discovery. config: what is published there, retained."""

    topic: str
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Discovery:
    """prefix: where Home Assistant listens. availability: topic with online or offline."""

    site: str
    version: str
    availability: str
    prefix: str = "homeassistant"

    def health(self, feed: str, state_topic: str) -> Entity:
        """On while the feed has a problem; its state and the reason are attributes."""
        return self._entity(
            "binary_sensor",
            feed,
            "problem",
            {
                "name": "Problem",
                "device_class": "problem",
                "entity_category": "diagnostic",
                "state_topic": state_topic,
                "value_template": "{{ 'ON' if value_json.problem else 'OFF' }}",
                "payload_on": "ON",
                "payload_off": "OFF",
                "json_attributes_topic": state_topic,
            },
        )

    def count(
        self, feed: str, place: str, direction: str, class_label: str, state_topic: str
    ) -> Entity:
        """How many in the latest window, with the window and its coverage as attributes."""
        words = [place, direction, class_label or "all"]
        return self._entity(
            "sensor",
            feed,
            "-".join(["count", *words]),
            {
                "name": " ".join(["Count", *(word for word in words if word)]),
                "state_class": "measurement",
                "unit_of_measurement": "objects",
                "icon": "mdi:counter",
                "state_topic": state_topic,
                "value_template": "{{ value_json.value }}",
                "json_attributes_topic": state_topic,
            },
        )

    def _entity(self, component: str, feed: str, what: str, config: dict[str, Any]) -> Entity:
        unique_id = slug("wayside", self.site, feed, what)
        site_id, feed_id = slug("wayside", self.site), slug("wayside", self.site, feed)
        return Entity(
            f"{self.prefix}/{component}/{unique_id}/config",
            {
                **config,
                "unique_id": unique_id,
                "object_id": unique_id,
                "availability_topic": self.availability,
                "payload_available": PAYLOAD_ONLINE,
                "payload_not_available": PAYLOAD_OFFLINE,
                "qos": 1,
                "device": {
                    "identifiers": [feed_id],
                    "name": feed,
                    "manufacturer": "wayside",
                    "model": "Feed",
                    "via_device": site_id,
                },
                "origin": {"name": "wayside", "sw_version": self.version},
            },
        )


def slug(*names: str) -> str:
    """Letters, digits, ``_`` and ``-`` only, and still different for different names."""
    plain = "_".join(re.sub(r"[^A-Za-z0-9_-]+", "-", name) for name in names)
    digest = hashlib.sha256("\0".join(names).encode()).hexdigest()[:8]
    return f"{plain[:80]}_{digest}"
