"""The MQTT sink against a real mosquitto, read with mosquitto_sub."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from wayside.domain.errors import SinkError
from wayside.domain.feeds import FeedState, FeedStatus
from wayside.domain.records import Event, Measurement, Origin, Phase, Reading, Severity
from wayside.events.cloudevents import measurement_cloudevent, to_cloudevent
from wayside.events.sinks.mqtt import MqttSettings, MqttSink
from wayside.events.sinks.sink import Delivery, RecordKind

START = datetime(2026, 5, 4, 10, tzinfo=UTC)
ORIGIN = Origin("harbour", "gate/1", "s1")
FEED = "wayside/harbour/feeds/gate%2F1"
pytestmark = pytest.mark.skipif(
    shutil.which("mosquitto", path="/usr/sbin:/usr/bin") is None, reason="no mosquitto here"
)


class Broker:
    """A mosquitto of our own; it can be stopped and started on the same port."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin")
        assert program is not None
        self._process = subprocess.Popen(
            [program, "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        give_up_s = time.monotonic() + 20
        while time.monotonic() < give_up_s:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError("mosquitto does not listen")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def retained(self, topic: str = "#") -> dict[str, str]:
        """What a client sees that comes now, by topic."""
        options = ["--retained-only", "-v", "-W", "1"]
        found = subprocess.run(
            ["mosquitto_sub", "-p", str(self.port), "-t", topic, *options],
            capture_output=True,
            text=True,
            check=False,
        )
        return dict(line.split(" ", 1) for line in found.stdout.splitlines())


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def sink(broker: Broker) -> Iterator[MqttSink]:
    settings = MqttSettings("127.0.0.1", "harbour", port=broker.port, timeout_s=5.0)
    made = MqttSink(settings, allow=lambda *_: True)
    yield made
    made.close()


@pytest.fixture
def listen(broker: Broker) -> Iterator[Callable[[str, int], Callable[[], list[str]]]]:
    """Subscribes at once; what it returns waits for that many messages."""
    listeners = []

    def begin(topic: str, count: int) -> Callable[[], list[str]]:
        listener = subprocess.Popen(
            # By the line, so that what it says is heard at once.
            ["stdbuf", "-oL", "mosquitto_sub", "-p", str(broker.port), "-q", "1", "-d", "-v"]  # noqa: RUF005
            + ["-t", topic, "-C", str(count), "-W", "20"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        listeners.append(listener)
        assert listener.stdout is not None
        for line in listener.stdout:
            if "SUBACK" in line:
                break

        def wait() -> list[str]:
            with listener:
                assert listener.stdout is not None
                return [line.rstrip() for line in listener.stdout if line.startswith("wayside/")]

        return wait

    yield begin
    for listener in listeners:
        listener.kill()
        with listener:
            pass


def event(number: int) -> Delivery:
    made = Event(
        event_id=UUID(int=number),
        incident_id=UUID(int=number),
        origin=ORIGIN,
        sequence=number,
        kind="traffic.line_crossing",
        phase=Phase.INSTANT,
        start=START,
        end=START,
        start_s=0.0,
        end_s=0.0,
        place="L1",
        severity=Severity.INFO,
        data={"class": "car"},
    )
    return Delivery(number, RecordKind.EVENT, ORIGIN.feed, to_cloudevent(made))


def count(value: float) -> Delivery:
    reading = Reading("count", value, "objects", "line", "L1", "car", "forward")
    made = Measurement(UUID(int=9), ORIGIN, 9, START, START, 0.0, 60.0, reading, 0.5)
    return Delivery(9, RecordKind.MEASUREMENT, ORIGIN.feed, measurement_cloudevent(made))


def test_events_arrive_in_order_with_their_ids(sink: MqttSink, listen: Callable) -> None:
    heard = listen("wayside/+/feeds/+/events/#", 3)
    batch = [event(number) for number in (1, 2, 3)]
    sink.deliver(batch)
    topics, bodies = zip(*(line.split(" ", 1) for line in heard()), strict=True)
    assert set(topics) == {f"{FEED}/events/traffic.line_crossing"}
    assert [json.loads(body) for body in bodies] == [each.message for each in batch]


def test_counts_and_health_are_there_for_who_comes_later(sink: MqttSink, broker: Broker) -> None:
    status = FeedStatus("gate/1", FeedState.LIVE)
    sink.show([status])
    assert sink.has_news
    sink.deliver([count(7.0)])
    assert not sink.has_news
    sink.show([replace(status, fps_in=25.0)])
    assert not sink.has_news
    sink.show([replace(status, state=FeedState.RETRYING, reason="no answer")])
    sink.deliver([])
    there = broker.retained()
    assert there["wayside/harbour/status"] == "online"
    state = json.loads(there[f"{FEED}/state"])
    assert (state["state"], state["problem"], state["reason"]) == ("retrying", True, "no answer")
    assert json.loads(there[f"{FEED}/counts/L1/forward/car"])["value"] == 7.0
    found = {t.split("/")[1]: json.loads(b) for t, b in there.items() if t.endswith("/config")}
    assert found["binary_sensor"]["state_topic"] == f"{FEED}/state"
    assert found["sensor"]["state_topic"] == f"{FEED}/counts/L1/forward/car"
    assert found["sensor"]["availability_topic"] == "wayside/harbour/status"


def test_offline_is_said_at_the_end_and_by_the_last_will(
    sink: MqttSink, broker: Broker, listen: Callable
) -> None:
    sink.deliver([event(1)])
    sink.close()
    assert broker.retained("wayside/harbour/status") == {"wayside/harbour/status": "offline"}
    sink.deliver([event(1)])
    assert broker.retained("wayside/harbour/status") == {"wayside/harbour/status": "online"}
    heard = listen("wayside/harbour/status", 2)
    connection = sink._connection
    assert connection is not None
    connection._client.socket().shutdown(socket.SHUT_RDWR)  # as if the process were killed
    assert heard()[-1] == "wayside/harbour/status offline"


def test_an_outage_is_told_and_the_same_batch_taken_afterwards(
    sink: MqttSink, broker: Broker, listen: Callable
) -> None:
    sink.deliver([event(1)])
    broker.stop()
    for _ in range(2):
        with pytest.raises(SinkError, match="broker"):
            sink.deliver([event(2)])
    broker.start()
    heard = listen(f"{FEED}/events/#", 1)
    sink.deliver([event(2)])
    assert [json.loads(line.split(" ", 1)[1])["id"] for line in heard()] == [str(UUID(int=2))]


def test_a_broker_behind_the_guard_is_not_asked(broker: Broker) -> None:
    settings = MqttSettings("127.0.0.1", "harbour", port=broker.port)
    sink = MqttSink(settings, allow=lambda *_: False)
    with pytest.raises(SinkError, match="may not send"):
        sink.deliver([event(1)])
    assert broker.retained() == {}
