"""Log lines: for eyes on a terminal, as JSON lines anywhere else, on standard error.

One handler on the root logger serves our own lines and those of libraries, so
that nothing reaches a terminal or a log file in a second shape. Tracebacks are
printed without local variables: a local may hold a feed's password.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import FilteringBoundLogger, Processor

LEVELS = ("debug", "info", "warning", "error", "critical")

# These report each statement or migration step at INFO; a reader wants them only at DEBUG.
_TALKATIVE = ("alembic", "sqlalchemy")


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
