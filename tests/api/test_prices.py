"""Prices with quantities, times and discounts, and files of them, as programs see them (R2-R5, R7)."""

import csv
from io import StringIO

import pytest
from pydantic_core import from_json

from placet.entrypoints.api.price_files import PriceFileShape
from placet.entrypoints.api.price_lists import (
    DiscountShape,
    DiscountsShape,
    PriceListShape,
    PricesShape,
)
from tests.api.callers import Caller, Json, done
from tests.api.chains import Chain, chain
from tests.databases import kept
from tests.domain.tables import cases

pytestmark = pytest.mark.usefixtures("committed")


@kept
def still() -> Chain:
    """A world that no test changes."""
    return chain()


def path(made: Chain, caller: str = "dist") -> str:
    return f"/price-lists/{made.ref(f'{caller}-list')}"


def send(
    made: Chain, content: str | bytes, caller: str = "dist", query: str = "", role: str = "admin"
) -> Json:
    """The answer to a file, a problem too."""
    program = Caller(made.ref(caller), role)
    body = content if isinstance(content, bytes) else content.encode()
    answer = program._client.generic(  # noqa: SLF001 - the one call whose body is no JSON
        "POST", f"/api/v1{path(made, caller)}/prices/import{query}", body, "text/csv"
    )
    found: Json = from_json(answer.content)
    assert found.get("status", 200) == answer.status_code
    return found


def exported(made: Chain, caller: str = "dist") -> list[dict[str, str]]:
    answer = Caller(made.ref(caller)).call("GET", f"{path(made, caller)}/prices.csv")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert made.ref(f"{caller}-list") in answer.headers["Content-Disposition"]
    content = b"".join(answer)
    return list(csv.DictReader(StringIO(content.decode())))


def preview(made: Chain, quantity: int, caller: str = "cust") -> Json:
    line = {"product": made.ref("bp"), "quantity": quantity}
    (shown,) = Caller(made.ref(caller)).post("/orders/preview", {"lines": [line]})["lines"]
    found: Json = shown
    return found


# Quantities and times -----------------------------------------------------------------------


def test_prices_from_a_quantity_on_and_for_a_time() -> None:
    made = chain()
    bp = made.ref("bp")
    body = {
        "currency": "EUR",
        "prices": {bp: "10.00"},
        "more_prices": [
            {"product": bp, "unit_price": "9.00", "min_quantity": 10},
            {"product": bp, "unit_price": "1.00", "min_quantity": 100, "valid_to": "2020-01-01T00:00:00Z"},
            {"product": bp, "unit_price": "8.00", "min_quantity": 100, "valid_from": "2020-01-01T00:00:00Z"},
        ],
    }
    listed = made.dist.post("/price-lists", body)
    PriceListShape.model_validate(listed)
    assert [(each["min_quantity"], each["unit_price"]["amount"]) for each in listed["prices"]] == [
        (1, "10.00"),
        (10, "9.00"),
        (100, "1.00"),
        (100, "8.00"),
    ]
    assert (listed["prices_cursor"], listed["discounts"], listed["discounts_cursor"]) == (None, [], None)
    made.dist.patch(made.contract("res"), {"price_list": listed["id"]})
    for quantity, unit in ((1, "12.00"), (9, "12.00"), (10, "10.80"), (100, "9.60")):
        assert preview(made, quantity)["unit_price"]["amount"] == unit
        shown = made.cust.get(f"/products/{bp}?quantity={quantity}")
        assert shown["unit_price"]["amount"] == unit
        (found,) = (each for each in made.res.items(f"/products?quantity={quantity}") if each["ref"] == bp)
        assert shown["unit_price"]["amount"] == f"{float(found['unit_cost']['amount']) * 1.2:.2f}"


@cases("""
field                       more
more_prices.1               {"unit_price": "2"}
more_prices.0               {"unit_price": "2", "min_quantity": 5, "valid_from": "2020-01-01T00:00:00Z"}
more_prices.1.unit_price    {"unit_price": "2.001", "min_quantity": 6}
more_prices.1.min_quantity  {"unit_price": "2", "min_quantity": 0}
more_prices.1.valid_to      {"unit_price": "2", "valid_from": "NEW", "valid_to": "OLD"}
more_prices.1.colour        {"unit_price": "2", "colour": "red"}
""")
def test_prices_that_cannot_be(field: str, more: str) -> None:
    made = still()
    times = {"NEW": "2026-01-01T00:00:00Z", "OLD": "2025-01-01T00:00:00Z"}
    for word, time in times.items():
        more = more.replace(word, time)
    bp = made.ref("bp")
    five = {"product": bp, "unit_price": "9", "min_quantity": 5, "valid_from": "2021-01-01T00:00:00Z"}
    body = {"currency": "EUR", "prices": {bp: "1"}, "more_prices": [five, {"product": bp, **from_json(more)}]}
    assert list(made.dist.refused("POST", "/price-lists", "invalid", body)["errors"]) == [field]


