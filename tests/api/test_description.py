"""The API's description and its docs (contract §3)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from ninja import Schema
from pydantic_core import from_json

from placet.entrypoints.api.bodies import Shape
from placet.entrypoints.api.problems import CODES, STATUS
from placet.entrypoints.api.shapes import Shown

Json = dict[str, Any]


@pytest.fixture(scope="module")
def described() -> Json:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    made: Json = from_json(answer.content)
    return made


def operations(described: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_call_has_a_short_name_of_its_own(described: Json) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z]+(_[a-z]+){1,3}", name)


def test_every_status_is_described(described: Json) -> None:
    for method, path, operation in operations(described):
        problems = {"401", "403", "404", "422", "429"} | ({"400", "409", "413"} if method != "get" else set())
        (good,) = operation["responses"].keys() - problems
        assert good in {"200", "201"}, path
        for status in problems:
            response = operation["responses"][status]
            assert list(response["content"]) == ["application/problem+json"]
            assert response["description"].strip()
        assert "Retry-After" in operation["responses"]["429"]["headers"]
        assert "RateLimit-Remaining" in operation["responses"][good]["headers"]


def test_every_call_says_what_it_is_about(described: Json) -> None:
    tags = {tag["name"] for tag in described["tags"]}
    used = {tag for _, _, operation in operations(described) for tag in operation["tags"]}
    assert used == tags
    for method, path, operation in operations(described):
        assert operation["security"] == [{"Key": []}]
        assert len(operation["description"]) > len("Short."), path
        headers = {each["name"] for each in operation["parameters"] if each["in"] == "header"}
        assert ("Idempotency-Key" in headers) is (method == "post")
        assert ("If-Match" in headers) is (path.endswith(CONDITIONAL) or _changes(method, path))
    assert described["components"]["securitySchemes"]["Key"]["scheme"] == "bearer"


CONDITIONAL = ("}/approve", "}/reject")


def _changes(method: str, path: str) -> bool:
    """What is read with an `ETag` is changed under `If-Match`; cards, keys and discounts only come and go,
    a regular exchange pauses and goes on, and a card gateway is asked before it is chosen."""
    kept = ("tokens", "api-keys", "discounts", "exchange-schedules", "card-gateway")
    return method in {"patch", "put", "delete"} and not any(each in path for each in kept)


def test_every_list_is_paged(described: Json) -> None:
    for method, path, operation in operations(described):
        answer = _answer(described, operation)
        if "next_cursor" in answer.get("properties", {}):
            names = {each["name"] for each in operation["parameters"]}
            assert (method, names & {"limit", "cursor"}) == ("get", {"limit", "cursor"}), path
        else:
            assert not operation["operationId"].startswith("list_"), path


def _answer(described: Json, operation: Json) -> Json:
    good = operation["responses"].get("200") or operation["responses"]["201"]
    schema = good["content"].get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    found: Json = described["components"]["schemas"].get(name, {})
    return found


def test_the_docs_name_every_code() -> None:
    table = (Path(__file__).parents[2] / "docs" / "api.md").read_text().partition("| Status | Codes |")[2]
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", table.partition("\n\n")[0], re.MULTILINE)
    named = {code: int(status) for status, codes in rows for code in re.findall(r"`([a-z_]+)`", codes)}
    assert named == {code: STATUS.get(code, 409) for code in CODES} | {"internal": 500, "unavailable": 503}


def test_no_shape_hides_another(described: Json) -> None:
    """Schemas are kept by name alone."""
    for kind in (Shown, Shape):
        names = [each.__name__ for each in _all_below(kind)]
        assert sorted(set(names)) == sorted(names)
    assert not [name for name in described["components"]["schemas"] if name.endswith("Shape")]


def _all_below(kind: type[Schema]) -> list[type[Schema]]:
    found: list[type[Schema]] = []
    for below in kind.__subclasses__():
        found += [below, *_all_below(below)]
    return found


def test_references_lead_somewhere(described: Json) -> None:
    def references(node: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
        if isinstance(node, dict):
            yield from (value for key, value in node.items() if key == "$ref")
            node = list(node.values())
        for child in node if isinstance(node, list) else ():
            yield from references(child)

    found = set(references(described))
    made = described["components"]
    assert found == {
        *(f"#/components/schemas/{name}" for name in made["schemas"]),
        *(f"#/components/headers/{name}" for name in made["headers"]),
    }


def test_the_docs_need_no_login_and_no_script(described: Json) -> None:
    """Under `default-src 'self'`: nothing inline, nothing from elsewhere."""
    answer = Client().get("/api/v1/docs")
    page = answer.content.decode()
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert not re.search(r"<script|<style|style=|\bon\w+=|src=", page)
    assert re.findall(r'<link rel="stylesheet" href="([^"]*)">', page) == ["docs.css"]
    for _, _, operation in operations(described):
        assert f'<article id="{operation["operationId"]}">' in page
    anchors = set(re.findall(r'\bid="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors
    style = Client().get("/api/v1/docs.css")
    assert (style.status_code, style.headers["Content-Type"]) == (200, "text/css")


@pytest.mark.django_db
def test_answers_say_how_long_they_are() -> None:
    for path in ("/api/v1/docs", "/api/v1/openapi.json", "/api/v1/me", "/healthz"):
        answer = Client().get(path)
        assert int(answer.headers["Content-Length"]) == len(answer.content)
