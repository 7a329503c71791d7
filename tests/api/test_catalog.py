"""The catalog: what each may buy, at its own prices alone (R2, R3, R4)."""

import pytest
from pydantic_core import from_json, to_json

from placet.entrypoints.api.catalog import ProductShape
from placet.entrypoints.api.price_lists import PriceListShape
from tests.api.callers import Caller, Json
from tests.api.chains import Chain, chain
from tests.databases import kept
from tests.domain.tables import cases

pytestmark = pytest.mark.usefixtures("committed")


@kept
def still() -> Chain:
    """A world that no test changes: made once for all that only look or are refused."""
    return chain()


def products(made: Chain, caller: str, query: str = "") -> dict[str, Json]:
    """Those of this world that the caller sees, by ref; each fits its description."""
    found = Caller(made.ref(caller)).items(f"/products?vendor={made.ref('bp-vendor')}{query}")
    for each in found:
        ProductShape.model_validate(each)
    return {each["ref"]: each for each in found}


# Seeing -------------------------------------------------------------------------------------


@cases("""
caller  cost   price  never
dist    -      -      amount
res     10.00  -      12.00
cust    -      12.00  10.00
rival   10.00  -      12.00
""")
def test_everybody_sees_the_price_of_its_own_purchase(caller: str, cost: str, price: str, never: str) -> None:
    """R2: no markup, no other link's price; by id as by ref."""
    made = still()
    product = products(made, caller)[made.ref("bp")]
    shown = {name: product[name]["amount"] for name in ("unit_cost", "unit_price") if name in product}
    assert shown == {name: amount for name, amount in (("unit_cost", cost), ("unit_price", price)) if amount}
    program = Caller(made.ref(caller))
    assert program.get(f"/products/{product['id']}") == program.get(f"/products/{product['ref']}") == product
    assert never not in to_json(product).decode()
    assert "markup" not in to_json(product).decode()


def test_reads_as_a_product() -> None:
    made = still()
    product = products(made, "cust")[made.ref("onsite")]
    vendor = made.cust.get(f"/vendors/{made.ref('bp-vendor')}")
    assert product == {
        "id": product["id"],
        "ref": made.ref("onsite"),
        "name": f"Product {made.ref('onsite')}",
        "description": "",
        "sku": f"SKU-{made.ref('onsite')}",
        "vendor": vendor,
        "product_type": "software_subscription",
        "billing_type": "monthly",
        "fulfilment": "manual",
        "trial": False,
        "term_months": None,
        "unit_price": {"amount": "120.00", "currency": "EUR"},
    }


def test_what_has_no_price_is_there_for_top_sellers_alone() -> None:
    """R4."""
    made = chain()
    unsold = _added(made, "unsold")
    assert unsold["ref"] in products(made, "dist")
    for caller in ("res", "cust"):
        assert unsold["ref"] not in products(made, caller)
        Caller(made.ref(caller)).refused("GET", f"/products/{unsold['id']}", "not_found")


def test_a_list_that_is_no_longer_valid_sells_nothing() -> None:
    """R4: on any link of the chain."""
    made = chain()
    past = {"valid_from": "2020-01-01T00:00:00Z", "valid_to": "2021-01-01T00:00:00Z"}
    old = made.res.post("/price-lists", {"currency": "EUR", "markup_percent": "5", **past})
    made.res.patch(made.contract("cust"), {"price_list": old["id"]})
    assert products(made, "cust") == {}
    assert len(products(made, "res")) == 2


def test_a_seller_asks_what_its_list_makes_of_them() -> None:
    """R4, R7: the fixed price, else its own unit cost with the markup."""
    made = chain()
    body = {"currency": "EUR", "markup_percent": 12.5, "prices": {made.ref("bp"): "11.11"}}
    prices = made.res.post("/price-lists", body)
    shown = products(made, "res", f"&price_list={prices['id']}")
    assert {ref: each["unit_price"]["amount"] for ref, each in shown.items()} == {
        made.ref("bp"): "11.11",
        made.ref("onsite"): "112.50",
    }
    for stranger in ("dist", "cust", "far"):
        path = f"/products?price_list={prices['id']}"
        Caller(made.ref(stranger)).refused("GET", path, "invalid")


