"""Credit accounts (R60, R61): what each of one's buyers owes, and may still order."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.domain.credit import Limit, limit_of
from placet.domain.money import Money
from placet.entrypoints.portal.billing.invoices import tabs
from placet.entrypoints.portal.frame.answers import show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.keyset import after_name, cursor_of
from placet.entrypoints.portal.frame.states import METHODS
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.storage import invoice_lists as lists
from placet.storage.db import Row

COLUMNS: Final = (
    Column("partner", _("Buyer"), sort=True, fixed=True),
    Column("method", _("Payment method")),
    Column("limit", _("Credit limit"), css="money"),
    Column("balance", _("Balance"), css="money"),
    Column("reserved", _("Reserved"), css="money"),
    Column("available", _("Available"), css="money", fixed=True),
)


class AccountsForm(Form):
    """Which accounts."""

    q = forms.CharField(
        label=_("Filter accounts"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"type": "search", "placeholder": _("Name or external ID")}),
    )


@page(kinds=SELLERS)
def accounts(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What each of one's buyers owes, and may still order."""
    table = Table(request, COLUMNS, "partner", AccountsForm(request.GET), "accounts")
    rows = lists.accounts(
        caller.organization.id,
        "selling",
        text=table.filter_values.get("q", ""),
        after=after_name(table.cursor),
        descending=table.descending,
        most=MOST_EXPORTED if table.csv else table.limit + 1,
    )
    if table.csv:
        return table.as_csv(translated("accounts"), [_account_csv(_account_row(row)) for row in rows])
    table.of_one_more(
        [_account_row(row) for row in rows], lambda row: cursor_of(row["partner"]["name"], row["id"])
    )
    return show(request, "portal/accounts.html", {"table": table, **tabs(caller, "accounts")})


def _account_row(row: Row) -> dict[str, Any]:
    limit, currency = limit_of(row["limit_minor"]), row["currency"]
    limited = isinstance(limit, Limit)
    available = limit.minor - row["balance_minor"] - row["reserved_minor"] if limited else None  # type: ignore[union-attr]
    return {
        "id": row["id"],
        "partner": row["partner"],
        "method": METHODS[row["payment_method"]],
        "limit": Money(limit.minor, currency) if limited else None,  # type: ignore[union-attr]
        "balance": Money(row["balance_minor"], currency),
        "reserved": Money(row["reserved_minor"], currency),
        "available": None if available is None else Money(available, currency),
        "short": available is not None and available < 0,
    }


def _account_csv(row: dict[str, Any]) -> dict[str, object]:
    amounts = {name: str(row[name]) for name in ("balance", "reserved")}
    amounts |= {name: str(row[name] or "unlimited") for name in ("limit", "available")}
    return amounts | {"partner": row["partner"]["name"], "method": row["method"]}


urls = [path("accounts", accounts, name="accounts")]
