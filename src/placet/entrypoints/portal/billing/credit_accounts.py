"""Credit accounts (R60, R61, R65): what is owed and what may still be, what moved it, and what its seller
does: books a payment, gives money back, sets the limit."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as said

from placet.actions.change_contract import change_contract
from placet.actions.record_payment import record_payment
from placet.actions.refund_payment import RefundRequest, refund_payment
from placet.domain import validity
from placet.domain.credit import Limit, limit_of
from placet.domain.money import Money
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.terms import Terms, Wishes, limit_change_json
from placet.domain.words import EntryKind, Kind, LimitSource, PaymentMethod
from placet.entrypoints.api.replies import paper
from placet.entrypoints.documents.statement import statement_pdf
from placet.entrypoints.portal.billing.invoices import tabs
from placet.entrypoints.portal.frame.amounts import AmountField, typed
from placet.entrypoints.portal.frame.answers import done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.keyset import after_id, after_name, after_number, cursor_of
from placet.entrypoints.portal.frame.money import currency_sign, money_text
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.entrypoints.portal.frame.times import day_text, month_text
from placet.storage import contracts, credit_accounts, statements
from placet.storage import invoice_lists as lists
from placet.storage.billing import refundable
from placet.storage.db import Row
from placet.storage.facts import as_uuid

ENTRIES: Final = {
    EntryKind.OPENING: _("Opening balance"),
    EntryKind.INVOICE: _("Invoice"),
    EntryKind.CREDIT_INVOICE: _("Credit invoice"),
    EntryKind.CANCELLATION: _("Cancelled invoice"),
    EntryKind.PAYMENT: _("Payment"),
    EntryKind.REFUND: _("Refund"),
}
METHODS: Final = {
    PaymentMethod.CASH: _("Cash"),
    PaymentMethod.DEPOSIT: _("Deposit"),
    PaymentMethod.CREDIT_CARD: _("Credit card"),
}
INTERNAL: Final = frozenset({EntryKind.PAYMENT, EntryKind.OPENING})
"""Whose notes are the seller's own."""
LONGEST_LIST: Final = 100
"""Invoices and payments that a form offers by name; others are settled and given back in their order."""
MONTHS: Final = 24
"""Months that a statement is offered for."""
PAYMENT_ID, REFUND_ID, LIMIT_ID = "payment-%s", "refund-%s", "limit-%s"
"""Three forms stand on one page: the ids of their fields must differ."""
CHANGES: Final = 5
"""Changes of the limit that the account's page shows."""


# All accounts of one's buyers -----------------------------------------------------------------

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


# One account ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Viewed:
    """An account, and from which side it is looked at."""

    id: UUID
    terms: Terms
    sells: bool

    @property
    def address(self) -> str:
        """Its page."""
        return reverse("account", args=[self.id])

    def money(self, minor: int) -> Money:
        """An amount in its currency."""
        return Money(minor, self.terms.currency)


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
    return _shown(request, caller, _seen(caller, account), {})


def _shown(
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
        **_standing(viewed),
        **(_dialogs(viewed, forms_) if acts else {}),
        **tabs(caller, "accounts"),
    }
    return show(request, "portal/account.html", context, 422 if open_now else 200)


def _seen(caller: Caller, account: UUID) -> Viewed:
    terms = credit_accounts.of_account(account)
    if terms is None or not terms.concerns(caller.organization.id):
        raise Http404
    return Viewed(account, terms, terms.seller.id == caller.organization.id)


def _own(caller: Caller, account: UUID) -> Viewed:
    """The account, to its seller; its buyer has no such page."""
    viewed = _seen(caller, account)
    if not viewed.sells:
        raise Http404
    return viewed


def _standing(viewed: Viewed) -> dict[str, Any]:
    """How it stands: what of the limit is neither owed nor reserved is available (R60)."""
    terms, stands = viewed.terms, lists.standing(viewed.id, now())
    account = terms.account.standing
    available = account.available
    return {
        "viewed": viewed,
        "sign": currency_sign(terms.currency),
        "partner": terms.buyer if viewed.sells else terms.seller,
        "limit": viewed.money(account.limit.minor) if isinstance(account.limit, Limit) else None,
        "by_group": terms.account.source is LimitSource.DEFAULT,
        "balance": viewed.money(account.balance),
        "reserved": viewed.money(account.reserved),
        "available": None if available is None else viewed.money(available),
        "short": available is not None and available < 0,
        "open": viewed.money(stands["open_minor"]),
        "overdue": viewed.money(stands["overdue_minor"]),
        "unused": viewed.money(stands["unused_minor"]),
        "method": METHODS[terms.payment_method],
        "began_on": stands["began_on"],
    }


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


