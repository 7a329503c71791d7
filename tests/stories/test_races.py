"""Two at once (R14, R22, R34, R42, R52, R72): whoever comes first, exactly one thing happens.

Real threads on a real PostgreSQL, let go together, again and again; and every race ends with true books.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any, Final

import pytest
from django.db import connection, transaction

from placet.actions.change_contract import change_contract
from placet.actions.change_organization import OrganizationWishes, change_organization
from placet.actions.charge import begin_charge, finish_charge, finish_refund, take_refunds
from placet.actions.expire_orders import expire_orders
from placet.actions.place_order import place_order
from placet.actions.provision import begin_sub_orders, finish_sub_order
from placet.domain.charging import GatewayWord
from placet.domain.errands import RefundWord
from placet.domain.executing import Answer, Delivered, Failed
from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.terms import Wishes
from placet.domain.words import LineState, OrderStatus, OrganizationStatus, PaymentMethod, StepStatus
from placet.entrypoints.jobs import charging, provisioning
from placet.gateways.cards.gateways import Gateways
from placet.gateways.cards.sandbox import Sandbox as Cards
from placet.gateways.vendors.connectors import Connectors
from placet.gateways.vendors.sandbox import Sandbox as Vendors
from placet.storage import db, models
from tests.api.callers import Caller
from tests.stories import acts
from tests.stories.acts import NOW, actor, done
from tests.stories.client import until
from tests.stories.worlds import card, customer, distributor, group, product, reseller, world

PATIENCE: Final = 30.0
"""Seconds after which a race that does not end is a deadlock."""
ROUNDS: Final = 40


pytestmark = pytest.mark.usefixtures("alone")


def race[T, R](rounds: Sequence[T], *rivals: Callable[[T], R]) -> list[list[R]]:
    """What became of each rival in each round: all of them begin a round at the same instant."""
    start = Barrier(len(rivals), timeout=PATIENCE)

    def run(rival: Callable[[T], R]) -> list[R]:
        outcomes = []
        try:
            connection.ensure_connection()
            for each in rounds:
                start.wait()
                outcomes.append(rival(each))
        except BaseException:
            start.abort()
            raise
        finally:
            connection.close()
        return outcomes

    with ThreadPoolExecutor(len(rivals)) as pool:
        runs = list(pool.map(run, rivals))
    return [list(outcomes) for outcomes in zip(*runs, strict=True)]


def together[R](*works: Callable[[], R]) -> list[R]:
    """What became of each, all begun at the same instant."""
    return race([None], *(lambda _, work=work: work() for work in works))[0]


def while_open[A, B](first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """What became of both, where the second begins when the first is done and not committed yet: it has to
    wait for it, whatever chance says."""

    def run() -> B:
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            outcome = first()
            other = pool.submit(run)
            until(lambda: other.done() or db.fetch(WAITS), "the second waits for the first")
            assert not other.done(), "it did not wait"
        return outcome, other.result(PATIENCE)


WAITS: Final = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"


def codes(outcomes: Sequence[object]) -> list[str]:
    """Of each outcome the refusal's code, or `ok`."""
    return [outcome.code if isinstance(outcome, Refusal) else "ok" for outcome in outcomes]


def limited(buyer: str, limit: str) -> Any:  # noqa: ANN401 - the terms, or why not
    """The seller sets the buyer's credit limit."""
    return changed(buyer, Wishes(credit_limit=limit))


def changed(buyer: str, wishes: Wishes) -> Any:  # noqa: ANN401 - likewise
    """The seller changes the buyer's contract."""
    contract = models.Contract.objects.select_related("seller").get(buyer__ref=buyer)
    by = actor(str(contract.seller.ref))
    return change_contract(contract=contract.id, by=by, wishes=wishes, at=NOW)


PRICES: Final = {"bp": "10.00", "ps": "5.00", "onsite": "100.00"}
PRODUCTS: Final = [product("bp", vendor="ms"), product("ps"), product("onsite", "manual", vendor="ms")]

# Two partners must say yes: the reseller for its customer, the distributor for the reseller's group.
TWO_PARTNERS: Final = world(
    distributor("dist", multi_tier_approval=True),
    reseller("res", "dist"),
    customer("cust", "res", {"order_approval": True}),
    prices=PRICES,
    products=PRODUCTS,
    groups=[group("dist", "res")],
)


# Deciding -----------------------------------------------------------------------------------


