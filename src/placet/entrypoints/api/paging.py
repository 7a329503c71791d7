"""Lists: `limit` and an opaque `cursor` in, `{items, next_cursor}` out (contract §3)."""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from ninja.params.functions import Query
from pydantic import Field

from placet.domain.refusals import Refusal, invalid
from placet.storage.db import Row
from placet.storage.facts import as_uuid


class Page(Schema):
    """How much of a list, and from where on."""

    limit: Annotated[int, Field(ge=1, le=200, description="How many at most")] = 50
    cursor: Annotated[str, Field(max_length=200, description="`next_cursor` of the page before")] = ""


PAGE: Any = Query(...)


def after(page: Page) -> str | Refusal | None:
    """What the page starts after; `None` for the first page."""
    if not page.cursor:
        return None
    try:
        return base64.urlsafe_b64decode(page.cursor.encode()).decode()
    except (binascii.Error, ValueError):
        return no_cursor()


def after_id(page: Page) -> UUID | Refusal | None:
    """The id that the page starts after; `None` for the first page."""
    start = after(page)
    return (as_uuid(start) or no_cursor()) if isinstance(start, str) else start


def no_cursor() -> Refusal:
    """What somebody who makes cursors up is told."""
    return invalid(cursor="Not a cursor of ours.")


def listing(items: list[Any], page: Page, last: str | None) -> dict[str, Any]:
    """A page of a list; `last` is where the next one starts, if there is more."""
    cursor = base64.urlsafe_b64encode(last.encode()).decode() if last else None
    return {"items": items[: page.limit], "next_cursor": cursor}


def listing_of(rows: list[Row], page: Page, show: Callable[[Row], Any]) -> dict[str, Any]:
    """A page of rows, each as `show` writes it; `rows` holds one more than fits, where there is more."""
    last = str(rows[page.limit - 1]["id"]) if len(rows) > page.limit else None
    return listing([show(row) for row in rows[: page.limit]], page, last)
