"""The settings, contract §1."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from placet.project import config
from placet.project.config import ConfigError, Environment, read

READABLE = """
PLACET_ENV                    production              env                    Environment.PRODUCTION
PLACET_DATA_DIR               /srv/placet             data_dir               Path("/srv/placet")
PLACET_ALLOWED_HOSTS          a.example,b.example     allowed_hosts          ("a.example", "b.example")
PLACET_WEBHOOK_ALLOW_PRIVATE  1                       webhook_allow_private  True
PLACET_WEBHOOK_ALLOW_PRIVATE  0                       webhook_allow_private  False
PLACET_WEB_THREADS            3                       web_threads            3
PLACET_RATE_LIMIT             0                       rate_limit             0
"""

UNREADABLE = """
PLACET_ENV                    staging     'staging' is not a valid Environment
PLACET_WEBHOOK_ALLOW_PRIVATE  perhaps     neither 1 nor 0
PLACET_WEB_THREADS            0           at least 1
PLACET_WEB_WORKERS            many        invalid literal
PLACET_RATE_LIMIT             -1          negative
PLACET_LOG_LEVEL              loud        not a valid LogLevel
PLACET_METRICS_LISTEN         9464        not of the form host:port
PLACET_METRICS_LISTEN         here:99999  not of the form host:port
"""

FIT_FOR_PRODUCTION = {"PLACET_SECRET_KEY": "long", "PLACET_DATABASE_URL": "postgresql:///placet"}


def rows(table: str) -> list[list[str]]:
    return [re.split(r"\s{2,}", line.strip()) for line in table.strip().splitlines()]


@pytest.mark.parametrize(("variable", "text", "field", "value"), rows(READABLE))
def test_reads(variable: str, text: str, field: str, value: str) -> None:
    expected = eval(value, {"Environment": Environment, "Path": Path})  # noqa: S307 (of the table above)
    assert getattr(read({**FIT_FOR_PRODUCTION, variable: text}), field) == expected


@pytest.mark.parametrize(("variable", "text", "reason"), rows(UNREADABLE))
def test_refuses_by_name(variable: str, text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=f"{variable} cannot be read.*{reason}"):
        read({variable: text})


def test_an_empty_variable_counts_as_left_out() -> None:
    assert read({"PLACET_WEB_THREADS": ""}) == read({})


@pytest.mark.parametrize("missing", FIT_FOR_PRODUCTION)
def test_production_needs(missing: str) -> None:
    given = {**FIT_FOR_PRODUCTION, "PLACET_ENV": "production", missing: ""}
    with pytest.raises(ConfigError, match=f"{missing} is required"):
        read(given)


def test_production_may_ask_for_the_embedded_server_by_name() -> None:
    given = {**FIT_FOR_PRODUCTION, "PLACET_ENV": "production", "PLACET_DATABASE_URL": "embedded"}
    assert read(given).embedded


def test_no_secret_shows() -> None:
    secrets = {name: "do-not-tell" for name, _, _ in config.table() if re.search("SECRET|URL", name)}
    del secrets["PLACET_PUBLIC_URL"]
    secrets["PLACET_SMTP_URL"] = "smtp://placet:do-not-tell@mail.example"
    assert "do-not-tell" not in repr(read(secrets))


@pytest.mark.parametrize("url", ["mail.example:25", "http://:do-not-tell@mail.example", "smtp://"])
def test_a_mail_server_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match="smtp://") as refused:
        read({"PLACET_SMTP_URL": url})
    assert "do-not-tell" not in str(refused.value)


def test_every_setting_says_what_it_means() -> None:
    assert len(list(config.table())) == len(fields(config.Config))
    assert all(meaning for _, _, meaning in config.table())
