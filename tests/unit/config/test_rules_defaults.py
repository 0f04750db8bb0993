"""A rule that site.yaml names without values is the one that its analyzer has without values."""

from dataclasses import MISSING, fields

import pytest

from wayside.analyze.rules import KINDS
from wayside.config import rules as asked


def sections():
    """Each kind with its section of site.yaml."""
    found = {}
    for section in vars(asked).values():
        kind = getattr(section, "model_fields", {}).get("kind")
        if kind is not None and kind.annotation is not None:
            found[kind.examples[0]] = section
    return found


def test_every_kind_of_the_analyzers_can_be_asked_for():
    assert set(sections()) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_defaults_are_those_of_the_analyzer(kind):
    section = sections()[kind]
    for each in fields(KINDS[kind]):
        if each.name in section.model_fields and each.default is not MISSING:
            default = section.model_fields[each.name].default
            assert default == each.default, each.name
