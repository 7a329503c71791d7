"""Baskets: drafts that only their own person has, and that become one order (R2, R10, R11, R12, R14)."""

# ruff: noqa: S608 - the statements are put together from constants

from functools import partial
from typing import Final
from uuid import UUID

import pytest
from django.db import connection, transaction

from placet.actions import fill_basket
from placet.actions.change_organization import OrganizationWishes, change_organization
from placet.actions.fill_basket import Drafter, Review, add_product, given_last, read_basket, review_basket
from placet.actions.offer_products import Wanted, offer_product, offer_products
from placet.actions.place_order import place_order
from placet.actions.submit_basket import Read, submit_basket
from placet.domain.basket import Basket
from placet.domain.offering import Sort
from placet.domain.order import Order
from placet.domain.placing import LineRequest, OrderRequest
from placet.domain.refusals import Refusal
from placet.domain.words import OrganizationStatus, Role
from placet.storage import db, models
from tests.domain.tables import cases
from tests.stories import acts
from tests.stories.acts import NOW, actor
from tests.stories.test_races import codes, race
from tests.stories.worlds import customer, distributor, product, reseller, world

pytestmark = pytest.mark.usefixtures("alone")

WORLD = world(
    distributor("dist"),
    reseller("res", "dist"),
    reseller("sub", "res"),
    reseller("rival", "dist"),
    customer("cust", "res", {"order_approval": True}),
    customer("low", "sub"),
    prices={"bp": "10.00", "ps": "5.00", "onsite": "100.00"},
    products=[product("unsold"), product("onsite", "manual", vendor="bp-vendor")],
)


@pytest.fixture(autouse=True)
def _loaded(alone: None) -> None:  # noqa: ARG001
    acts.load(WORLD)


def somebody(ref: str, buyer: str = "", *, name: str = "ann", role: Role = Role.ADMIN) -> Drafter:
    """A person of that organization, who orders for the buyer."""
    user, _ = models.User.objects.get_or_create(
        email=f"{name}@{ref}.example", defaults={"id": db.new_id(), "name": name}
    )
    found = fill_basket.drafter(user=user.id, by=actor(ref, role, name), customer=buyer)
    assert isinstance(found, Drafter), found
    return found


def id_of(ref: str) -> UUID:
    return models.Product.objects.get(ref=ref).id


def filled(who: Drafter, *wanted: str) -> Basket:
    """`2 bp`, `1 ps`, in the person's basket."""
    for each in wanted or ("2 bp",):
        many, _, ref = each.partition(" ")
        assert not isinstance(add_product(who, product=id_of(ref), quantity=int(many), at=NOW), Refusal)
    return basket(who)


def basket(who: Drafter) -> Basket:
    found = read_basket(who)
    assert found
    return found


def review(who: Drafter) -> Review:
    found = review_basket(who, at=NOW)
    assert found
    return found


def contents(who: Drafter) -> str:
    found = read_basket(who)
    return ", ".join(f"{line.quantity} {line.product.ref}" for line in found.wanted) if found else "nothing"


def read(who: Drafter) -> Read:
    """What somebody has read who reads it now."""
    found = review(who)
    assert found.summary
    return Read(found.basket.version, found.summary["total_amount"])


def submitted(who: Drafter, known: Basket, as_read: Read | None = None, note: str = "") -> Order | Refusal:
    return submit_basket(who, basket=known.id, note=note, read=as_read or read(who), at=NOW)


# Filling it ---------------------------------------------------------------------------------


def test_more_of_the_same_is_one_line() -> None:
    who = somebody("cust")
    filled(who, "2 bp", "1 ps", "3 bp")
    assert contents(who) == "5 bp, 1 ps"


def test_a_basket_is_its_own_persons_for_one_buyer() -> None:
    """R10: a colleague, and the same person for somebody else, have another one."""
    who = somebody("res", "cust")
    filled(who)
    others = [
        somebody("res", "cust", name="bob"),
        somebody("res"),
        somebody("res", "low"),
        somebody("cust"),
        somebody("dist", "cust"),
    ]
    assert [contents(other) for other in others] == ["nothing"] * len(others)
    for other in others:
        line = basket(who).lines[0].id
        assert codes([fill_basket.remove_line(other, line=line, at=NOW)]) == ["not_found"]
        assert codes([submitted(other, basket(who), read(who))]) == ["not_found"]
    assert contents(who) == "2 bp"


