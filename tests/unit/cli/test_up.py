"""``wayside up`` up to the server and after it; what runs meanwhile is in test_running."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest

from made_certificates import Authority
from wayside.cli.running import Plan
from wayside.domain.errors import ConfigError, ModelMissing, UsageError
from wayside.domain.time import SystemClock
from wayside.serve.accounts import Accounts
from wayside.serve.roles import Role

from .conftest import Cli

up = import_module("wayside.cli.up")  # the package's own name `up` may be the command

SITE = "site: s\ndetect: {model: motion}\nfeeds:\n  - {id: a, source: rtsp://10.0.0.1/x}\n"


class Stage:
    """Stands in for what runs and for the server. plans, served: what they were given."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.plans: list[Plan] = []
        self.served: list[dict[str, Any]] = []
        self.is_open = False

    def running(self, plan: Plan, choice: object) -> Stage:
        self.plans.append(plan)
        self.house = SimpleNamespace(accounts=self.accounts)
        return self

    def __enter__(self) -> Self:
        self.is_open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open = False

    def serve(
        self, app: object, host: str, port: int, *, on_started: Callable[[str], None], **rest: Any
    ) -> None:
        assert self.is_open
        self.served.append({"host": host, "port": port, **rest})
        on_started(f"http://{host}:{port}")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    accounts = Accounts(tmp_path / "accounts.db", SystemClock())
    stage = Stage(accounts)
    monkeypatch.setattr(up, "Running", stage.running)
    monkeypatch.setattr(up, "serve", stage.serve)
    monkeypatch.setattr(up, "create_app", lambda house: house)
    yield stage
    accounts.close()


def site_file(folder: Path, more: str = "") -> Path:
    path = folder / "site.yaml"
    path.write_text(SITE + more, encoding="utf-8")
    return path


def test_it_prints_what_runs_and_a_link(cli: Cli, stage: Stage, tmp_path: Path) -> None:
    site_file(tmp_path)
    result = cli("up", "--workers", "3")
    assert result.exit_code == 0, result.output
    assert "feeds    1, on 3 workers" in result.output
    assert "model    motion: asked for" in result.output
    assert "http://127.0.0.1:8080/#link=" in result.output
    assert not stage.is_open


def test_a_link_is_no_way_around_a_user(cli: Cli, stage: Stage, tmp_path: Path) -> None:
    stage.accounts.add_user("ada", "nine quiet otters", Role.ADMIN)
    site_file(tmp_path, "server: {public_url: 'https://wayside.example.org'}\n")
    result = cli("up")
    assert "open     https://wayside.example.org\n" in result.output
    assert "#link" not in result.output


def test_options_go_before_the_file_and_paths_count_from_it(
    cli: Cli, stage: Stage, tmp_path: Path
) -> None:
    folder = tmp_path / "etc"
    (folder / "tls").mkdir(parents=True)
    Authority().write(folder / "tls")
    path = site_file(
        folder,
        "server: {port: 9000, workers: 2, trusted_proxies: ['127.0.0.1'],"
        " certificate: tls/chain.pem, certificate_key: tls/key.pem}\n",
    )
    result = cli("up", "--site", path, "--port", "0", "--data", tmp_path / "d")
    assert result.exit_code == 0, result.output
    (served,) = stage.served
    assert (served["host"], served["port"]) == ("127.0.0.1", 0)
    assert isinstance(served["tls"], ssl.SSLContext)
    assert list(served["trusted_proxies"]) == ["127.0.0.1"]
    (plan,) = stage.plans
    assert (plan.site_file, plan.data, plan.workers) == (path, tmp_path / "d", 2)
    assert plan.truth is None
    cli("up", "--site", path)
    assert stage.served[1]["port"] == 9000


def test_a_certificate_that_is_named_goes_before_the_files(
    cli: Cli, stage: Stage, tmp_path: Path
) -> None:
    site_file(tmp_path, "server: {certificate: none.pem, certificate_key: none.pem}\n")
    assert isinstance(cli("up").exception, ConfigError)
    Authority().write(tmp_path)
    result = cli("up", "--tls-cert", "chain.pem", "--tls-key", "key.pem")
    assert result.exit_code == 0, result.output
    assert isinstance(stage.served[0]["tls"], ssl.SSLContext)
    site_file(tmp_path)
    cli("up")
    assert stage.served[1]["tls"] is None


def test_a_certificate_that_cannot_serve_is_said_before_anything_starts(
    cli: Cli, stage: Stage, tmp_path: Path
) -> None:
    site_file(tmp_path)
    Authority().write(tmp_path)
    for half in (["--tls-cert", "chain.pem"], ["--tls-key", "key.pem"]):
        result = cli("up", *half)
        assert isinstance(result.exception, UsageError)
        assert "belong together" in str(result.exception)
    (tmp_path / "key.pem").write_text("no key")
    result = cli("up", "--tls-cert", "chain.pem", "--tls-key", "key.pem")
    assert isinstance(result.exception, ConfigError)
    assert not stage.plans


def test_workers_are_one_a_core_unless_told(
    cli: Cli, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up.os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3, 4})
    site_file(tmp_path)
    cli("up")
    assert stage.plans[0].workers == 5


@pytest.mark.parametrize("how", ["option", "variable"])
def test_workers_log_as_the_command_does(
    how: str, cli: Cli, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site_file(tmp_path)
    if how == "option":
        cli("--log-level", "debug", "up")
    else:
        monkeypatch.setenv("WAYSIDE_LOG_LEVEL", "debug")
        cli("up")
    assert stage.plans[0].log_level == "debug"


def test_others_are_let_in_only_where_somebody_can_log_in(
    cli: Cli, stage: Stage, tmp_path: Path
) -> None:
    site_file(tmp_path)
    result = cli("up", "--host", "192.0.2.7")
    assert isinstance(result.exception, UsageError)
    assert not stage.served
    assert not stage.is_open
    stage.accounts.add_user("ada", "nine quiet otters", Role.ADMIN)
    assert cli("up", "--host", "192.0.2.7").exit_code == 0
    assert stage.served[0]["host"] == stage.plans[1].host == "192.0.2.7"


def test_a_file_that_is_not_there_is_said_and_nothing_starts(
    cli: Cli, stage: Stage, tmp_path: Path
) -> None:
    result = cli("up", "--site", tmp_path / "absent.yaml")
    assert isinstance(result.exception, ConfigError)
    assert "wayside init" in str(result.exception.remedy)
    assert not stage.plans


def test_a_model_that_cannot_be_used_is_said_before_anything_starts(
    cli: Cli, stage: Stage, tmp_path: Path
) -> None:
    path = site_file(tmp_path)
    path.write_text(path.read_text().replace("motion", "nanodet-plus-m"), encoding="utf-8")
    result = cli("up")
    assert isinstance(result.exception, (ModelMissing, UsageError))
    assert not stage.plans


def test_without_a_file_the_town_runs_and_ends(
    cli: Cli, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    class FakeTown:
        def __init__(self, folder: Path) -> None:
            self.truth = folder / "truth.jsonl"

        def site_file(self) -> Path:
            return site_file(tmp_path / "town")

        def __enter__(self) -> Self:
            told.append("begins")
            return self

        def __exit__(self, *_: object) -> None:
            told.append(f"ends, and the house is open: {stage.is_open}")

    (tmp_path / "town").mkdir()
    monkeypatch.setattr(up, "Town", FakeTown)
    result = cli("up", "--data", "d")
    assert "made-up town with nine cameras" in result.output
    assert stage.plans[0].truth == Path("d/town/truth.jsonl")
    assert told == ["begins", "ends, and the house is open: False"]
