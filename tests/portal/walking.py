"""Walking through pages as a browser would: every link, every fragment, every file, over plain HTTP."""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from pypdf import PdfReader

from tests.portal.pages import name_of

ENOUGH: Final = 12
"""Addresses of one pattern that one person visits: all orders of a story, not all orders of a thousand."""

NOT_FOLLOWED: Final = {"account_logout", ""}
HERE: Final = {"", "testserver", "127.0.0.1", "localhost"}
"""What this server is called in links."""


@dataclass(frozen=True)
class Answer:
    """What came back; `text` of a PDF file is what one reads in it."""

    status: int
    text: str
    location: str = ""
    kind: str = ""


@dataclass
class Form:
    """A form that acts: where it goes, and what it sends as it stands."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


Get = Callable[[str], Answer]


def walk(get: Get, *starts: str, enough: int = ENOUGH) -> dict[str, Answer]:
    """Everything that can be reached from there, by address. Of pages that differ in their parameters alone,
    one for each set of parameters."""
    answers: dict[str, Answer] = {}
    kinds: dict[str, set[str]] = defaultdict(set)
    ahead = deque(starts or ("/",))
    known = set(ahead)
    while ahead:
        address = ahead.popleft()
        kind = _kind(address)
        if len(kinds[kind]) >= enough:
            continue
        kinds[kind].add(address)
        answers[address] = answer = get(address)
        for found in [answer.location, *links(answer, address)]:
            if found and found not in known and name_of(found) not in NOT_FOLLOWED:
                known.add(found)
                ahead.append(found)
    return answers


def _kind(address: str) -> str:
    """Which pattern, which thing of it, with which parameters: sorting by ten columns is one kind."""
    at = urlsplit(address)
    parameters = sorted({name for name, _ in parse_qsl(at.query)})
    return f"{name_of(at.path)}?{'&'.join(parameters)}"


def links(answer: Answer, address: str) -> Iterator[str]:
    """Where a page leads: links and fragments, on this server."""
    if "html" not in answer.kind:
        return
    for attribute in ("href", "hx-get"):
        for found in _Tags.of(answer.text).values(attribute):
            if not found.startswith(("#", "mailto:", "data:", "tel:")):
                at = urlsplit(urljoin(address, found))
                if (at.hostname or "") in HERE and not at.path.startswith(("/static/", "/api/")):
                    yield f"{at.path}?{at.query}" if at.query else at.path


def forms(answer: Answer, address: str) -> list[Form]:
    """The forms of a page that act."""
    found = []
    for tag, attributes in _Tags.of(answer.text).all:
        if tag == "form" and attributes.get("method", "").lower() == "post":
            found.append(Form(urljoin(address, attributes.get("action") or address)))
        elif tag in {"input", "button"} and found and attributes.get("name"):
            found[-1].fields.setdefault(attributes["name"], attributes.get("value", ""))
    return found


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str]]] = []

    @classmethod
    def of(cls, text: str) -> "_Tags":
        """All tags of a page, in order."""
        tags = cls()
        tags.feed(text)
        return tags

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, {name: value or "" for name, value in attrs}))

    def values(self, attribute: str) -> Iterator[str]:
        """Of that attribute, of all tags."""
        return (attributes[attribute] for _, attributes in self.all if attributes.get(attribute))


def readable(kind: str, content: bytes) -> str:
    """An answer's text."""
    if "pdf" in kind:
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    return content.decode(errors="replace")


def figures(text: str) -> str:
    """The text with its figures as a machine writes them: `1 009.37` reads `1009.37`."""
    return re.sub(r"(?<=\d)(?:[\u00a0\u202f,]|&nbsp;)(?=\d{3})", "", text)
