import pytest

from wayside.events.sinks.signature import signed_headers


def test_the_example_of_the_specification() -> None:
    """standardwebhooks.com, reference libraries' test vector."""
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_that_is_no_base64_is_refused() -> None:
    with pytest.raises(ValueError, match="not base64"):
        signed_headers("whsec_*", "id", 0, b"")
