"""The dashboard's lists of orders (R43, R104, R105)."""

from collections.abc import Callable

import pytest
from django.db import transaction

from placet.entrypoints.api.shapes import OrdersShape
from placet.storage import dashboard, db
from placet.storage.billing import LAST
from tests.api.callers import Caller, Json, load, unique
from tests.api.chains import Chain, chain
from tests.api.worker import provision
from tests.databases import kept
from tests.domain.tables import cases
from tests.stories.worlds import customer, distributor, group, reseller, world

pytestmark = pytest.mark.usefixtures("committed")

LISTS = ("unexecuted", "pending", "manual")


def lists(made: Chain, caller: str) -> dict[str, set[str]]:
    """The ids of the orders in each of the caller's lists; each fits its description."""
    program = Caller(made.ref(caller))
    found = {name: program.items(f"/dashboard/{name}-orders") for name in LISTS}
    for items in found.values():
        OrdersShape.model_validate({"items": items, "next_cursor": None})
    return {name: {order["id"] for order in items} for name, items in found.items()}


def where(made: Chain, caller: str, order: Json) -> str:
    """The lists that an order stands in for the caller."""
    return " ".join(name for name, ids in lists(made, caller).items() if order["id"] in ids)


def approving() -> Chain:
    return chain(cust={"order_approval": True})


# Lives of orders, each to a state that the dashboards tell apart ------------------------------


def short_above() -> tuple[Chain, Json]:
    """Short between the reseller and the distributor; nobody had to approve."""
    made = chain()
    return made, made.ordered(quantity=11)


def short_below() -> tuple[Chain, Json]:
    """Short between the customer and the reseller."""
    made = chain(cust={"credit_limit": "5.00"})
    return made, made.ordered()


def waiting() -> tuple[Chain, Json]:
    """Waits for the reseller's approval."""
    made = approving()
    return made, made.ordered()


def approved_short() -> tuple[Chain, Json]:
    """Approved by the reseller, then short above."""
    made = approving()
    order = made.ordered(quantity=11)
    return made, made.res.post(f"/orders/{order['id']}/approve")


def on_behalf_short() -> tuple[Chain, Json]:
    """Placed by the reseller, which was its approval."""
    made = approving()
    lines = {"lines": [{"product": made.ref("bp"), "quantity": 11}]}
    return made, made.res.post("/orders", {"customer": made.ref("cust"), **lines})


def own_short() -> tuple[Chain, Json]:
    """The reseller's own, short."""
    made = chain()
    return made, made.res.post("/orders", {"lines": [{"product": made.ref("bp"), "quantity": 11}]})


def own_waiting() -> tuple[Chain, Json]:
    """The reseller's own, which the distributor has to approve."""
    made = Chain(unique("org"))
    top, seller = made.ref("dist"), made.ref("res")
    load(
        world(
            distributor(top, multi_tier_approval=True),
            reseller(seller, top),
            customer(made.ref("cust"), seller),
            prices={made.ref("bp"): "10.00"},
            groups=[group(top, seller)],
        )
    )
    return made, made.res.post("/orders", {"lines": [{"product": made.ref("bp"), "quantity": 1}]})


def waiting_above() -> tuple[Chain, Json]:
    """Approved by nobody below, the distributor has to."""
    made, _ = own_waiting()
    return made, made.ordered()


def manual() -> tuple[Chain, Json]:
    """Waits for the distributor to execute it."""
    made = chain()
    return made, made.ordered("onsite")


def executing() -> tuple[Chain, Json]:
    """The distributor has begun all of it."""
    made, order = manual()
    return made, made.dist.post(f"/orders/{order['id']}/execute")


def automatic() -> tuple[Chain, Json]:
    """On its way to the vendor."""
    made = chain()
    return made, made.ordered()


def executed() -> tuple[Chain, Json]:
    """Delivered."""
    made, order = automatic()
    provision()
    return made, order


def rejected() -> tuple[Chain, Json]:
    """Ended by the reseller's no."""
    made, order = waiting()
    return made, made.res.post(f"/orders/{order['id']}/reject", {"reason": "No."})


def retried() -> tuple[Chain, Json]:
    """Was short between the reseller and the distributor, now is between the customer and the reseller."""
    made = chain(res={"credit_limit": "5.00"})
    order = made.ordered()
    made.dist.patch(made.contract("res"), {"credit_limit": "100.00"})
    made.res.patch(made.contract("cust"), {"credit_limit": "5.00"})
    made.res.refused("POST", f"/orders/{order['id']}/retry", "insufficient_credit")
    return made, order


LIVES: dict[str, Callable[[], tuple[Chain, Json]]] = {
    life.__name__: kept(life)
    for life in (
        short_above,
        short_below,
        waiting,
        approved_short,
        on_behalf_short,
        own_short,
        own_waiting,
        waiting_above,
        manual,
        executing,
        automatic,
        executed,
        rejected,
        retried,
    )
}


