"""Prices of a list out of a file: what each row comes to, and what the list has then (R4, R5)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO, StringIO
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placet.actions import import_prices as action
from placet.actions.import_prices import BadFile, Column, File, Offers, Report, Verdict, Wanted
from placet.storage import db, models
from tests import nce
from tests.api.callers import load, unique
from tests.domain.tables import cases
from tests.stories.worlds import distributor, product, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed() -> models.PriceList:
    """An empty list of a top seller, and the product `bp` of the vendor `ms`."""
    top = unique("dist")
    load(world(distributor(top), prices={}, products=[product(f"{top}-bp", vendor=f"{top}-ms")]))
    return models.PriceList.objects.get(ref=f"{top}-list")


def of(listed: models.PriceList, name: str) -> str:
    """What a product or a vendor of that list's world is called."""
    return f"{listed.ref.removesuffix('-list')}-{name}" if listed.ref else name


def month(number: str) -> datetime | None:
    return datetime(2027, int(number), 1, tzinfo=UTC) if number else None


def rows_of(text: str) -> Iterator[tuple[str, int, datetime | None, datetime | None]]:
    """`10 3..6` is ten from March to June 2027, `10@50 ..` from 50 on and for ever, `- 3..` ends in March."""
    for part in filter(None, text.split("; ")):
        unit, period = part.split()
        unit, _, quantity = unit.partition("@")
        first, last = period.split("..")
        yield unit.replace("-", ""), int(quantity or 1), month(first), month(last)


def stand(listed: models.PriceList, text: str) -> None:
    bp = models.Product.objects.get(ref=of(listed, "bp"))
    for unit, quantity, first, last in rows_of(text):
        models.Price.objects.create(
            id=db.new_id(),
            price_list=listed,
            product=bp,
            min_quantity=quantity,
            unit_minor=int(unit) * 100,
            valid_from=first,
            valid_to=last,
        )


def standing(listed: models.PriceList) -> str:
    """What the list has, as `stand` takes it."""
    found = models.Price.objects.filter(price_list=listed).order_by("min_quantity", "valid_to")
    return "; ".join(
        f"{each.unit_minor // 100}{f'@{each.min_quantity}' if each.min_quantity > 1 else ''} "
        f"{each.valid_from.month if each.valid_from else ''}..{each.valid_to.month if each.valid_to else ''}"
        for each in found
    )


def csv_of(listed: models.PriceList, text: str) -> bytes:
    lines = ["product,min_quantity,unit_price,valid_from,valid_to"]
    for unit, quantity, first, last in rows_of(text):
        times = ",".join(each.isoformat() if each else "" for each in (first, last))
        lines.append(f"{of(listed, 'bp')},{quantity},{unit},{times}")
    return "\n".join(lines).encode()


def take(listed: models.PriceList, content: bytes, *, dry: bool = False) -> list[str]:
    """What each row came to, or what is wrong with which line."""
    told: list[Verdict] = []
    act = action.try_prices if dry else action.import_prices
    return said(act(listed.id, file=File(lambda: BytesIO(content)), tell=told.append), told)


def said(answer: Report | BadFile, told: list[Verdict]) -> list[str]:
    if isinstance(answer, BadFile):
        assert answer.count == len(answer.problems) > 0
        return [f"{wrong.line} {wrong.reason}" for wrong in answer.problems]
    assert [row.line for row in told] == sorted(row.line for row in told)
    assert sum(answer.rows.values()) == len(told)
    return [row.became for row in told]


