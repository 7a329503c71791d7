"""Logging: structlog for us, the same look for what libraries log, and no secret in either."""

import logging
import logging.config
import sys
from collections.abc import Callable
from typing import Final

import structlog
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

QUIET: Final = ("httpx", "httpcore", "urllib3", "stripe", "fontTools", "fpdf")


def set_up(config: Config) -> None:
    """Sends everything that is logged to stderr, one line each; may be called again."""
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": lambda: _formatter(config.log_format)}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": config.log_level.upper()},
            # These would log every address they ask, with whatever key is in it.
            # The last two tell of every glyph that they set.
            "loggers": {name: {"level": "WARNING"} for name in QUIET},
        }
    )


def without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces the value of every field whose name speaks of a secret."""
    return {key: "***" if _is_secret(key) else value for key, value in event.items()}


def _is_secret(key: str) -> bool:
    return any(word in key.lower() for word in SECRET_WORDS)


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]


def _formatter(log_format: LogFormat) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _RENDERERS[log_format](),
        ],
    )


_RENDERERS: dict[LogFormat, Callable[[], Processor]] = {
    LogFormat.CONSOLE: lambda: structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
    LogFormat.JSON: structlog.processors.JSONRenderer,
}