def test_lists_for_whom_a_person_has_something_in_a_basket() -> None:
    who = somebody("res", "cust")
    filled(who, "1 bp", "1 ps")
    filled(somebody("res", "low"))
    filled(somebody("res", "sub", name="bob"))
    assert [(party.ref, many) for party, many, _ in fill_basket.other_baskets(who)] == [("low", 1)]
    latest = fill_basket.latest_basket(user=who.user, organization=who.by.organization)
    assert latest
    assert latest[0].ref in {"cust", "low"}
    assert fill_basket.latest_basket(user=who.user, organization=actor("dist").organization) is None


@cases("""
who   buyer  ->  place
cust  -          0
res   -          0
res   res        0
res   cust       1
res   low        2
dist  low        3
""")
def test_orders_for_itself_and_whoever_is_below(who: str, buyer: str, place: str) -> None:
    """R11."""
    assert somebody(who, buyer).buyer.place == int(place)


@cases("""
who    buyer
res    dist
res    rival
rival  cust
cust   low
res    nobody
""")
def test_orders_for_nobody_else(who: str, buyer: str) -> None:
    """R1, R11: a stranger is not there."""
    found = fill_basket.drafter(user=db.new_id(), by=actor(who), customer=buyer)
    assert codes([found]) == ["not_found"]


@cases("""
had      added     ->  code
-        1             ok
-        1000000       ok
-        0             invalid
-        1000001       invalid
1000000  1             invalid
""")
def test_limits_of_a_quantity(had: str, added: str, code: str) -> None:
    """R12."""
    who = somebody("cust")
    filled(who, *([f"{had} bp"] if had else []) or ["1 ps"])
    outcome = add_product(who, product=id_of("bp"), quantity=int(added), at=NOW)
    assert codes([outcome]) == [code]
    line = basket(who).lines[0].id
    changed = fill_basket.change_quantity(who, line=line, quantity=int(added), at=NOW)
    assert codes([changed]) == ["ok" if had or code == "ok" else code]


def test_at_most_500_products() -> None:
    """R12."""
    who = somebody("cust")
    begun = filled(who, "1 bp")
    vendor = models.Vendor.objects.get(ref="bp-vendor")
    made = [
        models.Product(
            id=db.new_id(),
            vendor=vendor,
            name=f"P{n}",
            product_type="service",
            billing_type="monthly",
            fulfilment="manual",
        )
        for n in range(499)
    ]
    models.Product.objects.bulk_create(made)
    lines = [models.BasketLine(id=db.new_id(), basket_id=begun.id, product=p, quantity=1) for p in made]
    models.BasketLine.objects.bulk_create(lines)
    assert codes([add_product(who, product=id_of("ps"), quantity=1, at=NOW)]) == ["invalid"]
    assert codes([add_product(who, product=id_of("bp"), quantity=1, at=NOW)]) == ["ok"]


@cases("""
product
unsold
nothing
""")
def test_what_cannot_be_ordered_cannot_be_added(product: str) -> None:
    """R4."""
    known = id_of(product) if product == "unsold" else db.new_id()
    assert codes([add_product(somebody("cust"), product=known, quantity=1, at=NOW)]) == ["not_found"]
    assert contents(somebody("cust")) == "nothing"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.FINANCE, Role.APPROVER])
def test_only_who_may_order_has_a_basket(role: Role) -> None:
    who = somebody("cust", role=role)
    known = filled(somebody("cust"))  # the same person had another role before
    line = known.lines[0].id
    outcomes = [
        add_product(who, product=id_of("ps"), quantity=1, at=NOW),
        fill_basket.change_quantity(who, line=line, quantity=9, at=NOW),
        fill_basket.remove_line(who, line=line, at=NOW),
        fill_basket.restore_line(who, line=line, at=NOW),
        fill_basket.discard_basket(who),
        fill_basket.keep_billing(who, billing={}, at=NOW),
        fill_basket.keep_details(who, by_vendor={}, at=NOW),
        submitted(who, known, read(somebody("cust"))),
    ]
    assert codes(outcomes) == ["forbidden"] * len(outcomes)
    assert contents(who) == "2 bp"


