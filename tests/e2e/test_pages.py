"""Every page against a stand-in server, in a real browser; `npm run e2e` in web/ does more."""

from __future__ import annotations

import pytest

from e2e.browsing import drive

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("view", ["dark 1280", "light 390"])
def test_every_page(view: str) -> None:
    drive("run.mjs", view, env={}, patience_s=400.0)
