"""What a change of a subscription would come to, before it is ordered (R25, R71)."""

import pytest
from pydantic_core import from_json

from placet.entrypoints.api import shapes
from tests.api.callers import Caller, Json
from tests.api.test_subscriptions import bought, market, path, read, still
from tests.domain.tables import cases

pytestmark = pytest.mark.usefixtures("committed")

MONEY = ("total_cost", "total_amount")


def previewed(caller: Caller, held: Json, **wish: object) -> Json:
    """What it would come to."""
    found = caller.post(path(held, "change/preview"), wish)
    shapes.ChangePreviewShape.model_validate(found)
    return found


@pytest.mark.parametrize("quantity", [15, 4])
def test_it_says_what_the_order_of_it_then_says(quantity: int) -> None:
    """To everybody of the chain at the caller's own prices; nothing is saved, as often as it is asked."""
    made = market()
    held = bought(made)
    told = {name: previewed(Caller(made.ref(name)), held, quantity=quantity) for name in ("cust", "res")}
    again = previewed(made.cust, held, quantity=quantity)
    assert {**again, "lines": []} == {**told["cust"], "lines": []}
    assert read(made, held) == held
    order = made.cust.post(path(held, "change"), {"quantity": quantity})
    for name, each in told.items():
        seen = Caller(made.ref(name)).get(f"/orders/{order['id']}")
        assert each["change"] == seen["change"]
        assert {m: each.get(m) for m in MONEY} == {m: seen.get(m) for m in MONEY}
        assert each["approval_needed"] is False


def test_prices_are_those_of_the_caller_s_links_alone() -> None:
    """R2: five more at 12.00 to the customer, who never reads a cost; a whole period then costs 180.00."""
    made = market()
    held = bought(made)
    customer_, reseller_ = (previewed(Caller(made.ref(name)), held, quantity=15) for name in ("cust", "res"))
    assert (customer_["net"]["amount"], customer_["tax"]["amount"]) == ("60.00", "12.60")
    assert customer_["period_amount"]["amount"] == "180.00"
    assert not {"total_cost", "period_cost"} & customer_.keys()
    assert (reseller_["total_cost"]["amount"], reseller_["period_cost"]["amount"]) == ("50.00", "150.00")


def test_it_says_whether_somebody_must_approve() -> None:
    """Of tiers above the caller yes or no alone (spec §13); what lowers what is owed asks nobody (R25)."""
    made = market(order_approval=True)
    held = bought(made)
    more, fewer = (previewed(made.cust, held, quantity=quantity) for quantity in (15, 4))
    assert (more["approval_needed"], more["own_approval_needed"]) == (True, False)
    assert (fewer["approval_needed"], fewer["total_amount"]["amount"][0]) == (False, "-")
    assert previewed(made.res, held, quantity=15)["approval_needed"] is False  # its own act is its yes (R11)


@cases("""
caller  role    body                      code
cust    admin   {"quantity": 0}           invalid
cust    admin   {"quantity": 10}          invalid
cust    admin   {"seats": 1}              invalid
cust    admin   {"product": "nothing"}    unknown_product
cust    viewer  {"quantity": 11}          forbidden
cust    viewer  {"quantity": 0}           forbidden
rival   admin   {"quantity": 11}          not_found
far     admin   {"quantity": 0}           not_found
""")
def test_previews_that_are_refused(caller: str, role: str, body: str, code: str) -> None:
    made, held, _ = still()
    Caller(made.ref(caller), role).refused("POST", path(held, "change/preview"), code, from_json(body))


def test_the_same_preview_under_one_key() -> None:
    """Idempotency keys are for any POST: another body is no repetition."""
    made, held, _ = still()
    there = path(held, "change/preview")
    first, again = (made.cust.call("POST", there, {"quantity": 12}, Idempotency_Key="k") for _ in "12")
    assert first.content == again.content
    other = made.cust.call("POST", there, {"quantity": 13}, Idempotency_Key="k")
    assert from_json(other.content)["code"] == "idempotency_conflict"
