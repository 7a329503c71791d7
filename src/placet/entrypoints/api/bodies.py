"""Request bodies that are checked when the view says so.

Errors are looked for in the contract's order: what is not there (404) or not allowed (403) is said
before what is wrong with the body (422). So a body arrives unchecked, and the view checks it after
the door was passed.
"""

from typing import Annotated, Any, Final, get_args
from unicodedata import category

from django.http import HttpRequest
from ninja import Schema
from ninja.params.functions import Body as BodyParam
from ninja.parser import Parser
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
)
from pydantic_core import CoreSchema, core_schema, from_json

from placet.domain.refusals import Refusal, invalid
from placet.storage.facts import as_uuid

BODY: Final[Any] = BodyParam(None)
"""The default of a view's `body` parameter: no body at all counts as `{}`."""


class Shape(Schema):
    """What a body may hold: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", str_max_length=4000)


class Nothing(Shape):
    """No members."""


def _no_id(ref: str) -> str:
    if as_uuid(ref):
        raise ValueError("must not look like an id")
    return ref


Ref = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$"), AfterValidator(_no_id)]
"""A key of the caller's own, by which it names a thing instead of by its id."""


def _one_line(text: str) -> str:
    if not text.strip() or any(category(letter) in {"Cc", "Zl", "Zp"} for letter in text):
        raise ValueError("must be one line of text")
    return text


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
"""What people call something: one line, without control characters."""

Name = Annotated[str, Field(min_length=1, max_length=100)]
"""The id or the ref of an organization, a product, a vendor or a price list."""

Amount = Annotated[
    str,
    Field(max_length=40, pattern=r"^-?[0-9]+(\.[0-9]+)?$", description="Decimal text.", examples=["120.00"]),
]


def strange_parameters(request: HttpRequest, query: type[Schema]) -> Refusal | None:
    """Why the address asks for what there is not, if it does: a misspelt `dry_run` is no wish to do it."""
    strange = sorted(set(request.GET) - set(query.model_fields))
    return invalid(**{name[:100]: "There is no such parameter." for name in strange}) if strange else None


class Body[T: Shape]:
    """A body as it came, and the shape that it ought to have."""

    def __init__(self, raw: object, shape: type[T]) -> None:
        self._raw, self._shape = raw, shape

    def checked(self) -> T | Refusal:
        """The body in its shape, or `invalid` with the errors by field."""
        try:
            return self._shape.model_validate({} if self._raw is None else self._raw)
        except ValidationError as error:
            return invalid_of(error.errors())

    def text(self, name: str) -> str | None:
        """A member as it came, if it is text: what it names may not be there, or not be the caller's."""
        value = self._raw.get(name) if isinstance(self._raw, dict) else None
        return value if isinstance(value, str) else None

    @property
    def members(self) -> list[str]:
        """What the body names, whatever it is worth: some members are not everybody's to name."""
        return list(self._raw) if isinstance(self._raw, dict) else []

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        (shape,) = get_args(source)
        return core_schema.no_info_plain_validator_function(
            lambda raw: cls(raw, shape), metadata={"shape": shape}
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        shape = schema.get("metadata", {})["shape"]
        return handler(shape.__pydantic_core_schema__)


def given[T: Shape](body: "Body[T] | None", shape: type[T]) -> "Body[T]":
    """The body of a request that may have had none."""
    return body if isinstance(body, Body) else Body(None, shape)


class JsonParser(Parser):
    """JSON as PostgreSQL can keep it: no NUL characters, no lone surrogates, no infinities."""

    def parse_body(self, request: HttpRequest) -> Any:  # noqa: ANN401
        """The body's value. Raises `ValueError` for what is no such JSON."""
        if b"\\u0000" in request.body:
            raise ValueError("NUL characters are not accepted")
        return from_json(request.body, allow_inf_nan=False)


def invalid_of(errors: Any) -> Refusal:  # noqa: ANN401 - pydantic's own error rows
    """`invalid`, with what is wrong by field: `lines.0.quantity`."""
    by_field = {
        ".".join(map(str, row["loc"])) or "body": row["msg"].removeprefix("Value error, ") for row in errors
    }
    return Refusal("invalid", facts={"errors": by_field})
