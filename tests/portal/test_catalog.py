"""The catalog, product pages, and for whom one orders (R2, R4, R11)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from placet.storage import db, models
from tests.databases import kept
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.shops import Shop, add, shop, text


@pytest.fixture
def made(committed: None) -> Shop:  # noqa: ARG001
    """A world of the test's own."""
    return shop()


@kept
def one_for_all() -> Shop:
    return shop()


@pytest.fixture
def still(committed: None) -> Shop:  # noqa: ARG001
    """A world that no test changes: made once for all that only look."""
    return one_for_all()


@cases("""
who   buyer  ->  price    cost     never
cust  -          12.00 €  -        10.00
res   -          10.00 €  -        12.00
res   cust       12.00 €  10.00 €  14.40
res   low        12.00 €  10.00 €  14.40
sub   low        14.40 €  12.00 €  10.00
dist  cust       10.00 €  -        12.00
dist  low        10.00 €  -        14.40
low   -          14.40 €  -        12.00
""")
def test_prices_are_those_of_ones_own_links(  # noqa: PLR0913, PLR0917 - a row's cells
    still: Shop, signed_in: SignedIn, who: str, buyer: str, price: str, cost: str, never: str
) -> None:
    """R2: on the catalog and on the product's page."""
    browser = signed_in(still.ref(who))
    for page in (
        browser.get(f"/catalog{still.asked(buyer)}"),
        browser.get(f"/catalog/{still.product('bp').id}{still.asked(buyer)}"),
    ):
        said = text(page)
        assert page.status_code == 200
        assert price in said
        assert never not in said
        assert ("costs you" in said) == bool(cost)
        assert cost in said


def test_only_what_can_be_ordered_is_offered(still: Shop, signed_in: SignedIn) -> None:
    """R4."""
    browser = signed_in(still.ref("cust"))
    said = text(browser.get("/catalog"))
    assert "3 products" in said
    assert f"Product {still.ref('unsold')}" not in said
    assert browser.get(f"/catalog/{still.product('unsold').id}").status_code == 404
    assert browser.get(f"/catalog/{db.new_id()}").status_code == 404


@cases("""
who    buyer
res    dist
res    rival
rival  cust
cust   low
cust   res
""")
def test_a_stranger_is_not_there(still: Shop, signed_in: SignedIn, who: str, buyer: str) -> None:
    """R1, R11: neither by id nor by ref."""
    browser, asked = signed_in(still.ref(who)), still.asked(buyer)
    for address in (f"/catalog{asked}", f"/catalog?customer={still.ref(buyer)}", f"/basket{asked}"):
        assert browser.get(address).status_code == 404


def test_whom_one_orders_for_is_on_every_page(made: Shop, signed_in: SignedIn) -> None:
    """R11."""
    browser, asked = signed_in(made.ref("res")), made.asked("cust")
    add(browser, made, "bp", 1, "cust")
    pages = [
        "/catalog",
        f"/catalog/{made.product('bp').id}",
        "/basket",
        "/checkout/billing",
        "/checkout/services",
    ]
    for page in pages:
        assert f"You order for Org {made.ref('cust')} ." in text(browser.get(page + asked)), page
        assert "You order for" not in text(browser.get(page))


@cases("""
query                                   ->  found
-                                           bp onsite ps
type=esd                                    ps
type=esd&type=software_subscription         bp onsite ps
billing=monthly                             bp onsite
billing=monthly&type=esd                    -
vendor=WORD-soft                            bp onsite
vendor=WORD-soft&vendor=WORD-draw           bp onsite ps
vendor=WORD-draw&billing=one_time           ps
vendor=nobody                               -
type=nothing&billing=nothing                bp onsite ps
q=sku-WORD-bp                               bp
q=WORD-onsite                               onsite
q=%25                                       -
q=%00                                       bp onsite ps
sort=price&page=1                           ps bp onsite
sort=name                                   bp onsite ps
sort=nothing&page=nothing                   bp onsite ps
page=2                                      -
page=0                                      bp onsite ps
page=99999999999999999999                   bp onsite ps
""")
def test_finds(still: Shop, signed_in: SignedIn, query: str, found: str) -> None:
    """Words that nobody knows are passed over."""
    browser = signed_in(still.ref("cust"))
    page = browser.get(f"/catalog?{query.replace('WORD', still.word)}")
    names = [offer.product.ref.removeprefix(f"{still.word}-") for offer in page.context["shelf"].offers]
    assert names == found.split()