CASES = """
stands            file                   ->  rows               then
-                 10 ..                      added              10 ..
10 ..             10 ..                      unchanged          10 ..
10 ..             12 ..                      changed            12 ..
10 ..             12 3..                     added              10 ..3; 12 3..
10 ..3; 12 3..    10 ..                      unchanged          10 ..3; 12 3..
10 ..3; 12 3..    13 3..                     changed            10 ..3; 13 3..
10 ..             10 ..; 12 3..              changed added      10 ..3; 12 3..
10 ..             12 3..; 14 6..             added added        10 ..3; 12 3..6; 14 6..
10 ..             9 3..6; 10 6..             added added        10 ..3; 9 3..6; 10 6..
10 ..             10 ..3; 9 3..6; 10 6..     changed added added  10 ..3; 9 3..6; 10 6..
10 6..            9 3..                      added              9 3..6; 10 6..
10 ..9            12 3..9                    added              10 ..3; 12 3..9
10 ..3            10 ..                      changed            10 ..
10 ..3; 12 6..    10 ..                      changed            10 ..6; 12 6..
10 ..             10 ..; 9@50 ..             unchanged added    10 ..; 9@50 ..
10 ..; 9@50 ..    8@50 3..                   added              10 ..; 9@50 ..3; 8@50 3..
10 ..             - 3..                      ended              10 ..3
10 3..            - 3..                      ended              -
10 ..             - ..                       ended              -
10 ..3            - 3..                      unchanged          10 ..3
-                 - 3..                      unchanged          -
10 ..             10 ..; - 6..               changed ended      10 ..6
10 ..3; 12 3..    - 1..                      ended              10 ..1; 12 3..
10 ..; 9@50 ..    -@50 ..                    ended              10 ..
"""


@cases(CASES)
def test_what_a_file_comes_to(listed: models.PriceList, stands: str, file: str, rows: str, then: str) -> None:
    """Said first, then done; and the same file again changes nothing."""
    stand(listed, stands)
    content = csv_of(listed, file)
    assert take(listed, content, dry=True) == rows.split()
    assert standing(listed) == stands, "nothing was written"
    assert take(listed, content) == rows.split()
    assert standing(listed) == then
    assert set(take(listed, content)) == {"unchanged"}
    assert standing(listed) == then


SINCE_EVER = "overlaps the price that the list has from its beginning on"

REFUSED = (
    ("10 ..", "9 3..6", [f"2 {SINCE_EVER}"]),
    ("10 ..9", "12 3..6", [f"2 {SINCE_EVER}"]),
    ("10 6..", "9 3..8", ["2 overlaps the price that the list has from 2027-06-01T00:00:00Z on"]),
    ("", "10 ..4; 11 3..", ["2 valid_to: overlaps what stands on line 3"]),
    ("", "10 ..; 11 ..", ["3 stands already on line 2"]),
    ("", "10 1..3; 10 1..3", ["2 valid_to: overlaps what stands on line 3", "3 stands already on line 2"]),
)


@pytest.mark.parametrize(("stands", "file", "problems"), REFUSED)
def test_a_file_that_contradicts_changes_nothing(
    listed: models.PriceList, stands: str, file: str, problems: list[str]
) -> None:
    """R4: one price holds at a time. What is good in the file is not written either."""
    stand(listed, stands)
    good = f"{of(listed, 'bp')},77,5.00,,\n".encode()
    for content in (csv_of(listed, file), csv_of(listed, file) + b"\n" + good):
        assert take(listed, content) == problems
        assert standing(listed) == stands


def test_every_wrong_row_is_named(listed: models.PriceList) -> None:
    """Of form and of sense, in the file's order; a product by its id is the one with that ref."""
    bp = models.Product.objects.get(ref=of(listed, "bp"))
    content = (
        "product,unit_price\n"
        f"{bp.ref},1\nnobody,1\n{bp.ref},x\n{bp.id},2\n{'0' * 8}-0000-0000-0000-{'0' * 12},1\n{bp.ref}\n"
    ).encode()
    assert take(listed, content) == [
        "3 product: there is no nobody",
        "4 unit_price: not a decimal number",
        "5 stands already on line 2",
        f"6 product: there is no {'0' * 8}-0000-0000-0000-{'0' * 12}",
        "7 has 1 columns, the header has 2",
    ]
    assert take(listed, f"product,unit_price\n{str(bp.id).upper()},1\n".encode()) == ["added"]
    assert standing(listed) == "1 .."


