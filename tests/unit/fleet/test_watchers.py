"""Many viewers of a feed are one subscription, as demanding as the most demanding."""

from __future__ import annotations

import pytest

from wayside.fleet.watchers import Watchers


def test_the_most_demanding_decides_and_the_last_ends_it() -> None:
    watchers = Watchers()
    first = watchers.add("a", 320, 5.0, print)
    second = watchers.add("a", 960, 1.0, print)
    assert watchers.wanted("a") == (960, 5.0)
    watchers.remove("a", second)
    watchers.remove("a", second)
    assert watchers.wanted("a") == (320, 5.0)
    watchers.remove("a", first)
    assert watchers.wanted("a") is None


def test_a_viewer_without_width_is_refused() -> None:
    with pytest.raises(ValueError, match="width"):
        Watchers().add("a", 0, 5.0, print)
