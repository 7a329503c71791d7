"""Subscriptions and the usage that is billed on them (R25, R70-R72)."""

from datetime import date

import pytest
from django.test import Client
from django.utils.timezone import now
from pydantic_core import from_json, to_json

from placet.actions.import_usage import MOST_RECORDS
from placet.entrypoints.api import shapes, subscriptions
from tests.api.callers import Caller, Json, load, unique
from tests.api.chains import Chain
from tests.api.worker import provision
from tests.databases import kept
from tests.domain.tables import cases
from tests.stories.worlds import customer, distributor, key, product, reseller, world

pytestmark = pytest.mark.usefixtures("committed")

NOBODY = "0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11"


def market(**cust: object) -> Chain:
    """A distributor, its reseller and that one's customer, of whom `cust` says the terms; a rival reseller
    beside it, a stranger. At the distributor an `e3` costs 10.00 and an `e5` 30.00."""
    made = Chain(unique("sub"))
    top, seller, buyer, rival, far = map(made.ref, ("dist", "res", "cust", "rival", "far"))
    e3, e5, other, meter, unsold = map(made.ref, ("e3", "e5", "other", "meter", "unsold"))
    vendor = made.ref("vendor")
    load(
        world(
            distributor(top),
            reseller(seller, top),
            customer(buyer, seller, {"tax_rate": "21", **cust}),
            reseller(rival, top),
            distributor(far),
            prices={e3: "10.00", e5: "30.00", other: "1.00", meter: "0.10"},
            products=[
                product(e3, vendor=vendor),
                product(e5, vendor=vendor),
                product(unsold, vendor=vendor),
                product(other),
                product(meter, vendor=vendor) | {"product_type": "usage", "billing_type": "usage"},
            ],
            told=[],
        )
    )
    return made


def bought(made: Chain, name: str = "e3", quantity: int = 10) -> Json:
    """What the customer has after an order of one product."""
    order = made.ordered(name, quantity)
    if order["status"] == "pending_approval":
        made.res.post(f"/orders/{order['id']}/approve")
    provision()
    line = made.cust.get(f"/orders/{order['id']}")["lines"][0]
    return made.cust.get(f"/subscriptions/{line['subscription']}")


@kept
def still() -> tuple[Chain, Json, Json]:
    """A market that no test changes, with ten seats and a meter."""
    made = market()
    return made, bought(made), bought(made, "meter", 1)


def path(held: Json, verb: str = "") -> str:
    return f"/subscriptions/{held['id']}" + (f"/{verb}" if verb else "")


def read(made: Chain, held: Json) -> Json:
    return made.cust.get(path(held))


def bills(program: Caller, order: Json) -> list[tuple[str, str]]:
    """What the order is billed and credited for, where this party buys or sells."""
    found = program.items(f"/invoices?order={order['id']}")
    return sorted((each["kind"], each["net"]["amount"]) for each in found)


# Reading ------------------------------------------------------------------------------------


def test_reads_as_a_subscription() -> None:
    """R70: to its customer and to every seller of the chain that sold it, without any money."""
    made, held, _ = still()
    subscriptions.SubscriptionShape.model_validate(held)
    sold = made.cust.get(f"/orders/{held['order']}")
    assert held == {
        "id": sold["lines"][0]["subscription"],
        "product": sold["lines"][0]["product"],
        "customer": sold["customer"],
        "status": "active",
        "quantity": 10,
        "trial": False,
        "billing_type": "monthly",
        "order": sold["id"],
        "started_at": held["started_at"],
        "period_from": held["started_at"][:10],
        "renews_on": held["renews_on"],
        "term_ends_on": None,
        "suspended_at": None,
        "ended_at": None,
    }
    assert 28 <= (date.fromisoformat(held["renews_on"]) - date.fromisoformat(held["period_from"])).days <= 31
    for caller in (made.cust, made.res, made.dist):
        assert caller.get(path(held)) == held
        assert held in caller.items("/subscriptions")


def test_strangers_read_nothing() -> None:
    """R1: nothing is there, for a rival beside it and for another distributor."""
    made, held, _ = still()
    for stranger in (made.rival, made.far):
        assert stranger.items("/subscriptions") == stranger.items("/usage-records") == []
        stranger.refused("GET", path(held), "not_found")
    for id_ in (NOBODY, "nonsense"):
        made.cust.refused("GET", f"/subscriptions/{id_}", "not_found")


