"""Every `PLACET_…` setting: its name, its default, what it means, and its value here and now.

The fields of `Config` are the whole list; `read` makes one of an environment, and `table` lists
them for people.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, NewType, get_type_hints
from urllib.parse import urlsplit

PORTS = 65536

EMBEDDED = "embedded"
"""The `PLACET_DATABASE_URL` that asks for the embedded PostgreSQL by name."""


Positive = NewType("Positive", int)
"""A whole number from 1."""

SmtpUrl = NewType("SmtpUrl", str)
"""Where a mail server is."""


Listen = NewType("Listen", str)
"""Where to listen: `host:port`."""


class ConfigError(Exception):
    """A setting cannot be used as it stands; the message names it and says what to do."""


class Environment(StrEnum):
    """Where Placet runs: what is merely handy in development is refused in production."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    """The least level that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a log line looks: for eyes or for machines."""

    CONSOLE = "console"
    JSON = "json"


def setting(default: Any, meaning: str, *, secret: bool = False) -> Any:  # noqa: ANN401 (stands where a value of any type may)
    """A field of `Config` with its one-line meaning; a secret one never shows in a log."""
    return field(default=default, repr=not secret, metadata={"meaning": meaning})


def default_data_dir() -> Path:
    """`$XDG_DATA_HOME/placet`, else `~/.local/share/placet`."""
    home = os.environ.get("XDG_DATA_HOME", "")
    return (Path(home) if home else Path.home() / ".local" / "share") / "placet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings, read once. Field `database_url` is `PLACET_DATABASE_URL`, and so on."""

    env: Environment = setting(Environment.DEVELOPMENT, "`development` or `production`")
    database_url: str = setting(
        "",
        "`postgresql://…`; empty or `embedded`: the embedded PostgreSQL (in production only as `embedded`)",
        secret=True,
    )
    data_dir: Path = setting(
        Path(),
        "folder of the embedded PostgreSQL and of the secret key that Placet made; "
        "empty: `$XDG_DATA_HOME/placet` or `~/.local/share/placet`",
    )
    secret_key: str = setting(
        "",
        "signs sessions and links; empty: made once and kept in the data folder (required in production)",
        secret=True,
    )
    secret_key_fallbacks: tuple[str, ...] = setting(
        (),
        "earlier secret keys, by comma: what they sealed still opens, until `placet reseal` was run",
        secret=True,
    )
    allowed_hosts: tuple[str, ...] = setting(
        (), "host names served, by comma; loopback names and that of `PLACET_PUBLIC_URL` always are"
    )
    public_url: str = setting(
        "",
        "what links in mails and webhooks begin with; empty: the address that `placet up` serves",
    )
    smtp_url: SmtpUrl = setting(
        "",
        "`smtp://user:password@host:587` or `smtps://…`: where mails go out; "
        "empty: they are written into the data folder, under `mail`",
        secret=True,
    )
    mail_from: str = setting("Placet <placet@localhost>", "who mails are from")
    oidc_issuer: str = setting(
        "", "`https://…`: where people may also sign in by OpenID Connect; empty: by password alone"
    )
    oidc_client_id: str = setting("", "what Placet is called there")
    oidc_client_secret: str = setting("", "its secret there", secret=True)
    oidc_name: str = setting("single sign-on", "what the button calls it")
    webhook_allow_private: bool = setting(
        default=False,
        meaning="`1`: webhooks and exchanges may go to private and loopback addresses, and by plain http",
    )
    stripe_api_base: str = setting(
        "https://api.stripe.com", "where Stripe answers; something else only to try Placet against a double"
    )
    rate_limit: int = setting(0, "API requests a minute for each key, in each web process; 0: no limit")
    trusted_proxies: int = setting(
        0,
        "reverse proxies in front that add to `X-Forwarded-For`; 0: whoever connects is the visitor",
    )
    web_workers: Positive = setting(1, "web processes")
    web_threads: Positive = setting(8, "threads of a web process, each with its own database connection")
    worker_threads: Positive = setting(
        4, "threads of the worker for deliveries, and as many for card payments, each with its own connection"
    )
    web_drain: int = setting(
        0,
        "seconds that `placet web`, told to stop, still serves while `/readyz` says that it is not ready: "
        "time for a load balancer to turn away",
    )
    metrics_listen: Listen = setting(
        "",
        "`127.0.0.1:9464`: where `placet up`, `web` or `worker` answers Prometheus, and all who get there; "
        "empty: nowhere",
    )
    prepared_statements: bool = setting(
        default=True,
        meaning="`0`: the database prepares none, for a pooler by transaction that keeps no track of them",
    )
    log_level: LogLevel = setting(LogLevel.INFO, "`debug`, `info`, `warning` or `error`")
    log_format: LogFormat = setting(LogFormat.CONSOLE, "`console` or `json`")

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded PostgreSQL."""
        return self.database_url in {"", EMBEDDED}


def read(environment: Mapping[str, str]) -> Config:
    """The settings of an environment. An empty variable counts as left out.

    Raises:
        ConfigError: a value cannot be read, or production misses what it needs.
    """
    given: dict[str, Any] = {
        f.name: _value(f, text) for f in fields(Config) if (text := environment.get(variable(f), ""))
    }
    config = Config(**{"data_dir": default_data_dir(), **given})
    _refuse_handiness_in_production(config)
    return config


def variable(setting_field: Field[Any]) -> str:
    """The environment variable behind a field."""
    return f"PLACET_{setting_field.name.upper()}"


def table() -> Iterator[tuple[str, str, str]]:
    """Name, default and meaning of every setting, in order."""
    for f in fields(Config):
        default = "" if isinstance(f.default, Path) else _shown(f.default)
        yield variable(f), default, f.metadata["meaning"]


def _refuse_handiness_in_production(config: Config) -> None:
    if config.env is not Environment.PRODUCTION:
        return
    if not config.secret_key:
        raise ConfigError(
            "PLACET_SECRET_KEY is required with PLACET_ENV=production: 50 random characters or more."
        )
    if not config.database_url:
        raise ConfigError(
            "PLACET_DATABASE_URL is required with PLACET_ENV=production: "
            "a PostgreSQL address, or `embedded` to run the embedded server all the same."
        )


def _value(setting_field: Field[Any], text: str) -> object:
    parse = _PARSERS.get(_TYPES[setting_field.name], _TYPES[setting_field.name])
    try:
        return parse(text)
    except ValueError as error:
        meaning = setting_field.metadata["meaning"]
        raise ConfigError(
            f"{variable(setting_field)} cannot be read ({error}). It means: {meaning}."
        ) from None


def _yes_or_no(text: str) -> bool:
    answers = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in answers:
        raise ValueError(f"{text!r} is neither 1 nor 0")
    return answers[text.lower()]


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(f"{number} is negative")
    return number


def _positive(text: str) -> Positive:
    if _count(text) == 0:
        raise ValueError("it must be at least 1")
    return Positive(int(text))


def _smtp_url(text: str) -> SmtpUrl:
    """The error does not repeat it, for its password."""
    parts = urlsplit(text)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("it begins with smtp:// or smtps://, then comes the server")
    return SmtpUrl(text)


def _listen(text: str) -> Listen:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < PORTS:
        raise ValueError(f"{text!r} is not of the form host:port")
    return Listen(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _shown(default: object) -> str:
    return (
        ",".join(default)
        if isinstance(default, tuple)
        else str(int(default) if isinstance(default, bool) else default)
    )


_TYPES: Mapping[str, Any] = get_type_hints(Config)
_PARSERS: Mapping[Any, Callable[[str], object]] = {
    bool: _yes_or_no,
    int: _count,
    Positive: _positive,
    SmtpUrl: _smtp_url,
    Listen: _listen,
    tuple[str, ...]: _names,
    Path: lambda text: Path(text).expanduser().absolute(),
}
