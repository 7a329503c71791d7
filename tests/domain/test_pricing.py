"""What a line costs on every link: R3, R4, R7."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from placet.domain.pricing import line_prices, unit_prices
from tests.domain.builders import PRODUCTS, chain
from tests.domain.tables import cases

UNITS = """
lists                                currencies           ->  units
10.00                                EUR                      1000
+20% < 10.00                         EUR                      1200 1000
+10% < +20% < 10.00                  EUR                      1320 1200 1000
+25% < +25% < 0.10                   EUR                      16 13 10
+50% < +50% < 0.05                   EUR                      12 8 5
+0% < 10.00                          EUR                      1000 1000
-25% < 0.10                          EUR                      8 10
-100% < 10.00                        EUR                      0 1000
+33.3333% < 9.99                     EUR                      1332 999
9.50 < 10.00                         EUR                      950 1000
+20% bp=9.99 < 10.00                 EUR                      999 1000
+20% bp=9.99 < +20% < 10.00          EUR                      999 1200 1000
0.00 < 10.00                         EUR                      0 1000
+20% < 100                           JPY                      120 100
+20% < 10.000                        KWD                      12000 10000
11.00 < +20% < 10.00                 USD < EUR < EUR          1100 1200 1000
+10% < 1500 < 10.00                  JPY < JPY < EUR          1650 1500 1000
+10% < 12.00 < 10.00                 USD < USD < EUR          1320 1200 1000
"""

NOT_FOR_SALE = """
lists                                currencies
none                                 EUR
+20%                                 EUR
+20% < +20%                          EUR
office=5.00                          EUR
+20% < office=5.00                   EUR
10.00 < none                         EUR
none < 10.00                         EUR
10.00 < none < 10.00                 EUR
9.00 < office=8.00 < 10.00           EUR
+20% < 10.00                         USD < EUR
+20% < 10.00 < 10.00                 USD < EUR < USD
10.00 in USD                         EUR
+20% in USD < 10.00                  EUR < USD
"""

LINES = """
product  unit    quantity  tax      ->  unit_price  net      tax_owed  gross
bp       10.00   3         0            1000        3000     0         3000
bp       10.00   3         21           1000        3000     630       3630
bp       0.33    1         21           33          33       7         40
bp       0.05    1         10           5           5        1         6
bp       0.05    1000000   7.25         5           5000000  362500    5362500
bp       0.01    49        1            1           49       0         49
bp       0.01    50        1            1           50       1         51
azure    10.00   3         21           1000        0        0         0
trial    10.00   3         21           1000        0        0         0
ps       10.00   1         100          1000        1000     1000      2000
"""


@cases(UNITS)
def test_each_link_has_its_own_unit_price(lists: str, currencies: str, units: str) -> None:
    links = chain(f"list {lists}\ncurrency {currencies}")
    assert unit_prices(links, PRODUCTS["bp"]) == tuple(map(int, units.split()))


@cases(NOT_FOR_SALE)
def test_a_link_without_a_price_makes_it_not_for_sale(lists: str, currencies: str) -> None:
    """R4: a markup needs a cost in the same currency, and a list is of its contract's currency."""
    links = chain(f"list {lists}\ncurrency {currencies}")
    assert unit_prices(links, PRODUCTS["bp"]) is None
    assert line_prices(links, PRODUCTS["bp"], 1) is None


@cases(LINES)
def test_a_line_costs_unit_times_quantity_and_tax_rounded_once(  # noqa: PLR0913, PLR0917 - the table's columns
    product: str, unit: str, quantity: str, tax: str, unit_price: str, net: str, tax_owed: str, gross: str
) -> None:
    """R7; usage and trials cost nothing at ordering and keep their unit price (R3)."""
    prices = line_prices(chain(f"list {unit}\ntax {tax}"), PRODUCTS[product], int(quantity))
    assert prices is not None
    (price,) = prices
    assert (price.unit, price.discount) == (int(unit_price), 0)
    assert (price.net, price.tax, price.gross) == (int(net), int(tax_owed), int(gross))


def test_every_link_has_its_own_tax() -> None:
    prices = line_prices(chain("list +50% < 10.00\ntax 21 < 0"), PRODUCTS["bp"], 2)
    assert prices is not None
    assert [price.gross for price in prices] == [3630, 2000]


MARKUPS = st.lists(st.decimals(Decimal(-100), Decimal(900), places=4), max_size=5)


@given(st.integers(0, 10**9), MARKUPS)
def test_markups_are_applied_to_the_cost_as_rounded_one_link_up(top: int, markups: list[Decimal]) -> None:
    """R7, for any depth: each unit is within half a minor unit of the markup on the unit above it."""
    lists = [*(f"{markup:+f}%" for markup in markups), str(top)]
    units = unit_prices(chain(f"list {' < '.join(lists)}\ncurrency JPY"), PRODUCTS["bp"])
    assert units is not None
    assert units[-1] == top
    for unit, cost, markup in zip(units, units[1:], markups, strict=False):
        exact = cost * (100 + Fraction(markup)) / 100
        assert Fraction(-1, 2) < unit - exact <= Fraction(1, 2)