# What its seller does with it -----------------------------------------------------------------


class PaymentForm(Form):
    """Money that came in."""

    amount = AmountField(label=_("Amount"))
    invoice = forms.CharField(
        label=_("Invoice"),
        required=False,
        max_length=40,
        widget=forms.Select,
        help_text=_("It is settled first, then the oldest; what is over stays as credit."),
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, help_text=_("For your own people alone.")
    )


class RefundForm(Form):
    """Money to give back."""

    amount = AmountField(label=_("Amount"))
    payment = forms.CharField(
        label=_("Of which payment"),
        required=False,
        max_length=40,
        widget=forms.Select,
        help_text=_("What a card paid goes back to the card: name its payment."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The buyer reads it."),
    )


class LimitForm(Form):
    """What the buyer may owe and have reserved."""

    kind = forms.ChoiceField(
        label=_("Credit limit"),
        choices=[
            ("own", _("An amount")),
            ("unlimited", _("Unlimited")),
            ("default", _("What its credit risk group grants, else 0")),
        ],
        widget=forms.RadioSelect,
    )
    amount = AmountField(label=_("Amount"), required=False)
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Both of you read it in the history.")
    )

    def clean(self) -> dict[str, Any]:
        """An amount is one."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("kind") == "own" and not given.get("amount") and "amount" not in self.errors:
            self.add_error("amount", translated("Please write an amount."))
        return given

    def wish(self) -> str | None:
        """As the action takes it."""
        given = self.cleaned_data
        return {"own": given.get("amount"), "unlimited": "unlimited"}.get(given["kind"])


def _dialogs(viewed: Viewed, forms_: dict[str, Form]) -> dict[str, Any]:
    """The forms of its seller, as they came back or empty."""
    return {
        "payment_form": _payable(forms_.get("payment") or PaymentForm(auto_id=PAYMENT_ID), viewed),
        "refund_form": _refundable(forms_.get("refund") or RefundForm(auto_id=REFUND_ID), viewed),
        "limit_form": forms_.get("limit") or _limit_form(viewed),
        "most": viewed.money(refundable(viewed.id, None) or 0),
    }


def _payable(form: Form, viewed: Viewed) -> Form:
    rows = lists.unpaid(viewed.terms.id, LONGEST_LIST)
    named = [(str(row["id"]), _unpaid_label(row, viewed)) for row in rows]
    form.fields["invoice"].widget.choices = [("", _("The oldest first")), *named]
    return form


def _unpaid_label(row: Row, viewed: Viewed) -> str:
    number = row["number"] or day_text(row["issued_on"])
    return f"{number} · {money_text(viewed.money(row['open_minor']))} · {day_text(row['due_on'])}"


def _refundable(form: Form, viewed: Viewed) -> Form:
    rows = lists.refundable_payments(viewed.id, LONGEST_LIST)
    named = [(str(row["id"]), _payment_label(row, viewed)) for row in rows]
    none = translated("None in particular: what was paid by hand")
    form.fields["payment"].widget.choices = [("", none), *named]
    return form


def _payment_label(row: Row, viewed: Viewed) -> str:
    amount, on = money_text(viewed.money(row["amount_minor"])), day_text(row["at"])
    if not row["order_id"]:
        return f"{on} · {amount}"
    return translated("%(on)s · %(amount)s · card, order %(order)s") % {
        "on": on,
        "amount": amount,
        "order": row["order_number"],
    }


def _limit_form(viewed: Viewed) -> LimitForm:
    account = viewed.terms.account
    limit = account.standing.limit
    if account.source is LimitSource.DEFAULT:
        return LimitForm(initial={"kind": "default"}, auto_id=LIMIT_ID)
    if not isinstance(limit, Limit):
        return LimitForm(initial={"kind": "unlimited"}, auto_id=LIMIT_ID)
    said_ = {"kind": "own", "amount": typed(limit.minor, viewed.terms.currency)}
    return LimitForm(initial=said_, auto_id=LIMIT_ID)


@page(kinds=SELLERS, may=Permission.FINANCE)
def pay(request: HttpRequest, caller: Caller, account: UUID) -> HttpResponse:
    """A payment booked: it lowers the balance at once and settles what is owed (R62, R65)."""
    viewed = _own(caller, account)
    form = PaymentForm(request.POST if request.method == "POST" else None, auto_id=PAYMENT_ID)
    if request.method != "POST":
        return _alone(request, viewed, _payable(form, viewed), "payment")
    if not form.is_valid():
        return _shown(request, caller, viewed, {"payment": form}, open_now="payment")
    given = form.cleaned_data
    booked = record_payment(
        contract=viewed.terms.id,
        amount=given["amount"],
        invoice=(as_uuid(given["invoice"]) or UUID(int=0)) if given["invoice"] else None,
        note=given["note"],
        by=caller.actor,
        at=now(),
    )
    if isinstance(booked, Refusal):
        return _no(request, caller, viewed, form, "payment", booked)
    words = translated("%(amount)s recorded.") % {"amount": money_text(viewed.money(booked["amount_minor"]))}
    return done(request, words, viewed.address)


@page(kinds=SELLERS, may=Permission.FINANCE)
def give_back(request: HttpRequest, caller: Caller, account: UUID) -> HttpResponse:
    """Money given back; what a card paid, to the card (R65)."""
    viewed = _own(caller, account)
    form = RefundForm(request.POST if request.method == "POST" else None, auto_id=REFUND_ID)
    if request.method != "POST":
        return _alone(request, viewed, _refundable(form, viewed), "refund")
    if not form.is_valid():
        return _shown(request, caller, viewed, {"refund": form}, open_now="refund")
    given = form.cleaned_data
    payment = (as_uuid(given["payment"]) or UUID(int=0)) if given["payment"] else None
    wanted = RefundRequest(viewed.terms.id, given["amount"], payment, given["reason"])
    made = refund_payment(request=wanted, by=caller.actor, at=now())
    if isinstance(made, Refusal):
        return _no(request, caller, viewed, form, "refund", made)
    amount = {"amount": money_text(viewed.money(made["amount_minor"]))}
    words = (
        translated("%(amount)s refunded.")
        if made["status"] == "done"
        else translated("%(amount)s goes back to the card as soon as its gateway has done it.")
    )
    return done(request, words % amount, viewed.address)


@page(kinds=SELLERS, may=Permission.FINANCE)
def set_limit(request: HttpRequest, caller: Caller, account: UUID) -> HttpResponse:
    """Another limit (R61); it counts at once and breaks nothing that is reserved."""
    viewed = _own(caller, account)
    if request.method != "POST":
        return _alone(request, viewed, _limit_form(viewed), "limit")
    form = LimitForm(request.POST, auto_id=LIMIT_ID)
    if not form.is_valid():
        return _shown(request, caller, viewed, {"limit": form}, open_now="limit")
    wishes = Wishes(credit_limit=form.wish(), reason=form.cleaned_data["reason"])
    became = change_contract(contract=viewed.terms.id, by=caller.actor, wishes=wishes, at=now())
    if isinstance(became, Refusal):
        return _no(request, caller, viewed, form, "limit", became)
    return done(request, translated("The credit limit was changed."), viewed.address)


def _no(  # noqa: PLR0913, PLR0917 - where the no is said
    request: HttpRequest, caller: Caller, viewed: Viewed, form: Form, dialog: str, refusal: Refusal
) -> HttpResponse:
    """Wrong input comes back in its dialog; any other no is a toast."""
    if refusal.code != "invalid":
        return refused(request, refusal, viewed.address)
    into(form, refusal)
    return _shown(request, caller, viewed, {dialog: form}, open_now=dialog)


def _alone(request: HttpRequest, viewed: Viewed, form: Form, dialog: str) -> HttpResponse:
    """The dialog as a page of its own, for whom no script opens it."""
    context = {
        "form": form,
        "dialog": dialog,
        "most": viewed.money(refundable(viewed.id, None) or 0),
        **_standing(viewed),
    }
    return show(request, "portal/account_form.html", context)


# Its papers and its history -------------------------------------------------------------------


def _months(viewed: Viewed) -> list[tuple[str, str]]:
    """This month and those before it, back to the contract's beginning."""
    month, found = statements.today(viewed.id, now()).replace(day=1), []
    for _number in range(MONTHS):
        found.append((f"{month:%Y-%m}", month_text(month)))
        month = (month - timedelta(days=1)).replace(day=1)
    return found


