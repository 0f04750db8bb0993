"""What Prometheus scrapes, read from the house at the moment of the scrape.

``/metrics`` names feeds and says how they do, so it asks for a session or a
token of a viewer. Only where the house says so does it answer this machine
without one: a reverse proxy on the same machine makes all the world look
local, so that is off unless someone who knows his machine turns it on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from wayside.domain.feeds import Attention, FeedState, FeedStatus
from wayside.serve.house import House


def registry_of(house: House, viewers: Callable[[], int]) -> CollectorRegistry:
    """A registry of its own: two applications in one process do not meet."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_HouseCollector(house, viewers))
    return registry


class _HouseCollector(Collector):
    def __init__(self, house: House, viewers: Callable[[], int]) -> None:
        self._house = house
        self._viewers = viewers

    def describe(self) -> list[Metric]:
        return []  # nothing is asked of the house before the first scrape

    def collect(self) -> Iterator[Metric]:
        house = self._house
        yield _info(house)
        statuses = [status for _, status in sorted(house.fleet.statuses().items())]
        yield from _of_feeds(statuses)
        if house.is_limited:
            return  # what follows is of all feeds together
        yield from _of_workers(house)
        yield _gauge("wayside_store_lag_seconds", "Age of the oldest record not stored yet",
                     house.archive.lag_s())  # fmt: skip
        yield from _of_sinks(house)
        yield _gauge("wayside_live_viewers", "Open live views", self._viewers())
        failures = CounterMetricFamily(
            "wayside_redaction_failures", "Pictures that were blanked as they could not be covered"
        )
        failures.add_metric([], sum(each.redaction_failures for each in house.fleet.workers()))
        yield failures
        yield _of_clips(house)


def _of_clips(house: House) -> Metric:
    family = CounterMetricFamily(
        "wayside_clips", "Clips of events by what became of them", labels=["outcome"]
    )
    total: Counter[str] = Counter()
    for worker in house.fleet.workers():
        total.update(worker.clips)
    for outcome in sorted(total):
        family.add_metric([outcome], total[outcome])
    return family


def _info(house: House) -> Metric:
    family = GaugeMetricFamily("wayside_info", "Always 1", labels=["version", "model"])
    family.add_metric([house.facts.version, house.facts.model], 1)
    return family


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _of_feeds(statuses: list[FeedStatus]) -> Iterator[Metric]:
    states = Counter(each.state for each in statuses)
    family = GaugeMetricFamily("wayside_feeds", "Feeds by state", labels=["state"])
    for state in FeedState:
        family.add_metric([state.value], states[state])
    yield family
    attentions = Counter(each.attention for each in statuses)
    family = GaugeMetricFamily(
        "wayside_feeds_by_attention",
        "Feeds by how closely they are looked at",
        labels=["attention"],
    )
    for attention in Attention:
        family.add_metric([attention.value], attentions[attention])
    yield family
    gauges: tuple[tuple[str, str, Callable[[FeedStatus], float | None]], ...] = (
        ("fps_in", "Pictures that arrive a second", lambda s: s.fps_in),
        ("fps_analysed", "Pictures that are analysed a second", lambda s: s.fps_analysed),
        ("lag_seconds", "From a picture's arrival to the end of its analysis", lambda s: s.lag_s),
        ("coverage", "Share of the last minute that was analysed", lambda s: s.coverage),
        ("cpu_cores", "CPU that the feed takes", lambda s: s.cpu_ms_per_s / 1000),
        ("asleep", "1 while nothing moves and it is hardly looked at", _asleep),
    )
    for name, words, value_of in gauges:
        gauge = GaugeMetricFamily(f"wayside_feed_{name}", words, labels=["feed"])
        for status in statuses:
            value = value_of(status)
            if value is not None:
                gauge.add_metric([status.feed], value)
        yield gauge
    counters: tuple[tuple[str, str, Callable[[FeedStatus], int]], ...] = (
        ("dropped_packets", "Packets given up as the worker was too slow", lambda s: s.dropped),
        ("corrupt_packets", "Packets marked as damaged", lambda s: s.corrupt),
        ("reconnects", "Connections made again", lambda s: s.reconnects),
    )
    for name, words, count_of in counters:
        counter = CounterMetricFamily(f"wayside_feed_{name}", words, labels=["feed"])
        for status in statuses:
            counter.add_metric([status.feed], count_of(status))
        yield counter
    conditions = GaugeMetricFamily(
        "wayside_feed_condition", "1 for each condition of health", labels=["feed", "condition"]
    )
    for status in statuses:
        for condition in status.conditions:
            conditions.add_metric([status.feed, condition], 1)
    yield conditions


def _asleep(status: FeedStatus) -> float:
    return float(status.attention is Attention.ASLEEP)


def _of_workers(house: House) -> Iterator[Metric]:
    labels = ["worker"]
    cpu = GaugeMetricFamily("wayside_worker_cpu_cores", "Cores in use", labels=labels)
    rss = GaugeMetricFamily("wayside_worker_rss_bytes", "Resident memory", labels=labels)
    load = GaugeMetricFamily(
        "wayside_worker_load", "Demand of its feeds divided by what it can give", labels=labels
    )
    feeds = GaugeMetricFamily("wayside_worker_feeds", "Feeds it runs", labels=labels)
    restarts = CounterMetricFamily("wayside_worker_restarts", "Times replaced", labels=labels)
    for worker in house.fleet.workers():
        name = [str(worker.worker)]
        cpu.add_metric(name, worker.cpu)
        rss.add_metric(name, worker.rss_mb * 1e6)
        load.add_metric(name, worker.load)
        feeds.add_metric(name, worker.feeds)
        restarts.add_metric(name, worker.restarts)
    yield from (cpu, rss, load, feeds, restarts)


def _of_sinks(house: House) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("wayside_sink_waiting", "Not yet delivered", labels=["sink"])
    delivered = CounterMetricFamily("wayside_sink_delivered", "Delivered", labels=["sink"])
    failed = CounterMetricFamily("wayside_sink_failed", "Failed tries", labels=["sink"])
    for sink in house.archive.sinks():
        waiting.add_metric([sink.name], sink.waiting)
        delivered.add_metric([sink.name], sink.delivered)
        failed.add_metric([sink.name], sink.failed)
    yield from (waiting, delivered, failed)