def test_what_was_removed_comes_back_as_it_was() -> None:
    who = somebody("cust")
    known = filled(who, "7 bp", "1 ps")
    fill_basket.keep_details(who, by_vendor={known.lines[0].product.vendor.id: {"a": "b"}}, at=NOW)
    line = known.lines[0].id
    fill_basket.remove_line(who, line=line, at=NOW)
    assert contents(who) == "1 ps"
    for _ in range(2):  # twice does no more than once
        fill_basket.restore_line(who, line=line, at=NOW)
        assert contents(who) == "7 bp, 1 ps"
    assert basket(who).lines[0].service_details == {"a": "b"}


def test_only_what_was_removed_last_comes_back() -> None:
    who = somebody("cust")
    lines = [line.id for line in filled(who, "7 bp", "1 ps").lines]
    for line in lines:
        fill_basket.remove_line(who, line=line, at=NOW)
    assert codes([fill_basket.restore_line(who, line=lines[0], at=NOW)]) == ["not_found"]
    assert codes([fill_basket.restore_line(who, line=lines[1], at=NOW)]) == ["ok"]
    assert contents(who) == "1 ps"


def test_what_was_removed_begins_anew_when_it_is_added() -> None:
    who = somebody("cust")
    line = filled(who, "7 bp").lines[0].id
    fill_basket.remove_line(who, line=line, at=NOW)
    filled(who, "1 bp")
    assert contents(who) == "1 bp"


def test_discarded_it_is_gone() -> None:
    who = somebody("cust")
    filled(who)
    fill_basket.keep_billing(who, billing={"company": "X"}, at=NOW)
    assert fill_basket.discard_basket(who) is None
    assert fill_basket.discard_basket(who) is None
    assert read_basket(who) is None
    assert models.BasketLine.objects.count() == 0


# Reading it once more -----------------------------------------------------------------------


@cases("""
who   buyer  role   ->  total  cost   needed  own
cust  -      admin      30.00  -      True    False
res   cust   admin      30.00  25.00  False   False
res   cust   buyer      30.00  25.00  True    True
res   -      admin      25.00  25.00  False   False
res   low    admin      30.00  25.00  False   False
dist  cust   admin      25.00  -      True    False
dist  low    admin      25.00  -      False   False
""")
def test_the_review_is_the_previews(  # noqa: PLR0913, PLR0917 - a row's cells
    who: str, buyer: str, role: str, total: str, cost: str, needed: str, own: str
) -> None:
    """R2, spec §13: the links where who orders buys and sells; of tiers above yes or no alone."""
    drafter = somebody(who, buyer, role=Role(role))
    filled(drafter, "2 bp", "1 ps")
    found = review(drafter)
    assert found.ready
    assert found.summary
    amounts = [found.summary.get(name, {}).get("amount", "") for name in ("total_amount", "total_cost")]
    assert amounts == [total, cost]
    assert found.summary["net"] == found.summary["total_amount"]
    assert str(found.summary["approval_needed"]) == needed
    assert str(found.summary["own_approval_needed"]) == own
    assert [(line.product.ref, price and price["quantity"]) for line, price in found.lines] == [
        ("bp", 2),
        ("ps", 1),
    ]


def test_what_cannot_be_ordered_any_more_is_said_beside_its_line() -> None:
    """R4: the rest has its total all the same."""
    who = somebody("cust")
    filled(who, "2 bp", "1 ps", "1 onsite")
    models.Price.objects.filter(product__ref="ps").delete()
    models.Price.objects.filter(product__ref="onsite").update(min_quantity=5)
    found = review(who)
    assert found.missing == {id_of("ps"): None, id_of("onsite"): 5}
    assert [price and price["unit_price"]["amount"] for _, price in found.lines] == ["12.00", None, None]
    assert found.summary
    assert found.summary["total_amount"]["amount"] == "24.00"
    assert not found.ready
    assert codes([submitted(who, basket(who))]) == ["not_for_sale"]


def test_where_nothing_can_be_ordered_any_more_there_is_no_total() -> None:
    who = somebody("cust")
    filled(who)
    models.Price.objects.all().delete()
    found = review(who)
    assert (found.summary, found.refusal, found.ready) == (None, None, False)


