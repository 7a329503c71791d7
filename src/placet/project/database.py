"""Which PostgreSQL Placet uses, as Django wants to be told."""

from typing import Any

from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import ProgrammingError

from placet.project.config import Config, ConfigError

PREPARE_AFTER = 2
"""A connection prepares what it sees this often: the few statements of the main path soon are."""


def django_settings(config: Config) -> dict[str, Any]:
    """The entry of `DATABASES`.

    A thread keeps its connection (no health check before each request: a broken one is found out
    and replaced after the request that broke). Parameters are bound by the server, so that a
    statement is planned once; that is what the main path's speed comes from.
    """
    address = parameters(config.database_url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": address.pop("dbname", "placet"),
        "USER": address.pop("user", ""),
        "PASSWORD": address.pop("password", ""),
        "HOST": address.pop("host", ""),
        "PORT": address.pop("port", ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {
            "server_side_binding": True,
            "prepare_threshold": PREPARE_AFTER if config.prepared_statements else None,
            "application_name": "placet",
            "connect_timeout": 10,
            **address,
        },
    }


def parameters(url: str) -> dict[str, Any]:
    """The connection parameters that a PostgreSQL address names.

    Raises:
        ConfigError: it is no PostgreSQL address. The message does not repeat it, for its password.
    """
    try:
        return {key: value for key, value in conninfo_to_dict(url).items() if value is not None}
    except ProgrammingError:
        raise ConfigError(
            "PLACET_DATABASE_URL is no PostgreSQL address. "
            "It looks like postgresql://user:password@host:5432/database."
        ) from None
