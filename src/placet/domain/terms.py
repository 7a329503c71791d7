"""A contract's terms: what its two parties read of them, and what its seller may change (R20-R22, R61)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from placet.domain import money
from placet.domain.changes import SAME, Change, Same, changed
from placet.domain.credit import UNLIMITED, Account, CreditLimit, Limit
from placet.domain.money import Money
from placet.domain.order import Act, Event, Named
from placet.domain.parties import Party
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.validating import Token
from placet.domain.words import EventType, LimitSource, PaymentMethod

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CreditAccount:
    """One contract's credit account (R60, R61), in minor units of the contract's currency. `source`
    says whose word the limit in force is: the account's own, or its seller's group's."""

    contract: UUID
    seller: Party
    buyer: Party
    currency: str
    standing: Account
    source: LimitSource

    def as_json(self) -> Json:
        """As the API writes it, to the contract's two parties alone."""
        available = self.standing.available
        return {
            "id": str(self.standing.id),
            "contract": str(self.contract),
            "seller": self.seller.as_json(),
            "buyer": self.buyer.as_json(),
            "limit": limit_json(self.standing.limit, self.currency),
            "balance": Money(self.standing.balance, self.currency).as_json(),
            "reserved": Money(self.standing.reserved, self.currency).as_json(),
            "available": None if available is None else Money(available, self.currency).as_json(),
        }


def limit_json(limit: CreditLimit, currency: str) -> Json | str:
    """Money, or `unlimited`."""
    return Money(limit.minor, currency).as_json() if isinstance(limit, Limit) else "unlimited"


@dataclass(frozen=True, slots=True)
class Terms:
    """A contract in force. `seller_by_card`: its seller pays its own seller by credit card (R21)."""

    id: UUID
    account: CreditAccount
    price_list: Named | None
    payment_method: PaymentMethod
    tax_rate: Decimal
    payment_days: int
    order_approval: bool
    seller_by_card: bool
    external_id: str | None

    @property
    def seller(self) -> Party:
        """Who sells."""
        return self.account.seller

    @property
    def buyer(self) -> Party:
        """Who buys."""
        return self.account.buyer

    @property
    def currency(self) -> str:
        """What every amount of it is in."""
        return self.account.currency

    def concerns(self, organization: UUID) -> bool:
        """Whether it is one of the two parties."""
        return organization in (self.seller.id, self.buyer.id)

    def as_json(self) -> Json:
        """As the API writes it, to the contract's two parties alone."""
        return {
            "id": str(self.id),
            "seller": self.seller.as_json(),
            "currency": self.currency,
            "price_list": self.price_list.as_json() if self.price_list else None,
            "payment_method": self.payment_method.value,
            "tax_rate": f"{self.tax_rate.normalize():f}",
            "payment_days": self.payment_days,
            "credit_account": self.account.as_json(),
        }

    def approval_json(self, viewer: UUID) -> Json:
        """The toggle (R20-R22): what is stored, and what counts. Why it is locked is the seller's to
        know: a buyer is not told how its seller pays."""
        reason = None
        if self.seller_by_card:
            reason = self._why_locked() if viewer == self.seller.id else self._why_required()
        return {
            "stored": self.order_approval,
            "required": self.order_approval or self.seller_by_card,
            "locked": self.seller_by_card,
            "reason": reason,
        }

    def _why_locked(self) -> str:
        return f"{self.seller.name} pays by credit card, so every order of its customers needs its approval."

    def _why_required(self) -> str:
        return f"Every order needs the approval of {self.seller.name}."


# What its seller changes --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a seller wants of a contract. `credit_limit` is decimal text, `unlimited`, or `None` for
    what the seller's credit risk group grants."""

    credit_limit: Change[str | None] = SAME
    payment_method: Change[PaymentMethod] = SAME
    price_list: Change[str | None] = SAME
    reason: str = ""

    @property
    def members(self) -> list[str]:
        """Which of the terms were named."""
        return [each.name for each in fields(self) if getattr(self, each.name) is not SAME]


