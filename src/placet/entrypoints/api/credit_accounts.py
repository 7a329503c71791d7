"""Credit accounts: what the caller owes and is owed, and what moved it (R60)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from placet.domain.money import Money
from placet.domain.refusals import Refusal
from placet.domain.terms import Terms
from placet.domain.view import timestamp
from placet.domain.words import EntryKind
from placet.entrypoints.api import shapes
from placet.entrypoints.api.contracts import AccountShape
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after, after_id, listing
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import reply
from placet.entrypoints.api.shapes import Id, MoneyShape, Shown, Time
from placet.storage import contracts, credit_accounts
from placet.storage.db import Row
from placet.storage.facts import as_uuid

router = Router(tags=["Credit accounts"])


class AccountsShape(Shown):
    """A page of credit accounts."""

    items: list[AccountShape]
    next_cursor: str | None


class AccountEntryShape(Shown):
    """One movement of a balance: positive is owed more. Who made it only to its own organization."""

    id: Id
    kind: EntryKind
    amount: MoneyShape
    balance: MoneyShape
    order: Id | None
    invoice: Id | None
    note: str
    at: Time
    by: str | None = None


class EntriesShape(Shown):
    """A page of entries."""

    items: list[AccountEntryShape]
    next_cursor: str | None


@router.get("/credit-accounts", response=shapes.reads(AccountsShape), operation_id="list_credit_accounts")
def listed(request: HttpRequest, page: Page = PAGE) -> HttpResponse:
    """The accounts of the contracts that the caller's organization sells or buys on, the newest first."""
    before = after_id(page)
    if isinstance(before, Refusal):
        return problem(before)
    found = contracts.of_party(actor_of(request).organization, before, page.limit + 1)
    last = str(found[page.limit - 1].account.standing.id) if len(found) > page.limit else None
    return reply(listing([terms.account.as_json() for terms in found[: page.limit]], page, last))


@router.get(
    "/credit-accounts/{account}/entries", response=shapes.reads(EntriesShape), operation_id="list_entries"
)
def entries(request: HttpRequest, account: str, page: Page = PAGE) -> HttpResponse:
    """What moved the balance of an account of the caller's own, the newest first."""
    organization, id_, before = actor_of(request).organization, as_uuid(account), _before(page)
    terms = credit_accounts.of_account(id_) if id_ else None
    if id_ is None or terms is None or not terms.concerns(organization):
        return problem(Refusal("not_found"))
    if isinstance(before, Refusal):
        return problem(before)
    rows = credit_accounts.entries(id_, before, page.limit + 1)
    last = str(rows[page.limit - 1]["seq"]) if len(rows) > page.limit else None
    shown = [_entry(row, terms, str(organization)) for row in rows[: page.limit]]
    return reply(listing(shown, page, last))


def _before(page: Page) -> int | Refusal | None:
    start = after(page)
    if not isinstance(start, str):
        return start
    good = start.isascii() and start.isdecimal() and len(start) < 19  # noqa: PLR2004 - fits 64 bits
    return int(start) if good else Refusal("invalid", facts={"errors": {"cursor": "Not a cursor of ours."}})


def _entry(row: Row, terms: Terms, viewer: str) -> dict[str, Any]:
    by = row["by"]
    return {
        "id": row["id"],
        "kind": row["kind"],
        "amount": Money(row["amount_minor"], terms.currency).as_json(),
        "balance": Money(row["balance_minor"], terms.currency).as_json(),
        "order": row["order_id"],
        "invoice": row["invoice_id"],
        "note": row["note"],
        "at": timestamp(row["at"]),
    } | ({"by": by["name"]} if by and by["organization"] == viewer else {})
