"""Microsoft's license-based new-commerce price list, as partners download it: its rows as offers and prices.

One offer is one product, SKU, term, billing plan and segment. `UnitPrice` and `ERP Price` are for the whole
term; a line of an order costs its first billing period (R3), so that the price is divided by the periods of
the term and rounded once, half up: of a year's price that is billed by the month, a twelfth is charged. In
the files that twelfth is exact (a plan that is billed monthly may cost 3393.96 beside 3393.9 at once).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import BinaryIO, Final

from placet.domain import money
from placet.domain.delimited import Record, Wrong, records
from placet.domain.price_rows import MOST_QUANTITY
from placet.domain.words import BillingType, Word

UNIT_PRICE, ERP_PRICE = "UnitPrice", "ERP Price"

NEEDED: Final = (
    *("ProductTitle", "ProductId", "SkuId", "SkuTitle", "TermDuration", "BillingPlan", "Market"),
    *("Currency", UNIT_PRICE, "EffectiveStartDate", "EffectiveEndDate", "Segment"),
)
USED: Final = (ERP_PRICE, "Tags", "PricingTierRangeMin", "ChangeIndicator")
"""Besides; a file may have more columns, which are not looked at."""


class Column(Word):
    """Which of a file's prices counts: what the partner pays, or what is suggested for the customer."""

    UNIT = "unit"
    ERP = "erp"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is taken from a file: the prices of one column, of one market (none named: the file's only
    one), in the list's currency."""

    currency: str
    column: Column
    market: str | None


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer and one of its prices. `removed`: there is none any more from `valid_to` on, or from now."""

    line: int
    ref: str
    sku: str
    name: str
    billing_type: BillingType
    term_months: int | None
    trial: bool
    min_quantity: int
    unit: int
    valid_from: datetime | None
    valid_to: datetime | None
    removed: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is in order and left out, and why."""

    line: int
    reason: str


class _SkipError(Exception):
    """Leaves a row out; never leaves this module."""


def offer_rows(file: BinaryIO, wanted: Wanted) -> Iterator[OfferRow | Skipped | Wrong]:
    """What the file says, row by row; wrong, where it says nothing in the list's currency."""
    nothing, some = True, False
    for row in _rows(file, wanted):
        nothing, some = nothing and isinstance(row, Skipped), True
        yield row
    if nothing and some:
        yield Wrong(1, f"no row could be taken: none is in {wanted.currency}, of the market, and for sale")


def _rows(file: BinaryIO, wanted: Wanted) -> Iterator[OfferRow | Skipped | Wrong]:
    needed = (*NEEDED, ERP_PRICE) if wanted.column is Column.ERP else NEEDED
    market = wanted.market
    for record in _known(records(file, needed=needed)):
        if isinstance(record, Wrong):
            yield record
            continue
        its = record.cells["Market"].strip()
        market = market or its
        if its != market:
            yield _of_another_market(record, its, wanted)
        else:
            yield _offer(record, wanted)


def _known(rows: Iterator[Record | Wrong]) -> Iterator[Record | Wrong]:
    """The columns that may be missing, empty where they are."""
    blank = dict.fromkeys(USED, "")
    for row in rows:
        yield row if isinstance(row, Wrong) else Record(row.line, blank | dict(row.cells))


def _of_another_market(record: Record, market: str, wanted: Wanted) -> Skipped | Wrong:
    if wanted.market:
        return Skipped(record.line, f"of market {market[:20]}")
    return Wrong(record.line, f"Market: {market[:20]} besides another one: say which is meant")


def _offer(record: Record, wanted: Wanted) -> OfferRow | Skipped | Wrong:
    try:
        return _read(record.line, {name: cell.strip() for name, cell in record.cells.items()}, wanted)
    except _SkipError as skipped:
        return Skipped(record.line, str(skipped))
    except ValueError as error:
        return Wrong(record.line, str(error))


