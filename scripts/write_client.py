"""Writes what of `placet_client` follows from the API's description: its words, its shapes and its calls; and
the schema of what webhooks hold, `docs/events.schema.json`.

`python -m scripts.write_client` (`make client`). How requests are made, repeated and refused is written by
hand, in the modules beside.
"""

import json
import keyword
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from textwrap import fill
from typing import Any, Final

Json = dict[str, Any]

HERE: Final = Path(__file__).parent.parent
CLIENT: Final = HERE / "src" / "placet_client"
SCHEMA: Final = HERE / "docs" / "events.schema.json"
REF: Final = "#/components/schemas/"
WIDTH: Final = 100
WRITTEN: Final = "\n\nWritten by `make client` from the API's description: change that, not this.\n"
GOOD: Final = ("200", "201")
SIMPLE: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
ALSO: Final = {"date-time": "datetime | str", "date": "date | str"}
"""What a caller may give beside text."""


def written(described: Json) -> dict[str, str]:
    """The text of every file, by its path in the package."""
    schemas = described["components"]["schemas"]
    operations = list(_operations(described))
    told = [schemas_of(each["post"]["requestBody"]) for each in described["webhooks"].values()]
    by_tag = {
        tag["name"]: [each for each in operations if each["tags"] == [tag["name"]]]
        for tag in described["tags"]
    }
    wanted = reached([_needed(each, schemas) for each in operations] + told, schemas)
    files = {
        "words.py": words(schemas, wanted),
        "shapes.py": shapes(schemas, wanted),
        "calls/__init__.py": index([tag for tag, found in by_tag.items() if found]),
    }
    calls = {
        f"calls/{_module(tag)}.py": family(tag, found, schemas) for tag, found in by_tag.items() if found
    }
    return {path: _formatted(text) for path, text in (files | calls).items()}


def _operations(described: Json) -> Iterator[Json]:
    for path, methods in described["paths"].items():
        for method, each in methods.items():
            yield each | {"method": method.upper(), "path": path.removeprefix("/api/v1")}


def event_schema(described: Json) -> str:
    """The schema of a webhook's body, whatever its type: one of the events', by its name."""
    events = [schemas_of(each["post"]["requestBody"]) for each in described["webhooks"].values()]
    schemas = described["components"]["schemas"]
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What webhooks of Placet hold",
        "description": "Each type in version 1, as `placet-schema` of a message says.",
        "oneOf": events,
        "$defs": {name: schemas[name] for name in sorted(reached(events, schemas))},
    }
    return json.dumps(made, indent=1, ensure_ascii=False).replace(REF, "#/$defs/") + "\n"


# Words and shapes ---------------------------------------------------------------------------


def words(schemas: Mapping[str, Json], wanted: set[str]) -> str:
    """Closed sets of words, as literals."""
    found = [name for name in sorted(wanted) if "enum" in schemas[name]]
    lines = [
        f"type {name} = {python(schemas[name])}\n{_documented(schemas[name]['description'], '')}"
        for name in found
    ]
    head = f'"""The words that the API uses, each a closed set.{WRITTEN}"""\n\nfrom typing import Literal\n'
    return "\n\n".join([head, *lines])


def shapes(schemas: Mapping[str, Json], wanted: set[str]) -> str:
    """Objects, as typed dictionaries; and what webhooks hold, as one type told apart by `type`."""
    found = [name for name in in_order(wanted, schemas) if "properties" in schemas[name]]
    told = [name for name in found if name.endswith("Event") and name != "Event"]
    used = sorted(wanted - set(found))
    head = [
        f'"""What goes out and what comes in, as plain JSON with types.{WRITTEN}"""',
        "from typing import Any, Literal, NotRequired, TypedDict",
        f"from placet_client.words import {', '.join(used)}",
    ]
    bodies = [_shape(name, schemas[name]) for name in found]
    union = f'type Told = {" | ".join(told)}\n"""The body of a webhook: its `type` says which."""'
    return "\n\n".join([*head, *bodies, union])


def _shape(name: str, schema: Json) -> str:
    required, members = set(schema.get("required", ())), schema["properties"]
    types = {
        member: python(each) if member in required else f"NotRequired[{python(each)}]"
        for member, each in members.items()
    }
    said = _documented(schema.get("description", name + "."), "    ")
    if any(map(keyword.iskeyword, types)):
        pairs = ", ".join(f'"{member}": {_quoted(kind)}' for member, kind in types.items())
        return (
            f'{name} = TypedDict("{name}", {{{pairs}}})\n{_documented(schema.get("description", name), "")}'
        )
    lines = [f"    {member}: {kind}" for member, kind in types.items()]
    return "\n".join([f"class {name}(TypedDict):", f"{said}\n", *lines])


def _quoted(kind: str) -> str:
    """What stands in an expression may name what comes later."""
    return f'"{kind}"'