def test_lists_are_paged_and_filtered() -> None:
    made, held, meter = still()
    assert made.dist.items("/subscriptions?limit=1") == [meter, held]
    by_customer = f"/subscriptions?customer={made.ref('cust')}"
    assert len(made.dist.items(f"{by_customer}&status=active")) == 2
    assert made.dist.items(f"{by_customer}&status=suspended") == []
    assert made.dist.items(f"/subscriptions?customer={made.ref('res')}") == []
    made.far.refused("GET", by_customer, "unknown_organization")
    made.dist.refused("GET", "/subscriptions?customer=nobody", "unknown_organization")


@cases("""
query
status=green
limit=0
limit=201
cursor=nonsense
""")
def test_lists_that_cannot_be(query: str) -> None:
    made, _, _ = still()
    made.cust.refused("GET", f"/subscriptions?{query}", "invalid")


# Changing -----------------------------------------------------------------------------------


def test_more_seats_are_an_order_of_their_own() -> None:
    """R71: on the day of the sale five more cost a whole month, at what each link locked."""
    made = market()
    held = bought(made)
    order = made.cust.post(path(held, "change"), {"quantity": 15})
    shapes.OrderShape.model_validate(order)
    assert (order["kind"], order["status"], order["approvals"]) == ("change", "submitted", [])
    (line,) = order["lines"]
    assert (line["quantity"], line["subscription"], line["unit_price"]["amount"]) == (5, None, "12.00")
    assert order["total_amount"] == {"amount": "72.60", "currency": "EUR"}
    assert order["change"] == {
        "subscription": held["id"],
        "does": "change",
        "before": {"product": held["product"], "quantity": 10},
        "after": {"product": held["product"], "quantity": 15},
        "period": {"first": held["period_from"], "until": held["renews_on"]},
    }
    provision()
    assert read(made, held) == held | {"quantity": 15}
    done = made.cust.get(f"/orders/{order['id']}")
    assert (done["status"], done["lines"][0]["subscription"]) == ("executed", held["id"])
    assert bills(made.cust, order) == [("debit", "60.00")]
    assert bills(made.dist, order) == [("debit", "50.00")]
    assert made.dist.get(f"/orders/{order['id']}")["total_amount"]["amount"] == "50.00"
    assert [each["id"] for each in made.cust.items("/subscriptions")] == [held["id"]]


def test_fewer_seats_ask_nobody_and_come_back() -> None:
    """R25: though the customer's orders need approval. Amounts of what is given back are negative."""
    made = market(order_approval=True)
    held = bought(made)
    order = made.cust.post(path(held, "change"), {"quantity": 4})
    assert (order["status"], order["approvals"]) == ("submitted", [])
    assert order["total_amount"]["amount"] == "-87.12"
    provision()
    assert read(made, held)["quantity"] == 4
    assert bills(made.res, order) == [("credit", "60.00"), ("credit", "72.00")]
    (invoice,) = made.cust.items(f"/invoices?order={order['id']}")
    assert invoice["lines"][0]["subscription"] == held["id"]
    assert invoice["lines"][0]["credits"] is not None


def test_another_offer_takes_the_place_of_all_seats() -> None:
    made = market()
    held = bought(made)
    order = made.res.post(path(held, "change"), {"product": made.ref("e5")})
    assert order["lines"][0]["quantity"] == 10
    assert order["change"]["after"]["product"]["ref"] == made.ref("e5")
    provision()
    assert read(made, held)["product"]["ref"] == made.ref("e5")
    assert bills(made.cust, order) == [("credit", "120.00"), ("debit", "360.00")]


def test_a_rise_is_approved_by_whom_an_order_would_be() -> None:
    """R25, R54: credit risk of the seats added, estimated while it waits, final once it is done."""
    made = market(order_approval=True)
    held = bought(made)
    order = made.cust.post(path(held, "change"), {"quantity": 12})
    assert order["status_label"] == "Pending Reseller Approval"
    assert [each["id"] for each in made.res.items("/approvals?status=pending")] == [order["id"]]
    made.cust.refused("POST", path(held, "change"), "change_pending", {"quantity": 13})
    made.cust.refused("POST", path(held, "cancel"), "change_pending", {"when": "now"})
    risk = made.res.get(f"/orders/{order['id']}/credit-risk")
    assert (risk["estimated"]["amount"], "final" in risk) == ("29.04", False)
    made.cust.refused("GET", f"/orders/{order['id']}/credit-risk", "forbidden")
    made.res.post(f"/orders/{order['id']}/approve")
    provision()
    risk = made.res.get(f"/orders/{order['id']}/credit-risk")
    assert (risk["estimated"]["amount"], risk["final"]["amount"]) == ("29.04", "29.04")
    assert risk["items"][0]["final"]["amount"] == "29.04"


