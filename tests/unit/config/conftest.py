"""The full site.yaml of made_site.py, and all that a site.yaml may hold."""

import pytest

from made_site import ENV, FULL
from wayside.config import model  # noqa: F401 (all sections are defined by now)
from wayside.config.section import Section


@pytest.fixture
def full() -> str:
    return FULL


@pytest.fixture
def env() -> dict[str, str]:
    return dict(ENV)


def sections(parent: type[Section] = Section) -> list[type[Section]]:
    """Every mapping that site.yaml may hold."""
    found = [parent] if parent.model_fields else []
    return found + [s for child in parent.__subclasses__() for s in sections(child)]
