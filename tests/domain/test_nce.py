"""Microsoft's new-commerce price list, row by row."""

import csv
from datetime import UTC, datetime
from fractions import Fraction
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.delimited import Wrong
from placet.domain.nce import Column, OfferRow, Skipped, Wanted, offer_rows
from placet.domain.words import BillingType
from tests import nce
from tests.domain.tables import cases

EUROS = Wanted("EUR", Column.UNIT, None)


def read(*rows: dict[str, str], wanted: Wanted = EUROS) -> list[OfferRow | Skipped | Wrong]:
    out = StringIO()
    nce.write([nce.ROW | row for row in rows], out, *nce.CHANGES)
    return list(offer_rows(BytesIO(out.getvalue().encode()), wanted))


def one(wanted: Wanted = EUROS, **cells: str) -> OfferRow:
    (found,) = read({name.replace("_", " "): cell for name, cell in cells.items()}, wanted=wanted)
    assert isinstance(found, OfferRow), found
    return found


def test_a_row_is_an_offer_with_a_price() -> None:
    assert one() == OfferRow(
        line=2,
        ref="CFQ7TTC0LCHC:0002:P1Y:Monthly:Commercial",
        sku="CFQ7TTC0LCHC:0002",
        name="Microsoft 365 Business Premium (1 year, billed monthly)",
        billing_type=BillingType.MONTHLY,
        term_months=12,
        trial=False,
        min_quantity=1,
        unit=1760,
        valid_from=datetime(2025, 1, 1, tzinfo=UTC),
        valid_to=None,
        removed=False,
    )


PLANS = """
term  plan       price    ->  billing   months  unit   name
P1M   Monthly    22.00        monthly   -       2200   1 month
P1Y   Monthly    211.2        monthly   12      1760   1 year, billed monthly
P1Y   Annual     211.2        annual    -       21120  1 year
P3Y   Monthly    633.6        monthly   36      1760   3 years, billed monthly
P3Y   Annual     633.6        annual    36      21120  3 years, billed annually
P3Y   Triennial  633.6        one_time  36      63360  3 years
P1Y   Monthly    100          monthly   12      833    1 year, billed monthly
P1Y   Monthly    0.06         monthly   12      1      1 year, billed monthly
P1Y   Monthly    0.05         monthly   12      0      1 year, billed monthly
P1M   Monthly    0.005        monthly   -       1      1 month
P1M   Monthly    0            monthly   -       0      1 month
"""


@cases(PLANS)
def test_the_price_of_a_term_is_divided_by_its_bills(  # noqa: PLR0913, PLR0917 - the table's columns
    term: str, plan: str, price: str, billing: str, months: str, unit: str, name: str
) -> None:
    """R3: a line costs its first period. R7: rounded once, half up."""
    found = one(TermDuration=term, BillingPlan=plan, UnitPrice=price)
    assert found.ref == f"CFQ7TTC0LCHC:0002:{term}:{plan}:Commercial"
    assert (found.billing_type, found.term_months) == (billing, int(months) if months else None)
    assert (found.unit, found.name) == (int(unit), f"Microsoft 365 Business Premium ({name})")


@given(st.decimals(0, 10**6, places=4), st.sampled_from([("EUR", 2), ("JPY", 0), ("KWD", 3)]))
def test_what_is_lost_by_rounding_is_less_than_half_a_minor_unit_a_bill(
    price: object, in_: tuple[str, int]
) -> None:
    currency, digits = in_
    wanted = Wanted(currency, Column.UNIT, None)
    found = one(wanted, Currency=currency, UnitPrice=f"{price:f}")
    exact = Fraction(str(price)) * 10**digits / 12
    assert Fraction(-1, 2) < found.unit - exact <= Fraction(1, 2)


DATES = """
word                          ->  starts                      ends
2025-01-01T00:00:00.0000000Z      2025-01-01T00:00:00+00:00   2025-01-01T00:00:00+00:00
2021-11-03T06:57:30.0682597Z      2021-11-03T06:57:30.068259+00:00  2021-11-03T06:57:30.068259+00:00
2025-01-31T23:59:59.0000000Z      2025-01-31T23:59:59+00:00   2025-02-01T00:00:00+00:00
1/31/2025 23:59                   2025-01-31T23:59:00+00:00   2025-02-01T00:00:00+00:00
2/1/2025 0:00                     2025-02-01T00:00:00+00:00   2025-02-01T00:00:00+00:00
2/1/2025                          2025-02-01T00:00:00+00:00   2025-02-01T00:00:00+00:00
2025-02-01                        2025-02-01T00:00:00+00:00   2025-02-01T00:00:00+00:00
-                                 -                           -
"""


@cases(DATES)
def test_dates_as_the_file_and_as_excel_writes_them(word: str, starts: str, ends: str) -> None:
    """The last second of a day, or its last minute, stands for the whole day."""
    found = one(EffectiveStartDate=word, EffectiveEndDate="")
    assert found.valid_from == (datetime.fromisoformat(starts) if starts else None)
    found = one(EffectiveStartDate="", EffectiveEndDate=word)
    assert found.valid_to == (datetime.fromisoformat(ends) if ends else None)


