"""Available credit, and whether it covers an amount (R41, R61)."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Unlimited:
    """No limit at all: every amount passes."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit in whole minor units. 0 is no credit, never "no limit"."""

    minor: int


CreditLimit = Unlimited | Limit
UNLIMITED: Final = Unlimited()


def limit_of(minor: int | None) -> CreditLimit:
    """From a column, where null stands for unlimited."""
    return UNLIMITED if minor is None else Limit(minor)


@dataclass(frozen=True, slots=True)
class Account:
    """A contract's credit account as it stands, in minor units of the contract's currency."""

    id: UUID
    limit: CreditLimit
    balance: int
    reserved: int

    @property
    def available(self) -> int | None:
        """Limit - balance - reserved (spec §1); `None` where there is no limit."""
        match self.limit:
            case Limit(minor):
                return minor - self.balance - self.reserved
            case Unlimited():
                return None

    def shortfall(self, required: int) -> int:
        """By how much the available credit misses an amount; 0 where it covers it. Equal passes (R41)."""
        return 0 if self.available is None else max(0, required - self.available)
