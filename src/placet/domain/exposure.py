"""What one order does to the credit of whoever buys from its approver (R36, R41), before anybody decides."""

from dataclasses import dataclass

from placet.domain.credit import Account
from placet.domain.money import Money
from placet.domain.order import Link, Order


@dataclass(frozen=True, slots=True)
class Exposure:
    """One link of an order beside its credit account as it is now. `overdue` is owed past its day there
    (R63). All in minor units of the link's currency."""

    link: Link
    account: Account
    overdue_minor: int

    @property
    def unlimited(self) -> bool:
        """There is nothing to compare with."""
        return self.account.available is None

    @property
    def before_minor(self) -> int:
        """What is owed and what is set aside, without this order."""
        return self.account.balance + self.account.reserved

    @property
    def after_minor(self) -> int:
        """The same with it."""
        return self.before_minor + self.link.gross

    @property
    def limit_minor(self) -> int:
        """The limit; 0 where there is none to speak of."""
        return 0 if self.account.available is None else self.account.available + self.before_minor

    @property
    def short_minor(self) -> int:
        """By how much it is over the limit, as the validation will find it (R41); 0 where it fits."""
        return self.account.shortfall(self.link.gross)

    @property
    def free_minor(self) -> int:
        """What stays free."""
        return max(0, self.limit_minor - self.after_minor)

    @property
    def used_percent(self) -> int:
        """How much of the limit is used then, in whole percent, never rounded up to 100."""
        return 100 * max(0, self.after_minor) // self.limit_minor if self.limit_minor else 100

    def money(self, minor: int) -> Money:
        """An amount of this link."""
        return Money(minor, self.link.currency)


def link_of(order: Order, place: int) -> Link:
    """The link that an approver's decision is about (R36): where it sells; the buyer's own, where it buys."""
    return order.links[max(place, 1) - 1]
