"""A credit account as one of its two parties sees it (R60): which side it is on, and how it stands."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse

from placet.domain.credit import Limit
from placet.domain.money import Money
from placet.domain.terms import Terms
from placet.domain.words import LimitSource
from placet.entrypoints.portal.frame.answers import now
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.money import currency_sign
from placet.entrypoints.portal.frame.states import METHODS
from placet.storage import credit_accounts
from placet.storage import invoice_lists as lists


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


def seen(caller: Caller, account: UUID) -> Viewed:
    """The account, to its two parties; to others it is not there."""
    terms = credit_accounts.of_account(account)
    if terms is None or not terms.concerns(caller.organization.id):
        raise Http404
    return Viewed(account, terms, terms.seller.id == caller.organization.id)


def own(caller: Caller, account: UUID) -> Viewed:
    """The account, to its seller; its buyer has no such page."""
    viewed = seen(caller, account)
    if not viewed.sells:
        raise Http404
    return viewed


def standing(viewed: Viewed) -> dict[str, Any]:
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
