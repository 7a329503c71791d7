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

AT_QUANTITY = """
lists                                                quantity  ->  units
10.00 9.00@10 8.00@100                               1             1000
10.00 9.00@10 8.00@100                               9             1000
10.00 9.00@10 8.00@100                               10            900
10.00 9.00@10 8.00@100                               99            900
10.00 8.00@100 9.00@10                               100           800
10.00 8.00@100 9.00@10                               1000000       800
9.00@10 +20% < 10.00                                 9             1200 1000
9.00@10 +20% < 10.00                                 10            900 1000
+20% < 10.00 9.00@10                                 9             1200 1000
+20% < 10.00 9.00@10                                 10            1080 900
+10% < +20% bp=7.77@50 < 10.00 9.00@10               50            855 777 900
10.00 ps=1.00@2                                      2             1000
10.00 12.00@10                                       10            1200
+20% 50%off < 10.00 50%off                           1             1200 1000
"""
"""The last: a markup is on the cost before discounts."""

DISCOUNTS = """
product  prices                                 quantity  ->  discount  net
bp       10.00 5%off                            1             50        950
bp       10.00 5%off@10                         9             0         9000
bp       10.00 5%off@10                         10            500       9500
bp       10.00 5%off@10 10%off@100              100           10000     90000
bp       10.00 10%off@100 5%off@10              99            4950      94050
bp       10.00 20%off bp=5%off                  1             50        950
ps       10.00 20%off bp=5%off                  1             200       800
bp       10.00 20%off bp=5%off@10               9             1800      7200
bp       10.00 20%off bp=5%off@10               10            500       9500
bp       10.00 100%off                          3             3000      0
bp       0.01 50%off                            1             1         0
bp       0.01 49.9999%off                       1             0         1
bp       0.01 50%off                            3             2         1
bp       0.33 33.3333%off                       1             11        22
bp       10.00 9.00@10 10%off@10                10            900       8100
azure    10.00 5%off                            1             0         0
trial    10.00 5%off                            1             0         0
"""

HALVES = """
currency  prices            quantity  tax      ->  unit   discount  net   tax_owed  gross
EUR       0.05 10%off       1         10           5      1         4     0         4
EUR       0.15 10%off       1         10           15     2         13    1         14
EUR       0.25 10%off       1         50           25     3         22    11        33
EUR       10.01 50%off      1         21           1001   501       500   105       605
JPY       15 10%off         1         10           15     2         13    1         14
JPY       1 50%off          5         10           1      3         2     0         2
JPY       333 33.3333%off   3         8            333    333       666   53        719
KWD       0.125 10%off      1         5            125    13        112   6         118
KWD       0.001 50%off      1         100          1      1         0     0         0
KWD       1.999 0.0001%off  1000000   5            1999   1999      1998998001  99949900  2098947901
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
9.00@2                               EUR
+20% < 9.00@2                        EUR
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


@cases(AT_QUANTITY)
def test_each_link_has_its_price_at_the_quantity(lists: str, quantity: str, units: str) -> None:
    """R4, R7: the seller's cost for a markup is the unit one link up at the same quantity."""
    assert unit_prices(chain(f"list {lists}"), PRODUCTS["bp"], int(quantity)) == tuple(
        map(int, units.split())
    )


@cases(DISCOUNTS)
def test_a_product_s_own_discount_comes_before_the_list_s(
    product: str, prices: str, quantity: str, discount: str, net: str
) -> None:
    """R7; what is free at ordering has nothing to take off (R3)."""
    found = line_prices(chain(f"list {prices}"), PRODUCTS[product], int(quantity))
    assert found is not None
    assert (found[0].discount, found[0].net, found[0].gross) == (int(discount), int(net), int(net))


@cases(HALVES)
def test_discount_then_tax_are_rounded_once_a_line(  # noqa: PLR0913, PLR0917 - the table's columns
    currency: str,
    prices: str,
    quantity: str,
    tax: str,
    unit: str,
    discount: str,
    net: str,
    tax_owed: str,
    gross: str,
) -> None:
    """R7, in currencies of no, two and three decimals."""
    links = chain(f"list {prices}\ncurrency {currency}\ntax {tax}")
    found = line_prices(links, PRODUCTS["bp"], int(quantity))
    assert found is not None
    (price,) = found
    assert (price.unit, price.discount) == (int(unit), int(discount))
    assert (price.net, price.tax, price.gross) == (int(net), int(tax_owed), int(gross))


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


STEPS = st.dictionaries(st.integers(1, 200), st.integers(0, 10**6), max_size=5)
PERCENTS = st.dictionaries(st.integers(1, 200), st.decimals(Decimal("0.0001"), 100, places=4), max_size=3)


@given(STEPS, PERCENTS, PERCENTS, st.integers(1, 250), st.decimals(0, 100, places=2))
def test_any_line_adds_up(
    steps: dict[int, int],
    of_all: dict[int, Decimal],
    own: dict[int, Decimal],
    quantity: int,
    rate: Decimal,
) -> None:
    """R7: unit times quantity is exact; the discount and the tax are each within half a minor unit of the
    exact share, and a half goes up; nothing is given away twice."""
    words = [f"bp={unit}@{start}" for start, unit in steps.items()]
    words += [f"{percent:f}%off@{start}" for start, percent in of_all.items()]
    words += [f"bp={percent:f}%off@{start}" for start, percent in own.items()]
    links = chain(f"list {' '.join(words) or 'ps=1'}\ncurrency JPY\ntax {rate}")
    prices = line_prices(links, PRODUCTS["bp"], quantity)
    if min(steps, default=251) > quantity:
        assert prices is None
        return
    assert prices is not None
    (price,) = prices
    assert price.unit == steps[max(start for start in steps if start <= quantity)]
    reached = {start: each for start, each in own.items() if start <= quantity} or {
        start: each for start, each in of_all.items() if start <= quantity
    }
    percent = reached[max(reached)] if reached else Decimal(0)
    whole = price.unit * quantity
    assert Fraction(-1, 2) < price.discount - whole * Fraction(percent) / 100 <= Fraction(1, 2)
    assert price.net == whole - price.discount >= 0
    assert Fraction(-1, 2) < price.tax - price.net * Fraction(rate) / 100 <= Fraction(1, 2)
    assert price.gross == price.net + price.tax