def test_of_very_many_wrong_rows_the_first_are_named(listed: models.PriceList) -> None:
    content = b"product,unit_price\n" + b"nobody,1\n" * 150 + b"nobody,x\n" * 150
    answer = action.import_prices(listed.id, file=File(lambda: BytesIO(content)), tell=print)
    assert isinstance(answer, BadFile)
    assert answer.count == 300
    assert [wrong.line for wrong in answer.problems] == [*range(2, 102)]


def test_what_is_written_is_read_again(listed: models.PriceList) -> None:
    """The export of a list changes nothing on it; a name is no formula to a spreadsheet."""
    bp = models.Product.objects.get(ref=of(listed, "bp"))
    bp.name = '=HYPERLINK("evil"), ā'
    bp.save()
    stand(listed, "10 ..3; 12 3..; 9@50 1..2")
    exported = b"".join(action.exported(listed.id, listed.currency)).decode()
    assert exported.splitlines()[0] == "product,name,currency,min_quantity,unit_price,valid_from,valid_to"
    assert exported.splitlines()[1:] == [
        f'{bp.ref},"\'=HYPERLINK(""evil""), ā",EUR,1,10.00,,2027-03-01T00:00:00Z',
        f'{bp.ref},"\'=HYPERLINK(""evil""), ā",EUR,1,12.00,2027-03-01T00:00:00Z,',
        f'{bp.ref},"\'=HYPERLINK(""evil""), ā",EUR,50,9.00,2027-01-01T00:00:00Z,2027-02-01T00:00:00Z',
    ]
    assert take(listed, exported.encode()) == ["unchanged"] * 3


@pytest.mark.parametrize(("currency", "unit", "text"), [("JPY", 980, "980"), ("KWD", 125, "0.125")])
def test_in_the_decimals_of_the_currency(
    listed: models.PriceList, currency: str, unit: int, text: str
) -> None:
    """R7."""
    listed.currency = currency
    listed.save()
    assert take(listed, f"product,unit_price\n{of(listed, 'bp')},{text}\n".encode()) == ["added"]
    assert models.Price.objects.get(price_list=listed).unit_minor == unit
    assert f",{currency},1,{text},," in b"".join(action.exported(listed.id, currency)).decode()


MONTHS = st.integers(1, 12)
PERIODS = st.tuples(st.integers(1, 9), st.sampled_from([1, 50]), st.none() | MONTHS, st.none() | MONTHS)


def as_text(rows: list[tuple[int, int, int | None, int | None]]) -> str:
    return "; ".join(
        f"{unit}{f'@{quantity}' if quantity > 1 else ''} {first or ''}..{last or ''}"
        for unit, quantity, first, last in rows
        if first is None or last is None or first < last
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(PERIODS, max_size=6), st.lists(PERIODS, max_size=6))
def test_any_file_is_taken_whole_or_not_at_all(
    listed: models.PriceList,
    first: list[tuple[int, int, int | None, int | None]],
    second: list[tuple[int, int, int | None, int | None]],
) -> None:
    """The database's own constraint is never met: what overlaps is refused before. What was taken holds from
    its beginning, is taken again without a change, and so is the export."""
    models.Price.objects.filter(price_list=listed).delete()
    for text in (as_text(first), as_text(second)):
        before, content = standing(listed), csv_of(listed, text)
        rows = take(listed, content)
        if rows and not set(rows) <= {"added", "changed", "unchanged"}:
            assert standing(listed) == before
            continue
        now = {
            (each.min_quantity, each.valid_from): each
            for each in models.Price.objects.filter(price_list=listed)
        }
        for unit, quantity, start, end in rows_of(text):
            assert now[quantity, start].unit_minor == int(unit) * 100
            assert end is None or now[quantity, start].valid_to == end
        assert set(take(listed, content)) <= {"unchanged"}
        exported = b"".join(action.exported(listed.id, listed.currency))
        assert set(take(listed, exported)) <= {"unchanged"}