def waiting(lines: str = "1 bp", rounds: int = ROUNDS) -> list[Order]:
    """Orders that two partners must approve."""
    acts.load(TWO_PARTNERS)
    cust = actor("cust")
    return [acts.place(cust, lines) for _ in range(rounds)]


def test_one_partner_approves_while_the_other_rejects() -> None:
    orders = waiting()
    yes, no = partial(acts.approve, by=actor("res")), partial(acts.reject, by=actor("dist"))
    for order, outcomes in zip(orders, race(orders, yes, no), strict=True):
        assert codes(outcomes) in (["ok", "ok"], ["order_closed", "ok"])
        assert acts.now(order).status is OrderStatus.REJECTED
        assert not acts.now(order).reservations


def test_one_partner_says_yes_and_no() -> None:
    """R33, R34: the first word of an organization stands, whoever of it said it."""
    orders = waiting()
    for order in orders:
        done(acts.approve(order, actor("res")))
    yes, no = partial(acts.approve, by=actor("dist")), partial(acts.reject, by=actor("dist", name="Bob"))
    for order, outcomes in zip(orders, race(orders, yes, no), strict=True):
        approved = codes(outcomes) == ["ok", "already_decided"]
        assert approved or codes(outcomes) == ["already_decided", "ok"]
        status = OrderStatus.SUBMITTED if approved else OrderStatus.REJECTED
        assert acts.now(order).status is status


def test_both_partners_approve_at_once() -> None:
    """R34: each is the last yes to the other; execution begins once."""
    orders = waiting()
    race(orders, partial(acts.approve, by=actor("res")), partial(acts.approve, by=actor("dist")))
    assert_begun_once(orders)


def test_one_partner_approves_twice() -> None:
    """R33: the second time answers the order as it is, and changes nothing."""
    orders = waiting()
    for order in orders:
        done(acts.approve(order, actor("res")))
    dist = actor("dist")
    for outcomes in race(orders, partial(acts.approve, by=dist), partial(acts.approve, by=dist)):
        assert codes(outcomes) == ["ok", "ok"]
    assert_begun_once(orders)


def assert_begun_once(orders: Sequence[Order]) -> None:
    for order in orders:
        begun = acts.now(order)
        assert begun.status is OrderStatus.SUBMITTED
        assert {check.run for check in begun.checks} == {1}
        assert len(begun.reservations) == 2
        assert begun.lines[0].state is LineState.PROVISIONING
    acts.vendors_say(Delivered("V-1"))
    assert models.Subscription.objects.count() == len(orders)


def test_an_order_expires_while_it_is_approved() -> None:
    orders = waiting(rounds=20)
    dist, late = actor("dist"), NOW + timedelta(days=31)
    for order in orders:
        done(acts.approve(order, actor("res")))

    def expire(_: Order) -> Order | Refusal:
        expire_orders(most=1, at=late)
        return orders[0]

    race(orders, partial(acts.approve, by=dist, at=late), expire)
    expire(orders[0])
    states = {acts.now(order).status for order in orders}
    assert states <= {OrderStatus.SUBMITTED, OrderStatus.EXPIRED}


# Credit -------------------------------------------------------------------------------------