def test_placeholder_years_stand_for_no_border() -> None:
    found = one(EffectiveStartDate="1753-01-01T00:00:00Z", EffectiveEndDate="11/30/9999 23:59")
    assert (found.valid_from, found.valid_to) == (None, None)


def test_other_cells() -> None:
    assert one(SkuId="1").ref == "CFQ7TTC0LCHC:0001:P1Y:Monthly:Commercial", "Excel takes zeros away"
    assert one(PricingTierRangeMin="300").min_quantity == 300
    assert one(PricingTierRangeMin="0").min_quantity == 1
    assert one(ChangeIndicator="Removed").removed
    assert not one(ChangeIndicator="Changed").removed
    assert one(Segment="Education").name.endswith("(1 year, billed monthly, Education)")
    assert one(Wanted("EUR", Column.ERP, None)).unit == 2200
    trial = one(Tags="License;Trial", BillingPlan="None", TermDuration="P1M", UnitPrice="0")
    assert (trial.trial, trial.billing_type, trial.unit) == (True, BillingType.MONTHLY, 0)


SKIPPED = (
    ({"Currency": "USD"}, "in USD"),
    ({"Currency": ""}, "in no currency"),
    ({"TermDuration": ""}, "TermDuration is empty: not a term of months or years"),
    ({"TermDuration": "P7D"}, "TermDuration P7D: not a term of months or years"),
    ({"BillingPlan": "None"}, "BillingPlan None: not known for a term of 12 months"),
    ({"BillingPlan": "Triennial"}, "BillingPlan Triennial: not known for a term of 12 months"),
    (
        {"TermDuration": "P1M", "BillingPlan": "Annual"},
        "BillingPlan Annual: not known for a term of 1 months",
    ),
    ({"EffectiveEndDate": "2024-12-31"}, "EffectiveEndDate is before EffectiveStartDate"),
)


@pytest.mark.parametrize(("cells", "reason"), SKIPPED)
def test_what_is_in_order_and_cannot_be_sold_is_left_out(cells: dict[str, str], reason: str) -> None:
    assert read(cells, {})[0] == Skipped(2, reason)


NOTHING = "no row could be taken: none is in EUR, of the market, and for sale"


def test_a_file_of_nothing_is_wrong() -> None:
    """Such as that of another currency; one without any rows says nothing, and that is that."""
    dollars = {"Currency": "USD"}
    assert read(dollars, dollars) == [Skipped(2, "in USD"), Skipped(4, "in USD"), Wrong(1, NOTHING)]
    assert read() == []


BAD = (
    ({"UnitPrice": ""}, "UnitPrice: must be a decimal number from 0"),
    ({"UnitPrice": "-1"}, "UnitPrice: must be a decimal number from 0"),
    ({"UnitPrice": "1,5"}, "UnitPrice: must be a decimal number from 0"),
    ({"ProductId": "A B"}, "ProductId: must be 1 to 24 letters, digits, dots, dashes or underscores"),
    ({"SkuId": ""}, "SkuId: must be 1 to 24 letters, digits, dots, dashes or underscores"),
    ({"SkuTitle": "", "ProductTitle": ""}, "SkuTitle: must be text"),
    ({"PricingTierRangeMin": "many"}, "PricingTierRangeMin: must be a whole number up to 1000000"),
    (
        {"EffectiveStartDate": "soon"},
        "EffectiveStartDate: must be a time, such as 2025-01-01T00:00:00.0000000Z",
    ),
    (
        {"EffectiveEndDate": "13/13/2025 0:00"},
        "EffectiveEndDate: must be a time, such as 2025-01-01T00:00:00.0000000Z",
    ),
)


@pytest.mark.parametrize(("cells", "reason"), BAD)
def test_what_cannot_be_read_is_wrong(cells: dict[str, str], reason: str) -> None:
    assert read(cells) == [Wrong(2, reason)]


def test_a_file_is_of_one_market_or_one_is_chosen() -> None:
    rows = {"Market": "LV"}, {"Market": "EE"}
    assert [type(each) for each in read(*rows)] == [OfferRow, Wrong]
    assert [type(each) for each in read(*rows, wanted=Wanted("EUR", Column.UNIT, "EE"))] == [
        Skipped,
        OfferRow,
    ]


def test_a_file_without_suggested_prices_has_none_to_choose() -> None:
    out = StringIO()
    writer = csv.DictWriter(out, [name for name in nce.HEADER if name != "ERP Price"], extrasaction="ignore")
    writer.writeheader()
    writer.writerow(nce.ROW)
    file = out.getvalue().encode()
    assert isinstance(next(offer_rows(BytesIO(file), EUROS)), OfferRow)
    (wrong,) = offer_rows(BytesIO(file), Wanted("EUR", Column.ERP, None))
    assert isinstance(wrong, Wrong)
    assert wrong.reason.startswith("the header lacks ERP Price")
