"""The basket: quantities, what is taken out and put back, what can no longer be ordered, what it comes to."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from placet.actions.fill_basket import (
    Drafter,
    Review,
    change_quantity,
    discard_basket,
    other_baskets,
    read_basket,
    remove_line,
    restore_line,
    review_basket,
)
from placet.domain.basket import Basket
from placet.domain.money import Money, parsed
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.words import BillingType
from placet.entrypoints.portal.buying.catalog import AddForm
from placet.entrypoints.portal.buying.ordering import around, ordering, to
from placet.entrypoints.portal.frame.answers import done, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import act, page
from placet.entrypoints.portal.frame.refusals import kindly
from placet.storage.db import Row
from placet.storage.facts import as_uuid


@page(may=Permission.ORDER)
def basket(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What is in it, at today's prices; and other quantities, where they are sent."""
    who = ordering(request, caller)
    return _changed(request, who) if request.method == "POST" else shown_basket(request, who)


def shown_basket(
    request: HttpRequest, who: Drafter, wrong: dict[UUID, tuple[str, str]] | None = None
) -> HttpResponse:
    """The page; `wrong` are quantities as they were typed, by line, with why they are wrong."""
    review = review_basket(who, at=now())
    shown: dict[str, Any] = {
        "review": review,
        "rows": rows(review, wrong or {}) if review else [],
        "others": other_baskets(who),
        "undo": undo(request, review.basket) if review else None,
        "sums": sums(review),
    }
    if review and review.refusal:
        shown["why_not"] = kindly(review.refusal)
    return show(request, "portal/basket.html", around(who, **shown), status=422 if wrong else 200)


def rows(review: Review, wrong: dict[UUID, tuple[str, str]]) -> list[Row]:
    """Each line with what it costs, or why it cannot be ordered any more."""
    return [
        {
            "line": line,
            "price": price,
            "net": net_of(price) if price else None,
            "off": price["discount"] if price and _money(price["discount"]).minor else None,
            "typed": wrong.get(line.id, (str(line.quantity), ""))[0],
            "error": wrong.get(line.id, ("", ""))[1],
            "missing": line.product.id in review.missing,
            "enough": review.missing.get(line.product.id),
        }
        for line, price in review.lines
    ]


def net_of(price: Row) -> Money:
    """The line's amount without tax, exact."""
    gross, tax = (_money(price[name]) for name in ("total_amount", "tax"))
    return gross - tax


def _money(shown: Row) -> Money:
    return Money(parsed(shown["amount"], shown["currency"]), shown["currency"])


def undo(request: HttpRequest, known: Basket) -> Any:  # noqa: ANN401 - a line or nothing
    """The line that was taken out just now, as the address says."""
    named = request.GET.get("removed", "")
    return next((line for line in known.lines if line.removed and str(line.id) == named), None)


TITLES = {
    BillingType.MONTHLY: lambda: _("Each month"),
    BillingType.ANNUAL: lambda: _("Each year"),
    BillingType.ONE_TIME: lambda: _("Once"),
    BillingType.USAGE: lambda: _("At ordering"),
}


def sums(review: Review | None) -> Row | None:
    """What the whole comes to, under the word for how often."""
    if review is None or review.summary is None:
        return None
    kinds = {line.product.billing_type for line, price in review.lines if price}
    title = TITLES[next(iter(kinds))]() if len(kinds) == 1 else _("First period")
    free = any(line.product.free_at_ordering for line, price in review.lines if price)
    return {"title": title, "mixed": len(kinds) > 1, "free": free, **review.summary}


# Changing it ---------------------------------------------------------------------------------


def _changed(request: HttpRequest, who: Drafter) -> HttpResponse:
    """Other quantities, of as many lines as the form has."""
    wrong: dict[UUID, tuple[str, str]] = {}
    known = read_basket(who)
    for line in known.wanted if known else ():
        typed = request.POST.get(f"quantity-{line.id}")
        if typed is None or typed == str(line.quantity):
            continue
        form = AddForm({"quantity": typed})
        if form.is_valid():
            change_quantity(who, line=line.id, quantity=form.cleaned_data["quantity"], at=now())
        else:
            wrong[line.id] = (typed[:20], str(form.errors["quantity"][0]))
    if wrong:
        return shown_basket(request, who, wrong)
    return done(request, _("Quantities changed."), to=to("basket", who))


@act(may=Permission.ORDER)
def remove(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Takes a line out; the page that follows can put it back."""
    who, line = ordering(request, caller), _line(request)
    became = remove_line(who, line=line, at=now()) if line else Refusal("not_found")
    if isinstance(became, Refusal):
        return refused(request, _gone(became, _("It is not in the basket any more.")), to=to("basket", who))
    return HttpResponseRedirect(to("basket", who, removed=str(line)), status=303)


@act(may=Permission.ORDER)
def restore(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Puts it back."""
    who, line = ordering(request, caller), _line(request)
    became = restore_line(who, line=line, at=now()) if line else Refusal("not_found")
    if isinstance(became, Refusal):
        words = _("It cannot be put back any more. Add it again from the catalog.")
        return refused(request, _gone(became, words), to=to("basket", who))
    return done(request, _("It is in the basket again."), to=to("basket", who))


def _line(request: HttpRequest) -> UUID | None:
    return as_uuid(request.POST.get("line", ""))


def _gone(refusal: Refusal, words: str) -> Refusal:
    """What another tab did meanwhile, in kind words."""
    return Refusal("wrong_status", words) if refusal.code == "not_found" else refusal


@act(may=Permission.ORDER)
def discard(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Empties it."""
    who = ordering(request, caller)
    known = read_basket(who)
    refusal = discard_basket(who)
    if refusal:
        return refused(request, refusal, to=to("basket", who))
    many = len(known.wanted) if known else 0
    words = ngettext(
        "The basket with %(many)d product is discarded.",
        "The basket with %(many)d products is discarded.",
        many,
    )
    return done(request, words % {"many": many}, to=to("catalog", who))


urls = [
    path("basket", basket, name="basket"),
    path("basket/remove", remove, name="basket-remove"),
    path("basket/restore", restore, name="basket-restore"),
    path("basket/discard", discard, name="basket-discard"),
]
