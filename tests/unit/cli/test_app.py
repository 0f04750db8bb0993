"""The wall: errors become words and exit codes, and a reader that left is no error of ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import NoReturn

import pytest

from wayside import __version__
from wayside.domain.errors import (
    ConfigError,
    ModelMissing,
    OutputError,
    SourceMissing,
    UsageError,
    WaysideError,
)

from .conftest import Cli

app = import_module("wayside.cli.app")  # the package's own name `app` is the application
Main = Callable[..., int]


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> Main:
    """``main("tag", "a.mp4")``: the exit code."""

    def call(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["wayside", *arguments])
        with pytest.raises(SystemExit) as end:
            app.main()
        code = end.value.code
        assert isinstance(code, int)
        return code

    return call


def raising(error: BaseException) -> Callable[..., NoReturn]:
    def fail(**_options: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("a"), 2),
        (ConfigError("a"), 3),
        (SourceMissing("a"), 4),
        (ModelMissing("a"), 1),
        (OutputError("a"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_has_its_exit_code(
    error: WaysideError, code: int, main: Main, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "app", raising(error))
    assert main() == code


def test_an_error_says_what_where_and_what_to_do(
    main: Main, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = ConfigError("no [bold]id[/]", where="site.yaml:3:1 [x]", remedy="Give one")
    monkeypatch.setattr(app, "app", raising(error))
    main()
    said = capsys.readouterr()
    assert said.err == "Error no [bold]id[/]\n  where  site.yaml:3:1 [x]\n  try    Give one\n"
    assert said.out == ""


def test_an_error_without_a_place_is_one_line(
    main: Main, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "app", raising(ConfigError("nothing")))
    main()
    assert capsys.readouterr().err == "Error nothing\n"


def test_ctrl_c_is_130(
    main: Main, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "app", raising(KeyboardInterrupt()))
    assert main() == 130
    assert "Interrupted" in capsys.readouterr().err


def test_an_error_of_ours_alone_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "app", raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        app.main()


def test_a_reader_that_left(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with open(writes, "w") as out:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdout", out)
        assert main("--version") == 1
        out.write("goes to nobody now")


def test_any_name_can_be_printed(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    out = TextIOWrapper(BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert main("--version") == 0
    out.write("ü\udcff")
    out.flush()
    assert out.buffer.getvalue().endswith(b"\\xfc\\udcff")  # type: ignore[attr-defined]


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").output == f"wayside {__version__}\n"
    for command in ("tag", "init", "check", "models", "doctor"):
        assert cli(command, "-h").output == cli(command, "--help").output


def test_an_unknown_log_level(cli: Cli) -> None:
    result = cli("--log-level", "loud", "doctor")
    assert result.exit_code == 2
    assert "'loud' is none of debug, info" in result.output


def test_the_log_goes_to_standard_error(cli: Cli, clip: Path) -> None:
    result = cli("--log-level", "info", "tag", clip, "--model", "motion")
    assert result.exit_code == 0
    assert '"event": "tagged"' in result.stderr
    assert '"event"' not in result.stdout