def test_facets_say_how_many(still: Shop, signed_in: SignedIn) -> None:
    page = signed_in(still.ref("cust")).get(f"/catalog?vendor={still.ref('soft')}")
    boxes = {facet["name"]: facet["boxes"] for facet in page.context["facets"]}
    assert [(box.name, box.count, box.chosen) for box in boxes["vendor"]] == [
        (f"Vendor {still.ref('draw')}", 1, False),
        (f"Vendor {still.ref('soft')}", 2, True),
    ]
    assert [(box.value, box.count) for box in boxes["type"]] == [("software_subscription", 2), ("esd", 0)]
    said = text(page)
    assert "Electronic licence 0" in said
    assert "Software subscription 2" in said


def test_a_fragment_has_the_products_alone(still: Shop, signed_in: SignedIn) -> None:
    """What a tick of a box swaps in."""
    headers = {"HX-Request": "true", "HX-Target": "catalog"}
    page = signed_in(still.ref("cust")).get("/catalog", headers=headers)
    assert page.content.strip().startswith(b'<div class="row g-4" id="catalog">')
    assert b"<html" not in page.content
    assert "3 products" in text(page)


def test_a_product_page_has_its_steps(still: Shop, signed_in: SignedIn) -> None:
    """R4: from which quantity on it costs less."""
    page = signed_in(still.ref("cust")).get(f"/catalog/{still.product('bp').id}")
    said = text(page)
    assert "Prices by quantity" in said
    assert "1 12.00 € 10 10.80 €" in said
    assert "Prices by quantity" not in text(
        signed_in(still.ref("cust")).get(f"/catalog/{still.product('ps').id}")
    )


def test_what_is_sold_from_a_quantity_on_is_added_so(made: Shop, signed_in: SignedIn) -> None:
    models.Price.objects.filter(product=made.product("ps")).update(min_quantity=25)
    browser = signed_in(made.ref("cust"))
    page = browser.get(f"/catalog/{made.product('ps').id}")
    assert "It is sold from 25 on." in text(page)
    assert page.context["form"]["quantity"].value() == 25


@pytest.mark.parametrize("role", ["viewer", "finance", "approver"])
def test_who_may_not_order_may_look(still: Shop, signed_in: SignedIn, role: str) -> None:
    browser = signed_in(still.ref("cust"), role)
    catalog = browser.get("/catalog")
    assert "12.00 €" in text(catalog)
    assert b"/basket" not in catalog.content
    assert "Your role may look, not order." in text(browser.get(f"/catalog/{still.product('bp').id}"))
    for address in ("/basket", "/checkout", "/checkout/billing", "/checkout/services"):
        assert browser.get(address).status_code == 403
    assert add(browser, still, "bp").status_code == 403


def test_a_top_seller_orders_for_others_alone(still: Shop, signed_in: SignedIn) -> None:
    browser = signed_in(still.ref("dist"))
    page = browser.get("/catalog")
    assert "Choose for whom you order to see prices." in text(page)
    assert "€" not in text(page)
    assert b"Add Product" not in page.content
    assert "You buy from nobody." in text(browser.get(f"/catalog/{still.product('bp').id}"))
    assert "itself" not in text(browser.get("/orders/new"))


def test_one_without_prices_is_told_so(made: Shop, signed_in: SignedIn) -> None:
    models.Contract.objects.filter(buyer__ref=made.ref("cust")).update(price_list=None)
    said = text(signed_in(made.ref("cust")).get("/catalog"))
    assert f"Org {made.ref('res')} has no prices for you yet." in said


