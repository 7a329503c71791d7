"""Whom a seller sells to, as its lists show them (R1, R100), and how late they pay (R63)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from placet.domain.credit import Account
from placet.domain.money import Money
from placet.domain.parties import Party
from placet.domain.words import LimitSource, OrganizationStatus, PaymentMethod, Word


class BuyerSort(Word):
    """What a list of buyers can be sorted by: what an index serves."""

    NAME = "name"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Buyer:
    """One that buys from the seller who looks, with its terms there. `open_orders` are its own that wait
    for a yes, for credit or for delivery."""

    party: Party
    country: str
    contract: UUID
    external_id: str | None
    currency: str
    payment_method: PaymentMethod
    order_approval: bool
    account: Account
    source: LimitSource
    open_orders: int

    @property
    def limit(self) -> Money | None:
        """The credit limit; `None` is unlimited."""
        return self.money(getattr(self.account.limit, "minor", None))

    @property
    def available(self) -> Money | None:
        """What it may still order for; `None` where there is no limit."""
        return self.money(self.account.available)

    @property
    def balance(self) -> Money:
        """What it owes; below 0 it has paid ahead."""
        return Money(self.account.balance, self.currency)

    @property
    def used(self) -> Money:
        """What counts against its limit: balance and reservations."""
        return Money(self.account.balance + self.account.reserved, self.currency)

    def money(self, minor: int | None) -> Money | None:
        """An amount on its account."""
        return None if minor is None else Money(minor, self.currency)


@dataclass(frozen=True, slots=True)
class BuyerFilter:
    """Which buyers: everything that is set must hold. `customers` tells customers from partners; `text` is
    part of a name, a ref or a number."""

    customers: bool
    text: str = ""
    status: OrganizationStatus | None = None
    order_approval: bool | None = None


@dataclass(frozen=True, slots=True)
class Below:
    """One that sells, somewhere below the viewer: who it is and whom it buys from, never what it owes there
    (R2). `depth` is 1 for who buys from the viewer itself; `buyers` counts who buys from it, `BUYERS_COUNTED`
    at most."""

    party: Party
    country: str
    above: UUID
    depth: int
    buyers: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """What a buyer has not paid in time (R63): how much, on how many invoices, since when."""

    party: Party
    amount: Money
    invoices: int
    since: date
