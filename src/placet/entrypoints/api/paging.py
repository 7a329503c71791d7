"""Lists: `limit` and an opaque `cursor` in, `{items, next_cursor}` out (contract §3)."""

import base64
import binascii
from typing import Annotated, Any

from ninja import Query, Schema
from pydantic import Field

from placet.domain.refusals import Refusal


class Page(Schema):
    """How much of a list, and from where on."""

    limit: Annotated[int, Field(ge=1, le=200, description="1 to 200")] = 50
    cursor: Annotated[str, Field(max_length=200, description="`next_cursor` of the page before")] = ""


PAGE: Any = Query(...)


def after(page: Page) -> str | Refusal | None:
    """What the page starts after; `None` for the first page."""
    if not page.cursor:
        return None
    try:
        return base64.urlsafe_b64decode(page.cursor.encode()).decode()
    except (binascii.Error, ValueError):
        return Refusal("invalid", facts={"errors": {"cursor": "Not a cursor of ours."}})


def listing(items: list[Any], page: Page, last: str | None) -> dict[str, Any]:
    """A page of a list; `last` is where the next one starts, if there is more."""
    cursor = base64.urlsafe_b64encode(last.encode()).decode() if last else None
    return {"items": items[: page.limit], "next_cursor": cursor}