def python(schema: Json, *, given: bool = False) -> str:
    """The Python type of a schema; `given`: as a caller may write it."""
    if "$ref" in schema:
        return str(schema["$ref"].removeprefix(REF))
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return f"Literal[{', '.join(map(repr, values))}]"
    for joined in ("allOf", "anyOf"):
        if joined in schema:
            return " | ".join(dict.fromkeys(python(each, given=given) for each in schema[joined]))
    if schema.get("type") == "array":
        inner = python(schema["items"], given=given)
        return f"Sequence[{inner}]" if given else f"list[{inner}]"
    if schema.get("type") == "object":
        rest = schema.get("additionalProperties")
        return f"dict[str, {python(rest, given=given) if isinstance(rest, dict) else 'Any'}]"
    if given and schema.get("format") in ALSO:
        return ALSO[schema["format"]]
    return SIMPLE.get(schema.get("type", ""), "Any")


def reached(nodes: Iterable[Any], schemas: Mapping[str, Json]) -> set[str]:
    """The names of all schemas that are needed from there on."""
    found: set[str] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += [each for name, each in node.items() if name != "$ref"]
            name = str(node.get("$ref", "")).removeprefix(REF)
            if name and name not in found:
                found.add(name)
                waiting.append(schemas[name])
    return found


def in_order(wanted: Iterable[str], schemas: Mapping[str, Json]) -> list[str]:
    """By name, but what others are made of before them."""
    found: dict[str, None] = {}

    def add(name: str) -> None:
        if name not in found:
            for inner in sorted(_named(schemas[name])):
                add(inner)
            found[name] = None

    for name in sorted(wanted):
        add(name)
    return list(found)


def _named(node: Any) -> set[str]:  # noqa: ANN401 - any JSON
    """The schemas that one refers to itself."""
    if isinstance(node, list):
        return set().union(*map(_named, node))
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"].removeprefix(REF)} if isinstance(node.get("$ref"), str) else set()
    return own.union(*map(_named, node.values()))


def _needed(operation: Json, schemas: Mapping[str, Json]) -> list[Any]:
    """What a call takes and gives; of a list its items alone."""
    answer = _answer(operation)
    items = _items(operation, schemas)
    return [operation["parameters"], schemas_of(operation.get("requestBody", {})), items or answer]


def schemas_of(body: Json) -> Json:
    """The JSON that a request holds."""
    found: Json = body.get("content", {}).get("application/json", {}).get("schema", {})
    return found


# Calls --------------------------------------------------------------------------------------


def index(tags: list[str]) -> str:
    """All calls, as one class."""
    names = [_class(tag) for tag in tags]
    imports = [f"from placet_client.calls.{_module(tag)} import {_class(tag)}" for tag in sorted(tags)]
    head = f'"""Every call of the API.{WRITTEN}"""\n'
    made = f'class Calls({", ".join(names)}):\n    """Every call of the API, by its name there."""'
    return "\n".join([head, *imports, "\n", '__all__ = ["Calls"]', "\n", made])


def family(tag: str, operations: list[Json], schemas: Mapping[str, Json]) -> str:
    """The calls about one thing, as one class."""
    methods = [_method(each, schemas) for each in operations]
    body = "\n\n".join(methods)
    head = f'"""Calls: {tag}.{WRITTEN}"""'
    made = f'class {_class(tag)}(Asking):\n    """Calls: {tag}."""\n\n{body}'
    return "\n\n".join([head, *_imports(body, operations, schemas), made])


def _imports(body: str, operations: list[Json], schemas: Mapping[str, Json]) -> list[str]:
    named = set(re.findall(r"\w+", re.sub(r'"""(?s:.*?)"""', "", body)))
    known = {
        name for name in reached([_needed(each, schemas) for each in operations], schemas) if name in named
    }
    asking = [name for name in ("UNSET", "Asking", "Items", "Unset", "given") if name in named | {"Asking"}]
    groups = (
        ("collections.abc", ["Sequence"]),
        ("datetime", ["date", "datetime"]),
        ("typing", ["Any", "Literal"]),
        ("placet_client.asking", asking),
        ("placet_client.shapes", sorted(name for name in known if "properties" in schemas[name])),
        ("placet_client.words", sorted(name for name in known if "enum" in schemas[name])),
    )
    lines = [(module, [name for name in names if name in named | {"Asking"}]) for module, names in groups]
    return [f"from {module} import {', '.join(names)}" for module, names in lines if names]