def test_a_change_that_is_refused_leaves_everything() -> None:
    made = market(order_approval=True)
    held = bought(made)
    order = made.cust.post(path(held, "change"), {"quantity": 12})
    made.res.post(f"/orders/{order['id']}/reject", {"reason": "Too dear."})
    assert read(made, held) == held
    assert bills(made.res, order) == []
    assert made.cust.post(path(held, "change"), {"quantity": 11})["status"] == "pending_approval"


@cases("""
field     wrong
quantity  {}
quantity  {"quantity": 10}
quantity  {"quantity": 0}
quantity  {"quantity": -1}
quantity  {"quantity": 1000001}
quantity  {"quantity": "12"}
quantity  {"quantity": 1.5}
product   {"product": ""}
product   {"product": 7}
product   {"product": "<meter>"}
product   {"product": "<other>"}
colour    {"quantity": 11, "colour": "red"}
""")
def test_changes_that_cannot_be(field: str, wrong: str) -> None:
    made, held, _ = still()
    body = from_json(wrong.replace("<", made.ref("")).replace(">", ""))
    problem = made.cust.refused("POST", path(held, "change"), "invalid", body)
    assert list(problem["errors"]) == [field]


@cases("""
code             product
unknown_product  nobody
not_for_sale     <unsold>
""")
def test_offers_that_are_not_to_be_had(code: str, product: str) -> None:
    made, held, _ = still()
    offer = product.replace("<", made.ref("")).replace(">", "")
    made.cust.refused("POST", path(held, "change"), code, {"product": offer})


# Ends and pauses ----------------------------------------------------------------------------


def test_an_end_now() -> None:
    """R71: an order of kind `cancel`, without approval, with what was prepaid given back."""
    made = market(order_approval=True)
    held = bought(made)
    order = made.cust.post(path(held, "cancel"), {"when": "now", "reason": "Moved away."})
    assert (order["kind"], order["status"], order["note"]) == ("cancel", "submitted", "Moved away.")
    assert (order["change"]["does"], order["lines"][0]["quantity"]) == ("cancel", 10)
    provision()
    after = read(made, held)
    assert (after["status"], after["renews_on"], after["period_from"]) == ("cancelled", None, None)
    assert after["ended_at"] > held["started_at"]
    assert bills(made.cust, order) == [("credit", "120.00")]
    for verb, body in (("cancel", {"when": "now"}), ("change", {"quantity": 3})):
        made.cust.refused("POST", path(held, verb), "wrong_status", body)


def test_an_end_at_the_period_s_end() -> None:
    """Until then it can be ended at once, and nothing else."""
    made = market()
    held = bought(made)
    order = made.cust.post(path(held, "cancel"), {"when": "period_end"})
    provision()
    assert (order["change"]["does"], order["total_amount"]["amount"]) == ("cancel_at_end", "0.00")
    after = read(made, held)
    assert after == held | {"status": "pending_cancellation"}
    made.cust.refused("POST", path(held, "change"), "wrong_status", {"quantity": 11})
    made.cust.refused("POST", path(held, "cancel"), "wrong_status", {"when": "period_end"})
    made.cust.post(path(held, "cancel"), {"when": "now"})
    provision()
    assert read(made, held)["status"] == "cancelled"


def test_a_pause_and_its_end() -> None:
    """R70: by the sellers, each an order that the vendor is told of."""
    made = market(order_approval=True)
    held = bought(made)
    order = made.res.post(path(held, "suspend"), {"reason": "Not paid."})
    assert (order["kind"], order["change"]["does"], order["status"]) == ("change", "suspend", "submitted")
    provision()
    paused = read(made, held)
    assert (paused["status"], paused["renews_on"]) == ("suspended", held["renews_on"])
    assert paused["suspended_at"]
    assert len(made.res.items("/subscriptions?status=suspended")) == 1
    made.cust.refused("POST", path(held, "change"), "wrong_status", {"quantity": 11})
    made.dist.refused("POST", path(held, "suspend"), "wrong_status", {"reason": "Again."})
    back = made.dist.post(path(held, "resume"))
    assert back["change"]["does"] == "resume"
    provision()
    assert read(made, held) == held
    made.dist.refused("POST", path(held, "resume"), "wrong_status")


