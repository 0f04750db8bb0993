import pytest

from wayside.domain.errors import SinkError
from wayside.events.sinks.egress import pinned_address


def test_the_allowed_address_is_used() -> None:
    asked = []

    def allow(host: str, address: str) -> bool:
        asked.append((host, address))
        return True

    assert pinned_address("127.0.0.1", 80, allow) == "127.0.0.1"
    assert asked == [("127.0.0.1", "127.0.0.1")]


def test_no_allowed_address_is_said() -> None:
    with pytest.raises(SinkError, match=r"127\.0\.0\.1\): this site may not send"):
        pinned_address("127.0.0.1", 80, lambda *_: False)


def test_a_name_of_nobody_is_said() -> None:
    with pytest.raises(SinkError, match="cannot be resolved"):
        pinned_address("no-such-host.invalid", 80, lambda *_: True)
