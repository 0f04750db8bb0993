import pytest

from wayside.report import settings


def test_nested_settings_become_an_outline():
    found = settings.lines(
        {
            "privacy": {"style": "solid", "faces": True},
            "feeds": [{"id": "a", "rate": None}, {"id": "b"}],
            "size": [0.1, 0.5],
            "empty": {},
            "name": "",
        }
    )
    assert found == [
        "privacy:",
        "  style: solid",
        "  faces: true",
        "feeds:",
        "  -",
        "    id: a",
        "    rate: null",
        "  -",
        "    id: b",
        "size: [0.1, 0.5]",
        "empty: {}",
        'name: ""',
    ]


@pytest.mark.parametrize("key", ["password", "mqtt_passwd", "API_KEY", "auth_token", "secret"])
def test_secrets_are_masked_by_their_key(key):
    assert settings.lines({"a": {key: "hunter2"}}) == ["a:", f"  {key}: {settings.MASK}"]
    assert settings.lines({key: {"inner": "hunter2"}}) == [f"{key}: {settings.MASK}"]


@pytest.mark.parametrize(
    "url", ["rtsp://joe:hunter2@cam/1", "http://hunter2@h", "x rtsp://a:hunter2@h:5/ y"]
)
def test_logins_in_urls_are_masked_wherever_they_are(url):
    assert "hunter2" not in settings.without_login(url)
    assert "hunter2" not in "\n".join(settings.lines({"feeds": [{"urls": [url]}], "u": [url]}))


def test_a_url_without_login_stays():
    assert settings.without_login("rtsp://cam/a@b") == "rtsp://cam/a@b"