@cases("""
verb     field   wrong
cancel   when    {}
cancel   when    {"when": "later"}
cancel   reason  {"when": "now", "reason": 1}
cancel   colour  {"when": "now", "colour": 1}
suspend  reason  {}
suspend  reason  {"reason": ""}
suspend  colour  {"reason": "Why.", "colour": 1}
resume   colour  {"colour": 1}
""")
def test_bodies_that_cannot_be(verb: str, field: str, wrong: str) -> None:
    made, held, _ = still()
    problem = made.res.refused("POST", path(held, verb), "invalid", from_json(wrong))
    assert list(problem["errors"]) == [field]


# Doors --------------------------------------------------------------------------------------

BODIES = {
    "change": {"quantity": 11},
    "cancel": {"when": "now"},
    "suspend": {"reason": "Not paid."},
    "resume": {},
}


@cases("""
caller  role      code       verbs
cust    viewer    forbidden  change cancel suspend resume
cust    approver  forbidden  change cancel suspend resume
res     finance   forbidden  change cancel suspend resume
dist    approver  forbidden  change cancel suspend resume
cust    admin     forbidden  suspend resume
cust    buyer     forbidden  suspend resume
rival   admin     not_found  change cancel suspend resume
rival   viewer    not_found  change cancel suspend resume
far     admin     not_found  change cancel suspend resume
""")
def test_who_may_not(caller: str, role: str, code: str, verbs: str) -> None:
    """Whatever is wrong with the body is said later."""
    made, held, _ = still()
    program = Caller(made.ref(caller), role)
    for verb in verbs.split():
        program.refused("POST", path(held, verb), code, BODIES[verb])
        program.refused("POST", path(held, verb), code, {"colour": "red"})
    assert read(made, held) == held


@pytest.mark.parametrize("verb", BODIES)
def test_what_is_not_there(verb: str) -> None:
    made, _, _ = still()
    for id_ in (NOBODY, "nonsense"):
        for body in (BODIES[verb], {"colour": "red"}):
            made.dist.refused("POST", f"/subscriptions/{id_}/{verb}", "not_found", body)


def test_without_a_key_or_with_no_json() -> None:
    """401 is said before 400, and 400 before 404."""
    made, held, _ = still()
    address = f"/api/v1{path(held, 'change')}"
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {key(made.ref('rival'))}"}, 400)):
        answer = Client(headers=headers).post(address, b"{", "application/json")
        assert answer.status_code == status


def test_one_key_changes_once() -> None:
    """R14."""
    made = market()
    held = bought(made)
    first = made.cust.post(path(held, "change"), {"quantity": 11}, Idempotency_Key="k")
    assert made.cust.post(path(held, "change"), {"quantity": 11}, Idempotency_Key="k") == first
    answer = made.cust.call("POST", path(held, "change"), {"quantity": 12}, Idempotency_Key="k")
    assert from_json(answer.content)["code"] == "idempotency_conflict"
    assert len([o for o in made.cust.items("/orders") if o["kind"] == "change"]) == 1


# Telling ------------------------------------------------------------------------------------


def test_each_change_is_told_to_the_chain() -> None:
    """R90: the subscription as the fact left it, without money; the order as each may see it."""
    made = market()
    held = bought(made)
    made.cust.post(path(held, "change"), {"quantity": 12})
    provision()
    made.res.post(path(held, "suspend"), {"reason": "Not paid."})
    provision()
    made.res.post(path(held, "resume"))
    provision()
    made.cust.post(path(held, "cancel"), {"when": "period_end"})
    provision()
    made.cust.post(path(held, "cancel"), {"when": "now"})
    provision()
    told = [caller.told(20) for caller in (made.cust, made.res, made.dist)]
    all_facts = [[each for each in one if each["type"].startswith("subscription.")] for one in told]
    for facts in all_facts:
        assert [(each["type"], each["data"]["subscription"]["status"]) for each in facts] == [
            ("subscription.created", "active"),
            ("subscription.changed", "active"),
            ("subscription.suspended", "suspended"),
            ("subscription.changed", "active"),
            ("subscription.changed", "pending_cancellation"),
            ("subscription.cancelled", "cancelled"),
        ]
    _, fact, *_ = all_facts[0]
    assert fact["data"]["subscription"] == {
        "id": held["id"],
        "product": held["product"],
        "customer": held["customer"],
        "status": "active",
        "quantity": 12,
        "trial": False,
        "order": held["order"],
        "started_at": held["started_at"],
        "renews_on": held["renews_on"],
    }
    order = fact["data"]["order"]
    assert (order["kind"], order["lines"][0]["delivery_status"]) == ("change", "delivered")


