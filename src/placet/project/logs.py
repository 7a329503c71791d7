"""Logging: structlog for us, the same look for what libraries log, and no secret in either."""

import logging
import logging.config
import re
import sys
from collections.abc import Callable
from functools import cache
from typing import Final

import structlog
from pydantic_core import to_json
from structlog.typing import EventDict, Processor, WrappedLogger

from placet.project.config import Config, LogFormat

SECRET_WORDS = (
    "password",
    "secret",
    "token",
    "authorization",
    "cookie",
    "api_key",
    "database_url",
    "smtp_url",
)
"""A field whose name holds one of these is never written out."""

SECRET_TEXT: Final = re.compile(
    r"whsec_[\w+/=-]+"  # what webhooks are signed with
    r"|\b[rs]k_(?:live|test)_\w+"  # keys of a card gateway
    r"|(?i:\bbearer\s+)\S+"
    r"|(?<=://)[^/\s@]+(?=@)"  # name and password in an address
    r"|(?<=/status/)[^\s/?\"']+"  # links that open something for whoever has them
    r"|(?<=/account/invitation/)[^\s/?\"']+"
    r"|(?<=/account/password/reset/)[0-9A-Za-z]+-[^\s/?\"']+"
)
"""What is a secret wherever it stands, in a message or the trace of an exception."""

QUIET: Final = ("httpx", "httpcore", "urllib3", "stripe", "fontTools", "fpdf")


def set_up(config: Config) -> None:
    """Sends everything that is logged to stderr, one line each; may be called again."""
    _without_what_nobody_reads()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": lambda: formatter(config.log_format)}},
            "filters": {"broke": {"()": lambda: _has_trace}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": config.log_level.upper()},
            # These would log every address they ask, with whatever key is in it.
            # The last two tell of every glyph that they set.
            # Of a refused request we have a line of our own, without the address that was asked for.
            "loggers": {name: {"level": "WARNING"} for name in QUIET}
            | {"django.request": {"level": "ERROR", "filters": ["broke"]}},
        }
    )


def _has_trace(record: logging.LogRecord) -> bool:
    """Whether something broke: a mere answer of 503 is said on purpose."""
    return bool(record.exc_info)


def _without_what_nobody_reads() -> None:
    """Where in the code a line was logged, in which thread and process: finding that out takes as long as all
    the rest."""
    logging._srcfile = None  # noqa: SLF001 - the way that logging's own docs name
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _json(event: EventDict, **_: object) -> str:
    return to_json(event, fallback=repr).decode()


def without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces the value of every field whose name speaks of a secret, and what looks like one anywhere."""
    return {key: "***" if _is_secret(key) else _harmless(value) for key, value in event.items()}


@cache
def _is_secret(key: str) -> bool:
    return any(word in key.lower() for word in SECRET_WORDS)


def _harmless(value: object) -> object:
    """Most values are a word or an id: those hold nothing that could be one."""
    if isinstance(value, str) and ("/" in value or " " in value or "_" in value):
        return SECRET_TEXT.sub("***", value)
    return value


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]


def formatter(log_format: LogFormat) -> logging.Formatter:
    """How a record becomes a line, ours and anybody else's."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _RENDERERS[log_format](),
        ],
    )


_RENDERERS: dict[LogFormat, Callable[[], Processor]] = {
    LogFormat.CONSOLE: lambda: structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
    LogFormat.JSON: lambda: structlog.processors.JSONRenderer(_json),
}