def _method(operation: Json, schemas: Mapping[str, Json]) -> str:
    path = [each["name"] for each in operation["parameters"] if each["in"] == "path"]
    query = [each for each in operation["parameters"] if each["in"] == "query" and _is_asked(each, operation)]
    body = schemas_of(operation.get("requestBody", {}))
    members, needed = body.get("properties", {}), set(body.get("required", ()))
    text = list(operation.get("requestBody", {}).get("content", {})) == ["text/csv"]
    named = {name: python(each, given=True) for name, each in members.items()}
    asked = {each["name"]: _without_null(python(each["schema"], given=True)) for each in query}
    first = [f"{_safe(name)}: {kind}" for name, kind in named.items() if name in needed]
    first += ["csv: str"] * text
    then = [_optional(each, kind) for each, kind in (named | asked).items() if each not in needed]
    headers = [name for name in ("idempotency_key", "if_match") if _takes(operation, name)]
    then += [HEADERS[name] for name in headers]
    keywords = ", ".join(["*", *first, *then]) if first or then else ""
    signature = ", ".join(filter(None, ["self", *(f"{_safe(name)}: str" for name in path), keywords]))
    handed = [f'"{operation["method"]}"', _path(operation["path"], path)]
    handed += [f"query={_pairs(asked)}"] * bool(asked)
    handed += ["body=csv"] if text else [f"body={_pairs(named)}"] if "requestBody" in operation else []
    handed += [f"{name}={name}" for name in headers]
    kind, ask = _gives(operation, schemas)
    words_ = f"{operation['description'].strip()}\n\n`{operation['method']} {operation['path']}`"
    return (
        f"    def {operation['operationId']}({signature}) -> {kind}:\n{_documented(words_, '        ')}\n"
        f"        return self.{ask}, {', '.join(handed)})"
    )


HEADERS: Final = {
    "idempotency_key": "idempotency_key: str | None = None",
    "if_match": "if_match: str | int | None = None",
}


def _is_asked(parameter: Json, operation: Json) -> bool:
    """Pages are turned for the caller; where CSV or JSON may be had, it is JSON."""
    choice = parameter["name"] == "format" and len(_good(operation)["content"]) > 1
    return parameter["name"] != "cursor" and not choice


def _takes(operation: Json, header: str) -> bool:
    names = {
        each["name"].lower().replace("-", "_") for each in operation["parameters"] if each["in"] == "header"
    }
    return header in names


def _gives(operation: Json, schemas: Mapping[str, Json]) -> tuple[str, str]:
    """The type of what a call answers, and the beginning of how it is asked."""
    if items := _items(operation, schemas):
        kind = python(items)
        return f"Items[{kind}]", f"items({kind}"
    content = next(iter(_good(operation)["content"]))
    if "application/json" in _good(operation)["content"]:
        kind = python(_answer(operation))
        return kind, f"ask({kind}"
    return ("str", "ask(str") if content == "text/csv" else ("bytes", "ask(bytes")


def _good(operation: Json) -> Json:
    found: Json = next(operation["responses"][status] for status in GOOD if status in operation["responses"])
    return found


def _answer(operation: Json) -> Json:
    content = _good(operation)["content"]
    found: Json = content.get("application/json", next(iter(content.values())))["schema"]
    return found


def _items(operation: Json, schemas: Mapping[str, Json]) -> Json | None:
    """What a list is of; nothing for what is no list."""
    if all(each["name"] != "cursor" for each in operation["parameters"]):
        return None
    page = schemas[_answer(operation)["$ref"].removeprefix(REF)]
    found: Json = page["properties"]["items"]["items"]
    return found


def _optional(name: str, kind: str) -> str:
    null = " | None" if kind.endswith(" | None") else ""
    return f"{_safe(name)}: {_without_null(kind)} | Unset{null} = UNSET"


def _without_null(kind: str) -> str:
    return kind.removesuffix(" | None")


def _safe(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _pairs(names: Iterable[str]) -> str:
    return f"given({', '.join(f'{_safe(name)}={_safe(name)}' for name in names)})"


def _path(path: str, names: list[str]) -> str:
    """What is put into a path is quoted by the transport."""
    return f'"{path}"' if not names else f'("{path}", {", ".join(map(_safe, names))})'


def _module(tag: str) -> str:
    return tag.lower().replace(" ", "_")


def _class(tag: str) -> str:
    return f"{''.join(part.capitalize() for part in tag.split())}Calls"


def _documented(text: str, indent: str) -> str:
    paragraphs = [" ".join(part.split()) for part in text.strip().split("\n\n")]
    room = WIDTH - len(indent)
    lines = "\n\n".join(fill(part, room, break_long_words=False) for part in paragraphs).splitlines()
    body = "\n".join(f"{indent}{line}".rstrip() for line in lines).strip()
    return f'{indent}"""{body}"""' if len(lines) == 1 else f'{indent}"""{body}\n{indent}"""'


def _formatted(text: str) -> str:
    made = text
    ruff = Path(sys.executable).parent / "ruff"
    for command in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
        made = subprocess.run(  # noqa: S603 - ourselves
            [ruff, *command, "--stdin-filename", str(CLIENT / "calls" / "made.py"), "-"],
            input=made,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return made


def main() -> None:
    """Writes the files, and removes those of calls that are no more."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "placet.project.settings")
    import django

    django.setup()
    from placet.entrypoints.api.site import api

    made = written(api.get_openapi_schema())
    for old in (CLIENT / "calls").glob("*.py"):
        old.unlink()
    for path, text in made.items():
        (CLIENT / path).write_text(text)
    SCHEMA.write_text(event_schema(api.get_openapi_schema()))


if __name__ == "__main__":
    main()