# Constraints --------------------------------------------------------------------------------

NEW_PRICE = """
INSERT INTO price (price_list_id, product_id, min_quantity, unit_minor, valid_from, valid_to)
SELECT %(list)s, id, {values} FROM product WHERE ref = %(product)s"""

NEW_DISCOUNT = """
INSERT INTO discount (id, price_list_id, product_id, min_quantity, percent, valid_from, valid_to)
SELECT gen_random_uuid(), %(list)s, {values} FROM product WHERE ref = %(product)s"""

BROKEN = (
    ("price_one_at_a_time", NEW_PRICE, "1, 1, '2027-03-01', NULL"),
    ("price_one_at_a_time", NEW_PRICE, "1, 1, NULL, '2027-02-02'"),
    ("price_not_negative", NEW_PRICE, "2, -1, NULL, NULL"),
    ("price_period", NEW_PRICE, "2, 1, '2027-03-01', '2027-02-01'"),
    ("price_period", NEW_PRICE, "2, 1, '2027-03-01', '2027-03-01'"),
    ("price_min_quantity", NEW_PRICE, "0, 1, NULL, NULL"),
    ("discount_one_at_a_time", NEW_DISCOUNT, "id, 10, 5, '2027-03-01', NULL"),
    ("discount_one_at_a_time", NEW_DISCOUNT, "NULL, 10, 5, NULL, NULL"),
    ("discount_percent", NEW_DISCOUNT, "id, 1, 0, NULL, NULL"),
    ("discount_percent", NEW_DISCOUNT, "id, 1, 100.0001, NULL, NULL"),
    ("discount_period", NEW_DISCOUNT, "id, 1, 5, '2027-03-01', '2027-02-01'"),
    ("discount_min_quantity", NEW_DISCOUNT, "id, 0, 5, NULL, NULL"),
    (
        "price_list_period",
        "UPDATE price_list SET valid_from = now(), valid_to = now() WHERE id = %(list)s",
        "",
    ),
    ("product_term", "UPDATE product SET term_months = 0 WHERE ref = %(product)s", ""),
    ("product_term", "UPDATE product SET term_months = 121 WHERE ref = %(product)s", ""),
)

FINE = (
    (NEW_PRICE, "1, 1, NULL, '2027-02-01'"),
    (NEW_PRICE, "2, 0, '2027-03-01', NULL"),
    (NEW_DISCOUNT, "id, 9, 5, NULL, NULL"),
    (NEW_DISCOUNT, "id, 10, 100, NULL, '2027-02-01'"),
    (NEW_DISCOUNT, "NULL, 11, 5, NULL, NULL"),
)


def ran(listed: models.PriceList, statement: str, values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            statement.replace("{values}", values), {"list": listed.id, "product": of(listed, "bp")}
        )
        assert cursor.rowcount == 1


@pytest.fixture
def filled(listed: models.PriceList) -> models.PriceList:
    """With a price and two discounts, from February on."""
    stand(listed, "10 2..")
    ran(listed, NEW_DISCOUNT, "id, 10, 5, '2027-02-01', NULL")
    ran(listed, NEW_DISCOUNT, "NULL, 10, 5, '2027-02-01', NULL")
    return listed


@pytest.mark.parametrize(("name", "statement", "values"), BROKEN)
def test_the_database_says_so_too(filled: models.PriceList, name: str, statement: str, values: str) -> None:
    with pytest.raises(IntegrityError, match=f'constraint "{name}"'), transaction.atomic():
        ran(filled, statement, values)


@pytest.mark.parametrize(("statement", "values"), FINE)
def test_and_forbids_nothing_else(filled: models.PriceList, statement: str, values: str) -> None:
    ran(filled, statement, values)


# Microsoft's list ---------------------------------------------------------------------------

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
REF = "CFQ7TTC0LCHC:0002:P1Y:Monthly:Commercial"