def test_prices_by_the_page() -> None:
    made = chain()
    rows = "".join(f"{made.ref('bp')},{quantity},1\n" for quantity in range(2, 252))
    assert send(made, f"product,min_quantity,unit_price\n{rows}")["added"] == 250
    listed = made.dist.get(path(made))
    page = made.dist.get(f"{path(made)}/prices?limit=100")
    PricesShape.model_validate(page)
    every = made.dist.items(f"{path(made)}/prices?limit=100")
    assert len(every) == 252
    assert every[:100] == page["items"]
    assert listed["prices"] == every[:200]
    rest = made.dist.get(f"{path(made)}/prices?limit=200&cursor={listed['prices_cursor']}")
    assert (rest["items"], rest["next_cursor"]) == (every[200:], None)
    made.dist.refused("GET", f"{path(made)}/prices?cursor=nonsense", "invalid")
    made.dist.refused("GET", f"{path(made)}/prices?cursor=eCB5IHo=", "invalid")


def test_a_list_changes() -> None:
    """Its name, its markup and its period; what is not said stays; what was ordered stays as it was (R5)."""
    made = chain()
    order = made.ordered()
    changed = made.res.patch(path(made, "res"), {"markup_percent": "50", "name": "Retail"})
    PriceListShape.model_validate(changed)
    assert (changed["markup_percent"], changed["name"], changed["valid_to"]) == ("50", "Retail", None)
    assert preview(made, 1)["unit_price"]["amount"] == "15.00"
    past = made.res.patch(path(made, "res"), {"valid_to": "2020-01-01T00:00:00Z"})
    assert (past["markup_percent"], past["valid_to"]) == ("50", "2020-01-01T00:00:00Z")
    line = {"lines": [{"product": made.ref("bp"), "quantity": 1}]}
    made.cust.refused("POST", "/orders", "not_for_sale", line)
    assert made.res.patch(path(made, "res"), {"valid_to": None, "markup_percent": None})["valid_to"] is None
    made.cust.refused("POST", "/orders", "not_for_sale", line)
    assert made.cust.get(f"/orders/{order['id']}")["lines"][0]["unit_price"]["amount"] == "12.00"


@cases("""
caller  field           body
dist    markup_percent  {"markup_percent": "5"}
res     markup_percent  {"markup_percent": "-101"}
res     valid_to        {"valid_from": "2027-01-01T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z"}
res     currency        {"currency": "USD"}
""")
def test_changes_of_a_list_that_cannot_be(caller: str, field: str, body: str) -> None:
    made = still()
    program = Caller(made.ref(caller))
    assert list(program.refused("PATCH", path(made, caller), "invalid", from_json(body))["errors"]) == [field]
    program.refused("PATCH", path(made, "cust"), "not_found", from_json(body))


# Discounts ----------------------------------------------------------------------------------


def test_each_sees_the_discount_where_it_sells() -> None:
    """R2, R7: a buyer that of its own purchase, a seller that which it grants; nobody another link's."""
    made = chain(res={"tax_rate": "10", "credit_limit": "unlimited"}, cust={"tax_rate": "21"})
    made.dist.post(f"{path(made)}/discounts", {"percent": "15"})
    own = {"percent": "7.5", "product": made.ref("bp"), "min_quantity": 3}
    discount = made.res.post(f"{path(made, 'res')}/discounts", own)
    DiscountShape.model_validate(discount)
    assert (discount["percent"], discount["product"]["ref"]) == ("7.5", made.ref("bp"))
    order = made.ordered(quantity=3)
    seen = {}
    for caller in ("cust", "res", "dist"):
        (line,) = Caller(made.ref(caller)).get(f"/orders/{order['id']}")["lines"]
        amounts = {
            name: money["amount"]
            for name, money in line.items()
            if isinstance(money, dict) and "amount" in money
        }
        seen[caller] = amounts
    sold = {"unit_price": "12.00", "discount": "2.70", "tax": "6.99", "total_amount": "40.29"}
    assert seen["cust"] == sold
    assert seen["res"] == {**sold, "unit_cost": "10.00", "total_cost": "28.05"}
    assert seen["dist"] == {"unit_price": "10.00", "discount": "4.50", "tax": "2.55", "total_amount": "28.05"}
    made.res.delete(f"{path(made, 'res')}/discounts/{discount['id']}")
    assert made.cust.get(f"/orders/{order['id']}")["lines"][0]["discount"]["amount"] == "2.70", "R5"
    assert preview(made, 3)["discount"]["amount"] == "0.00"


