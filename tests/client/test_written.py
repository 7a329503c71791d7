"""The client and the API's description say the same."""

import inspect
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import from_json
from scripts.write_client import CLIENT, SCHEMA, event_schema, reached, written

import placet_client
from placet_client import Placet, shapes, words

Json = dict[str, Any]


@pytest.fixture(scope="module")
def described() -> Json:
    from django.test import Client

    found: Json = from_json(Client().get("/api/v1/openapi.json").content)
    return found


def test_it_is_written_from_the_description_as_it_is_now(described: Json) -> None:
    """Else: `make client`."""
    files = written(described)
    assert {str(path.relative_to(CLIENT)) for path in (CLIENT / "calls").glob("*.py")} <= files.keys()
    for path, text in files.items():
        assert (CLIENT / path).read_text() == text, f"{path} is behind the API: make client"
    assert SCHEMA.read_text() == event_schema(described), "make client"


def test_every_call_is_there_with_all_that_it_takes(described: Json) -> None:
    for methods in described["paths"].values():
        for operation in methods.values():
            call = inspect.signature(getattr(Placet, operation["operationId"]))
            wanted = {each["name"] for each in operation["parameters"] if each["in"] != "header"}
            if "text/csv" in operation["responses"].get("200", {}).get("content", {}):
                wanted -= {"format"}  # JSON it is
            wanted |= (
                operation.get("requestBody", {})
                .get("content", {})
                .get("application/json", {})
                .get("schema", {})
                .get("properties", {})
                .keys()
            )
            taken = {name.removesuffix("_") for name in call.parameters}
            assert wanted - {"cursor"} <= taken, operation["operationId"]
            headers = {each["name"] for each in operation["parameters"] if each["in"] == "header"}
            assert ("Idempotency-Key" in headers) is ("idempotency_key" in taken)
            assert ("If-Match" in headers) is ("if_match" in taken)


def test_every_shape_has_the_members_that_the_description_says(described: Json) -> None:
    """As Python sees them: which must be there and which may be absent."""
    schemas = described["components"]["schemas"]
    for name, schema in schemas.items():
        shape = getattr(shapes, name, None)
        if shape is None or "properties" not in schema:
            continue
        required = set(schema.get("required", ()))
        assert shape.__required_keys__ == required, name
        assert shape.__optional_keys__ == schema["properties"].keys() - required, name
    for each in reached([each["post"] for each in described["webhooks"].values()], schemas):
        assert hasattr(shapes, each) or hasattr(words, each)


def test_it_knows_nothing_of_the_server() -> None:
    """It may be installed alone."""
    for path in Path(placet_client.__file__).parent.rglob("*.py"):
        for line in path.read_text().splitlines():
            assert not line.lstrip().startswith(("import placet.", "from placet.", "import django"))
