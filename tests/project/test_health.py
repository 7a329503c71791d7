"""`GET /healthz`, contract §1."""

import pytest
from django.test import Client, RequestFactory
from django.urls import get_resolver
from pydantic_core import from_json


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


def test_what_nobody_foresaw_is_a_problem_too() -> None:
    """Contract §3: every error is one; what went wrong stays in the log."""
    answer = get_resolver().resolve_error_handler(500)(RequestFactory().get("/api/v1/me"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert set(from_json(answer.content)) == {"title", "status", "detail", "code"}
