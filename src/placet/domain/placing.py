"""Placing an order (R10-R12, R20-R27): from a request and its facts to an order, or to a named no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from placet.domain import money
from placet.domain.approving import required_approvals
from placet.domain.asking import ask_next, told_yes, with_yes
from placet.domain.chain import Chain, Product
from placet.domain.order import (
    Act,
    Line,
    Link,
    Named,
    Order,
    Price,
    Reason,
    Step,
    SubOrder,
    fact,
    recorded,
)
from placet.domain.parties import Party, Permission
from placet.domain.pricing import line_prices
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.words import (
    EventType,
    Fulfilment,
    How,
    LineState,
    OrderKind,
    OrderStatus,
    OrganizationStatus,
    StepStatus,
)

MOST_LINES: Final = 500
MOST_QUANTITY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class LineRequest:
    """A product as the caller named it (id or ref), and how many."""

    product: str
    quantity: int
    service_details: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a caller wants ordered. `customer` is an id or a ref; none: the caller itself buys (R11)."""

    lines: tuple[LineRequest, ...]
    customer: str | None = None
    billing: dict[str, Any] | None = None
    note: str = ""


def place(
    request: OrderRequest,
    *,
    placer: Party,
    chain: Chain,
    products: Mapping[str, Product],
    act: Act,
) -> Order | Refusal:
    """The order as submitted, waiting for its approvals (none, perhaps), its number still to be given.

    `products` are those that the request names, by the name it uses. Refused, in this order (R12):
    `invalid`, `unknown_product`, `not_for_sale`, `organization_not_active`.
    """
    refusal = wrong_lines(request.lines) or _unknown(request.lines, products)
    if refusal:
        return refusal
    wanted = [products[line.product] for line in request.lines]
    priced = _priced(chain, wanted, request.lines)
    if isinstance(priced, Refusal):
        return priced
    if not all_active(chain):
        return Refusal("organization_not_active")
    lines = [
        NewLine(product, line.quantity, prices, line.service_details)
        for product, line, prices in zip(wanted, request.lines, priced, strict=True)
    ]
    order = assembled(OrderKind.NEW, lines, placer, chain, act)
    return asked(replace(order, billing=request.billing, note=request.note), chain, act)


def wrong_lines(lines: tuple[LineRequest, ...]) -> Refusal | None:
    """Too few or many lines, or a quantity that is not from 1 to 1 000 000 (R12)."""
    if not 1 <= len(lines) <= MOST_LINES:
        return invalid(lines=sentence("An order has 1 to {most_lines} lines.", most_lines=MOST_LINES))
    errors = {
        f"lines.{index}.quantity": "A whole number from 1 to 1 000 000."
        for index, line in enumerate(lines)
        if not 1 <= line.quantity <= MOST_QUANTITY
    }
    return invalid(**errors) if errors else None


def _unknown(lines: tuple[LineRequest, ...], products: Mapping[str, Product]) -> Refusal | None:
    unknown = [line.product for line in lines if line.product not in products]
    return Refusal("unknown_product", facts={"products": unknown}) if unknown else None


def _priced(
    chain: Chain, wanted: list[Product], lines: tuple[LineRequest, ...]
) -> list[tuple[Price, ...]] | Refusal:
    priced = [
        line_prices(chain, product, line.quantity) if chain else None
        for product, line in zip(wanted, lines, strict=True)
    ]
    missing = [line.product for line, prices in zip(lines, priced, strict=True) if prices is None]
    if missing:  # without saying on which link (R4)
        return Refusal("not_for_sale", facts={"products": missing})
    found = [prices for prices in priced if prices is not None]
    return invalid(lines=sentence("The order's total is too large.")) if too_large(found) else found


def too_large(priced: Sequence[tuple[Price, ...]]) -> bool:
    """Beyond what anyone may write, on any link; what costs nothing at ordering has its unit price."""
    return any(
        max(sum(price.gross for price in link), *(price.unit for price in link)) > money.MOST_MINOR
        for link in zip(*priced, strict=True)
    )