def test_a_chain_that_may_not_order_says_so() -> None:
    """R12, R72."""
    who = somebody("cust")
    filled(who)
    suspend("res")
    found = review(who)
    assert found.refusal
    assert (found.refusal.code, found.ready) == ("organization_not_active", False)
    assert [price for _, price in found.lines] == [None]


def suspend(ref: str) -> None:
    wishes = OrganizationWishes(status=OrganizationStatus.SUSPENDED)
    outcome = change_organization(by=actor("dist"), name=ref, wishes=wishes, at=NOW)
    assert not isinstance(outcome, Refusal), outcome


# Submitting it ------------------------------------------------------------------------------


def test_a_basket_becomes_its_order() -> None:
    """R10, R11."""
    who = somebody("res", "cust")
    known = filled(who, "2 bp", "1 ps")
    fill_basket.keep_billing(who, billing={"company": "Cust"}, at=NOW)
    vendor = known.lines[0].product.vendor.id
    fill_basket.keep_details(who, by_vendor={vendor: {"account": "cust.example"}}, at=NOW)
    order = submitted(who, known, note="Quickly, please.")
    assert isinstance(order, Order)
    assert (order.parties[0].ref, order.placer.ref, order.note) == ("cust", "res", "Quickly, please.")
    assert order.billing == {"company": "Cust"}
    assert [(each.product.ref, each.quantity, each.service_details) for each in order.lines] == [
        ("bp", 2, {"account": "cust.example"}),
        ("ps", 1, None),
    ]
    assert order.number
    assert read_basket(who) is None
    left = models.Basket.objects.get()
    assert (left.order_id, left.billing, left.note) == (order.id, None, "")
    assert models.BasketLine.objects.count() == 0


def test_again_is_the_order_that_it_became() -> None:
    """R14: also with another note, another reading, and by who may not order any more."""
    who = somebody("cust")
    known, as_read = filled(who), read(who)
    first = submitted(who, known, as_read)
    assert isinstance(first, Order)
    viewer = Drafter(who.user, actor("cust", Role.VIEWER), who.buyer)
    for again in (
        submitted(who, known, as_read, "Another note."),
        submitted(who, known, Read(99, {})),
        submitted(viewer, known, as_read),
    ):
        assert isinstance(again, Order)
        assert again.number == first.number
    assert models.Order.objects.count() == 1


def test_the_next_basket_is_another_order() -> None:
    who = somebody("cust")
    numbers = {submitted(who, filled(who)).number for _ in range(2)}  # type: ignore[union-attr]
    assert len(numbers) == 2


def test_what_was_not_read_is_not_placed() -> None:
    """Another tab added something, or the price has changed."""
    who = somebody("cust")
    known, as_read = filled(who), read(who)
    filled(who, "1 ps")
    assert codes([submitted(who, known, as_read, "My note.")]) == ["stale_version"]
    as_read = read(who)
    models.Price.objects.filter(product__ref="bp").update(unit_minor=1001)
    assert codes([submitted(who, known, as_read, "My note.")]) == ["stale_version"]
    assert basket(who).note == "My note."
    assert models.Order.objects.count() == 0
    assert isinstance(submitted(who, known), Order)


def test_a_suspended_chain_places_nothing() -> None:
    """R72."""
    who = somebody("cust")
    known, as_read = filled(who), read(who)
    suspend("res")
    assert codes([submitted(who, known, as_read)]) == ["organization_not_active"]
    assert contents(who) == "2 bp"


ROUNDS = 12


def test_two_tabs_place_one_order() -> None:
    """R14: at the same instant, again and again."""
    who = somebody("cust")
    for round_ in range(ROUNDS):
        known = filled(who)
        place = partial(_placed, who, known.id, read(who))
        outcomes = race([None], place, place, place)[0]
        assert len(set(outcomes)) == 1, round_
    assert models.Order.objects.count() == ROUNDS


def _placed(who: Drafter, known: UUID, as_read: Read, _: object) -> str:
    order = submit_basket(who, basket=known, note="", read=as_read, at=NOW)
    assert isinstance(order, Order), order
    return order.number