def test_asks_no_more_for_more(made: Shop, signed_in: SignedIn) -> None:
    """A page costs as many statements for 3 products as for 60."""
    browser = signed_in(made.ref("cust"))
    few = statements(browser, "/catalog")
    many_products(made, 60)
    assert "63 products" in text(browser.get("/catalog"))
    assert statements(browser, "/catalog") == few
    assert statements(browser, "/catalog?sort=price&page=2") == few


def many_products(made: Shop, many: int) -> None:
    vendor = models.Vendor.objects.get(ref=made.ref("soft"))
    listed = models.PriceList.objects.get(ref=made.ref("dist-list"))
    made_ = [
        models.Product(
            id=db.new_id(),
            vendor=vendor,
            name=f"Another {number:03}",
            product_type="service",
            billing_type="monthly",
            fulfilment="manual",
        )
        for number in range(many)
    ]
    models.Product.objects.bulk_create(made_)
    prices = [
        models.Price(id=db.new_id(), price_list=listed, product=product, unit_minor=100) for product in made_
    ]
    models.Price.objects.bulk_create(prices)


def statements(browser: Client, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(address).status_code == 200
    return len(asked)


def test_pages_are_24_products_long(made: Shop, signed_in: SignedIn) -> None:
    many_products(made, 60)
    browser = signed_in(made.ref("cust"))
    shown = [
        [
            offer.product.name
            for offer in browser.get(f"/catalog?sort=name&page={page}").context["shelf"].offers
        ]
        for page in (1, 2, 3)
    ]
    assert [len(each) for each in shown] == [24, 24, 15]
    every = [name for each in shown for name in each]
    assert sorted(every) == every
    assert "Page 2 of 3" in text(browser.get("/catalog?page=2"))


# For whom ------------------------------------------------------------------------------------


def test_finds_whom_to_order_for(still: Shop, signed_in: SignedIn) -> None:
    """R11: anybody below, by part of a name or ref; nobody else."""
    browser = signed_in(still.ref("res"))

    def found(text: str = "") -> set[str]:
        page = browser.get("/orders/new", {"q": text})
        return {each.party.ref.removeprefix(f"{still.word}-") for each in page.context["found"]}

    assert found() == {"cust", "sub", "low"}
    assert found(f"org {still.ref('LOW')}") == {"low"}
    assert found("%") == set()
    for stranger in ("dist", "rival", "res"):
        assert found(still.ref(stranger)) == set()
    assert "Nobody of that name" in text(browser.get("/orders/new?q=zzz"))


def test_who_may_not_order_is_shown_with_the_reason(made: Shop, signed_in: SignedIn) -> None:
    models.Organization.objects.filter(ref=made.ref("cust")).update(status="suspended")
    page = signed_in(made.ref("res")).get("/orders/new")
    assert f"Org {made.ref('cust')} may not order now." in text(page)
    assert made.asked("cust").encode() not in page.content
    assert made.asked("low").encode() in page.content


def test_whom_one_ordered_for_lately_comes_first(made: Shop, signed_in: SignedIn) -> None:
    browser = signed_in(made.ref("res"))
    assert "Lately" not in text(browser.get("/orders/new"))
    add(browser, made, "bp", 1, "low")
    said = text(browser.get("/orders/new"))
    assert "Lately" in said
    assert "1 product in the basket" in said


def test_who_comes_with_a_customer_in_mind_goes_on(still: Shop, signed_in: SignedIn) -> None:
    browser = signed_in(still.ref("res"))
    answer = browser.get(f"/orders/new?customer={still.ref('low')}")
    assert answer.headers["Location"] == f"/catalog{still.asked('low')}"
    assert browser.get(f"/orders/new?customer={still.ref('rival')}").status_code == 404


@cases("""
who   role      ->  status
cust  admin         404
res   viewer        403
res   approver      403
res   buyer         200
dist  admin         200
""")
def test_doors_of_new_order(still: Shop, signed_in: SignedIn, who: str, role: str, status: str) -> None:
    assert signed_in(still.ref(who), role).get("/orders/new").status_code == int(status)
