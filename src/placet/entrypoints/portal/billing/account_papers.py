"""An account on paper: the statement of a month (R65)."""

from datetime import date, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path

from placet.domain import validity
from placet.entrypoints.api.replies import paper
from placet.entrypoints.documents.statement import statement_pdf
from placet.entrypoints.portal.billing.account_seen import seen
from placet.entrypoints.portal.frame.answers import now
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.storage import statements


@page()
def statement(request: HttpRequest, caller: Caller, account: UUID) -> HttpResponse:
    """The statement of a month on paper; this month's so far where the address names none."""
    viewed = seen(caller, account)
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


urls = [path("accounts/<uuid:account>/statement", statement, name="account-statement")]
