"""Ctrl-C once is a question, twice an end; afterwards all is as before."""

from __future__ import annotations

import os
import signal

import pytest
import typer

from wayside.cli.stopping import stop_on_signal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_asks(number: int, capfd: pytest.CaptureFixture[str]) -> None:
    with stop_on_signal() as stop:
        assert not stop()
        os.kill(os.getpid(), number)
        assert stop()
    assert "Stopping: what is done is kept" in capfd.readouterr().err


def test_the_second_ends_with_130() -> None:
    with pytest.raises(typer.Exit) as end, stop_on_signal() as stop:  # noqa: PT012
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("it went on")
    assert end.value.exit_code == 130


def test_a_terminal_that_is_gone_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def fileno(self) -> int:
            raise ValueError("closed")

    monkeypatch.setattr("sys.stderr", Gone())
    with stop_on_signal() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()


def test_handlers_are_put_back_whatever_happens() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(RuntimeError, match="any"), stop_on_signal():
        raise RuntimeError("any")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
