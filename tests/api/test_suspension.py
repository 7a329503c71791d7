"""Suspending and blocking (R72): what waits is cancelled, the rest finishes, nothing slips past."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils.timezone import now
from pydantic_core import from_json

from placet.actions.charge import begin_charge, finish_charge
from placet.domain.charging import GatewayWord
from placet.storage.facts import as_uuid
from tests.api.callers import Caller, Json
from tests.api.chains import Chain, chain
from tests.stories.worlds import card

pytestmark = pytest.mark.usefixtures("committed")

STOPPED = """
who   by    status     waits as
cust  res   suspended  pending_approval
res   dist  suspended  pending_approval
res   dist  blocked    pending_approval
res   dist  suspended  unexecuted
cust  res   blocked    unexecuted
res   dist  suspended  submitted
"""


def waiting(made: Chain, status: str) -> Json:
    """An order that waits so."""
    match status:
        case "pending_approval":
            made.res.patch(f"/organizations/{made.ref('cust')}", {"order_approval": True})
            order = made.ordered()
        case "unexecuted":
            order = made.ordered(quantity=11)
        case _:
            order = made.ordered("onsite")
    assert order["status"] == status
    return order


def stop(made: Chain, who: str, by: str, status: str = "suspended") -> Json:
    return Caller(made.ref(by)).patch(f"/organizations/{made.ref(who)}", {"status": status})


@pytest.mark.parametrize("case", STOPPED.strip().splitlines()[1:])
def test_what_waits_is_cancelled(case: str) -> None:
    """And its reservations are given back, its steps closed; why is told without naming anybody (R2)."""
    made, (who, by, status, waits_as) = chain(), case.split()
    order = waiting(made, waits_as)
    assert stop(made, who, by, status)["status"] == status
    ended = made.dist.get(f"/orders/{order['id']}")
    assert (ended["status"], ended["actions"]) == ("cancelled", [])
    assert {step["status"] for step in ended["approvals"]} <= {"moot"}
    assert {account["reserved"]["amount"] for account in made.dist.items("/credit-accounts")} == {"0.00"}
    last = made.dist.get(f"/orders/{order['id']}/history")["items"][-1]
    assert (last["type"], last["reason"]) == (
        "order.cancelled",
        "An organization of the chain was suspended.",
    )


def test_new_orders_are_refused_until_it_is_active_again() -> None:
    made = chain()
    line = {"lines": [{"product": made.ref("bp"), "quantity": 1}]}
    stop(made, "res", "dist")
    made.cust.refused("POST", "/orders", "organization_not_active", line)
    assert made.organization("dist", "cust")["status"] == "active"  # only its seller is
    stop(made, "res", "dist", "active")
    assert made.ordered()["status"] == "submitted"


def test_a_blocked_one_cannot_call() -> None:
    """Spec §1: nobody signs in; a suspended one still does."""
    made = chain()
    stop(made, "cust", "res", "suspended")
    assert made.cust.get("/me")
    stop(made, "cust", "res", "blocked")
    made.cust.refused("GET", "/me", "unauthenticated")


def test_what_has_begun_finishes() -> None:
    made = chain()
    begun = made.ordered()  # automatic: it is with its vendor
    stop(made, "res", "dist")
    assert made.dist.get(f"/orders/{begun['id']}")["status"] == "submitted"
    assert made.dist.items("/credit-accounts")[0]["reserved"]["amount"] == "10.00"


def test_orders_of_other_chains_stay() -> None:
    made, other = chain(), chain()
    mine, others = waiting(made, "unexecuted"), waiting(other, "unexecuted")
    stop(made, "cust", "res")
    assert made.cust.get(f"/orders/{mine['id']}")["status"] == "cancelled"
    assert other.cust.get(f"/orders/{others['id']}")["status"] == "unexecuted"


CHARGED = {"declined": "cancelled", "captured": "submitted"}


@pytest.mark.parametrize("word", CHARGED)
def test_a_card_being_charged_has_the_first_word(word: str) -> None:
    """R48: the suspension waits for the outcome; no money is taken for a cancelled order."""
    made = chain(card("tok_ok"))
    order = made.ordered()
    made.res.post(f"/orders/{order['id']}/approve")
    stop(made, "res", "dist")
    path = f"/orders/{order['id']}"
    assert made.dist.get(path)["status"] == "pending_approval"
    _gateway_says(order, word)
    assert made.dist.get(path)["status"] == CHARGED[word]


def _gateway_says(order: Json, word: str) -> None:
    id_ = as_uuid(order["id"])
    assert id_ is not None
    errand = begin_charge(order_id=id_, at=now())
    assert errand is not None
    said = GatewayWord("declined", reason="No.") if word == "declined" else GatewayWord("captured", "ref-1")
    finish_charge(errand=errand, word=said, at=now())


ROUNDS = 4
PLACERS = 3
PLACED = 4


def test_no_order_slips_past_a_suspension() -> None:
    """R72, with real connections: placing beside suspending leaves nothing waiting in a stopped chain,
    whoever was first; what was refused was refused by name."""
    made = chain({"credit_limit": "0.00"})  # every order that is placed waits, `unexecuted`
    for _ in range(ROUNDS):
        stop(made, "res", "dist", "active")
        made.ordered()  # this one at least is there to be cancelled
        answers = _answers_at_once(made)
        assert len(answers) == PLACERS * PLACED + 1
        assert set(answers) <= {"unexecuted", "organization_not_active", "suspended"}
        for status in ("pending_approval", "unexecuted", "submitted"):
            assert made.dist.items(f"/orders?status={status}") == []
    assert len(made.dist.items("/orders?status=cancelled")) >= ROUNDS


def _answers_at_once(made: Chain) -> list[str]:
    answers: list[str] = []
    _at_once(
        *[lambda: answers.extend(_placed(made) for _ in range(PLACED))] * PLACERS,
        lambda: answers.append(stop(made, "res", "dist")["status"]),
    )
    return answers


def _placed(made: Chain) -> str:
    """The status of the order, or the code of the refusal."""
    body = {"lines": [{"product": made.ref("bp"), "quantity": 1}]}
    answer = from_json(made.cust.call("POST", "/orders", body).content)
    return str(answer.get("code") or answer["status"])


def _at_once(*works: Callable[[], object]) -> None:
    start = Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(10)
            work()
        finally:
            connection.close()

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