def take_offers(
    listed: models.PriceList, *rows: dict[str, str], vendor: str = "ms", dry: bool = False
) -> list[str]:
    out = StringIO()
    nce.write([nce.ROW | row for row in rows], out, *nce.CHANGES)
    content, told = out.getvalue().encode(), list[Verdict]()
    id_: UUID = models.Vendor.objects.get(ref=of(listed, vendor)).id
    offers = Offers(id_, Wanted("EUR", Column.UNIT, None), NOW)
    act = action.try_offers if dry else action.import_offers
    return said(act(listed.id, offers, file=File(lambda: BytesIO(content)), tell=told.append), told)


def offered(listed: models.PriceList, ref: str = REF) -> list[str]:
    """The prices of an offer on that list, in time."""
    found = models.Price.objects.filter(price_list=listed, product__ref=ref).order_by(
        "min_quantity", "valid_to"
    )
    return [
        f"{each.unit_minor / 100:.2f} {each.valid_from:%Y-%m-%d}.."
        + (f"{each.valid_to:%Y-%m-%d}" if each.valid_to else "")
        for each in found
    ]


def day(text: str) -> str:
    return f"{text}T00:00:00.0000000Z"


LAST = {"EffectiveEndDate": "9999-12-31T23:59:59.0000000Z"}
JUNE = {"EffectiveStartDate": day("2025-06-01"), "UnitPrice": "240"}


def test_offers_are_made_with_their_prices(listed: models.PriceList) -> None:
    assert take_offers(listed, {}, dry=True) == ["added"]
    assert not models.Product.objects.filter(ref=REF).exists()
    assert take_offers(listed, {}) == ["added"]
    made = models.Product.objects.get(ref=REF)
    assert (made.sku, made.name) == (
        "CFQ7TTC0LCHC:0002",
        "Microsoft 365 Business Premium (1 year, billed monthly)",
    )
    assert (made.product_type, made.billing_type, made.term_months) == (
        "software_subscription",
        "monthly",
        12,
    )
    assert (made.fulfilment, made.trial, made.vendor.ref) == ("automatic", False, of(listed, "ms"))
    assert offered(listed) == ["17.60 2025-01-01.."]
    assert take_offers(listed, {}) == ["unchanged"]


def test_a_later_file_ends_the_old_price_where_the_new_one_begins(listed: models.PriceList) -> None:
    take_offers(listed, {})
    assert take_offers(listed, {"SkuTitle": "Renamed", **JUNE}) == ["added"]
    assert offered(listed) == ["17.60 2025-01-01..2025-06-01", "20.00 2025-06-01.."]
    assert models.Product.objects.get(ref=REF).name == "Renamed (1 year, billed monthly)"
    assert take_offers(listed, {"SkuTitle": "Renamed", **JUNE}) == ["unchanged"]
    assert take_offers(listed, {}) == ["unchanged"], "an older file knows less, and contradicts nothing"
    assert take_offers(listed, JUNE | {"UnitPrice": "252"}) == ["changed"]
    assert offered(listed) == ["17.60 2025-01-01..2025-06-01", "21.00 2025-06-01.."]


@cases("""
ends                          ->  then
2025-06-30T23:59:59.0000000Z      17.60 2025-01-01..2025-07-01
9999-12-31T23:59:59.0000000Z      17.60 2025-01-01..2026-11-22
""")
def test_what_is_removed_ends(listed: models.PriceList, ends: str, then: str) -> None:
    """On its last day, or now where it names none; the offer stays, because it was sold."""
    take_offers(listed, {})
    gone = {"ChangeIndicator": "Removed", "EffectiveEndDate": ends}
    assert take_offers(listed, gone) == ["ended"]
    assert offered(listed) == [then]
    assert take_offers(listed, gone) == ["unchanged"]
    assert models.Product.objects.filter(ref=REF).exists()


def test_what_is_removed_and_was_never_here(listed: models.PriceList) -> None:
    assert take_offers(listed, {"ChangeIndicator": "Removed"}) == ["skipped"]
    assert not models.Product.objects.filter(ref=REF).exists()


