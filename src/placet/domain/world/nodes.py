"""The text of a world file as a tree that knows its lines. YAML, and JSON as YAML's subset.

What a plain word means (a number, a truth value, a country) is not guessed here: the key decides that.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import yaml

LARGEST: Final = 64 * 1024 * 1024
"""Characters of the largest file that is read."""

MOST_NODES: Final = 5_000_000
"""Nodes of the largest tree, each alias counted as what it stands for: no small text may grow into more."""

DEEPEST: Final = 20
"""Levels of the deepest tree; a world needs eight."""

NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong with a world file, and where: `line` counts from 1, `key` is the path to the key
    (`organizations[1].contract.currency`)."""

    line: int
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word. `plain` words stand without quotes, so that they may mean more than their text."""

    line: int
    text: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    line: int
    items: "list[Node]"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the file's order; a key may stand twice, which is for the reader to refuse."""

    line: int
    entries: "list[tuple[Scalar, Node]]"


Node = Scalar | Sequence | Mapping


def is_null(node: Node) -> bool:
    """Whether it says "nothing": `null`, `~`, or no value at all."""
    return isinstance(node, Scalar) and node.plain and node.text in NULLS


def composed(text: str) -> Node | Problem:
    """The tree of the file's one document, or why there is none."""
    if len(text) > LARGEST:
        return Problem(1, "", f"a world file has at most {LARGEST} characters")
    try:
        return _Composer(_as_yaml(text.removeprefix("\ufeff"))).document()
    except _RefusedError as refused:
        return refused.problem
    except yaml.YAMLError as error:
        return _syntax_problem(error, text)
    except UnicodeEncodeError:
        return Problem(1, "", "holds half of a surrogate pair, which is no character")


class _RefusedError(Exception):
    """Ends the reading where going on makes no sense; never leaves this module."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.problem = Problem(line, "", reason)


class _Composer:
    """Makes the tree of YAML's events, and counts: PyYAML's own composer knows no limits."""

    def __init__(self, text: str) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, in C where there is one
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=loader))
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.nodes = 0

    def document(self) -> Node:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                node = self.node(next(self.events), 0)
                self.end()
                return node
        raise _RefusedError(1, "the file is empty")

    def end(self) -> None:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                raise _RefusedError(_line(event), "a world file is one document: end it before ---")

    def node(self, event: Any, depth: int) -> Node:  # noqa: ANN401 - PyYAML's events have no types
        if depth > DEEPEST:
            raise _RefusedError(_line(event), f"deeper than {DEEPEST} levels")
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        before = self.nodes
        self.count(1, event)
        node = self.fresh(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = node, self.nodes - before
        return node

    def alias(self, event: Any) -> Node:  # noqa: ANN401 - likewise
        """What stood at the anchor. One that is still being read would hold itself: it is not there yet."""
        if event.anchor not in self.anchors:
            raise _RefusedError(_line(event), f"*{event.anchor} refers to nothing that stands before it")
        node, size = self.anchors[event.anchor]
        self.count(size, event)
        return node

    def count(self, nodes: int, event: Any) -> None:  # noqa: ANN401 - likewise
        self.nodes += nodes
        if self.nodes > MOST_NODES:
            raise _RefusedError(_line(event), f"more than {MOST_NODES} entries, aliases counted in full")

    def fresh(self, event: Any, depth: int) -> Node:  # noqa: ANN401 - likewise
        if event.tag not in (None, "!"):
            raise _RefusedError(_line(event), f"tags ({event.tag}) are not read")
        match event:
            case yaml.ScalarEvent():
                return Scalar(_line(event), event.value, plain=event.implicit[0] and not event.style)
            case yaml.SequenceStartEvent():
                return Sequence(_line(event), list(self.items(depth)))
            case _:
                return Mapping(_line(event), list(self.entries(depth)))

    def items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            yield self.node(event, depth + 1)

    def entries(self, depth: int) -> Iterator[tuple[Scalar, Node]]:
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise _RefusedError(key.line, "a key must be a word")
            yield key, self.node(next(self.events), depth + 1)


def _line(event: Any) -> int:  # noqa: ANN401 - likewise
    return int(event.start_mark.line) + 1


def _syntax_problem(error: yaml.YAMLError, text: str) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return Problem(mark.line + 1 if mark else 1, "", f"not YAML: {error.problem or error.context}")
    if isinstance(error, yaml.reader.ReaderError):
        return Problem(_first_odd_line(text), "", f"not YAML: {error.reason}")
    return Problem(1, "", f"not YAML: {error}")


_ODD: Final = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _first_odd_line(text: str) -> int:
    """Where the first character stands that YAML does not allow: its parsers count bytes or characters."""
    odd = _ODD.search(text)
    return text.count("\n", 0, odd.start()) + 1 if odd else 1


_PAIR: Final = re.compile(r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


def _as_yaml(text: str) -> str:
    """JSON is YAML but for two things: it may indent with tabs, and it writes a character beyond 16 bits
    as two escapes. Neither can stand for anything else in JSON, so they are put YAML's way."""
    if not text.lstrip().startswith("{") or not _is_json(text):
        return text
    return _PAIR.sub(_joined, text.replace("\t", " "))


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return False
    return True


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _joined(found: re.Match[str]) -> str:
    """The character of a pair; an escaped backslash stays, whatever follows it."""
    return found[0] if found[0] == "\\\\" else str(json.loads(f'"{found[0]}"'))
