"""Changes of a subscription that is there (R25, R70, R71): more seats or fewer, another offer, its end,
a pause. Each is an order of its own through the same chain, and what it comes to is frozen when it is
submitted.
"""

from dataclasses import dataclass, replace
from typing import Final

from placet.domain.chain import Chain, Product
from placet.domain.held import Held, Rate, difference
from placet.domain.order import ENDS, Act, Change, Content, Named, Order
from placet.domain.parties import Party
from placet.domain.periods import day_of
from placet.domain.placing import MOST_QUANTITY, NewLine, all_active, asked, assembled, too_large
from placet.domain.pricing import line_prices
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.words import ChangeKind, OrderKind, SubscriptionStatus


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of a subscription; nothing said of quantity or offer leaves it as it is."""

    does: ChangeKind
    quantity: int | None = None
    product: Product | None = None
    reason: str = ""


FROM: Final = {
    ChangeKind.CHANGE: {SubscriptionStatus.ACTIVE},
    ChangeKind.CANCEL: {
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.PENDING_CANCELLATION,
        SubscriptionStatus.SUSPENDED,
    },
    ChangeKind.CANCEL_AT_END: {SubscriptionStatus.ACTIVE},
    ChangeKind.SUSPEND: {SubscriptionStatus.ACTIVE},
    ChangeKind.RESUME: {SubscriptionStatus.SUSPENDED},
}
"""In which status of the subscription each is possible."""


def change(held: Held, wish: Wish, *, placer: Party, chain: Chain, act: Act) -> Order | Refusal:
    """The order that makes the wish true, asked of whom it concerns; or why it cannot be.

    Refused, in this order: `invalid`, `not_for_sale`, `organization_not_active`, `wrong_status`,
    `change_pending`.
    """
    wished = _wished(held, wish)
    if isinstance(wished, Refusal):
        return wished
    product, quantity = wished
    rates = _rates(held, product, quantity, chain)
    if rates is None:
        return Refusal("not_for_sale", facts={"products": [product.ref or str(product.id)]})
    if refusal := _refused(held, wish, chain):
        return refusal
    day = day_of(act.at, chain[-1].seller.time_zone)
    contracts = [(link.contract, link.tax_rate) for link in chain]
    comes_to = difference(held, product, quantity, rates, contracts, wish.does, day)
    line = NewLine(product, comes_to.seats, comes_to.prices)
    if too_large([line.prices]):
        return invalid(quantity=sentence("The order's total is too large."))
    kind = OrderKind.CANCEL if wish.does in CANCELS else OrderKind.CHANGE
    order = assembled(kind, [line], placer, chain, act)
    made = Change(
        subscription=held.now.id,
        does=wish.does,
        before=Content(_named(held.product), held.now.quantity),
        after=Content(_named(product), quantity),
        rest=comes_to.rest,
        debits=comes_to.debits,
        credits=comes_to.credits,
    )
    return asked(replace(order, change=made, note=wish.reason), chain, act)


CANCELS: Final = (ChangeKind.CANCEL, ChangeKind.CANCEL_AT_END)


def _wished(held: Held, wish: Wish) -> tuple[Product, int] | Refusal:
    """The offer and the quantity afterwards."""
    product, quantity = wish.product or held.product, wish.quantity or held.now.quantity
    if wish.quantity is not None and not 1 <= wish.quantity <= MOST_QUANTITY:
        return invalid(quantity=sentence("A whole number from 1 to 1 000 000."))
    if wish.does is ChangeKind.CHANGE and (product.id, quantity) == (held.product.id, held.now.quantity):
        return invalid(quantity=sentence("Nothing would change."))
    if product.id != held.product.id and (why := _unfit(held, product)):
        return invalid(product=why)
    if wish.does is ChangeKind.CANCEL_AT_END and held.now.period is None:
        return invalid(when=sentence("It has no period that could end: cancel it now."))
    return product, quantity


def _unfit(held: Held, product: Product) -> str:
    """Why that offer cannot take the place of the one that it has; empty where it can."""
    if product.billing_type is not held.product.billing_type:
        return "Only an offer that is billed the same way can take its place."
    if product.vendor.id != held.product.vendor.id:
        return "Only an offer of the same vendor can take its place."
    if product.trial and not held.now.trial:
        return "A trial cannot take the place of what is paid for."
    if product.metered:
        return "What is billed by usage is ended and ordered anew: what was used is of one offer."
    return ""


def _refused(held: Held, wish: Wish, chain: Chain) -> Refusal | None:
    if wish.does not in ENDS and not all_active(chain):
        return Refusal("organization_not_active")
    if held.now.status not in FROM[wish.does]:
        return Refusal(
            "wrong_status", sentence("This subscription is {status}.", status=held.now.status.value)
        )
    return Refusal("change_pending") if held.changing else None


def _rates(held: Held, product: Product, quantity: int, chain: Chain) -> tuple[Rate, ...] | None:
    """What a unit costs on each link: locked for the offer that it has, by the lists of today for another.
    `None` where a link has no price for it."""
    if product.id == held.product.id:
        found = [held.rates.get(link.contract) for link in chain]
        return tuple(rate for rate in found if rate) if all(found) else None
    prices = line_prices(chain, product, quantity)
    return tuple(Rate(price.unit, price.discount_percent) for price in prices) if prices else None


def _named(product: Product) -> Named:
    return Named(product.id, product.ref, product.name)