@cases("""
life             status            ->  res         dist
short_above      unexecuted            unexecuted  unexecuted
short_below      unexecuted            unexecuted  -
waiting          pending_approval      pending     pending
approved_short   unexecuted            pending     unexecuted
on_behalf_short  unexecuted            pending     unexecuted
own_short        unexecuted            unexecuted  unexecuted
own_waiting      pending_approval      pending     pending
waiting_above    pending_approval      pending     pending
manual           submitted             -           manual
executing        submitted             -           -
automatic        submitted             -           -
executed         executed              -           -
rejected         rejected              -           -
retried          unexecuted            unexecuted  -
""")
def test_where_an_order_stands(life: str, status: str, res: str, dist: str) -> None:
    """R104: for a reseller in exactly one of two lists while it waits. R105: for the distributor, where
    the link that is short is its own, and where it has to execute."""
    made, order = LIVES[life]()
    assert made.dist.get(f"/orders/{order['id']}")["status"] == status
    assert (where(made, "res", order), where(made, "dist", order)) == (res, dist)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("role", ["admin", "viewer"])
def test_a_customer_has_no_dashboard(name: str, role: str) -> None:
    made, _ = LIVES["short_above"]()
    program = Caller(made.ref("cust"), role)
    program.refused("GET", f"/dashboard/{name}-orders", "forbidden")
    program.refused("GET", f"/dashboard/{name}-orders?cursor=nonsense", "forbidden")


def test_strangers_see_nothing() -> None:
    for life in ("short_above", "manual"):
        made, _ = LIVES[life]()
        assert lists(made, "far") == lists(made, "rival") == {name: set() for name in LISTS}


def test_every_role_reads() -> None:
    made, order = LIVES["short_above"]()
    for role in ("admin", "approver", "buyer", "finance", "viewer"):
        (found,) = Caller(made.ref("res"), role).items("/dashboard/unexecuted-orders")
        assert found["id"] == order["id"]


def test_orders_read_as_everywhere() -> None:
    """R104: with what may be done with them; the reseller's own, waiting above, has no accept."""
    made, order = LIVES["waiting"]()
    (found,) = made.res.items("/dashboard/pending-orders")
    assert found == made.res.get(f"/orders/{order['id']}")
    assert "approve" in found["actions"]
    made, order = LIVES["own_waiting"]()
    found = next(each for each in made.res.items("/dashboard/pending-orders") if each["id"] == order["id"])
    assert "approve" not in found["actions"]


def test_a_reseller_between_two() -> None:
    """R104: orders of its resellers' customers too. Whoever is no party of the short link does not see
    how much is short (R2)."""
    made = Chain(unique("org"))
    top, upper, lower, buyer = map(made.ref, ("dist", "res", "sub", "cust"))
    load(
        world(
            distributor(top),
            reseller(upper, top, {"credit_limit": "5.00"}),
            reseller(lower, upper),
            customer(buyer, lower),
            prices={made.ref("bp"): "10.00"},
        )
    )
    order = made.ordered()
    assert [where(made, caller, order) for caller in ("sub", "res", "dist")] == ["unexecuted"] * 3
    label = made.sub.items("/dashboard/unexecuted-orders")[0]["status_label"]
    assert label == "In progress"


def test_pages_the_newest_first() -> None:
    made = chain(cust={"credit_limit": "5.00"})
    placed = [made.ordered()["id"] for _ in range(3)]
    found = made.res.items("/dashboard/unexecuted-orders?limit=1")
    assert [order["id"] for order in found] == placed[::-1]
    made.res.refused("GET", "/dashboard/unexecuted-orders?cursor=nonsense", "invalid")


def test_sub_orders_that_wait_for_their_execution() -> None:
    """R45: an order stands among the manual ones until the last of its lines was begun."""
    made = chain()
    lines = [{"product": made.ref(name), "quantity": 1} for name in ("onsite", "bp")]
    made.dist.patch(made.contract("res"), {"credit_limit": "unlimited"})
    order = made.cust.post("/orders", {"lines": lines})
    assert where(made, "dist", order) == "manual"
    for line, still in zip(order["lines"], ("manual", ""), strict=True):
        made.dist.post(f"/orders/{order['id']}/execute", {"lines": [line["id"]]})
        assert where(made, "dist", order) == still


@cases("""
statement            index
UNEXECUTED           orders_unexecuted
PENDING              orders_that_expire,orders_open_of_buyer
PENDING_OR_APPROVED  orders_that_expire,orders_open_of_buyer
SHORT                orders_unexecuted
MANUAL               orders_submitted
""")
def test_a_list_begins_at_the_few_orders_in_the_status(statement: str, index: str) -> None:
    """However many are closed: where the planner may not read whole tables, it finds a partial index, one of
    these, whatever it happens to know of the few orders of other tests."""
    asked = {"organization": LAST, "before": LAST, "most": 51}
    with transaction.atomic():
        db.fetch("SET LOCAL enable_seqscan = off")
        db.fetch("""SELECT pg_clear_relation_stats('public', relname) FROM pg_class
          WHERE relkind = 'r' AND relname ~ '^order'""")
        db.fetch("""SELECT pg_clear_attribute_stats(schemaname, tablename, attname, inherited) FROM pg_stats
          WHERE tablename ~ '^(order|approval)'""")
        transaction.set_rollback(True)
        rows = db.fetch(f"EXPLAIN {getattr(dashboard, statement)}", asked)
    plan = "\n".join(row["QUERY PLAN"] for row in rows)
    assert any(name in plan for name in index.split(",")), plan
    assert "Seq Scan" not in plan
