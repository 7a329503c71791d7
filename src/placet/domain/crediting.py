"""Which lines of a debit invoice are credited, and by how much (R62): never more than is left of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from placet.domain import money
from placet.domain.refusals import Refusal, invalid, sentence


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line of a debit invoice with what was credited of it by now; minor units of its currency."""

    id: UUID
    line: UUID | None
    subscription: UUID | None
    product: UUID
    quantity: int
    net: int
    tax: int
    credited_quantity: int = 0
    credited_net: int = 0
    credited_tax: int = 0

    @property
    def quantity_left(self) -> int:
        """How many are not credited yet; a credit of money alone counts none."""
        return max(0, self.quantity - self.credited_quantity)

    @property
    def net_left(self) -> int:
        """Before tax."""
        return self.net - self.credited_net

    @property
    def tax_left(self) -> int:
        """Of its tax."""
        return self.tax - self.credited_tax

    @property
    def left(self) -> bool:
        """Whether there is anything to credit."""
        return self.net_left + self.tax_left > 0


@dataclass(frozen=True, slots=True)
class CreditWish:
    """Of one line all that is left, or so many of its quantity, or so much of its net (decimal text)."""

    line: str
    quantity: int | None = None
    net: str | None = None


@dataclass(frozen=True, slots=True)
class Credited:
    """What is credited of one debit line."""

    of: BilledLine
    quantity: int
    net: int
    tax: int


def credited(
    lines: Sequence[BilledLine], wishes: Sequence[CreditWish] | None, currency: str
) -> tuple[Credited, ...] | Refusal:
    """What is credited of which line, or `invalid`, by wish. No wishes: all that is left of the invoice."""
    if wishes is None:
        whole = tuple(_whole(line) for line in lines if line.left)
        return whole or invalid(lines=sentence("Nothing of this invoice is left to credit."))
    if not wishes:
        return invalid(lines=sentence("Name at least one line."))
    by_id = {str(line.id): line for line in lines}
    made, wrong, seen = [], {}, set[str]()
    for place, wish in enumerate(wishes):
        one = _one(by_id, wish, currency) if wish.line not in seen else "This line was named already."
        seen.add(wish.line)
        if isinstance(one, str):
            wrong[f"lines.{place}"] = one
        else:
            made.append(one)
    return Refusal("invalid", facts={"errors": wrong}) if wrong else tuple(made)


def _one(lines: Mapping[str, BilledLine], wish: CreditWish, currency: str) -> Credited | str:
    line = lines.get(wish.line)
    if line is None:
        return "Not a line of this invoice."
    if not line.left:
        return "Nothing of this line is left to credit."
    if wish.quantity is not None and wish.net is not None:
        return "Say a quantity or a net amount, not both."
    if wish.quantity is not None:
        return _of_quantity(line, wish.quantity)
    return _of_net(line, wish.net, currency) if wish.net is not None else _whole(line)


def _whole(line: BilledLine) -> Credited:
    return Credited(line, line.quantity_left, line.net_left, line.tax_left)


def _of_quantity(line: BilledLine, quantity: int) -> Credited | str:
    """Their share of net and tax, rounded half-up; the last ones take what rounding left."""
    if not 1 <= quantity <= line.quantity_left:
        return f"A quantity from 1 to {line.quantity_left}."
    if quantity == line.quantity_left:
        return _whole(line)
    net = min(money.share(line.net, quantity, line.quantity), line.net_left)
    tax = min(money.share(line.tax, quantity, line.quantity), line.tax_left)
    return Credited(line, quantity, net, tax)


def _of_net(line: BilledLine, text: str, currency: str) -> Credited | str:
    """So much less for the same quantity, with the tax on it."""
    try:
        net = money.parsed(text, currency)
    except ValueError as error:
        return str(error)
    if not 1 <= net <= line.net_left:
        return f"An amount above 0 and at most {money.text(line.net_left, currency)}."
    if net == line.net_left:
        return Credited(line, 0, net, line.tax_left)
    return Credited(line, 0, net, min(money.share(line.tax, net, line.net), line.tax_left))
