"""Log lines: for eyes on a terminal, as JSON lines anywhere else, on standard error.

One handler on the root logger serves our own lines and those of libraries, so
that nothing reaches a terminal or a log file in a second shape. Tracebacks are
printed without local variables: a local may hold a feed's password.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO

import structlog
from structlog.typing import FilteringBoundLogger, Processor

LEVELS = ("debug", "info", "warning", "error", "critical")

# These report each statement or migration step at INFO; a reader wants them only at DEBUG.
_TALKATIVE = ("alembic", "sqlalchemy")

SELDOM_S = 60.0
"""Seconds between two lines of the same words that a stranger can cause at will."""


class Seldom(logging.Filter):
    """A library's warning about what a client sent, once in a while, with how many were left out.

    Without it whoever reaches the port fills the disk, a line for each few bytes.
    """

    _TOLD_BY = ("asyncio", "uvicorn.error")

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now_s = now_s
        self._last: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name not in self._TOLD_BY or record.levelno > logging.WARNING:
            return True
        words, now_s = str(record.msg), self._now_s()
        since_s, left_out = self._last.get(words, (-SELDOM_S, 0))
        if now_s - since_s < SELDOM_S:
            self._last[words] = (since_s, left_out + 1)
            return False
        self._last[words] = (now_s, 0)
        if left_out:
            record.msg = f"{words} ({left_out} more before)"
        return True


def configure_logging(
    level: str = "info", json: bool | None = None, stream: TextIO | None = None
) -> None:
    """Send all log lines of level ``level`` and above to ``stream`` (default: standard error).

    json: True for one JSON object a line, False for coloured text, None to
    choose text when ``stream`` is a terminal and JSON when it is not. May be
    called again; the last call wins. Raises ValueError for an unknown level.
    """
    if level not in LEVELS:
        raise ValueError(f"log level {level!r} is none of {', '.join(LEVELS)}")
    out = sys.stderr if stream is None else stream
    on_terminal = out.isatty()
    as_json = not on_terminal if json is None else json
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    handler = logging.StreamHandler(out)
    handler.addFilter(Seldom())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_json_renderers() if as_json else _text_renderers(colours=on_terminal)),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(threshold)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(
            logging.DEBUG if threshold <= logging.DEBUG else logging.WARNING
        )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger that takes an event in words and its facts by name.

    ``get_logger(__name__).warning("feed lost", feed="north", reason="timeout")``
    """
    logger: FilteringBoundLogger = structlog.get_logger(name)
    return logger


def _json_renderers() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("event"),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _text_renderers(*, colours: bool) -> list[Processor]:
    return [
        structlog.dev.ConsoleRenderer(
            colors=colours,
            timestamp_key="time",
            pad_event_to=0,
            exception_formatter=structlog.dev.plain_traceback,
        )
    ]
