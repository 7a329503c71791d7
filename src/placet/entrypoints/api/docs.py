"""The API's docs for people: one page, made of the OpenAPI description, that needs no script."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from pydantic_core import to_json

from placet.entrypoints.api.description import REF

Json = dict[str, Any]

HERE: Final = Path(__file__).parent
CSV: Final = object()
"""The example of a body that is a file."""

DEEPEST: Final = 5
"""How far an example goes into what is inside."""


@dataclass(frozen=True, slots=True)
class Field:
    """One member of a body or of an answer, or one parameter."""

    name: str
    kind: SafeString
    required: bool
    words: SafeString


@dataclass(frozen=True, slots=True)
class Operation:
    """One call."""

    id: str
    method: str
    path: SafeString
    title: str
    words: SafeString
    parameters: list[Field]
    body: list[Field]
    request: str
    answer: SafeString
    status: str
    example: str
    problems: list[tuple[str, SafeString]]


@dataclass(frozen=True, slots=True)
class Group:
    """The calls about one thing."""

    id: str
    name: str
    words: str
    operations: list[Operation]


class Page(DocsBase):
    """The page, made once."""

    def __init__(self) -> None:
        self._html = b""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:  # noqa: ANN401, ARG002 - ninja's
        """The whole page."""
        self._html = self._html or _html(api.get_openapi_schema())
        return HttpResponse(self._html)


@require_safe
def stylesheet(_request: HttpRequest) -> HttpResponse:
    """How the page looks."""
    css = (HERE / "docs.css").read_bytes()
    return HttpResponse(css, content_type="text/css", headers={"Cache-Control": "public, max-age=300"})


def _html(described: Json) -> bytes:
    template = Engine(dirs=[str(HERE)]).get_template("docs.html")
    return template.render(Context(Description(described).context())).encode()


class Description:
    """An OpenAPI description, to be read."""

    def __init__(self, described: Json) -> None:
        self._described, self._schemas = described, described["components"]["schemas"]

    def context(self) -> Json:
        """What the template shows."""
        about = self._described["info"]["description"].strip()
        return {
            "about": [worded(paragraph) for paragraph in about.split("\n\n")],
            "groups": self._groups,
            "shapes": [
                (name, worded(schema.get("description", "")), self.fields(schema))
                for name, schema in self._schemas.items()
                if "properties" in schema
            ],
        }

    @cached_property
    def _groups(self) -> list[Group]:
        operations = [
            (each["tags"][0], self._operation(method, path, each))
            for path, methods in self._described["paths"].items()
            for method, each in methods.items()
        ]
        return [
            Group(
                tag["name"].lower().replace(" ", "-"),
                tag["name"],
                tag["description"],
                [operation for name, operation in operations if name == tag["name"]],
            )
            for tag in self._described["tags"]
        ]

    def _operation(self, method: str, path: str, each: Json) -> Operation:
        status = min(each["responses"])
        content = each["responses"][status]["content"]
        answer = content.get("application/json", next(iter(content.values())))["schema"]
        body = self._body(each)
        return Operation(
            id=each["operationId"],
            method=method.upper(),
            path=_marked(path),
            title=each["summary"],
            words=worded(each["description"]),
            parameters=[self._parameter(parameter) for parameter in each["parameters"]],
            body=self.fields(body) if body else [],
            request=_curl(method, path, self._example_body(each, body)),
            answer=self.kind(answer),
            status=status,
            example=_pretty(self.example(answer)),
            problems=[
                (code, worded(response["description"]))
                for code, response in each["responses"].items()
                if code != status
            ],
        )

    def _body(self, each: Json) -> Json | None:
        found = each.get("requestBody")
        json = found["content"].get("application/json") if found else None
        return self._resolved(json["schema"]) if json else None

    def _example_body(self, each: Json, body: Json | None) -> Any:  # noqa: ANN401 - any JSON
        return self.example(body, required_only=True) if body else CSV if "requestBody" in each else None

    def _parameter(self, parameter: Json) -> Field:
        given = [each for each in _options(parameter["schema"]) if each.get("type") != "null"]
        words = worded(parameter.get("description", ""))
        return Field(parameter["name"], self.kind({"anyOf": given}), parameter["required"], words)

    def fields(self, schema: Json) -> list[Field]:
        """The members of an object."""
        required = schema.get("required", ())
        return [
            Field(name, self.kind(each), name in required, worded(each.get("description", "")))
            for name, each in schema.get("properties", {}).items()
        ]

    def kind(self, schema: Json) -> SafeString:
        """A type, in words; other shapes as links."""
        options = [each for each in _options(schema) if each.get("type") != "null"]
        nullable = len(options) < len(_options(schema))
        words = format_html_join(mark_safe(" or "), "{}", ((self._kind(each),) for each in options))
        return format_html("{} or null", words) if nullable else words

    def _kind(self, schema: Json) -> SafeString:
        if "$ref" in schema and "properties" in self._resolved(schema):
            name = schema["$ref"].removeprefix(REF)
            return format_html('<a href="#shape-{}">{}</a>', name, name)
        schema = self._resolved(schema)
        if "enum" in schema or "const" in schema:
            values = schema.get("enum", [schema.get("const")])
            return format_html_join(mark_safe(" · "), "<code>{}</code>", ((value,) for value in values))
        if schema.get("type") == "array":
            return format_html("list of {}", self.kind(schema["items"]))
        if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
            return format_html("object of {}", self.kind(schema["additionalProperties"]))
        return conditional_escape(_simple(schema))

    def example(self, schema: Json, name: str = "", *, required_only: bool = False, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
        """Something of that shape, as a member of that name may hold it."""
        schema = self._resolved(
            next((each for each in _options(schema) if each.get("type") != "null"), schema)
        )
        deeper: Json = {"required_only": required_only, "depth": depth + 1}
        if "properties" in schema:
            wanted = schema.get("required", ()) if required_only else schema["properties"]
            return {
                each: self.example(member, each, **deeper)
                for each, member in schema["properties"].items()
                if each in wanted
            }
        if schema.get("type") == "array":
            return [self.example(schema["items"], name, **deeper)] if depth < DEEPEST else []
        return _plain_example(schema, name)

    def _resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].removeprefix(REF)]
        return schema


def _options(schema: Json) -> list[Json]:
    return schema.get("anyOf") or schema.get("allOf") or [schema]


FORMATS: Final = {"date-time": "time", "date": "day", "uuid": "id"}


def _simple(schema: Json) -> str:
    words = FORMATS.get(schema.get("format", ""), schema.get("type", "any"))
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"{words} from {low} to {high}" if low is not None and high is not None else str(words)


BY_TYPE: Final[Mapping[str, Any]] = {
    "date-time": "2026-11-22T10:00:00Z",
    "date": "2026-11-22",
    "uuid": "0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11",
    "string": "…",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "object": {},
    "null": None,
}

BY_NAME: Final[Mapping[str, str]] = {
    **dict.fromkeys(("id", "contract", "order", "orders", "invoice"), BY_TYPE["uuid"]),
    "number": "PL-000042",
    "amount": "120.00",
    "currency": "EUR",
    "product": "bp",
    "vendor": "ms",
    "ref": "res-b",
    "customer": "cust-b",
    "status_label": "Pending Approval",
    "sku": "CFQ7TTC0LCHC",
    "url": "https://erp.example/placet",
    "secret": "whsec_…",
    "hint": "x9Qe",
    "country": "LV",
}


def _plain_example(schema: Json, name: str) -> Any:  # noqa: ANN401 - any JSON
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema or "const" in schema:
        return schema.get("enum", [schema.get("const")])[0]
    kind = str(schema.get("format", schema.get("type", "object")))
    return BY_NAME.get(name, "…") if kind == "string" else BY_TYPE.get(kind, "…")


def worded(text: str) -> SafeString:
    """Plain text with `code` in it."""
    parts: Iterable[str] = re.split(r"`([^`]*)`", text)
    return format_html_join(
        "",
        "{}",
        ((format_html("<code>{}</code>", part) if odd % 2 else part,) for odd, part in enumerate(parts)),
    )


def _marked(path: str) -> SafeString:
    """A path whose placeholders stand out."""
    parts = re.split(r"(\{\w+\})", path)
    return format_html_join(
        "", "{}", ((format_html("<i>{}</i>", part) if "{" in part else part,) for part in parts)
    )


def _curl(method: str, path: str, body: Any) -> str:  # noqa: ANN401 - any JSON
    verb = "" if method == "get" else f" -X {method.upper()}"
    lines = [f"curl{verb} $PLACET{path}", '  -H "Authorization: Bearer $KEY"']
    if body is CSV:
        lines += ['  -H "Content-Type: text/csv"', "  --data-binary @FILE"]
    elif body is not None:
        lines += ['  -H "Content-Type: application/json"', f"  -d '{_pretty(body)}'"]
    return " \\\n".join(lines)


def _pretty(example: Any) -> str:  # noqa: ANN401 - any JSON
    return to_json(example, indent=2).decode()
