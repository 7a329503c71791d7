"""Reading pages in tests: parts of them, forms that are sent as a browser sends them."""

import re
from html import unescape
from typing import Any
from uuid import uuid4

from django.test import Client

from placet.storage import models

type Answer = Any
"""What Django's test client gives back: its type has no public name."""


def text(answer: Answer, status: int = 200) -> str:
    """What the page says, without its markup, spaces as one."""
    return words(markup(answer, status))


def markup(answer: Answer, status: int = 200) -> str:
    """The page itself."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    page: str = content.decode()
    assert answer.status_code == status, words(page)[:2000]
    return page


def words(page: str) -> str:
    """What markup says."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).replace(" ,", ",").split())


def section(page: str, label: str) -> str:
    """The markup of the part that is labelled by this id; nothing where there is none."""
    found = re.search(rf'<section[^>]*aria-labelledby="{label}".*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def rows(page: str) -> list[str]:
    """What the rows of the page's tables say."""
    return [words(row) for row in re.findall(r"<tr[ >].*?</tr>", page, re.DOTALL)]


def send(client: Client, address: str, *, once: str = "", **said: object) -> Answer:
    """A form that is sent, with a token of its own."""
    return client.post(address, {"once": once or str(uuid4()), **said})


def led(client: Client, answer: Answer) -> str:
    """What the page says that the browser is led to, toasts and all."""
    assert answer.status_code == 303, markup(answer, answer.status_code)[:3000]
    return text(client.get(answer.headers["Location"]))


def id_of(ref: str) -> str:
    """An organization's id."""
    return str(models.Organization.objects.get(ref=ref).id)
