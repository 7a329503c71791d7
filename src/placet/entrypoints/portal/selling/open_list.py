"""A price list of the caller's that a page is about: its days as its owner reads them, and what is wrong
beside the fields as these pages call them.
"""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as translated

from placet.actions import read_prices
from placet.actions.read_prices import OpenList
from placet.domain.refusals import Refusal
from placet.entrypoints.portal.frame.answers import into
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.forms import Form
from placet.storage.db import Row


def opened_list(caller: Caller, price_list: UUID) -> OpenList:
    """The caller's own; any other is not there."""
    opened = read_prices.open_list(by=caller.actor, price_list=price_list)
    if isinstance(opened, Refusal):
        raise Http404
    return opened


def list_address(price_list: UUID) -> str:
    """Its page."""
    return reverse("price-list", args=[price_list])


def dated(row: Row, caller: Caller) -> Row:
    """With the first and the last day that it is valid on, where its owner is."""
    return row | {"first_day": begins_on(row, caller), "last_day": ends_on(row, caller)}


def begins_on(row: Row, caller: Caller) -> date | None:
    """Its first day, where its owner is."""
    return local_day(row["valid_from"], caller) if row["valid_from"] else None


def ends_on(row: Row, caller: Caller) -> date | None:
    """Its last day."""
    return local_day(row["valid_to"] - timedelta(microseconds=1), caller) if row["valid_to"] else None


def local_day(moment: datetime, caller: Caller) -> date:
    """The day on which a moment is there."""
    return moment.astimezone(ZoneInfo(caller.membership.time_zone)).date()


FIELDS: Final = {
    "valid_from": "first_day",
    "valid_to": "last_day",
    "percent": "percent",
    "product": "product",
}


def into_form(form: Form, refusal: Refusal) -> None:
    """The refusal beside the fields as this page calls them."""
    errors = {FIELDS.get(name, name): words for name, words in refusal.facts.get("errors", {}).items()}
    into(form, Refusal(refusal.code, refusal.detail, {**refusal.facts, "errors": errors} if errors else {}))


def resolved(form: Form) -> str | None:
    """The id of the product that was typed, or a word beside the field."""
    found = read_prices.product_meant(text=form.cleaned_data["product"])
    if isinstance(found, UUID):
        return str(found)
    if found:
        words = translated("Which one? %(names)s") % {"names": "; ".join(found)}
    else:
        words = translated("There is no such product.")
    form.add_error("product", words)
    return None


MOST_QUANTITY: Final = 1_000_000
