"""`GET /healthz`, contract §1."""

import re

import pytest
from django.test import Client, RequestFactory
from django.urls import get_resolver
from pydantic_core import from_json
from pytest_django.fixtures import Settings


@pytest.mark.django_db
def test_answers_200_when_the_database_answers(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_carries_the_security_headers(client: Client) -> None:
    headers = client.get("/healthz").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


HOSTS = """
path                  host                ->  status
/healthz              evil.example            200
/account/login        localhost:8000          200
/account/login        LOCALHOST               200
/account/login        [::1]:8000              200
/account/login        shop.localhost          200
/account/login        orders.example:8000     200
/account/login        evil.example            400
/account/login        a b                     400
/static/none.css      evil.example            400
/api/v1/openapi.json  127.0.0.1               200
/api/v1/openapi.json  evil.example            400
"""


@pytest.mark.django_db
@pytest.mark.parametrize("row", HOSTS.strip().splitlines()[1:])
def test_only_host_names_of_ours_are_served_but_to_probes(
    client: Client, settings: Settings, row: str
) -> None:
    """Contract §1: `PLACET_ALLOWED_HOSTS`, and loopback names always."""
    path, host, status = re.split(r"\s{2,}", row)
    settings.ALLOWED_HOSTS = [*settings.LOOPBACK_HOSTS, "orders.example"]
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == int(status)
    if path.startswith("/api/") and answer.status_code == 400:
        assert from_json(answer.content)["code"] == "malformed"


def test_what_nobody_foresaw_is_a_problem_too() -> None:
    """Contract §3: every error is one; what went wrong stays in the log."""
    answer = get_resolver().resolve_error_handler(500)(RequestFactory().get("/api/v1/me"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert set(from_json(answer.content)) == {"title", "status", "detail", "code"}
