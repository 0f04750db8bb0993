"""What Prometheus reads."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

from wayside.domain.feeds import Attention
from wayside.serve import House
from wayside.serve.metrics import registry_of


def test_prometheus_can_read_it(viewer: httpx.Client, house: House) -> None:
    answer = viewer.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    states = [value for (name, _), value in samples.items() if name == "wayside_feeds"]
    assert sum(states) == len(house.site.current().feeds)
    assert samples["wayside_worker_restarts_total", (("worker", "1"),)] == 1
    assert samples["wayside_live_viewers", ()] == 0
    assert samples["wayside_redaction_failures_total", ()] == 2
    assert samples["wayside_clips_total", (("outcome", "made"),)] == 7
    assert samples["wayside_store_lag_seconds", ()] > 0
    assert ("wayside_feed_condition", (("condition", "frozen"), ("feed", "frozen"))) in samples
    assert ("wayside_feed_coverage", (("feed", "junction"),)) in samples
    assert samples["wayside_feed_asleep", (("feed", "night"),)] == 1
    assert samples["wayside_feed_asleep", (("feed", "junction"),)] == 0
    assert samples["wayside_worker_load", (("worker", "1"),)] == 1.4


def test_each_feed_has_one_attention(viewer: httpx.Client, house: House) -> None:
    found = {
        sample.labels["attention"]: sample.value
        for family in text_string_to_metric_families(viewer.get("/metrics").text)
        for sample in family.samples
        if sample.name == "wayside_feeds_by_attention"
    }
    assert set(found) == {each.value for each in Attention}
    assert sum(found.values()) == len(house.site.current().feeds)
    assert found["asleep"] == 2


def test_two_registries_do_not_meet(house: House) -> None:
    one, two = registry_of(house, lambda: 1), registry_of(house, lambda: 2)
    assert one.get_sample_value("wayside_live_viewers") == 1
    assert two.get_sample_value("wayside_live_viewers") == 2
