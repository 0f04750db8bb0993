from dataclasses import fields
from typing import get_args

import pytest
from pydantic import ValidationError

from wayside.analyze.rules import KINDS
from wayside.config import model
from wayside.config.load import parse_site
from wayside.domain.scene import Anchor, ControlPoint, Line, Movement, Zone

from .conftest import sections

SECTIONS = sections()


def test_geometry_is_plain_domain_values(full, env):
    geometry = parse_site(full, env=env).feeds[0].geometry()
    assert geometry.anchor is Anchor.CENTRE
    assert geometry.lines[0] == Line("north-in", (0.1, 0.5), (0.9, 0.5))
    assert geometry.zones[0] == Zone("box", ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)))
    assert geometry.movements == (Movement("north-to-east", "north-in", "east-out"),)
    assert geometry.control_points[0] == ControlPoint((0.1, 0.2), (0.0, 12.5))
    assert geometry.private_zones[0].id == "windows"


def test_a_feed_without_a_scene_has_an_empty_geometry():
    site = parse_site("site: s\nfeeds: [{id: f, source: f.mp4}]\n", env={})
    assert site.feeds[0].geometry().lines == ()
    assert site.feeds[0].geometry().control_points == ()


def test_rules_are_plain_values(full, env):
    rules = parse_site(full, env=env).feeds[0].asked()
    defaults = {"longest_red_s": 120.0, "bus_stop_s": 90.0}
    assert rules == (
        {"kind": "stopped", "zone": "box", "min_stop_s": 12.0, **defaults},
        {"kind": "stopped", "zone": None, "min_stop_s": 10.0, **defaults},
    )


def test_every_kind_of_rule_reaches_its_dataclass_with_every_key():
    for kind, rule in KINDS.items():
        section = next(s for s in sections() if kind in _kinds(s))
        assert set(section.model_fields) - {"kind"} <= {field.name for field in fields(rule)}, kind


def _kinds(section):
    field = section.model_fields.get("kind")
    return get_args(field.annotation) if field else ()


def test_a_feed_is_found_by_its_id(full, env):
    site = parse_site(full, env=env)
    assert site.feed("mast-2").source == "mast 2.mp4"
    with pytest.raises(KeyError):
        site.feed("mast-3")


def test_a_site_cannot_be_changed(full, env):
    with pytest.raises(ValidationError):
        parse_site(full, env=env).site = "other"


@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: s.__name__)
def test_every_key_is_described_and_no_section_is_open(section):
    assert section.model_config["extra"] == "forbid"
    for name, field in section.model_fields.items():
        assert field.description, name


@pytest.mark.parametrize("name", ["", "-a", "A", "a b", "a/b", "ä", "a" * 64, "a\n", "../x"])
def test_a_site_name_is_safe_in_files_and_addresses(name):
    with pytest.raises(ValidationError):
        model.Site(site=name, feeds=())


def test_the_longest_name_is_63():
    assert model.Site(site="a" * 63, feeds=()).site == "a" * 63
