"""One credit account (R60, R61): how it stands, what moved it, and the forms of its seller."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.domain.parties import Permission
from placet.domain.terms import limit_change_json
from placet.domain.words import EntryKind
from placet.entrypoints.portal.billing.account_forms import dialogs
from placet.entrypoints.portal.billing.account_seen import Viewed, seen, standing
from placet.entrypoints.portal.billing.invoices import tabs
from placet.entrypoints.portal.frame.answers import now, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.keyset import after_id, after_number, cursor_of
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.entrypoints.portal.frame.times import month_text
from placet.storage import contracts, statements
from placet.storage import invoice_lists as lists
from placet.storage.db import Row

ENTRIES: Final = {
    EntryKind.OPENING: _("Opening balance"),
    EntryKind.INVOICE: _("Invoice"),
    EntryKind.CREDIT_INVOICE: _("Credit invoice"),
    EntryKind.CANCELLATION: _("Cancelled invoice"),
    EntryKind.PAYMENT: _("Payment"),
    EntryKind.REFUND: _("Refund"),
}
INTERNAL: Final = frozenset({EntryKind.PAYMENT, EntryKind.OPENING})
"""Whose notes are the seller's own."""
CHANGES: Final = 5
"""Changes of the limit that the account's page shows."""
MONTHS: Final = 24
"""Months that a statement is offered for."""
ENTRY_COLUMNS: Final = (
    Column("at", _("Date"), fixed=True),
    Column("kind", _("Movement"), fixed=True),
    Column("note", _("Note")),
    Column("amount", _("Amount"), css="money", fixed=True),
    Column("balance", _("Balance"), css="money", fixed=True),
)


@page()
def account(request: HttpRequest, caller: Caller, account: UUID) -> HttpResponse:
    """The account, to its two parties: how it stands and what moved it."""
    return shown(request, caller, seen(caller, account), {})


def shown(
    request: HttpRequest, caller: Caller, viewed: Viewed, forms_: dict[str, Form], *, open_now: str = ""
) -> HttpResponse:
    """The page; `forms_` are those that came back with something to say, `open_now` the dialog of one."""
    table = Table(request, ENTRY_COLUMNS, name="entries")
    most = MOST_EXPORTED if table.csv else table.limit + 1
    rows = [_entry(row, viewed) for row in lists.entries(viewed.id, after_number(table.cursor), most)]
    if table.csv:
        return table.as_csv(translated("account"), [_entry_csv(row) for row in rows])
    acts = viewed.sells and caller.may(Permission.FINANCE)
    context = {
        "table": table.of_one_more(rows, lambda row: cursor_of(row["seq"])),
        "finance": caller.may(Permission.FINANCE),
        "open_now": open_now,
        "months": _months(viewed),
        "changes": _limit_changes(viewed, caller),
        **standing(viewed),
        **(dialogs(viewed, forms_) if acts else {}),
        **tabs(caller, "accounts"),
    }
    return show(request, "portal/account.html", context, 422 if open_now else 200)


def _entry(row: Row, viewed: Viewed) -> dict[str, Any]:
    """A movement; what the seller noted beside a payment, and who it was, stays inside."""
    by, mine = row["by"] or {}, viewed.terms.seller if viewed.sells else viewed.terms.buyer
    return {
        "id": row["id"],
        "seq": row["seq"],
        "at": row["at"],
        "kind": row["kind"],
        "label": ENTRIES[row["kind"]],
        "note": "" if row["kind"] in INTERNAL and not viewed.sells else row["note"],
        "by": by["name"] if by.get("organization") == str(mine.id) else "",
        "invoice": row["invoice_id"],
        "invoice_number": row["invoice_number"],
        "order": row["order_id"],
        "order_number": row["order_number"],
        "amount": viewed.money(row["amount_minor"]),
        "balance": viewed.money(row["balance_minor"]),
    }


def _entry_csv(row: dict[str, Any]) -> dict[str, object]:
    return {
        "at": row["at"].isoformat(timespec="seconds"),
        "kind": f"{row['label']} {row['invoice_number'] or row['order_number'] or ''}".strip(),
        "note": row["note"],
        "amount": str(row["amount"]),
        "balance": str(row["balance"]),
    }


def _months(viewed: Viewed) -> list[tuple[str, str]]:
    """This month and those before it, back to the contract's beginning."""
    month, found = statements.today(viewed.id, now()).replace(day=1), []
    for _number in range(MONTHS):
        found.append((f"{month:%Y-%m}", month_text(month)))
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def _limit_changes(
    viewed: Viewed, caller: Caller, before: UUID | None = None, most: int = CHANGES
) -> list[Row]:
    rows = contracts.limit_changes(viewed.terms.id, before, most + 1)
    return [_limit_change(row, caller) for row in rows]


def _limit_change(row: Row, caller: Caller) -> Row:
    """A change as one of the two parties is told it."""
    told = limit_change_json(row["detail"], caller.organization.id)
    return {
        "id": row["id"],
        "at": row["at"],
        "limit": None if told["limit"] == "unlimited" else told["limit"],
        "previous": None if told["previous_limit"] == "unlimited" else told["previous_limit"],
        "reason": told["reason"],
        "by": told["by"].get("name") or told["by"]["organization"]["name"],
    }


LIMIT_COLUMNS: Final = (Column("at", _("Date"), fixed=True), Column("limit", _("Credit limit"), fixed=True))


@page()
def limits(request: HttpRequest, caller: Caller, account: UUID) -> HttpResponse:
    """All that became of the limit, and why (R61)."""
    viewed = seen(caller, account)
    table = Table(request, LIMIT_COLUMNS, name="limits")
    rows = _limit_changes(viewed, caller, after_id(table.cursor), table.limit)
    table.of_one_more(rows, lambda row: cursor_of(row["id"]))
    return show(request, "portal/account_limits.html", {"table": table, **standing(viewed)})


urls = [
    path("accounts/<uuid:account>", account, name="account"),
    path("accounts/<uuid:account>/limits", limits, name="account-limits"),
]