@cases("""
query                                  ->  found
-                                      bp onsite
&product_type=software_subscription    bp onsite
&product_type=esd                      -
&billing_type=monthly                  bp onsite
&billing_type=annual                   -
&q=onsite                              onsite
&q=SKU-                                bp onsite
&q=%25                                 -
""")
def test_filters(query: str, found: str) -> None:
    made = still()
    assert sorted(products(made, "cust", query)) == sorted(map(made.ref, found.split()))


def test_pages() -> None:
    made = chain()
    for number in range(3):
        _added(made, f"more{number}")
    path = f"/products?vendor={made.ref('bp-vendor')}"
    assert made.dist.items(f"{path}&limit=2") == made.dist.get(path)["items"]
    assert len(made.dist.items(path)) == 5
    assert len(made.cust.items(f"{path}&limit=1")) == 2
    made.dist.refused("GET", "/products?cursor=nonsense", "invalid")
    made.dist.refused("GET", "/products?vendor=nobody", "invalid")


def test_vendors_are_no_secret() -> None:
    made = still()
    vendor = made.cust.get(f"/vendors/{made.ref('bp-vendor')}")
    assert vendor.keys() == {"id", "ref", "name"}
    assert vendor in made.cust.items("/vendors?limit=200")
    made.cust.refused("GET", "/vendors/nobody", "not_found")


def test_a_price_list_is_its_owners_alone() -> None:
    """R2: neither its buyer nor its seller sees it."""
    made = still()
    path = f"/price-lists/{made.ref('res-list')}"
    read = made.res.get(path)
    PriceListShape.model_validate(read)
    assert (read["markup_percent"], read["currency"], read["prices"]) == ("20", "EUR", [])
    assert [each["id"] for each in made.res.items("/price-lists")] == [read["id"]]
    for stranger in ("dist", "cust", "far", "rival"):
        Caller(made.ref(stranger)).refused("GET", path, "not_found")
    assert made.cust.items("/price-lists") == []


# Adding -------------------------------------------------------------------------------------


def _product(made: Chain, name: str, **more: object) -> Json:
    """A product to add."""
    return {
        "ref": made.ref(name),
        "vendor": made.ref("bp-vendor"),
        "name": name,
        "product_type": "esd",
        "billing_type": "one_time",
        "fulfilment": "automatic",
        **more,
    }


def _added(made: Chain, name: str, **more: object) -> Json:
    return made.dist.post("/products", _product(made, name, **more))


def test_a_new_product_is_for_sale_once_it_has_prices() -> None:
    made = chain()
    vendor = made.dist.post("/vendors", {"name": "New", "connector": "sandbox", "ref": made.ref("new")})
    added = _added(made, "game", vendor=vendor["id"], sandbox={"outcome": "ok"}, sku="G-1")
    assert (added["vendor"], added["sku"]) == (vendor, "G-1")
    assert made.dist.get(f"/products/{made.ref('game')}") == added
    line = {"lines": [{"product": made.ref("game"), "quantity": 1}]}
    made.cust.refused("POST", "/orders", "not_for_sale", line)
    prices = made.dist.post("/price-lists", {"currency": "EUR", "prices": {made.ref("game"): "4.99"}})
    PriceListShape.model_validate(prices)
    assert [(each["product"]["ref"], each["unit_price"]["amount"]) for each in prices["prices"]] == [
        (made.ref("game"), "4.99")
    ]
    made.dist.patch(made.contract("res"), {"price_list": prices["id"]})
    assert made.cust.get(f"/products/{made.ref('game')}")["unit_price"]["amount"] == "5.99"
    assert made.cust.post("/orders", line)["total_amount"]["amount"] == "5.99"


