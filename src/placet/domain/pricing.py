"""What a line costs on every link of a chain (R3, R4, R7)."""

from uuid import UUID

from placet.domain import money
from placet.domain.chain import Chain, ChainLink, PriceList, Product
from placet.domain.order import Price

Cost = tuple[int, str] | None
"""What a seller itself pays for one unit: minor units and their currency; none for a top seller."""


def unit_prices(chain: Chain, product: Product) -> tuple[int, ...] | None:
    """The unit price on each link in minor units of its currency, the buyer's link first.

    `None` where any link has no price for it: then the product is not for sale along this chain (R4).
    """
    units: list[int] = []
    cost: Cost = None
    for link in reversed(chain):
        unit = _unit_price(link, product, cost)
        if unit is None:
            return None
        cost = (unit, link.currency)
        units.append(unit)
    return tuple(reversed(units))


def _unit_price(link: ChainLink, product: Product, cost: Cost) -> int | None:
    prices = link.price_list
    return price_on(prices, product.id, cost) if prices and prices.currency == link.currency else None


def price_on(prices: PriceList, product: UUID, cost: Cost) -> int | None:
    """What a list makes of a product whose seller's own unit cost is `cost`: the fixed price, else the
    cost with the markup, rounded once (R4, R7); `None` where it has neither."""
    if (fixed := prices.prices.get(product)) is not None:
        return fixed
    if prices.markup_percent is None or cost is None or cost[1] != prices.currency:
        return None
    return money.percent_of(cost[0], 100 + prices.markup_percent)


def line_prices(chain: Chain, product: Product, quantity: int) -> tuple[Price, ...] | None:
    """What the line costs on each link: unit times quantity, exact; tax rounded once a line (R7)."""
    units = unit_prices(chain, product)
    if units is None:
        return None
    free = product.free_at_ordering
    return tuple(
        _line_price(link, unit, 0 if free else unit * quantity)
        for link, unit in zip(chain, units, strict=True)
    )


def _line_price(link: ChainLink, unit: int, net: int) -> Price:
    tax = money.percent_of(net, link.tax_rate)
    return Price(unit=unit, discount=0, net=net, tax=tax, gross=net + tax)
