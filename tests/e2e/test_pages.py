"""Every page against a stand-in server, in a real browser: see web/e2e/run.mjs."""

from __future__ import annotations

import pytest

from e2e.browsing import drive

pytestmark = pytest.mark.slow


def test_every_page_and_the_ways_through_it() -> None:
    drive("run.mjs", {}, patience_s=550.0)
