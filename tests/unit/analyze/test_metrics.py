from __future__ import annotations

import re
from pathlib import Path

import pytest

import wayside.analyze
from wayside.analyze.metrics import METRICS, Combine, metric_of

READING = re.compile(r'Reading\(\s*"(\w+)",\s*[^"]*?"([^"]+)"', re.DOTALL)


def test_every_metric_of_an_analyzer_is_in_the_table_with_its_unit() -> None:
    folder = Path(wayside.analyze.__file__).parent
    made = {pair for file in folder.rglob("*.py") for pair in READING.findall(file.read_text())}
    assert len(made) >= 14
    assert made == {(metric.name, metric.unit) for metric in METRICS}


@pytest.mark.parametrize(
    ("name", "combine"),
    [("queue_max", Combine.MAX), ("near_miss_count", Combine.SUM), ("roughness", Combine.MEAN)],
)
def test_a_metric_that_nobody_described_still_has_words(name: str, combine: Combine) -> None:
    metric = metric_of(name, "u")
    assert (metric.combine, metric.unit) == (combine, "u")
    assert metric.words == name.replace("_", " ").capitalize()