def test_removed_and_new_in_one_file(listed: models.PriceList) -> None:
    take_offers(listed, {})
    gone = {"ChangeIndicator": "Removed", "EffectiveEndDate": "2025-05-31T23:59:59.0000000Z"}
    assert take_offers(listed, gone, gone, JUNE) == ["skipped", "skipped", "added"]
    assert offered(listed) == ["17.60 2025-01-01..2025-06-01", "20.00 2025-06-01.."]


OVERLAP = {"EffectiveStartDate": day("2021-11-01")}
TOP = {
    "EffectiveStartDate": day("2021-10-01"),
    "EffectiveEndDate": "2021-11-03T06:57:30.0682597Z",
    "UnitPrice": "12",
}


def test_rows_of_one_offer_may_overlap(listed: models.PriceList) -> None:
    """As Microsoft's own example has it: on 2 November the first row holds, on 4 November the second."""
    assert take_offers(listed, OVERLAP, TOP) == ["added", "added"]
    assert offered(listed) == ["1.00 2021-10-01..2021-11-03", "17.60 2021-11-03.."]
    assert take_offers(listed, OVERLAP, TOP) == ["unchanged", "unchanged"]
    assert take_offers(
        listed, TOP, {"EffectiveStartDate": day("2021-10-05"), "EffectiveEndDate": day("2021-10-09")}
    ) == [
        "unchanged",
        "skipped",
    ]


def test_of_two_rows_that_begin_together_the_longer_one_holds(listed: models.PriceList) -> None:
    short = {"EffectiveEndDate": day("2025-02-01"), "UnitPrice": "12"}
    assert take_offers(listed, short, {}, {}) == ["skipped", "added", "skipped"]
    assert offered(listed) == ["17.60 2025-01-01.."]


def test_two_rows_that_contradict_each_other_refuse_the_file(listed: models.PriceList) -> None:
    assert take_offers(listed, {}, {"UnitPrice": "12"}, JUNE) == ["4 stands already on line 2"]
    assert not models.Product.objects.filter(ref=REF).exists()


def test_tiers_are_quantities(listed: models.PriceList) -> None:
    tiers = (
        {"PricingTierRangeMin": "1", "PricingTierRangeMax": "99"},
        {"PricingTierRangeMin": "100", "UnitPrice": "120"},
    )
    assert take_offers(listed, *tiers) == ["added", "added"]
    assert offered(listed) == ["17.60 2025-01-01..", "10.00 2025-01-01.."]


def test_an_offer_that_another_vendor_has_is_not_taken_over(listed: models.PriceList) -> None:
    other = models.Vendor.objects.create(
        id=db.new_id(), ref=of(listed, "other"), name="Other", connector="manual"
    )
    take_offers(listed, {}, vendor="other")
    assert take_offers(listed, {}) == [f"2 {REF} stands already, as a product of {other.name}"]


def test_many_rows_in_sets(listed: models.PriceList) -> None:
    """More than one look at the progress, and every kind of offer."""
    told: list[Verdict] = []
    seen: list[int] = []
    out = StringIO()
    nce.write(nce.many(3000), out)
    vendor = models.Vendor.objects.get(ref=of(listed, "ms")).id
    answer = action.import_offers(
        listed.id,
        Offers(vendor, Wanted("EUR", Column.UNIT, None), NOW),
        file=File(lambda: BytesIO(out.getvalue().encode()), seen.append),
        tell=told.append,
    )
    assert isinstance(answer, Report)
    assert (answer.rows["added"], answer.new_products, len(told), seen[-1]) == (3000, 3000, 3000, 3000)  # type: ignore[index]
    kinds = models.Product.objects.filter(vendor=vendor, term_months__isnull=False)
    assert {*kinds.values_list("billing_type", "term_months")} == {
        ("monthly", 12),
        ("monthly", 36),
        ("one_time", 36),
    }