def test_what_is_added_while_it_is_placed_is_in_the_order_or_in_the_next_basket() -> None:
    """Nothing is lost, and nothing is ordered that was not read."""
    who = somebody("cust")
    for _ in range(ROUNDS):
        known, as_read = filled(who, "1 bp"), read(who)

        def place(_: object, known: Basket = known, as_read: Read = as_read) -> Order | Basket | Refusal:
            return submit_basket(who, basket=known.id, note="", read=as_read, at=NOW)

        def add(_: object) -> Order | Basket | Refusal:
            return add_product(who, product=id_of("ps"), quantity=1, at=NOW)

        [placed, _added] = race([None], place, add)[0]
        if isinstance(placed, Order):
            assert [line.product.ref for line in placed.lines] == ["bp"]
            assert contents(who) == "1 ps"
        else:
            assert codes([placed]) == ["stale_version"]
            assert contents(who) == "1 bp, 1 ps"
        fill_basket.discard_basket(who)


def test_two_tabs_begin_one_basket() -> None:
    who = somebody("cust")
    for _ in range(ROUNDS):

        def add(_: object) -> Basket | Refusal:
            return add_product(who, product=id_of("bp"), quantity=1, at=NOW)

        race([None], add, add)
        assert contents(who) == "2 bp"
        fill_basket.discard_basket(who)


# What to begin with -------------------------------------------------------------------------


@cases("""
who   buyer  ->  company   account
cust  -          Given     given.example
res   cust       Given     given.example
dist  cust       Given     given.example
res   low        Org low   -
sub   low        Given     given.example
dist  low        Given     given.example
""")
def test_begins_with_what_was_given_last(who: str, buyer: str, company: str, account: str) -> None:
    """As far as who orders may read it of an order (spec §13): the buyer, its own seller, the top one."""
    for ref in ("cust", "low"):
        details = {"account": "given.example"}
        lines = (LineRequest("bp", 1, details), LineRequest("ps", 1))
        placed = place_order(request=OrderRequest(lines, None, {"company": "Given"}), by=actor(ref), at=NOW)
        assert isinstance(placed, Order)
    given = given_last(somebody(who, buyer))
    vendor = models.Vendor.objects.get(ref="bp-vendor").id
    assert given.billing["company"] == company
    assert given.details.get(vendor, {}).get("account", "") == account


def test_without_an_order_it_begins_with_what_is_known() -> None:
    """Where its bills go comes before who is written to otherwise (R6)."""
    buyer = models.Organization.objects.get(ref="cust")
    for name, primary, bill_to, active in (
        ("Zoe", False, False, True),
        ("Ann", True, False, True),
        ("Bill", False, True, True),
    ):
        models.Contact.objects.create(
            id=db.new_id(),
            organization=buyer,
            name=name,
            email=f"{name}@x.example",
            is_primary=primary,
            is_bill_to=bill_to,
            active=active,
        )
    expected = {"company": "Org cust", "country": "LV", "contact": "Bill", "email": "Bill@x.example"}
    assert given_last(somebody("res", "cust")).billing == expected


# The shelf ----------------------------------------------------------------------------------


@cases("""
who    buyer  ->  bp             seller  pays
cust   -          12.00          res     cust
res    -          10.00          dist    res
res    cust       12.00 (10.00)  res     cust
res    low        12.00 (10.00)  res     sub
sub    low        14.40 (12.00)  sub     low
dist   cust       10.00          dist    res
dist   low        10.00          dist    res
rival  -          10.00          dist    rival
""")
def test_everybody_sees_its_own_two_links(who: str, buyer: str, bp: str, seller: str, pays: str) -> None:
    """R2."""
    drafter = somebody(who, buyer)
    found = offer_products(by=drafter.by, buyer=drafter.buyer, wanted=Wanted("bp"), at=NOW)
    assert not isinstance(found, Refusal)
    step = found.offers[0].first
    assert step
    cost = f" ({step.cost.unit})" if step.cost else ""
    assert f"{step.price.unit}{cost}".replace(" EUR", "") == bp
    assert (found.seller and found.seller.ref, found.priced_for.ref) == (seller, pays)


