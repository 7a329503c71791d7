"""Credit accounts: what the caller owes and is owed, and what moved it (R60)."""

from datetime import date
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.params.functions import Query
from pydantic import AwareDatetime, Field

from placet.domain.money import Money
from placet.domain.refusals import Refusal, invalid
from placet.domain.statement import LONGEST, Movement, OpenInvoice, Statement
from placet.domain.terms import Terms
from placet.domain.view import timestamp
from placet.domain.words import EntryKind
from placet.entrypoints.api import shapes
from placet.entrypoints.api.contracts import AccountShape
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after, after_id, listing
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import now, paper, reply
from placet.entrypoints.api.shapes import Day, Id, MoneyShape, Shown, Time
from placet.entrypoints.documents.statement import statement_pdf
from placet.storage import contracts, credit_accounts, statements
from placet.storage.credit_accounts import Moved
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


class MovementShape(Shown):
    """One movement of the balance in a statement; its order's and its invoice's numbers, if it has any."""

    id: Id
    on: Day
    at: Time
    kind: EntryKind
    invoice_number: str | None
    order_number: str | None
    note: str
    amount: MoneyShape
    balance: MoneyShape


class OpenInvoiceShape(Shown):
    """An invoice of which something was open on the last day."""

    id: Id
    number: str | None
    issued_on: Day
    due_on: Day
    days_overdue: int
    total: MoneyShape
    open: MoneyShape


class AgeingShape(Shown):
    """What was open, by days past due. What is open of an opening balance counts as due since yesterday."""

    not_due: MoneyShape
    up_to_30: MoneyShape
    up_to_60: MoneyShape
    up_to_90: MoneyShape
    over_90: MoneyShape


class StatementShape(Shown):
    """A statement of account. `open` without `unused` is the closing balance: `unused` are payments and
    credit invoices that had settled nothing yet."""

    account: AccountShape
    from_: Annotated[Day, Field(alias="from")]
    to: Day
    opening_balance: MoneyShape
    entries: list[MovementShape]
    closing_balance: MoneyShape
    open: MoneyShape
    unused: MoneyShape
    ageing: AgeingShape
    open_invoices: list[OpenInvoiceShape]


class AccountQuery(Page):
    """With whom."""

    partner: Annotated[str, Field(max_length=100, description="The other party, by id or ref")] = ""


class EntryQuery(Page):
    """Which movements."""

    kind: EntryKind | None = None
    since: Annotated[AwareDatetime | None, Field(description="Moved then or later")] = None
    until: Annotated[AwareDatetime | None, Field(description="Moved before then")] = None

    def wanted(self) -> Moved:
        """As storage takes it."""
        return Moved(self.kind, self.since, self.until)


class Days(Schema):
    """From which day to which, both included."""

    from_: Annotated[date | None, Field(alias="from", description="The first day")] = None
    to: Annotated[date | None, Field(description="The last day")] = None


DAYS: Any = Query(...)

INTERNAL: Final = frozenset({EntryKind.PAYMENT})
"""Whose notes are the seller's own."""


@router.get("/credit-accounts", response=shapes.reads(AccountsShape), operation_id="list_credit_accounts")
def listed(request: HttpRequest, page: AccountQuery = PAGE) -> HttpResponse:
    """The accounts of the contracts that the caller's organization sells or buys on, the newest first."""
    organization, before = actor_of(request).organization, after_id(page)
    if isinstance(before, Refusal):
        return problem(before)
    found = contracts.of_party(organization, before, page.limit + 1, page.partner)
    last = str(found[page.limit - 1].account.standing.id) if len(found) > page.limit else None
    return reply(listing([terms.account.as_json() for terms in found[: page.limit]], page, last))


