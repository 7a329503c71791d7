"""API keys of the caller's organization: issued, shown once, revoked."""

import secrets
from typing import Annotated, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from placet.actions.api_keys import find_api_keys, issue_api_key, may_administer, revoke_api_key
from placet.domain.refusals import Refusal
from placet.domain.view import timestamp
from placet.domain.words import Role
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Shape, given
from placet.entrypoints.api.keys import actor_of, digest_of
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing_of
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import done, idempotent, now, reply, reply_once
from placet.entrypoints.api.shapes import Id, Shown, Time
from placet.storage.db import Row
from placet.storage.facts import as_uuid

router = Router(tags=["API keys"])

KEY_BYTES: Final = 32
HINT: Final = 4
"""Characters at the end of a key by which people tell it from others."""


class ApiKeyShape(Shown):
    """A key in force; `hint` is how it ends."""

    id: Id
    name: str
    role: Role
    hint: str
    created_at: Time


class NewApiKeyShape(ApiKeyShape):
    """A new key. `key` is itself, in this answer alone: not in a replay of it either."""

    key: str = None  # type: ignore[assignment]


class ApiKeysShape(Shown):
    """A page of keys."""

    items: list[ApiKeyShape]
    next_cursor: str | None


class NewApiKey(Shape):
    """A key to issue for a program of the caller's organization."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    role: Role


@router.get("/api-keys", response=shapes.reads(ApiKeysShape), operation_id="list_api_keys")
def listed(request: HttpRequest, page: Page = PAGE) -> HttpResponse:
    """The keys in force of the caller's organization, the oldest first: an admin's to see."""
    by, after = actor_of(request), after_id(page)
    if isinstance(after, Refusal):
        return problem(may_administer(by) or after)
    found = find_api_keys(by=by, after=after, most=page.limit)
    return problem(found) if isinstance(found, Refusal) else reply(listing_of(found, page, _api_key))


@router.post("/api-keys", response=shapes.acts(NewApiKeyShape, 201), operation_id="issue_api_key")
@idempotent
def issue(request: HttpRequest, body: Body[NewApiKey] = BODY) -> HttpResponse:
    """Issues a key. It is shown this once: only its hash is kept, under an idempotency key too."""
    by, said = actor_of(request), given(body, NewApiKey).checked()
    if isinstance(said, Refusal):
        return problem(may_administer(by) or said)
    key = secrets.token_urlsafe(KEY_BYTES)
    row = issue_api_key(
        by=by, name=said.name, role=said.role, digest=digest_of(key), hint=key[-HINT:], at=now()
    )
    return problem(row) if isinstance(row, Refusal) else reply_once(_api_key(row), 201, key=key)


@router.delete("/api-keys/{key}", response=shapes.acts(shapes.Done), operation_id="revoke_api_key")
def revoke(request: HttpRequest, key: str) -> HttpResponse:
    """Revokes a key: it opens nothing from now on."""
    by, id_ = actor_of(request), as_uuid(key)
    if id_ is None:
        return problem(may_administer(by) or Refusal("not_found"))
    return done(revoke_api_key(by=by, key=id_, at=now()))


def _api_key(row: Row) -> Row:
    return row | {"created_at": timestamp(row["created_at"])}