def test_discounts_are_listed_and_removed() -> None:
    made = chain()
    first = made.dist.post(f"{path(made)}/discounts", {"percent": 5, "min_quantity": 10})
    second = made.dist.post(
        f"{path(made)}/discounts",
        {"percent": 6, "product": made.ref("bp"), "valid_from": "2027-01-01T00:00:00Z"},
    )
    page = made.dist.get(f"{path(made)}/discounts")
    DiscountsShape.model_validate(page)
    assert page["items"] == made.dist.get(path(made))["discounts"] == [first, second]
    assert second["valid_from"] == "2027-01-01T00:00:00Z"
    assert made.dist.delete(f"{path(made)}/discounts/{first['id']}") == {}
    made.dist.refused("DELETE", f"{path(made)}/discounts/{first['id']}", "not_found")
    made.dist.refused("DELETE", f"{path(made)}/discounts/nonsense", "not_found")
    assert made.dist.items(f"{path(made)}/discounts?limit=1") == [second]


@cases("""
code             field           body
invalid          percent         {}
invalid          percent         {"percent": 0}
invalid          percent         {"percent": 100.5}
invalid          percent         {"percent": "1.00001"}
invalid          min_quantity    {"percent": 1, "min_quantity": 0}
invalid          min_quantity    {"percent": 1, "min_quantity": 1000001}
invalid          valid_to        {"percent": 1, "valid_from": "NEW", "valid_to": "NEW"}
invalid          valid_from      {"percent": 1, "valid_from": "2027-01-01T00:00:00"}
invalid          valid_from      {"percent": 1, "min_quantity": 7}
unknown_product  -               {"percent": 1, "product": "nobody"}
""")
def test_discounts_that_cannot_be(code: str, field: str, body: str) -> None:
    """The last but one: two of the same at one time."""
    made = still()
    if not made.dist.items(f"{path(made)}/discounts"):
        made.dist.post(f"{path(made)}/discounts", {"percent": 5, "min_quantity": 7})
    said = from_json(body.replace("NEW", "2027-01-01T00:00:00Z"))
    problem = made.dist.refused("POST", f"{path(made)}/discounts", code, said)
    assert list(problem.get("errors", {})) == ([field] if field else [])


# Files --------------------------------------------------------------------------------------


def test_a_file_is_tried_and_taken() -> None:
    """What it says is told first; a dry run changes nothing; what was ordered stays as it was (R5)."""
    made = chain()
    order = made.ordered()
    bp, onsite = made.ref("bp"), made.ref("onsite")
    file = (
        f"product,min_quantity,unit_price,valid_from\n{bp},1,11.00,\n{bp},50,9.00,\n{onsite},1,,2026-01-01\n"
    )
    before = exported(made)
    tried = send(made, file, query="?dry_run=true")
    PriceFileShape.model_validate(tried)
    assert send(made, file, query="?dryrun=true")["code"] == "invalid"
    assert exported(made) == before
    taken = send(made, file)
    assert taken == tried | {"dry_run": False}
    assert {name: taken[name] for name in ("added", "changed", "ended", "unchanged")} == {
        "added": 1,
        "changed": 1,
        "ended": 1,
        "unchanged": 0,
    }
    assert [(each["line"], each["product"], each["became"]) for each in taken["lines"]] == [
        (2, bp, "changed"),
        (3, bp, "added"),
        (4, onsite, "ended"),
    ]
    assert [(row["min_quantity"], row["unit_price"]) for row in exported(made) if row["product"] == bp] == [
        ("1", "11.00"),
        ("50", "9.00"),
    ]
    assert preview(made, 1)["unit_price"]["amount"] == "13.20"
    assert made.cust.get(f"/orders/{order['id']}")["lines"][0]["unit_price"]["amount"] == "12.00"
    line = {"lines": [{"product": onsite, "quantity": 1}]}
    made.cust.refused("POST", "/orders", "not_for_sale", line)
    assert send(made, file)["unchanged"] == 3