def _read(line: int, cells: dict[str, str], wanted: Wanted) -> OfferRow:
    if cells["Currency"] != wanted.currency:
        raise _SkipError(f"in {cells['Currency'][:10] or 'no currency'}")  # Europe's files have several
    trial = "trial" in cells["Tags"].casefold()
    term = _months(cells["TermDuration"])
    billing, every = _billing(cells["BillingPlan"], term, trial=trial)
    sku = f"{_code('ProductId', cells)}:{_code('SkuId', cells).zfill(4)}"
    column = ERP_PRICE if wanted.column is Column.ERP else UNIT_PRICE
    valid_from, valid_to = _starts(cells["EffectiveStartDate"]), _ends(cells["EffectiveEndDate"])
    if valid_from and valid_to and valid_from >= valid_to:
        raise _SkipError("EffectiveEndDate is before EffectiveStartDate")
    return OfferRow(
        line=line,
        ref=f"{sku}:{cells['TermDuration']}:{_code('BillingPlan', cells)}:{_code('Segment', cells)}",
        sku=sku,
        name=_name(cells, term, every),
        billing_type=billing,
        term_months=None if term == every and billing is not BillingType.ONE_TIME else term,
        trial=trial,
        min_quantity=_tier(cells["PricingTierRangeMin"]),
        unit=_unit(column, cells[column], wanted.currency, term // every),
        valid_from=valid_from,
        valid_to=valid_to,
        removed=cells["ChangeIndicator"].casefold() in {"removed", "deleted"},
    )


# Terms and billing --------------------------------------------------------------------------

MONTHS: Final = {"M": 1, "Y": 12}
EVERY: Final = {"monthly": 1, "annual": 12, "triennial": 36}
BILLING: Final = {1: BillingType.MONTHLY, 12: BillingType.ANNUAL, 36: BillingType.ONE_TIME}
"""By the months between two bills. Three years are paid at once and end after their term: that is once."""


def _months(term: str) -> int:
    found = re.fullmatch(r"P([1-9][0-9]?)([MY])", term, re.ASCII)
    if not found:
        raise _SkipError(f"TermDuration {term[:20] or 'is empty'}: not a term of months or years")
    return int(found[1]) * MONTHS[found[2]]


def _billing(plan: str, term: int, *, trial: bool) -> tuple[BillingType, int]:
    """What it is, and the months between two bills. A trial has no plan: it costs nothing."""
    every = EVERY.get(plan.casefold(), 1 if trial else 0)
    if not every or term % every:
        raise _SkipError(f"BillingPlan {plan[:20] or 'is empty'}: not known for a term of {term} months")
    return BILLING[every], every


def _name(cells: dict[str, str], term: int, every: int) -> str:
    title = re.sub(r"\s+", " ", cells["SkuTitle"] or cells["ProductTitle"]).strip()
    if not title or not title.isprintable():
        raise ValueError("SkuTitle: must be text")
    billed = "" if term == every else f", billed {'monthly' if every == 1 else 'annually'}"
    segment = "" if cells["Segment"] == "Commercial" else f", {cells['Segment']}"
    years, months = divmod(term, 12)
    lasts = f"{months} month" if not years else f"{years} year" if years == 1 else f"{years} years"
    return f"{title[:200]} ({lasts}{billed}{segment})"


# Cells --------------------------------------------------------------------------------------


def _code(column: str, cells: dict[str, str]) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,24}", cells[column], re.ASCII):
        raise ValueError(f"{column}: must be 1 to 24 letters, digits, dots, dashes or underscores")
    return cells[column]


def _unit(column: str, price: str, currency: str, periods: int) -> int:
    """A period's part of the term's price, rounded half up once (R7)."""
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", price, re.ASCII):
        raise ValueError(f"{column}: must be a decimal number from 0")
    share, whole = Decimal(price).scaleb(money.exponent(currency)).as_integer_ratio()
    whole *= periods
    return (2 * share + whole) // (2 * whole)


def _tier(least: str) -> int:
    if not re.fullmatch(r"[0-9]{0,7}", least, re.ASCII) or int(least or 1) > MOST_QUANTITY:
        raise ValueError("PricingTierRangeMin: must be a whole number up to 1000000")
    return max(1, int(least or 1))


_US: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?: ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?")
"""What Excel makes of the dates: `2/1/2023 0:00`."""


def _starts(word: str) -> datetime | None:
    """The file's years of long ago stand for "since ever"."""
    moment = _moment("EffectiveStartDate", word)
    return None if moment is None or moment.year < 1900 else moment  # noqa: PLR2004 - it writes 1753


def _ends(word: str) -> datetime | None:
    """The file names the last second, or minute, of a day; what is valid until then ends with that day.
    Its years of far away stand for "without end"."""
    moment = _moment("EffectiveEndDate", word)
    if moment is None or moment.year >= 9000:  # noqa: PLR2004 - it writes 9999
        return None
    last_minute = (moment.hour, moment.minute) == (23, 59)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1) if last_minute else moment


def _moment(column: str, word: str) -> datetime | None:
    if not word:
        return None
    try:
        return _from_us(found) if (found := _US.fullmatch(word)) else _from_iso(word)
    except ValueError:
        raise ValueError(f"{column}: must be a time, such as 2025-01-01T00:00:00.0000000Z") from None


def _from_us(found: re.Match[str]) -> datetime:
    month, day, year, hour, minute, second = (int(part or 0) for part in found.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _from_iso(word: str) -> datetime:
    moment = datetime.fromisoformat(word)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
