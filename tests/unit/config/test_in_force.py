"""What an edit changes at once, and what it changes after a restart."""

from __future__ import annotations

import pytest

from wayside.config.in_force import LIVE, waiting
from wayside.config.load import load_document
from wayside.config.model import Site
from wayside.config.problems import Level
from wayside.config.section import Section

TEXT = """\
site: s
detect: {model: motion}
privacy: {style: solid}
output: {interval_s: 60, retention_days: 30, stills: true}
server: {port: 8080, workers: 2}
network: {allow: [10.0.0.0/8]}
sinks:
  - {kind: webhook, url: 'https://example.org/x', secret: hunter2}
feeds:
  - {id: a, source: a.mp4}
"""


def told(edited: str) -> list[str]:
    running, _ = load_document(TEXT, file="site.yaml")
    site, document = load_document(edited, file="site.yaml")
    return [".".join(map(str, notice.path)) for notice in waiting(running, site, document)]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("site: s", "site: t", "site"),
        ("model: motion", "model: auto", "detect.model"),
        ("style: solid", "style: silhouette", "privacy.style"),
        ("interval_s: 60", "interval_s: 30", "output.interval_s"),
        ("stills: true", "stills: false", "output.stills"),
        ("port: 8080", "port: 8081", "server.port"),
        ("workers: 2", "workers: auto", "server.workers"),
        ("10.0.0.0/8", "10.0.0.0/9", "network.allow"),
    ],
)
def test_these_wait(old: str, new: str, path: str) -> None:
    assert told(TEXT.replace(old, new)) == [path]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("id: a, source: a.mp4", "id: b, source: b.mp4"),
        ("retention_days: 30", "retention_days: 5"),
        ("style: solid", "style: solid, faces: true"),
        ("hunter2", "hunter3"),
        ("site: s", "# said again\nsite: s"),
    ],
)
def test_these_do_not(old: str, new: str) -> None:
    assert told(TEXT.replace(old, new)) == []


def test_it_is_said_with_its_line_and_no_value() -> None:
    running, _ = load_document(TEXT, file="site.yaml")
    site, document = load_document(TEXT.replace("10.0.0.0/8", "10.9.0.0/16"), file="site.yaml")
    (notice,) = waiting(running, site, document)
    line = 1 + TEXT[: TEXT.index("allow")].count("\n")
    assert (notice.file, notice.line, notice.level) == ("site.yaml", line, Level.WARNING)
    assert notice.what == "network.allow has changed; it is used after a restart"
    assert "10." not in notice.what + notice.remedy


def test_what_is_live_is_a_setting() -> None:
    for name, *key in LIVE:
        field = Site.model_fields[str(name)]
        assert not key or (
            isinstance(field.annotation, type)
            and issubclass(field.annotation, Section)
            and key[0] in field.annotation.model_fields
        )