@dataclass(frozen=True, slots=True)
class PriceListFound:
    """The seller's price list that was named."""

    named: Named
    currency: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a change of terms depends on: the default limit that the seller's group grants, the buyer's
    cards, whether one is being charged on this contract, and the list that was named, if there is one."""

    granted: Decimal | None
    tokens: tuple[Token, ...]
    charging: bool
    price_list: PriceListFound | None


def with_wishes(terms: Terms, wishes: Wishes, around: Surroundings, today: date) -> Terms | Refusal:
    """The terms as wished, or the no: `invalid`, `payment_in_progress` (R48), `no_active_token` (R22)."""
    limited = _limited(terms, wishes, around)
    if isinstance(limited, Refusal):
        return limited
    if refusal := _wrong_list(terms, wishes, around) or _wrong_method(terms, wishes, around, today):
        return refusal
    listed = around.price_list.named if around.price_list else None
    return replace(
        limited,
        payment_method=changed(wishes.payment_method, terms.payment_method),
        price_list=terms.price_list if wishes.price_list is SAME else listed,
    )


def _limited(terms: Terms, wishes: Wishes, around: Surroundings) -> Terms | Refusal:
    match wishes.credit_limit:
        case Same():
            return terms
        case None:
            return with_limit(terms, granted_limit(around.granted, terms.currency), LimitSource.DEFAULT)
        case "unlimited":
            return with_limit(terms, UNLIMITED, LimitSource.OWN)
        case text:
            minor = _minor(text, terms.currency)
            if isinstance(minor, Refusal):
                return minor
            return with_limit(terms, Limit(minor), LimitSource.OWN)


def _minor(text: str, currency: str) -> int | Refusal:
    try:
        minor = money.parsed(text, currency)
    except ValueError as error:
        return invalid(
            credit_limit=sentence("Must be a decimal number, unlimited, or null ({why}).", why=error)
        )
    return minor if minor >= 0 else invalid(credit_limit=sentence("Must not be negative."))


def with_limit(terms: Terms, limit: CreditLimit, source: LimitSource) -> Terms:
    """The terms with another limit on their account."""
    standing = replace(terms.account.standing, limit=limit)
    return replace(terms, account=replace(terms.account, standing=standing, source=source))


def granted_limit(granted: Decimal | None, currency: str) -> Limit:
    """What a group's default limit comes to in one currency (R61), rounded half-up to its minor unit
    (R7); without a group or a default, 0."""
    minor = (granted or Decimal(0)).scaleb(money.exponent(currency))
    return Limit(int(minor.to_integral_value(ROUND_HALF_UP)))


def _wrong_list(terms: Terms, wishes: Wishes, around: Surroundings) -> Refusal | None:
    """A contract names a list of its seller, in its own currency (R4)."""
    if not isinstance(wishes.price_list, str):
        return None
    if around.price_list is None:
        return invalid(price_list=sentence("{name} has no such price list.", name=terms.seller.name))
    if around.price_list.currency != terms.currency:
        return invalid(
            price_list=sentence(
                "It is in {currency}, the contract in {currency_}.",
                currency=around.price_list.currency,
                currency_=terms.currency,
            )
        )
    return None


def _wrong_method(terms: Terms, wishes: Wishes, around: Surroundings, today: date) -> Refusal | None:
    method = changed(wishes.payment_method, terms.payment_method)
    if method is terms.payment_method:
        return None
    if around.charging:
        return Refusal("payment_in_progress", sentence("A card payment on this contract is under way."))
    return without_card(method, around.tokens, today)


def without_card(method: PaymentMethod, tokens: tuple[Token, ...], today: date) -> Refusal | None:
    """Who is to pay by card needs an active token (R22, R49)."""
    by_card = method is PaymentMethod.CREDIT_CARD
    return (
        Refusal("no_active_token") if by_card and not any(token.good_at(today) for token in tokens) else None
    )


# Telling its two parties --------------------------------------------------------------------


def limit_changed(before: Terms, after: Terms, reason: str, act: Act) -> tuple[Event, ...]:
    """The fact that a limit was changed (R61, R90), if it was: by whom, when, why, from what to what."""
    was, now = before.account, after.account
    if (was.standing.limit, was.source) == (now.standing.limit, now.source):
        return ()
    detail = {
        "contract": str(after.id),
        "credit_account": str(now.standing.id),
        "seller": after.seller.as_json(),
        "buyer": after.buyer.as_json(),
        "limit": limit_json(now.standing.limit, after.currency),
        "previous_limit": limit_json(was.standing.limit, after.currency),
        "reason": reason,
        "by": act.by.as_json(),
    }
    parties = (after.seller.id, after.buyer.id)
    return (Event(act.new_id(), EventType.CREDIT_LIMIT_CHANGED, act.at, parties, act.by.as_json(), detail),)


def limit_change_json(detail: Mapping[str, Any], viewer: UUID) -> Json:
    """The fact as one of the two parties is told it: no names of another organization's people."""
    by = detail["by"]
    name = {"name": by["name"]} if by["organization"] == str(viewer) else {}
    return {**detail, "by": {"organization": detail["seller"]} | name}