def test_a_list_with_a_markup_may_have_prices_too() -> None:
    """R4: the fixed price wins, and ends."""
    made = chain()
    assert send(made, f"product,unit_price\n{made.ref('bp')},11.11\n", "res")["added"] == 1
    assert preview(made, 1)["unit_price"]["amount"] == "11.11"
    assert send(made, f"product,unit_price\n{made.ref('bp')},\n", "res")["ended"] == 1
    assert preview(made, 1)["unit_price"]["amount"] == "12.00"


def test_a_bad_file_changes_nothing_and_its_lines_are_named() -> None:
    made = still()
    before = exported(made)
    problem = send(made, f"product,unit_price\n{made.ref('bp')},1\nnobody,1\n{made.ref('bp')},x\n")
    assert (problem["status"], problem["code"], problem["wrong_rows"]) == (422, "invalid", 2)
    assert problem["errors"] == {
        "line 3": "product: there is no nobody",
        "line 4": "unit_price: not a decimal number",
    }
    for content in (b"", b"\xff\xfe", b"product\n", b"{}"):
        assert list(send(made, content)["errors"]) == ["line 1"]
    assert send(made, b"product,unit_price\n" + b"x" * 1024 * 1024)["code"] == "too_large"
    assert exported(made) == before


def test_a_file_is_taken_once_under_one_key() -> None:
    """R14."""
    made = chain()
    file = f"product,unit_price\n{made.ref('bp')},11.00\n"
    program = Caller(made.ref("dist"))

    def sent(content: str) -> Json:
        answer = program._client.generic(  # noqa: SLF001 - as above
            "POST",
            f"/api/v1{path(made)}/prices/import",
            content.encode(),
            "text/csv",
            headers={"Idempotency-Key": "once"},
        )
        found: Json = from_json(answer.content)
        return found

    assert sent(file)["changed"] == 1
    assert sent(file)["changed"] == 1, "the first answer again"
    assert sent(file + " ")["code"] == "idempotency_conflict"


def test_of_a_long_file_the_first_lines_are_told() -> None:
    made = chain()
    rows = "".join(f"{made.ref('bp')},{quantity},1\n" for quantity in range(2, 1202))
    taken = send(made, f"product,min_quantity,unit_price\n{rows}")
    assert (taken["added"], len(taken["lines"]), taken["lines"][-1]["line"]) == (1200, 1000, 1001)


@pytest.mark.parametrize("stranger", ["res", "cust", "far", "rival"])
def test_nobody_else_reads_or_writes_it(stranger: str) -> None:
    """R2: not who buys from it either."""
    made = still()
    program = Caller(made.ref(stranger))
    for place in ("prices", "prices.csv", "discounts"):
        program.refused("GET", f"{path(made)}/{place}", "not_found")
    for place in ("prices/import", "discounts"):
        program.refused("POST", f"{path(made)}/{place}", "not_found", {})


@cases("""
role      reads  writes
admin     200    422
approver  200    403
buyer     200    403
finance   200    403
viewer    200    403
""")
def test_which_role_may(role: str, reads: str, writes: str) -> None:
    """A role that may not learns so before anything about its file."""
    made = still()
    program = Caller(made.ref("dist"), role)
    for place in ("prices", "prices.csv", "discounts"):
        assert program.call("GET", f"{path(made)}/{place}").status_code == int(reads)
    assert send(made, "nonsense", role=role)["status"] == int(writes)
    assert program.call("POST", f"{path(made)}/discounts", {"nonsense": 1}).status_code == int(writes)
    some = f"{path(made)}/discounts/0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11"
    assert program.call("DELETE", some).status_code == (404 if role == "admin" else 403)


def test_terms_of_products() -> None:
    made = chain()
    body = {
        "vendor": made.ref("bp-vendor"),
        "name": "Committed",
        "product_type": "software_subscription",
        "billing_type": "monthly",
        "fulfilment": "automatic",
    }
    assert made.dist.post("/products", body | {"term_months": 12})["term_months"] == 12
    assert made.dist.post("/products", body)["term_months"] is None
    made.dist.refused("POST", "/products", "invalid", body | {"term_months": 0})
    assert done(made.dist.call("GET", f"/products/{made.ref('bp')}"))["term_months"] is None