def all_active(chain: Chain) -> bool:
    """Whether everyone of the chain may order now (R12, R72)."""
    parties = (chain[0].buyer, *(link.seller.party for link in chain))
    return all(party.status is OrganizationStatus.ACTIVE for party in parties)


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be: what of what, and its price on each link."""

    product: Product
    quantity: int
    prices: tuple[Price, ...]
    service_details: dict[str, Any] | None = None


def assembled(kind: OrderKind, lines: Sequence[NewLine], placer: Party, chain: Chain, act: Act) -> Order:
    """The order of these lines along this chain, nobody asked yet."""
    sub_orders = _one_per_vendor([line.product for line in lines], act)
    top = chain[-1].seller
    return Order(
        id=act.new_id(),
        number="",
        kind=kind,
        status=OrderStatus.PENDING_APPROVAL,
        version=1,
        approval_order=top.approval_order,
        placer=placer,
        placed_by=act.by.as_json(),
        placed_at=act.at,
        expires_at=act.at + timedelta(days=top.offer_days),
        billing=None,
        note="",
        time_zone=top.time_zone,
        links=_links(chain, [line.prices for line in lines]),
        lines=tuple(
            Line(
                id=act.new_id(),
                position=position,
                product=Named(line.product.id, line.product.ref, line.product.name),
                vendor=line.product.vendor,
                sub_order=sub_orders[line.product.vendor.id].id,
                quantity=line.quantity,
                manual=line.product.fulfilment is Fulfilment.MANUAL,
                trial=line.product.trial,
                billing_type=line.product.billing_type,
                term_months=line.product.term_months,
                state=LineState.WAITING,
                prices=line.prices,
                service_details=line.service_details,
            )
            for position, line in enumerate(lines)
        ),
        sub_orders=tuple(sub_orders.values()),
    )


def _one_per_vendor(wanted: list[Product], act: Act) -> dict[UUID, SubOrder]:
    """Lines of one vendor are delivered together (R50)."""
    vendors = {product.vendor.id: product.vendor for product in wanted}
    return {
        id_: SubOrder(id=act.new_id(), position=position, vendor=vendor)
        for position, (id_, vendor) in enumerate(vendors.items())
    }


def _links(chain: Chain, priced: list[tuple[Price, ...]]) -> tuple[Link, ...]:
    return tuple(
        Link(
            tier=index + 1,
            contract=link.contract,
            account=link.account,
            seller=link.seller.party,
            buyer=link.buyer,
            currency=link.currency,
            tax_rate=link.tax_rate,
            payment_method=link.payment_method,
            net=sum(prices[index].net for prices in priced),
            tax=sum(prices[index].tax for prices in priced),
            gross=sum(prices[index].gross for prices in priced),
        )
        for index, link in enumerate(chain)
    )


def asked(order: Order, chain: Chain, act: Act) -> Order:
    """The order with the steps that its chain asks for, and its owners told; nobody is asked for what
    only lowers what is owed (R25)."""
    amounts = [(line.product.id, line.prices) for line in order.lines]
    required = {} if order.lowers else required_approvals(chain, amounts, order.placer.id)
    steps = tuple(_step(order, place, reasons, act) for place, reasons in required.items())
    placed = replace(order, steps=steps)
    told = replace(fact(placed, EventType.ORDER_PLACED, act), moved=(None, order.status))
    placed = recorded(placed, told)
    for step in steps:
        placed = told_yes(placed, step, act) if step.decision else placed
    return ask_next(placed, act)


def _step(order: Order, place: int, reasons: tuple[Reason, ...], act: Act) -> Step:
    """A step; already a yes where its owner, who may decide, placed the order for the buyer (R11)."""
    step = Step(act.new_id(), place, StepStatus.WAITING, reasons)
    if order.parties[place].id != order.placer.id or not act.by.may(Permission.DECIDE):
        return step
    return with_yes(step, "", How.PLACED, act)
