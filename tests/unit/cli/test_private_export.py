"""``wayside export --private`` and ``export ledger``, from the command line to the file."""

from __future__ import annotations

import csv
import io
import json
import shutil
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wayside.cli.app import app
from wayside.domain.errors import PublicationError, StoreError, UsageError, WaysideError
from wayside.domain.records import Event, Measurement, Origin, Phase, Reading, Severity
from wayside.publish import noise
from wayside.store.database import Store
from wayside.store.records import SessionRecord

MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
SITE = """\
site: here
feeds:
  - id: mast
    source: a.mp4
    scene:
      lines:
        - {id: north, a: [0.1, 0.5], b: [0.5, 0.5]}
        - {id: east, a: [0.8, 0.3], b: [0.8, 0.9]}
  - id: gate
    source: b.mp4
"""
POLICY = ("--rho", "30", "--stays", "2", "--budget", "1")
DAY = ("--since", "2026-05-04", "--until", "2026-05-05")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day at mast: a car over ``north`` every 432 s, and nobody over ``east``."""
    origin = Origin("here", "mast", "s")
    events = [
        Event(
            uuid.uuid4(), uuid.uuid4(), origin, number, "traffic.line_crossing", Phase.INSTANT,
            MIDNIGHT + timedelta(seconds=432 * number), MIDNIGHT + timedelta(seconds=432 * number),
            432.0 * number, 432.0 * number, "north", Severity.INFO,
            {"class": "car", "direction": "forward"},
        )
        for number in range(200)
    ]  # fmt: skip
    windows = [
        Measurement(
            uuid.uuid4(), origin, hour, MIDNIGHT + timedelta(hours=hour),
            MIDNIGHT + timedelta(hours=hour + 1), 0.0, 3600.0,
            Reading("count", 1.0, "objects", "line", "north", "", "forward"), 1.0,
        )
        for hour in range(24)
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("stored") / "wayside.db"
    with Store.open(path) as store:
        store.write(
            SessionRecord("s", "here", "mast", "a", MIDNIGHT, True),
            events=events,
            measurements=windows,
        )
    return path


@pytest.fixture
def data(tmp_path: Path, stored: Path) -> Path:
    shutil.copy(stored, tmp_path)
    (tmp_path / "site.yaml").write_text(SITE, "utf-8")
    return tmp_path


def export(data: Path, *options: str) -> str:
    result = CliRunner().invoke(app, ["export", *options], catch_exceptions=False)
    if isinstance(result.exception, WaysideError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def private(data: Path, *options: str) -> str:
    where = ("--data", str(data), "--site", str(data / "site.yaml"))
    return export(data, "--private", *where, *DAY, *options)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_day_is_published_with_its_band(data: Path) -> None:
    found = rows(private(data, *POLICY, "--epsilon", "0.5", "--feed", "mast"))
    assert [(r["feed"], r["line"], r["metric"]) for r in found] == [
        ("mast", "east", "count"),
        ("mast", "north", "count"),
        ("mast", "", "watched"),
    ]
    east, north, watched = (int(r["value"]) for r in found)
    scale = 2 * 7 * (2 * 5 + 1) / 0.5
    assert abs(north - 200) < 30 * scale
    assert abs(east) < 30 * scale
    assert abs(watched - 86_400) < 30 * scale * 10
    assert found[0]["epsilon"] == "0.5"
    assert found[0]["mechanism"] == "discrete Laplace"
    assert (found[0]["rho_s"], found[0]["stays"], found[0]["clamp"]) == ("30", "2", "5")
    assert int(found[0]["band_95"]) == 923


def test_asked_again_it_tells_the_same_and_asked_otherwise_it_costs_again(data: Path) -> None:
    first = private(data, *POLICY, "--epsilon", "0.5", "--line", "north")
    assert private(data, "--epsilon", "0.5", "--line", "north") == first
    half_days = rows(private(data, "--epsilon", "0.5", "--line", "north", "--interval", "720"))
    assert [r["metric"] for r in half_days] == ["count", "count", "watched", "watched"]
    with pytest.raises(PublicationError, match="0 of 1 is left for mast"):
        private(data, "--epsilon", "0.1", "--line", "east")
    told = export(data, "ledger", "--data", str(data))
    assert "rho 30 s, K 2, budget 1" in told
    assert told.count("mast north") == 2
    assert "least left is 0, from 2026-05-04T00:00:00.000Z on" in told


def test_a_file_is_written_whole_and_json_says_how_it_was_made(data: Path) -> None:
    target = data / "counts.json"
    options = ("--line", "north", "--epsilon", "0.25", "--format", "json", "-o", str(target))
    assert private(data, *POLICY, *options, "--by-direction", "--class", "car") == ""
    found = json.loads(target.read_text("utf-8"))
    assert found["epsilon"] == 0.25
    assert found["policy"]["rho_s"] == 30
    assert [each["direction"] for each in found["series"]] == ["forward", "backward", ""]
    assert found["sensitivity"] == 2 * 7 * 11


def test_a_dry_run_spends_nothing_looks_at_nothing_and_needs_no_opendp(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_name: str) -> None:
        raise ImportError

    monkeypatch.setattr(noise, "import_module", missing)
    asked = (*POLICY, "--epsilon", "0.5", "--line", "north", "--dry-run")
    told = private(data, *asked)
    assert "each ± 503 (95 %)" in told
    assert "cost 0.5 of the budget of 1" in told
    (data / "wayside.db").unlink()
    assert private(data, *asked) == told
    assert not (data / "ledger.db").exists()


def test_a_dry_run_says_when_it_would_be_refused_or_free(data: Path) -> None:
    private(data, *POLICY, "--epsilon", "0.75", "--line", "north")
    assert "for 0" in private(data, "--epsilon", "0.75", "--line", "north", "--dry-run")
    with pytest.raises(PublicationError, match=r"0\.25 of 1 is left"):
        private(data, "--epsilon", "0.5", "--line", "north", "--dry-run")


def test_without_opendp_nothing_is_spent(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> None:
        raise ImportError

    monkeypatch.setattr(noise, "import_module", missing)
    with pytest.raises(PublicationError, match=r"wayside\[private\]"):
        private(data, *POLICY, "--epsilon", "0.5", "--line", "north")
    monkeypatch.undo()
    private(data, *POLICY, "--epsilon", "1", "--line", "north")


def test_without_a_site_feed_and_lines_are_named(data: Path) -> None:
    where = ("--data", str(data), "--site", "none.yaml", *DAY, *POLICY, "--epsilon", "1")
    found = rows(export(data, "--private", *where, "--feed", "mast", "--line", "west"))
    assert [r["line"] for r in found] == ["west", ""], "told although nobody was ever counted there"
    with pytest.raises(UsageError, match=r"there is no none\.yaml"):
        export(data, "--private", *where, "--feed", "mast")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--epsilon", "1"), "whom to protect must be said"),
        ((*POLICY, "--epsilon", "0"), "`0` is not above 0"),
        (POLICY, "`` is no number"),
        ((*POLICY, "--epsilon", "1", "--since", "2026-05-06"), "whole number of intervals"),
        ((*POLICY, "--epsilon", "1", "--since", ""), "names its time"),
        ((*POLICY, "--epsilon", "1", "--interval", "7"), "whole number of intervals"),
        ((*POLICY, "--epsilon", "1", "--class", "alice"), "no class alice"),
        ((*POLICY, "--epsilon", "1", "--feed", "nobody"), "no feed nobody"),
        ((*POLICY, "--epsilon", "1", "--line", "west"), "no line west"),
        ((*POLICY, "--epsilon", "1", "--feed", "gate"), "there are no lines"),
        ((*POLICY, "--epsilon", "1", "--chunk", "7"), "whole part of a minute"),
        ((*POLICY, "--epsilon", "1", "--until", "2126-05-05"), "more than 100000|not over"),
    ],
)
def test_a_wrong_question_is_told(data: Path, options: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        private(data, *options)
    assert not (data / "ledger.db").exists() or "until" in " ".join(options)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--epsilon", "1"),
        ("--private", "turning-counts", "--feed", "mast"),
        ("--feed", "mast", "turning-counts"),
    ],
)
def test_options_are_not_lost_in_silence(data: Path, options: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, ["export", *options])
    if options:
        assert isinstance(result.exception, UsageError)
        assert "stand without a command" in result.exception.what
    else:
        assert "--private" in result.output


def test_no_database_and_no_ledger_are_made_where_none_is(data: Path, tmp_path: Path) -> None:
    (data / "wayside.db").unlink()
    with pytest.raises(StoreError, match="no database"):
        private(data, *POLICY, "--epsilon", "1")
    with pytest.raises(StoreError, match="nothing was published"):
        export(data, "ledger", "--data", str(tmp_path))
    assert not (data / "ledger.db").exists()
