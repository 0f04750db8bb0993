"""The picture of where CPU goes is whole by itself and shows each stage in proportion."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from wayside.report.cost_picture import cost_picture


def test_bars_are_as_long_as_their_stages() -> None:
    text = cost_picture("a < b", [("8 feeds", {"decode": 6.0, "motion": 3.0})])
    root = ET.fromstring(text)
    assert root.tag.endswith("svg")
    widths = re.findall(r'width="([\d.]+)" height="34"', text)
    assert float(widths[0]) == pytest.approx(2 * float(widths[1]))
    assert "decode: 6.00 ms" in text
    assert "a &lt; b" in text


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="nothing"):
        cost_picture("empty", [])
