import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime

import pytest
import structlog

from wayside.observe.logging import SELDOM_S, Seldom, configure_logging, get_logger
from wayside.testing.clock import FakeClock


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_lines_carry_event_level_logger_time_and_facts() -> None:
    out = io.StringIO()
    configure_logging("info", json=True, stream=out)
    get_logger("wayside.ingest").warning("feed lost", feed="nörd", tries=3)
    (line,) = lines(out)
    moment = datetime.fromisoformat(str(line.pop("time")))
    assert moment.utcoffset() is not None
    assert line == {
        "event": "feed lost",
        "level": "warning",
        "logger": "wayside.ingest",
        "feed": "nörd",
        "tries": 3,
    }


def test_lines_below_the_level_are_not_written() -> None:
    out = io.StringIO()
    configure_logging("warning", json=True, stream=out)
    get_logger("a").info("quiet")
    logging.getLogger("b").info("quiet too")
    get_logger("a").error("loud")
    assert [line["event"] for line in lines(out)] == ["loud"]


def test_libraries_speak_in_the_same_shape() -> None:
    out = io.StringIO()
    configure_logging("info", json=True, stream=out)
    logging.getLogger("some.library").warning("%d packets lost", 4)
    (line,) = lines(out)
    assert (line["event"], line["level"], line["logger"]) == (
        "4 packets lost",
        "warning",
        "some.library",
    )


def test_database_libraries_are_quiet_until_debug() -> None:
    out = io.StringIO()
    configure_logging("info", json=True, stream=out)
    logging.getLogger("alembic.runtime.migration").info("Running upgrade")
    assert out.getvalue() == ""
    configure_logging("debug", json=True, stream=out)
    logging.getLogger("alembic.runtime.migration").info("Running upgrade")
    assert [line["event"] for line in lines(out)] == ["Running upgrade"]


def test_a_terminal_gets_text_and_anything_else_json() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    configure_logging(stream=terminal)
    get_logger("a").info("started", feeds=3)
    configure_logging(stream=pipe)
    get_logger("a").info("started", feeds=3)
    assert "started" in terminal.getvalue()
    assert "\x1b[" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
    assert lines(pipe)[0]["feeds"] == 3


def test_text_can_be_asked_for_without_a_terminal_and_has_no_colours() -> None:
    out = io.StringIO()
    configure_logging(json=False, stream=out)
    get_logger("a").info("started")
    assert "started" in out.getvalue()
    assert "\x1b[" not in out.getvalue()


@pytest.mark.parametrize("json_lines", [True, False])
def test_a_traceback_shows_the_error_and_never_the_locals(json_lines: bool) -> None:
    out = io.StringIO()
    configure_logging(json=json_lines, stream=out)

    def connect() -> None:
        password = "correct" + "horse"
        raise ConnectionError(f"refused after {len(password)} letters")

    try:
        connect()
    except ConnectionError:
        get_logger("a").exception("feed lost")
    assert "refused after 12 letters" in out.getvalue()
    assert "correcthorse" not in out.getvalue()


def test_the_last_call_wins() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logging(json=True, stream=first)
    configure_logging(json=True, stream=second)
    get_logger("a").info("once")
    assert first.getvalue() == ""
    assert len(lines(second)) == 1


def test_standard_error_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    get_logger("a").info("hello")
    captured = capsys.readouterr()
    assert "hello" in captured.err
    assert captured.out == ""


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="loud"):
        configure_logging("loud")


def test_what_strangers_cause_is_written_once_in_a_while() -> None:
    out = io.StringIO()
    configure_logging("info", json=True, stream=out)
    for _ in range(50):
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
        logging.getLogger("asyncio").warning("%s failed", "a handshake")
    for _ in range(3):
        logging.getLogger("uvicorn.error").error("it broke")
        logging.getLogger("wayside.ingest").warning("feed lost")
    told = [line["event"] for line in lines(out)]
    assert told.count("Invalid HTTP request received.") == 1
    assert told.count("a handshake failed") == 1
    assert told.count("it broke") == told.count("feed lost") == 3


def test_how_many_were_left_out_is_told_with_the_next() -> None:
    clock = FakeClock()
    seldom = Seldom(clock.monotonic_s)

    def told() -> str | None:
        record = logging.LogRecord("asyncio", logging.WARNING, "", 0, "bad %s", ("x",), None)
        return record.getMessage() if seldom.filter(record) else None

    assert [told() for _ in range(4)] == ["bad x", None, None, None]
    clock.advance(SELDOM_S)
    assert [told(), told()] == ["bad x (3 more before)", None]