@page()
def statement(request: HttpRequest, caller: Caller, account: UUID) -> HttpResponse:
    """The statement of a month on paper; this month's so far where the address names none."""
    viewed = _seen(caller, account)
    today = statements.today(viewed.id, now())
    first = _first_of(request.GET.get("month", "")) or today.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    said_ = statements.statement(viewed.id, first, min(last, max(today, first)))
    return paper(statement_pdf(viewed.terms.id, said_, now()), f"statement-{said_.first}-{said_.last}")


def _first_of(month: str) -> date | None:
    try:
        return validity.day(f"{month}-01")
    except ValueError:
        return None


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
    viewed = _seen(caller, account)
    table = Table(request, LIMIT_COLUMNS, name="limits")
    rows = _limit_changes(viewed, caller, after_id(table.cursor), table.limit)
    table.of_one_more(rows, lambda row: cursor_of(row["id"]))
    return show(request, "portal/account_limits.html", {"table": table, **_standing(viewed)})


# Payments and refunds -------------------------------------------------------------------------


class MovedForm(Form):
    """Which of them."""

    what = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("Any kind")), ("payment", _("Payments")), ("refund", _("Refunds"))],
    )


def moved_columns(partner: object) -> tuple[Column, ...]:
    """The table's columns; the partner is the buyer or the seller."""
    return (
        Column("at", _("Date"), fixed=True),
        Column("what", _("Kind"), fixed=True),
        Column("partner", str(partner)),
        Column("note", _("Note")),
        Column("status", _("Status")),
        Column("left", said("amount", "Not used yet"), css="money"),
        Column("amount", _("Amount"), css="money", fixed=True),
    )


