"""What a line costs on every link of a chain (R3, R4, R7)."""

from decimal import Decimal
from uuid import UUID

from placet.domain import money
from placet.domain.chain import Chain, ChainLink, PriceList, Product, Steps
from placet.domain.order import Price

Cost = tuple[int, str] | None
"""What a seller itself pays for one unit: minor units and their currency; none for a top seller."""


def line_prices(chain: Chain, product: Product, quantity: int) -> tuple[Price, ...] | None:
    """What the line costs on each link, the buyer's first: unit times quantity, exact; then the discount,
    then tax, each rounded once a line (R7). `None` where it is not for sale along this chain."""
    units = unit_prices(chain, product, quantity)
    if units is None:
        return None
    return tuple(_line_price(link, product, quantity, unit) for link, unit in zip(chain, units, strict=True))


def _line_price(link: ChainLink, product: Product, quantity: int, unit: int) -> Price:
    assert link.price_list, "it made the unit price"
    whole = 0 if product.free_at_ordering else unit * quantity
    percent = discount_on(link.price_list, product.id, quantity)
    return priced(unit, whole, percent, link.tax_rate)


def priced(unit: int, whole: int, percent: Decimal, tax_rate: Decimal) -> Price:
    """A price at that unit price, of `whole` before its discount: the discount, then tax, are each
    rounded once (R7)."""
    discount = money.percent_of(whole, percent)
    net = whole - discount
    tax = money.percent_of(net, tax_rate)
    return Price(unit, discount, net, tax, net + tax, percent)


def unit_prices(chain: Chain, product: Product, quantity: int = 1) -> tuple[int, ...] | None:
    """The unit price on each link at that quantity, before any discount, in minor units of the link's
    currency, the buyer's link first.

    `None` where any link has no price for it: then the product is not for sale along this chain (R4).
    """
    units: list[int] = []
    cost: Cost = None
    for link in reversed(chain):
        unit = _unit_price(link, product, quantity, cost)
        if unit is None:
            return None
        cost = (unit, link.currency)
        units.append(unit)
    return tuple(reversed(units))


def _unit_price(link: ChainLink, product: Product, quantity: int, cost: Cost) -> int | None:
    prices = link.price_list
    return (
        price_on(prices, product.id, quantity, cost) if prices and prices.currency == link.currency else None
    )


def price_on(prices: PriceList, product: UUID, quantity: int, cost: Cost) -> int | None:
    """What a list makes of a unit of a product at that quantity, whose seller's own unit cost there is
    `cost`: the fixed price, else the cost with the markup, rounded once (R4, R7); `None` where it has
    neither."""
    if (fixed := _at(prices.prices.get(product, ()), quantity)) is not None:
        return fixed
    if prices.markup_percent is None or cost is None or cost[1] != prices.currency:
        return None
    return money.percent_of(cost[0], 100 + prices.markup_percent)


def discount_on(prices: PriceList, product: UUID, quantity: int) -> Decimal:
    """The percentage off a line: the product's own, where it has one at that quantity, else the whole
    list's; 0 where there is neither (R7)."""
    own = _at(prices.discounts.get(product, ()), quantity)
    return own if own is not None else _at(prices.discounts.get(None, ()), quantity) or Decimal(0)


def _at[T](steps: Steps[T], quantity: int) -> T | None:
    """What holds at a quantity: the step from the largest quantity that it reaches."""
    reached = [step for step in steps if step[0] <= quantity]
    return max(reached, key=lambda step: step[0])[1] if reached else None