@router.get(
    "/credit-accounts/{account}/entries", response=shapes.reads(EntriesShape), operation_id="list_entries"
)
def entries(request: HttpRequest, account: str, page: EntryQuery = PAGE) -> HttpResponse:
    """What moved the balance of an account of the caller's own, the newest first."""
    organization, id_, before = actor_of(request).organization, as_uuid(account), _before(page)
    terms = credit_accounts.of_account(id_) if id_ else None
    if id_ is None or terms is None or not terms.concerns(organization):
        return problem(Refusal("not_found"))
    if isinstance(before, Refusal):
        return problem(before)
    rows = credit_accounts.entries(id_, page.wanted(), before, page.limit + 1)
    last = str(rows[page.limit - 1]["seq"]) if len(rows) > page.limit else None
    shown = [_entry(row, terms, str(organization)) for row in rows[: page.limit]]
    return reply(listing(shown, page, last))


@router.get(
    "/credit-accounts/{account}/statement",
    response=shapes.reads(StatementShape),
    operation_id="read_statement",
    by_alias=True,
)
def statement(request: HttpRequest, account: str, days: Days = DAYS) -> HttpResponse:
    """What an account of the caller's own began with, what moved it from the first day to the last, what it
    ended with, and what was open then, by age. The days are the seller's; this month so far, unless said."""
    found = _statement(request, account, days)
    if isinstance(found, Refusal):
        return problem(found)
    terms, said = found
    return reply(_statement_json(terms, said))


@router.get(
    "/credit-accounts/{account}/statement/pdf",
    response=shapes.reads(None),
    operation_id="print_statement",
    openapi_extra=shapes.PDF,
)
def printed(request: HttpRequest, account: str, days: Days = DAYS) -> HttpResponse:
    """The same on paper, as a PDF."""
    found = _statement(request, account, days)
    if isinstance(found, Refusal):
        return problem(found)
    terms, said = found
    return paper(statement_pdf(terms.id, said, now()), f"statement-{said.first}-{said.last}")


def _statement(request: HttpRequest, account: str, days: Days) -> tuple[Terms, Statement] | Refusal:
    id_ = as_uuid(account)
    terms = credit_accounts.of_account(id_) if id_ else None
    if id_ is None or terms is None or not terms.concerns(actor_of(request).organization):
        return Refusal("not_found")
    last = days.to or statements.today(id_, now())
    first = days.from_ or last.replace(day=1)
    if first > last:
        return invalid(to="Is before the first day.")
    if (last - first).days >= LONGEST:
        return invalid(to=f"A statement is of {LONGEST} days at most.")
    return terms, statements.statement(id_, first, last)


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
        "note": row["note"] if row["kind"] not in INTERNAL or viewer == str(terms.seller.id) else "",
        "at": timestamp(row["at"]),
    } | ({"by": by["name"]} if by and by["organization"] == viewer else {})


def _statement_json(terms: Terms, said: Statement) -> dict[str, Any]:
    currency = terms.currency
    return {
        "account": terms.account.as_json(),
        "from": said.first,
        "to": said.last,
        "opening_balance": Money(said.opening, currency).as_json(),
        "entries": [_movement_json(each, currency) for each in said.movements],
        "closing_balance": Money(said.closing, currency).as_json(),
        "open": Money(said.open, currency).as_json(),
        "unused": Money(said.unused, currency).as_json(),
        "ageing": {
            name: Money(age, currency).as_json()
            for name, age in zip(AgeingShape.model_fields, said.ages, strict=True)
        },
        "open_invoices": [_open_json(each, said, currency) for each in said.invoices],
    }


def _movement_json(each: Movement, currency: str) -> dict[str, Any]:
    return {
        "id": each.id,
        "on": each.on,
        "at": timestamp(each.at),
        "kind": each.kind,
        "invoice_number": each.number,
        "order_number": each.order,
        "note": each.note,
        "amount": Money(each.amount, currency).as_json(),
        "balance": Money(each.balance, currency).as_json(),
    }


def _open_json(each: OpenInvoice, said: Statement, currency: str) -> dict[str, Any]:
    return {
        "id": each.id,
        "number": each.number,
        "issued_on": each.issued_on,
        "due_on": each.due_on,
        "days_overdue": each.overdue(said.last),
        "total": Money(each.total, currency).as_json(),
        "open": Money(each.open, currency).as_json(),
    }