def test_the_history_of_a_change() -> None:
    made = market(order_approval=True)
    held = bought(made)
    order = made.cust.post(path(held, "change"), {"quantity": 12})
    made.res.post(f"/orders/{order['id']}/approve", {"comment": "Fine."})
    provision()
    history = made.res.get(f"/orders/{order['id']}/history")["items"]
    told = [each["type"] for each in history]
    assert [told[0], told[-1]] == ["order.placed", "order.executed"]
    assert "subscription.changed" in told
    secret = to_json(made.cust.get(f"/orders/{order['id']}/history")).decode()
    assert "20.00" not in secret  # what the reseller pays for the two seats


# Usage --------------------------------------------------------------------------------------


def record(held: Json, name: str = "k", **more: object) -> Json:
    return {
        "key": name,
        "subscription": held["id"],
        "used_on": held["started_at"][:10],
        "quantity": "2.50",
        **more,
    }


def test_usage_is_imported_once_and_read_by_the_chain() -> None:
    made = market()
    held = bought(made, "meter", 1)
    body = {"records": [record(held, "a"), record(held, "b", quantity="4")]}
    done = made.dist.post("/usage-records", body)
    subscriptions.ImportShape.model_validate(done)
    assert done == {"results": [{"key": "a", "outcome": "added"}, {"key": "b", "outcome": "added"}]}
    again = made.dist.post("/usage-records", {"records": [record(held, "a"), record(held, "c")]})
    assert [each["outcome"] for each in again["results"]] == ["unchanged", "added"]
    read_by = [caller.items("/usage-records?limit=1") for caller in (made.cust, made.res, made.dist)]
    for each in read_by[0] + read_by[2]:
        subscriptions.UsageShape.model_validate(each)
    keys = [each.pop("key") for each in read_by[2]]  # the importer's own words
    assert sorted(keys) == ["a", "b", "c"]
    assert read_by[0] == read_by[1] == read_by[2]
    a = read_by[0][keys.index("a")]
    assert a == {
        "id": a["id"],
        "subscription": held["id"],
        "used_on": held["started_at"][:10],
        "quantity": "2.5",
        "billed": False,
    }
    assert len(made.cust.items(f"/usage-records?subscription={held['id']}")) == 3
    assert made.cust.items(f"/usage-records?subscription={NOBODY}") == []


@cases("""
field                   wrong
records.0.key           {"key": ""}
records.0.key           {"key": 7}
records.0.subscription  {"subscription": "nobody"}
records.0.subscription  {"subscription": "<seats>"}
records.0.used_on       {"used_on": "yesterday"}
records.0.used_on       {"used_on": "2001-01-01"}
records.0.quantity      {"quantity": "-1"}
records.0.quantity      {"quantity": 5}
records.0.quantity      {"quantity": "0"}
records.0.quantity      {"quantity": "1e3"}
records.0.colour        {"colour": "red"}
""")
def test_usage_that_cannot_be(field: str, wrong: str) -> None:
    """All of it or nothing."""
    made, seats, held = still()
    bad = record(held) | from_json(wrong.replace("<seats>", seats["id"]))
    body = {"records": [bad, record(held, "fine")]}
    problem = made.dist.refused("POST", "/usage-records", "invalid", body)
    assert list(problem["errors"]) == [field]
    assert made.dist.items("/usage-records") == []


@cases("""
caller  role      code
dist    approver  forbidden
dist    buyer     forbidden
dist    viewer    forbidden
res     admin     forbidden
cust    admin     forbidden
""")
def test_who_imports_no_usage(caller: str, role: str, code: str) -> None:
    made, _, held = still()
    program = Caller(made.ref(caller), role)
    program.refused("POST", "/usage-records", code, {"records": [record(held)]})
    program.refused("POST", "/usage-records", code, {"colour": "red"})


def test_another_top_seller_s_subscription_is_nobody_s() -> None:
    made, _, held = still()
    problem = made.far.refused("POST", "/usage-records", "invalid", {"records": [record(held)]})
    assert list(problem["errors"]) == ["records.0.subscription"]


def test_how_many_at_once() -> None:
    made, _, held = still()
    many = [record(held, str(n)) for n in range(MOST_RECORDS + 1)]
    for records in ([], many):
        problem = made.dist.refused("POST", "/usage-records", "invalid", {"records": records})
        assert list(problem["errors"]) == ["records"]


def test_a_day_that_has_not_come_is_no_day_of_use() -> None:
    """R71: usage is what was used."""
    made, _, held = still()
    later = now().date().replace(year=now().year + 2, day=1).isoformat()
    problem = made.dist.refused(
        "POST", "/usage-records", "invalid", {"records": [record(held, used_on=later)]}
    )
    assert list(problem["errors"]) == ["records.0.used_on"]
