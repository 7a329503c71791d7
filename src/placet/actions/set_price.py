"""One price of a seller's own list, set or ended by hand (R4): as a file of one row would."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from placet.actions.edit_catalog import own_list
from placet.domain import money
from placet.domain.parties import Actor
from placet.domain.price_rows import Became, PriceRow
from placet.domain.refusals import Refusal, invalid
from placet.domain.validity import begins, ends
from placet.storage import catalog, db, price_import
from placet.storage.db import Row


@dataclass(frozen=True, slots=True)
class WantedPrice:
    """A unit price as decimal text, of a product (id or ref) from a quantity on. Days are the owner's and
    count whole; a time is exact. Without an end it holds until the next one begins."""

    product: str
    unit_price: str
    min_quantity: int = 1
    valid_from: datetime | date | None = None
    valid_to: datetime | date | None = None


@db.transaction
def set_price(*, by: Actor, price_list: str, wanted: WantedPrice) -> Became | Refusal:
    """What came of it: added, changed, or unchanged. A price that it begins within ends there; one that would
    lie within another is `invalid`. Orders that were placed keep theirs (R5)."""
    listed = own_list(by=by, name=price_list)
    if isinstance(listed, Refusal):
        return listed
    try:
        unit = money.parsed(wanted.unit_price, listed["currency"])
    except ValueError as error:
        return invalid(unit_price=str(error))
    if unit < 0:
        return invalid(unit_price="An amount from 0.")
    return _written(listed, wanted, unit)


@db.transaction
def end_price(
    *, by: Actor, price_list: str, product: str, min_quantity: int, at: datetime | date | None
) -> Became | Refusal:
    """Ends the price that holds at that day or moment, just then: what follows it stays."""
    listed = own_list(by=by, name=price_list)
    if isinstance(listed, Refusal):
        return listed
    return _written(listed, WantedPrice(product, "", min_quantity, valid_from=at), None)


def _written(listed: Row, wanted: WantedPrice, unit: int | None) -> Became | Refusal:
    product = _product(wanted.product)
    if product is None:
        return Refusal("unknown_product", facts={"products": [wanted.product]})
    held = price_import.hold(listed["id"])
    assert held, "it was found just now"
    first, last = begins(wanted.valid_from, held["zone"]), ends(wanted.valid_to, held["zone"])
    if first and last and first >= last:
        return invalid(valid_to="It must not be before the first day.")
    row = PriceRow(1, str(product), wanted.min_quantity, unit, first, None if unit is None else last)
    return _judged(listed["id"], row)


def _product(name: str) -> UUID | None:
    return catalog.product_ids([name]).get(name)


def _judged(price_list: UUID, row: PriceRow) -> Became | Refusal:
    price_import.state([replace(row, line=1)])
    price_import.judge(price_list)
    wrong = price_import.wrong(1)
    if wrong:
        return invalid(valid_from=wrong[0]["reason"])
    became = next(iter(price_import.counts()))
    assert became, "nothing is wrong with it"
    price_import.write(price_list)
    return Became(became)