@page()
def payments(request: HttpRequest, caller: Caller) -> HttpResponse:
    """To a seller what its buyers paid, to a customer what it paid itself; and what was given back."""
    return _moved(request, caller, "buying" if caller.kind is Kind.CUSTOMER else "selling")


@page(kinds=SELLERS)
def payments_made(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What a seller itself paid, and got back."""
    return _moved(request, caller, "buying")


def _moved(request: HttpRequest, caller: Caller, side: str) -> HttpResponse:
    shown = moved_columns(_("Buyer") if side == "selling" else _("Seller"))
    table = Table(request, shown, filters=MovedForm(request.GET), name="payments")
    rows = lists.moved(
        caller.organization.id,
        side,
        what=table.filter_values.get("what", ""),
        account=as_uuid(request.GET.get("account", "")),
        before=after_id(table.cursor),
        most=MOST_EXPORTED if table.csv else table.limit + 1,
    )
    found = [_moved_row(row, sells=side == "selling") for row in rows]
    if table.csv:
        return table.as_csv(translated("payments"), [_moved_csv(row) for row in found])
    table.of_one_more(found, lambda row: cursor_of(row["id"]))
    context = {"table": table, "side": side, **tabs(caller, "payments" if side == "selling" else "made")}
    return show(request, "portal/payments.html", context)


def _moved_row(row: Row, *, sells: bool) -> dict[str, Any]:
    """A payment's note and its people's names stay inside; a refund's reason is told."""
    refund = row["what"] == "refund"
    return {
        "id": row["id"],
        "at": row["at"],
        "refund": refund,
        "card": row["order_id"] is not None,
        "account": row["account_id"],
        "partner": row["partner"],
        "note": row["words"] if refund or sells else "",
        "by": row["by"]["name"] if sells and row["by"] else "",
        "invoice": row["invoice_id"],
        "invoice_number": row["invoice_number"],
        "order": row["order_id"],
        "order_number": row["order_number"],
        "status": row["status"],
        "left": Money(row["left_minor"], row["currency"]) if row["left_minor"] else None,
        "amount": Money(row["amount_minor"], row["currency"]),
    }


def _moved_csv(row: dict[str, Any]) -> dict[str, object]:
    return {
        "at": row["at"].isoformat(timespec="seconds"),
        "what": "refund" if row["refund"] else "payment",
        "partner": row["partner"]["name"],
        "note": row["note"],
        "status": row["status"],
        "left": str(row["left"] or ""),
        "amount": str(row["amount"]),
    }


urls = [
    path("accounts", accounts, name="accounts"),
    path("accounts/<uuid:account>", account, name="account"),
    path("accounts/<uuid:account>/payments/new", pay, name="account-pay"),
    path("accounts/<uuid:account>/refunds/new", give_back, name="account-refund"),
    path("accounts/<uuid:account>/limit", set_limit, name="account-limit"),
    path("accounts/<uuid:account>/limits", limits, name="account-limits"),
    path("accounts/<uuid:account>/statement", statement, name="account-statement"),
    path("payments", payments, name="payments"),
    path("payments/made", payments_made, name="payments-made"),
]