@cases("""
caller  role      vendors    lists
dist    admin     invalid    invalid
dist    finance   forbidden  forbidden
dist    viewer    forbidden  forbidden
res     admin     forbidden  invalid
res     buyer     forbidden  forbidden
cust    admin     forbidden  forbidden
""")
def test_who_may_add(caller: str, role: str, vendors: str, lists: str) -> None:
    """Vendors and products belong to nobody, so distributors add them; lists are their owner's. Whoever
    may not learns so before anything about the body."""
    program = Caller(still().ref(caller), role)
    program.refused("POST", "/vendors", vendors, {"nonsense": 1})
    program.refused("POST", "/products", vendors, {"nonsense": 1})
    program.refused("POST", "/price-lists", lists, {"nonsense": 1})


@cases("""
field           body
ref             {"ref": "TAKEN"}
ref             {"ref": "no spaces"}
ref             {"ref": "0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11"}
vendor          {"vendor": "nobody"}
product_type    {"product_type": "car"}
name            {"name": ""}
colour          {"colour": "red"}
sandbox.colour  {"sandbox": {"colour": "red"}}
""")
def test_products_that_cannot_be(field: str, body: str) -> None:
    made = still()
    wrong = from_json(body.replace("TAKEN", made.ref("bp")))
    problem = made.dist.refused("POST", "/products", "invalid", _product(made, "x") | wrong)
    assert list(problem["errors"]) == [field]


@cases("""
caller  code             field           body
dist    invalid          currency        {"currency": "XXQ", "prices": {"BP": "1"}}
dist    invalid          currency        {"prices": {"BP": "1"}}
dist    invalid          prices          {"currency": "EUR"}
dist    invalid          prices.BP       {"currency": "EUR", "prices": {"BP": "1.001"}}
dist    invalid          prices.BP       {"currency": "EUR", "prices": {"BP": "-1"}}
dist    invalid          prices.BP       {"currency": "EUR", "prices": {"BP": "1e3"}}
dist    invalid          prices.BP       {"currency": "EUR", "prices": {"BP": 1}}
dist    invalid          prices.BP       {"currency": "EUR", "prices": {"BP": "99999999999999999"}}
dist    unknown_product  -               {"currency": "EUR", "prices": {"BP-none": "1"}}
dist    invalid          markup_percent  {"currency": "EUR", "markup_percent": "20"}
res     invalid          markup_percent  {"currency": "USD", "markup_percent": "20"}
res     invalid          markup_percent  {"currency": "EUR", "markup_percent": "-100.5"}
res     invalid          valid_from      {"currency": "EUR", "valid_from": "2026-01-01T00:00:00"}
res     invalid          valid_to        {"currency": "EUR", "valid_from": "NEW", "valid_to": "OLD"}
""")
def test_price_lists_that_cannot_be(caller: str, code: str, field: str, body: str) -> None:
    """R4: a top seller has fixed prices only; a markup is in the currency of the seller's own cost."""
    made = still()
    for word, meant in (
        ("BP", made.ref("bp")),
        ("OLD", "2025-01-01T00:00:00Z"),
        ("NEW", "2026-01-01T00:00:00Z"),
    ):
        body = body.replace(word, meant)
    wrong = from_json(body)
    problem = Caller(made.ref(caller)).refused("POST", "/price-lists", code, wrong)
    assert list(problem.get("errors", {})) == ([field.replace("BP", made.ref("bp"))] if field else [])


def test_one_price_a_product() -> None:
    made = still()
    bp = made.dist.get(f"/products/{made.ref('bp')}")
    twice = {"currency": "EUR", "prices": {bp["id"]: "1", bp["ref"]: "2"}}
    errors = made.dist.refused("POST", "/price-lists", "invalid", twice)["errors"]
    assert errors == {f"prices.{bp['ref']}": f"It overlaps prices.{bp['id']}."}
