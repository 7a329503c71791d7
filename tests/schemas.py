"""The published schema of events, held to what is really told."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

PUBLISHED: Final = Path(__file__).parents[1] / "docs" / "events.schema.json"


@cache
def _validators() -> dict[str, Draft202012Validator]:
    """For each type of event, what its body must look like."""
    schema: dict[str, Any] = json.loads(PUBLISHED.read_text())
    found = {}
    for each in schema.pop("oneOf"):
        only = schema["$defs"][each["$ref"].removeprefix("#/$defs/")]["properties"]["type"]["const"]
        found[only] = Draft202012Validator(schema | each, validate_formats=True)
    return found


def validate(body: dict[str, Any]) -> None:
    """Fails unless the body of a webhook is as its type's schema says."""
    _validators()[body["type"]].validate(body)
