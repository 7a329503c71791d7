"""The published schemas of events, held to what is really told."""

from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator


@cache
def _validator(kind: str) -> Draft202012Validator:
    from placet.entrypoints.api.event_shapes import schemas  # needs Django, which receivers are older than

    found = next(each["schema"] for each in schemas() if each["type"] == kind)
    return Draft202012Validator(found, validate_formats=True)


def validate(body: dict[str, Any]) -> None:
    """Fails unless the body of a webhook is as its type's schema says."""
    _validator(body["type"]).validate(body)
