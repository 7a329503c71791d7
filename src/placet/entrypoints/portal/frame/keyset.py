"""Where the next page of a table begins: what the last row was sorted by, as opaque text in the address."""

import base64
import binascii
from datetime import date
from uuid import UUID

from pydantic_core import from_json, to_json

from placet.storage.facts import as_uuid


def cursor_of(*parts: object) -> str:
    """What a row was sorted by, its id last."""
    return base64.urlsafe_b64encode(to_json([str(part) for part in parts])).decode().rstrip("=")


def after_name(cursor: str) -> tuple[str, UUID] | None:
    """The name and id to go on after; none where the cursor is none of ours: then the first page is shown."""
    match parts(cursor):
        case [name, text] if id_ := as_uuid(text):
            return name, id_
    return None


def after_day(cursor: str) -> tuple[date, UUID] | None:
    """The day and id to go on after."""
    found = after_name(cursor)
    try:
        return (date.fromisoformat(found[0]), found[1]) if found else None
    except ValueError:
        return None


def after_texts(cursor: str, count: int) -> list[str] | None:
    """So many texts to go on after, an id the last of them."""
    found = parts(cursor)
    return found if len(found) == count and as_uuid(found[-1]) else None


def after_id(cursor: str) -> UUID | None:
    """The id to go on after."""
    match parts(cursor):
        case [text]:
            return as_uuid(text)
    return None


def after_number(cursor: str) -> int | None:
    """The number to go on after."""
    match parts(cursor):
        case [text] if text.isascii() and text.isdecimal() and len(text) < 19:  # noqa: PLR2004 - fits 64 bits
            return int(text)
    return None


def parts(cursor: str) -> list[str]:
    """What a cursor is made of; nothing where it is none of ours."""
    try:
        found = from_json(base64.urlsafe_b64decode(f"{cursor}==".encode()))
    except (binascii.Error, ValueError):
        return []
    texts = isinstance(found, list) and all(isinstance(part, str) and "\0" not in part for part in found)
    return found if texts else []
