import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from wayside.cli.app import app
from wayside.domain.errors import StoreError, UsageError
from wayside.domain.records import Measurement, Origin, Reading
from wayside.store.database import Store
from wayside.store.records import SessionRecord, SessionStatus

SEVEN = datetime(2026, 5, 4, 7, tzinfo=UTC)
SITE = """\
site: here
feeds:
  - id: mast
    source: a.mp4
    scene:
      lines:
        - {id: north-in, a: [0.1, 0.5], b: [0.5, 0.5]}
        - {id: east-out, a: [0.8, 0.3], b: [0.8, 0.9]}
      movements: [{id: turn, from: north-in, to: east-out}]
junctions:
  - id: square
    approaches: [{id: north}, {id: east}]
    movements: [{id: left, from: north, to: east, feed: mast, movement: turn}]
"""


def minutes(feed: str) -> Iterator[Measurement]:
    """Two hours, a vehicle a minute in the first and two in the second."""
    for minute in range(120):
        start = SEVEN + timedelta(minutes=minute)
        for label in ("", "car"):
            yield Measurement(
                uuid4(), Origin("here", feed, "s"), minute, start, start + timedelta(minutes=1),
                60.0 * minute, 60.0 * minute + 60,
                Reading("count", 1.0 + (minute >= 60), "objects", "movement", "turn", label),
                1.0,
            )  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    session = SessionRecord(
        id="s", site="here", feed="mast", source="a.mp4", start=SEVEN, start_is_known=True,
        duration_s=None, status=SessionStatus.RUNNING,
    )  # fmt: skip
    with Store.open(tmp_path / "wayside.db") as store:
        store.write(session, measurements=minutes("mast"))
    (tmp_path / "site.yaml").write_text(SITE, "utf-8")
    return tmp_path


def export(data: Path, *options: str) -> str:
    span = ("--since", "2026-05-04T07:00", "--until", "2026-05-04T11:00+02:00")
    command = ["export", "turning-counts", "--data", str(data), *span, *options]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    if result.exception:
        raise result.exception
    return result.stdout


def test_a_junction_in_quarter_hours_from_a_store_of_minutes(data: Path) -> None:
    text = export(data, "--junction", "square", "--site", str(data / "site.yaml"))
    rows = list(csv.DictReader(io.StringIO(text)))
    total = [r for r in rows if r["class"] == "all"]
    assert [r["count"] for r in total] == ["15"] * 4 + ["30"] * 4
    assert {(r["movement"], r["from"], r["to"], r["complete"]) for r in rows} == {
        ("left", "north", "east", "yes")
    }
    assert [r["in_peak_hour"] for r in total] == ["no"] * 4 + ["yes"] * 4
    assert sum(int(r["count"]) for r in rows if r["class"] == "car") == 180


def test_a_feed_as_json_with_or_without_a_site(data: Path) -> None:
    drawn = json.loads(
        export(data, "--feed", "mast", "--format", "json", "--site", str(data / "site.yaml"))
    )
    assert drawn["movements"][0]["from"] == "north"
    assert drawn["peak_hour"] == {
        "start": "2026-05-04T08:00:00.000Z",
        "end": "2026-05-04T09:00:00.000Z",
        "vehicles": 120,
        "factor": 1.0,
    }
    bare = json.loads(export(data, "--feed", "mast", "--format", "json", "--site", "none.yaml"))
    assert bare["totals"] == drawn["totals"]


def test_a_file_is_written_whole(data: Path) -> None:
    target = data / "counts.csv"
    options = ("--feed", "mast", "--layout", "table", "--interval", "60", "-o", str(target))
    assert export(data, *options, "--site", "none.yaml") == ""
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8"))))
    assert [(r["turn"], r["vehicles"]) for r in rows] == [("60", "60"), ("120", "120")]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "name one --junction or one --feed"),
        (("--junction", "a", "--feed", "b"), "name one --junction or one --feed"),
        (("--feed", "nobody"), "nothing was counted"),
        (("--feed", "mast", "--interval", "7"), "divide the hour"),
        (("--feed", "mast", "--since", "yesterday"), "is no time"),
        (("--feed", "mast", "--since", "2026-05-05"), "before --until"),
    ],
)
def test_a_wrong_question_is_told(data: Path, options: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        export(data, "--site", "none.yaml", *options)


def test_no_database_is_made_where_none_is(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database"):
        export(tmp_path, "--feed", "mast")
    assert list(tmp_path.iterdir()) == []