def placed_at_once(buyers: Sequence[str], orders: int) -> list[Order]:
    """So many orders, by all of these buyers at the same instant, in twenty threads."""
    by = [actor(buyer) for buyer in buyers]
    threads, wanted = 20, acts.request("1 bp")

    def place(person: Actor, _: int) -> Order:
        return done(place_order(request=wanted, by=person, at=NOW))

    rivals = [partial(place, by[number % len(by)]) for number in range(threads)]
    return [order for each in race(range(orders // threads), *rivals) for order in each]


CREDIT = {
    "one account": [reseller("res", "dist"), customer("cust", "res", {"credit_limit": "600.00"})],
    "the account above": [reseller("res", "dist", {"credit_limit": "500.00"}), customer("cust", "res")],
    "both accounts": [
        reseller("res", "dist", {"credit_limit": "509.99"}),
        customer("cust", "res", {"credit_limit": "600.00"}),
    ],
    "one account above two buyers": [
        reseller("res", "dist", {"credit_limit": "500.00"}),
        customer("cust", "res"),
        customer("also", "res", {"credit_limit": "3000.00"}),
    ],
}


@pytest.mark.parametrize("case", CREDIT)
def test_two_hundred_orders_against_credit_for_fifty(case: str) -> None:
    """R42: exactly fifty are accepted, whoever they are (a licence costs 10.00, and 12.00 below)."""
    acts.load(world(distributor("dist"), *CREDIT[case], prices=PRICES, products=PRODUCTS))
    buyers = [one["ref"] for one in CREDIT[case] if one["kind"] == "customer"]
    statuses = [order.status for order in placed_at_once(buyers, 200)]
    assert statuses.count(OrderStatus.SUBMITTED) == 50
    assert statuses.count(OrderStatus.UNEXECUTED) == 150


SHORT: Final = world(
    distributor("dist"),
    reseller("res", "dist"),
    customer("cust", "res", {"credit_limit": "0.00"}),
    prices=PRICES,
    products=PRODUCTS,
)


def short(rounds: int) -> list[Order]:
    """Orders that are short of credit."""
    acts.load(SHORT)
    cust = actor("cust")
    orders = [acts.place(cust, "1 bp") for _ in range(rounds)]
    assert {order.status for order in orders} == {OrderStatus.UNEXECUTED}
    return orders


def test_an_order_is_tried_again_while_it_is_cancelled() -> None:
    orders = short(ROUNDS)
    limited("cust", "unlimited")
    again, withdrawn = partial(acts.retry, by=actor("res")), partial(acts.cancel, by=actor("cust"))
    for order, outcomes in zip(orders, race(orders, again, withdrawn), strict=True):
        went = codes(outcomes) == ["ok", "wrong_status"]
        assert went or codes(outcomes) == ["order_closed", "ok"]
        assert acts.now(order).status is (OrderStatus.SUBMITTED if went else OrderStatus.CANCELLED)


def test_a_limit_is_raised_while_an_order_is_tried_again() -> None:
    """R44, R61: the retry sees the old limit or the new one, and the books know which."""
    orders = short(20)
    res, limits = actor("res"), {order.id: f"{12 * place}.00" for place, order in enumerate(orders, start=1)}

    def raise_limit(order: Order) -> object:
        return limited("cust", limits[order.id])

    def again(order: Order) -> object:
        return acts.retry(order, res)

    for order, outcomes in zip(orders, race(orders, raise_limit, again), strict=True):
        assert codes(outcomes)[0] == "ok"
        assert codes(outcomes)[1] in {"ok", "insufficient_credit"}
        in_time = codes(outcomes)[1] == "ok"
        assert acts.now(order).status is (OrderStatus.SUBMITTED if in_time else OrderStatus.UNEXECUTED)
    for order in orders:
        if acts.now(order).status is OrderStatus.UNEXECUTED:
            done(acts.retry(order, res))
    account = models.CreditAccount.objects.get(contract__buyer__ref="cust")
    assert account.reserved_minor == account.limit_minor == 20 * 1200


def test_a_limit_is_lowered_while_orders_are_placed() -> None:
    """R61: reservations that were made stay, and no order passes the lower limit afterwards."""
    acts.load(SHORT)
    cust, wanted = actor("cust"), acts.request("1 bp")

    def change_limit(place: int) -> object:
        return limited("cust", "0.00" if place % 2 else f"{24 * (place + 1)}.00")

    def order(_: int) -> object:
        return place_order(request=wanted, by=cust, at=NOW)

    for outcomes in race(range(20), change_limit, order, order):
        assert codes(outcomes) == ["ok", "ok", "ok"]


# Execution ----------------------------------------------------------------------------------


def handed_over(lines: str, rounds: int) -> list[Order]:
    """Orders that the top seller executes by hand."""
    orders = waiting(lines, rounds)
    for order in orders:
        done(acts.approve(order, actor("res")))
        done(acts.approve(order, actor("dist")))
    return [acts.now(order) for order in orders]


def test_an_order_is_executed_while_it_is_cancelled() -> None:
    orders = handed_over("1 onsite, 1 ps", 20)
    run, stop = partial(acts.execute, by=actor("dist")), partial(acts.cancel, by=actor("dist"))
    for order, outcomes in zip(orders, race(orders, run, stop), strict=True):
        begun = codes(outcomes) == ["ok", "wrong_status"]
        assert begun or codes(outcomes) == ["order_closed", "ok"]
        states = {line.state for line in acts.now(order).lines}
        assert states == {LineState.PROVISIONING if begun else LineState.CANCELLED}
    acts.vendors_say(Delivered("V-1"))


def test_one_line_is_executed_while_the_rest_is_cancelled() -> None:
    orders = handed_over("1 onsite, 1 bp, 1 ps", 20)
    dist = actor("dist")

    def run(order: Order) -> object:
        return acts.execute(order, dist, order.lines[0].id)

    for order, outcomes in zip(orders, race(orders, run, partial(acts.cancel, by=dist)), strict=True):
        begun = codes(outcomes) == ["ok", "ok"]
        assert begun or codes(outcomes) == ["order_closed", "ok"]
        first, *others = (line.state for line in acts.now(order).lines)
        assert first is (LineState.PROVISIONING if begun else LineState.CANCELLED)
        assert set(others) == {LineState.CANCELLED}
    acts.vendors_say(Delivered("V-1"))


def test_two_people_execute_lines_of_one_order() -> None:
    """R45, R50: each its own; the same line goes to its vendor once."""
    orders = handed_over("1 onsite, 1 bp", 20)
    dist = actor("dist")

    def run(which: int) -> Callable[[Order], object]:
        return lambda order: acts.execute(order, dist, order.lines[which].id)

    for outcomes in race(orders, run(0), run(1), run(0)):
        assert sorted([codes(outcomes)[0], codes(outcomes)[2]]) == ["ok", "wrong_status"]
        assert codes(outcomes)[1] == "ok"
    acts.vendors_say(Delivered("V-1"))
    assert {acts.now(order).status for order in orders} == {OrderStatus.EXECUTED}


# The worker ---------------------------------------------------------------------------------

DIRECT: Final = world(
    distributor("dist"), customer("cust", "dist"), prices=PRICES, products=PRODUCTS, told=["dist"]
).replace("{hooks}", "http://127.0.0.1:9")


def test_two_workers_share_the_errands(tmp_path: Path) -> None:
    """R52: no line is asked for twice, none is forgotten."""
    acts.load(DIRECT)
    cust, at = actor("cust"), datetime.now(UTC)
    for _ in range(30):
        acts.place(cust, "1 bp, 1 ps", at=at)
    vendors = [Connectors(tmp_path), Connectors(tmp_path)]

    def work(connectors: Connectors) -> int:
        done_by_it = 0
        while found := provisioning.provision(connectors, datetime.now(UTC)):
            done_by_it += found
        connectors.close()
        return done_by_it

    shares = together(*(partial(work, each) for each in vendors))
    assert sum(shares) == 60
    with closing(Vendors(tmp_path)) as vendor:
        works = vendor.works().values()
    assert [(each.asked, each.delivered) for each in works] == [(1, 1)] * 60
    assert models.Subscription.objects.count() == 60


def test_what_cannot_be_asked_holds_up_nothing_else(tmp_path: Path) -> None:
    """R52: not even what was taken together with it, nor the second time."""
    acts.load(DIRECT)
    at = datetime.now(UTC)
    stuck, fine = acts.place(actor("cust"), "1 bp", at=at), acts.place(actor("cust"), "1 ps", at=at)
    models.Vendor.objects.filter(ref="ms").update(connector="gone")
    with closing(Connectors(tmp_path)) as connectors:
        assert provisioning.provision(connectors, at) == 2
    assert [acts.now(order).status.value for order in (stuck, fine)] == ["submitted", "executed"]


@pytest.mark.parametrize("second", [Delivered("V-2"), Failed("Out of keys.")])
def test_a_vendors_answer_is_booked_twice(second: Answer) -> None:
    """R52: the first counts, the other changes nothing."""
    acts.load(DIRECT)
    cust = actor("cust")
    orders = [acts.place(cust, "1 bp, 1 ps") for _ in range(10)]
    errands = begin_sub_orders(most=100, at=NOW)
    assert len(errands) == 20

    def book(place: int, answer: Answer) -> None:
        errand = errands[place]
        finish_sub_order(errand=errand, answers={ask.key: answer for ask in errand.asks}, at=NOW)

    race(range(20), partial(book, answer=Delivered("V-1")), partial(book, answer=second))
    lines = [line for order in orders for line in acts.now(order).lines]
    assert len(lines) == 20
    delivered = [line for line in lines if line.state is LineState.DELIVERED]
    assert models.Subscription.objects.count() == len(delivered)
    assert models.InvoiceLine.objects.count() == len(delivered)


# Cards --------------------------------------------------------------------------------------

BY_CARD: Final = world(
    distributor("dist", multi_tier_approval=True),
    reseller("res", "dist", card("tok_ok")),
    customer("cust", "res"),
    prices=PRICES,
    products=PRODUCTS,
    groups=[group("dist", "res")],
)


def test_an_order_that_is_being_charged_holds_up_no_other_one_s_expiry() -> None:
    """R5: it waits for its gateway's word, and stands before nobody meanwhile."""
    acts.load(BY_CARD)
    charging_ = acts.place(actor("res"), "1 bp")
    done(acts.approve(charging_, actor("dist")))
    waiting = acts.place(actor("res"), "1 bp", at=NOW + timedelta(minutes=1))
    later = NOW + timedelta(days=100)
    assert expire_orders(most=1, at=later) == 1
    assert [acts.now(order).status.value for order in (charging_, waiting)] == ["pending_approval", "expired"]


def to_be_charged(rounds: int, at: datetime = NOW) -> list[Order]:
    """Orders whose reseller's card is to be charged."""
    acts.load(BY_CARD)
    cust = actor("cust")
    orders = [acts.place(cust, "1 bp, 1 ps", at=at) for _ in range(rounds)]
    for order in orders:
        done(acts.approve(order, actor("res"), at))
    return orders


def test_two_workers_charge_cards(tmp_path: Path) -> None:
    """R48: never a second charge, never an execution without one."""
    at = datetime.now(UTC)
    orders = to_be_charged(10, at)
    race(
        orders, partial(acts.approve, by=actor("dist"), at=at), partial(acts.approve, by=actor("dist"), at=at)
    )

    def work(gateways: Gateways) -> None:
        while charging.charge(gateways, datetime.now(UTC)):
            pass
        gateways.close()

    together(partial(work, Gateways(tmp_path, "")), partial(work, Gateways(tmp_path, "")))
    with closing(Cards(tmp_path)) as gateway:
        taken = gateway.charges().values()
    assert [(each.asked, each.captures) for each in taken] == [(1, 1)] * 10
    assert {acts.now(order).status for order in orders} == {OrderStatus.SUBMITTED}


@pytest.mark.parametrize("word", ["captured", "declined"])
def test_a_gateways_word_is_booked_twice(word: str) -> None:
    orders = to_be_charged(10)
    for order in orders:
        done(acts.approve(order, actor("dist")))

    def book(order: Order) -> None:
        errand = begin_charge(order_id=order.id, at=NOW)
        if errand is not None:
            finish_charge(errand=errand, word=GatewayWord(word), at=NOW)  # type: ignore[arg-type]

    race(orders, book, book)
    expected = OrderStatus.SUBMITTED if word == "captured" else OrderStatus.PENDING_APPROVAL
    for order in orders:
        assert acts.now(order).status is expected
        assert [charge.state.value for charge in acts.now(order).charges] == [word]


def test_a_refund_is_booked_twice() -> None:
    [order] = to_be_charged(1)
    done(acts.approve(order, actor("dist")))
    acts.gateways_say("authorised", "captured")
    acts.vendors_say({"bp": Delivered("V-1"), "ps": Failed("Out of keys.")})
    failed = next(line for line in acts.now(order).lines if line.state is LineState.FAILED)
    done(acts.cancel_part(order, failed.sub_order, actor("dist")))
    [refund] = take_refunds(most=10, at=NOW)
    back = partial(finish_refund, errand=refund, word=RefundWord("done"), at=NOW)
    together(back, back, back)
    assert models.AccountEntry.objects.filter(kind="refund").count() == 1


# Settings -----------------------------------------------------------------------------------


def test_a_reseller_moves_to_card_while_its_order_gets_the_last_yes() -> None:
    """R22: the order was validated before, and nobody is charged; or its owner is asked first."""
    acts.load(
        world(
            distributor("dist", multi_tier_approval=True),
            reseller("res", "dist", card("tok_ok") | {"payment_method": "cash"}),
            customer("cust", "res"),
            prices=PRICES,
            groups=[group("dist", "res")],
        )
    )
    cust, dist = actor("cust"), actor("dist")
    seen = set()
    for _ in range(20):
        assert codes([changed("res", Wishes(payment_method=PaymentMethod.CASH))]) == ["ok"]
        order = acts.place(cust, "1 bp")
        outcomes = together(
            partial(acts.approve, order, dist),
            partial(changed, "res", Wishes(payment_method=PaymentMethod.CREDIT_CARD)),
        )
        assert codes(outcomes) == ["ok", "ok"]
        after = acts.now(order)
        assert after.charges == ()
        if after.status is OrderStatus.SUBMITTED:
            assert after.links[1].payment_method is PaymentMethod.CASH
        else:
            own = after.step_at(1)
            assert own
            assert own.status is StepStatus.PENDING
        seen.add(after.status)
    assert seen <= {OrderStatus.SUBMITTED, OrderStatus.PENDING_APPROVAL}


def test_the_method_changes_while_the_card_payer_says_the_last_yes() -> None:
    """R48: the charge is begun and the method stays; or there is nothing to charge."""
    acts.load(BY_CARD)
    cust, res = actor("cust"), actor("res")
    for _ in range(20):
        changed("res", Wishes(payment_method=PaymentMethod.CREDIT_CARD))
        order = acts.place(cust, "1 bp")
        done(acts.approve(order, actor("dist")))
        outcomes = together(
            partial(acts.approve, order, res),
            partial(changed, "res", Wishes(payment_method=PaymentMethod.CASH)),
        )
        begun = codes(outcomes) == ["ok", "payment_in_progress"]
        assert begun or codes(outcomes) == ["ok", "ok"]
        assert acts.now(order).charging is begun
        if begun:
            acts.gateways_say("authorised", "captured")
        assert acts.now(order).status is OrderStatus.SUBMITTED


def test_nothing_slips_past_a_suspension() -> None:
    """R72: what waits in the chain is cancelled, what comes later is refused, the rest is let finish."""
    acts.load(TWO_PARTNERS)
    cust, res, dist = actor("cust"), actor("res"), actor("dist")
    wanted = acts.request("1 bp, 1 onsite")

    def turn(status: OrganizationStatus) -> object:
        wishes = OrganizationWishes(status=status)
        return change_organization(name="res", by=dist, wishes=wishes, at=NOW)

    def life() -> object:
        order = place_order(request=wanted, by=cust, at=NOW)
        if isinstance(order, Refusal):
            return order
        said = [acts.approve(order, res), acts.approve(order, dist)]
        return acts.execute(order, dist, order.lines[0].id) if isinstance(said[1], Order) else said[1]

    for _ in range(10):
        together(life, partial(turn, OrganizationStatus.SUSPENDED), life, life)
        assert codes([place_order(request=wanted, by=cust, at=NOW)]) == ["organization_not_active"]
        acts.proven()
        assert codes([turn(OrganizationStatus.ACTIVE)]) == ["ok"]
    acts.vendors_say(Delivered("V-1"))


def suspended(who: str, by: Actor) -> object:
    """Its seller suspends it."""
    wishes = OrganizationWishes(status=OrganizationStatus.SUSPENDED)
    return change_organization(name=who, by=by, wishes=wishes, at=NOW)


def test_a_suspension_waits_for_orders_that_are_being_placed() -> None:
    """R72: an order that was placed and not committed yet is found, and cancelled."""
    acts.load(TWO_PARTNERS)
    cust, dist = actor("cust"), actor("dist")
    order, stopped = while_open(partial(acts.place, cust, "1 bp"), partial(suspended, "res", dist))
    assert codes([stopped]) == ["ok"]
    assert acts.now(order).status is OrderStatus.CANCELLED


def test_placing_waits_for_a_suspension() -> None:
    acts.load(TWO_PARTNERS)
    cust, dist = actor("cust"), actor("dist")
    wanted = partial(place_order, request=acts.request("1 bp"), by=cust, at=NOW)
    _, placed = while_open(partial(suspended, "res", dist), wanted)
    assert codes([placed]) == ["organization_not_active"]


def test_a_suspension_waits_for_the_last_yes() -> None:
    """R72: what has begun meanwhile is let finish."""
    [order] = waiting(rounds=1)
    done(acts.approve(order, actor("res")))
    dist = actor("dist")
    while_open(partial(acts.approve, order, dist), partial(suspended, "cust", actor("res")))
    assert acts.now(order).status is OrderStatus.SUBMITTED
    acts.vendors_say(Delivered("V-1"))
    assert acts.now(order).status is OrderStatus.EXECUTED


# The same request ---------------------------------------------------------------------------


def test_one_idempotency_key_twenty_times_at_once() -> None:
    """R14: one order; the others read the same answer, or that it is still being made."""
    acts.load(DIRECT)
    body = {"lines": [{"product": "bp", "quantity": 1}]}

    def post() -> tuple[int, bytes]:
        answer = Caller("cust").call("POST", "/orders", body, Idempotency_Key="once")
        return answer.status_code, answer.content

    answers = together(*[post] * 20)
    assert models.Order.objects.count() == 1
    assert {status for status, _ in answers} <= {201, 409}
    assert all(b"idempotency_in_progress" in content for status, content in answers if status == 409)
    first = {content for status, content in answers if status == 201}
    assert len(first) == 1
    assert post() == (201, first.pop())