def test_a_shelf_has_what_can_be_ordered() -> None:
    """R4: by part of a name, an SKU or a vendor."""
    who = somebody("cust")

    def shelf(text: str = "") -> set[str | None]:
        found = offer_products(by=who.by, buyer=who.buyer, wanted=Wanted(text), at=NOW)
        assert not isinstance(found, Refusal)
        return {offer.product.ref for offer in found.offers}

    assert shelf() == {"bp", "ps", "onsite"}
    assert shelf("product P") == {"ps"}
    assert shelf("sku-bp") == {"bp"}
    assert shelf("BP-vendor") == {"bp", "onsite"}
    assert shelf("%") == set()


def test_a_top_sellers_own_shelf_has_no_prices() -> None:
    """It buys from nobody: what it sells, whoever may buy it."""
    who = somebody("dist")
    found = offer_products(by=who.by, buyer=who.buyer, wanted=Wanted(), at=NOW)
    assert not isinstance(found, Refusal)
    assert {offer.product.ref for offer in found.offers} == {"bp", "ps", "onsite", "unsold"}
    assert found.seller is None
    assert not any(offer.steps for offer in found.offers)


def test_what_is_ordered_most_is_counted_at_the_buyers_own_seller() -> None:
    """(ours): a rank, not a figure of anybody's."""
    for _ in range(2):
        acts.place(actor("low"), "5 ps")
    for _ in range(3):
        acts.place(actor("cust"), "1 bp")

    def most(who: str) -> str | None:
        drafter = somebody(who)
        found = offer_products(by=drafter.by, buyer=drafter.buyer, wanted=Wanted(), at=NOW)
        assert not isinstance(found, Refusal)
        return found.offers[0].product.ref

    assert (most("low"), most("cust"), most("rival")) == ("ps", "bp", "bp")


def test_a_strangers_shelf_is_not_there() -> None:
    cust = somebody("cust").buyer
    rival = actor("rival")
    assert codes([offer_products(by=rival, buyer=cust, wanted=Wanted(), at=NOW)]) == ["not_found"]
    assert codes([offer_product(by=rival, buyer=cust, product=id_of("bp"), at=NOW)]) == ["not_found"]


IS: Final = "(SELECT id FROM {} WHERE ref = '{}')"
NO_MARKUP: Final = "UPDATE price_list SET markup_percent = NULL WHERE ref = 'res-list'"
FIXED_FROM_5: Final = """
INSERT INTO price (price_list_id, product_id, min_quantity, unit_minor)
SELECT l.id, p.id, 5, 1 FROM price_list l, product p
WHERE l.ref = 'res-list' AND p.ref IN ('bp', 'unsold')"""


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT 1", "bp onsite ps"),
        ("UPDATE price SET min_quantity = 10", "bp onsite ps"),
        ("UPDATE price SET min_quantity = 1000000", "bp onsite ps"),
        ("UPDATE price SET min_quantity = 1000001", ""),
        (
            f"UPDATE price SET valid_to = '2026-01-01' WHERE product_id = {IS.format('product', 'ps')}",
            "bp onsite",
        ),
        ("UPDATE price SET valid_from = '2027-01-01'", ""),
        ("UPDATE price_list SET valid_from = '2027-01-01' WHERE ref = 'res-list'", ""),
        ("UPDATE price_list SET valid_to = '2026-01-01' WHERE ref = 'dist-list'", ""),
        (NO_MARKUP, ""),
        ("UPDATE price_list SET currency = 'USD' WHERE ref = 'res-list'", ""),
        (f"UPDATE contract SET currency = 'USD' WHERE buyer_id = {IS.format('organization', 'res')}", ""),
        (
            f"UPDATE contract SET price_list_id = NULL WHERE buyer_id = {IS.format('organization', 'cust')}",
            "",
        ),
        (f"{NO_MARKUP}; {FIXED_FROM_5}", "bp"),
    ],
)
def test_the_shelf_agrees_with_the_rule(sql: str, found: str) -> None:
    """R4: which products have a price on every link is asked in SQL, what they cost of `price_steps`; a page
    by name shows what the first gives, one by price drops what the second has no price for."""
    who = somebody("cust")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql)
        shelves = [
            offer_products(by=who.by, buyer=who.buyer, wanted=Wanted(sort=sort), at=NOW)
            for sort in (Sort.NAME, Sort.PRICE)
        ]
        for each in shelves:
            assert not isinstance(each, Refusal)
            assert sorted(offer.product.ref or "" for offer in each.offers) == found.split()
            assert each.total == len(found.split())
        transaction.set_rollback(True)
