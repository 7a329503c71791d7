# ruff: noqa: E501 - a table is as wide as its cases
"""Who may do what, when: the whole table of spec §8, and the roles beside it."""

import pytest

from placet.domain.executing import execute
from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.domain.verbs import ROLES_FOR, Verb, actions, places_for, refusal_of
from placet.domain.words import OrderStatus, Role
from tests.domain.builders import act, actor, code, payers, played
from tests.domain.stages import NAMES, STAGES
from tests.domain.tables import cases

# res is asked for its customer, dist for sub's credit risk; sub has no step.
TABLE = """
stage                     ->  cust           res                     sub                    dist
pending                       cancel         approve reject cancel   -                      approve reject
pending, placed by sub        cancel         approve reject cancel   cancel                 approve reject
pending, placed by dist       cancel         approve reject cancel   -                      cancel
pending, res said yes         cancel         cancel                  -                      approve reject
pending, buyer first          cancel         approve reject cancel   -                      -
charging                      -              -                       -                      -
declined                      cancel         approve reject cancel   -                      -
without a token               cancel         approve reject cancel   -                      -
short for cust                retry cancel   retry cancel release    -                      -
short for res                 cancel         retry cancel            retry cancel release   -
short for sub                 cancel         retry cancel            retry cancel           retry cancel release
short for cust, sub           retry cancel   retry cancel release    retry cancel           retry cancel release
manual                        -              -                       -                      cancel execute
manual, one begun             -              -                       -                      cancel execute
manual, all begun             -              -                       -                      -
manual, charging              -              -                       -                      -
provisioning                  -              -                       -                      -
failed                        -              -                       -                      cancel
executed                      -              -                       -                      -
executed by card              -              -                       -                      -
rejected by res               -              -                       -                      -
rejected by dist              -              -                       -                      -
cancelled                     -              -                       -                      -
expired                       -              -                       -                      -
"""

REFUSALS = """
stage                 verb     ->  cust                 res                  sub                  dist
pending               approve      forbidden            -                    forbidden            -
pending               retry        wrong_status         wrong_status         wrong_status         wrong_status
pending               cancel       -                    -                    forbidden            forbidden
pending               release      forbidden            wrong_status         wrong_status         wrong_status
pending               execute      forbidden            forbidden            forbidden            wrong_status
charging              cancel       payment_in_progress  payment_in_progress  payment_in_progress  payment_in_progress
charging              retry        payment_in_progress  payment_in_progress  payment_in_progress  payment_in_progress
charging              execute      forbidden            forbidden            forbidden            payment_in_progress
short for res         retry        forbidden            -                    -                    forbidden
short for res         cancel       -                    -                    -                    forbidden
short for res         release      forbidden            forbidden            -                    forbidden
short for res         execute      forbidden            forbidden            forbidden            wrong_status
manual                retry        wrong_status         wrong_status         wrong_status         wrong_status
manual                cancel       forbidden            forbidden            forbidden            -
manual                release      forbidden            wrong_status         wrong_status         wrong_status
manual, charging      execute      forbidden            forbidden            forbidden            payment_in_progress
manual, charging      cancel       payment_in_progress  payment_in_progress  payment_in_progress  payment_in_progress
provisioning          cancel       wrong_status         wrong_status         wrong_status         wrong_status
provisioning          execute      forbidden            forbidden            forbidden            wrong_status
executed              cancel       order_closed         order_closed         order_closed         order_closed
executed              execute      forbidden            forbidden            forbidden            order_closed
rejected by res       retry        order_closed         order_closed         order_closed         order_closed
cancelled             release      forbidden            order_closed         order_closed         order_closed
expired               cancel       order_closed         order_closed         order_closed         order_closed
"""

ROLES = """
role      ->  pending                  short                  submitted
admin         approve reject cancel    retry cancel release   cancel execute
approver      approve reject cancel    retry cancel release   cancel execute
buyer         cancel                   retry cancel           cancel execute
finance       -                        release                -
viewer        -                        -                      -
"""

SENTENCES = {
    Verb.APPROVE: "approves",
    Verb.REJECT: "rejects",
    Verb.RETRY: "retries",
    Verb.CANCEL: "cancels",
    Verb.RELEASE: "releases",
}


def test_the_table_has_every_stage_and_status() -> None:
    assert [row.split("  ")[0] for row in TABLE.strip().splitlines()[1:]] == list(STAGES)
    reached = {stage().status for stage in STAGES.values()}
    assert reached == set(OrderStatus) - {OrderStatus.DRAFT}


@cases(TABLE)
def test_what_each_party_may_do(stage: str, cust: str, res: str, sub: str, dist: str) -> None:
    """Spec §8: `actions` is exactly this table."""
    order = STAGES[stage]()
    offered = {name: " ".join(actions(order, actor(name))) for name in NAMES}
    assert offered == dict(zip(NAMES, (cust, res, sub, dist), strict=True))
    assert actions(order, actor("far")) == ()


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("stage", STAGES)
def test_the_verbs_do_what_the_table_says_and_nothing_else(stage: str, verb: Verb) -> None:
    """Spec §8: whoever is offered a verb can use it, everybody else is refused, or repeats itself."""
    order = STAGES[stage]()
    for name in (*NAMES, "far"):
        outcome = _used(order, verb, name)
        if verb in actions(order, actor(name)):
            assert isinstance(outcome, Order)
            assert outcome.version > order.version
        else:
            assert isinstance(outcome, Refusal) or outcome is order


def _used(order: Order, verb: Verb, name: str) -> Order | Refusal:
    if verb is not Verb.EXECUTE:
        return played(order, f"{name} {SENTENCES[verb]}", "cash < card=2030-12" if _by_card(order) else "")
    if refusal := refusal_of(order, verb, actor(name)):
        return refusal
    after, refusal = execute(order, (), act(name), payers(order))
    outcome = refusal or after
    assert outcome is not None
    return outcome


def _by_card(order: Order) -> bool:
    return any(link.payment_method == "credit_card" for link in order.links)


@cases(REFUSALS)
def test_why_not(  # noqa: PLR0913, PLR0917 - the table's columns
    stage: str, verb: str, cust: str, res: str, sub: str, dist: str
) -> None:
    """R32, spec §8: forbidden is who never may, or while another may; else the status says no."""
    order = STAGES[stage]()
    wanted = dict(zip(NAMES, (cust, res, sub, dist), strict=True))
    refused = {name: refusal_of(order, Verb(verb), actor(name)) for name in NAMES}
    assert {name: code(refusal) if refusal else "" for name, refusal in refused.items()} == wanted


@pytest.mark.parametrize("stage", STAGES)
def test_a_refusal_is_the_other_side_of_an_offer(stage: str) -> None:
    order = STAGES[stage]()
    for verb in Verb:
        for place, name in enumerate(NAMES):
            assert (refusal_of(order, verb, actor(name)) is None) == (place in places_for(order, verb))


@cases(ROLES)
def test_what_a_role_allows(role: str, pending: str, short: str, submitted: str) -> None:
    """Contract §3: `admin` everything, `approver` decides, `buyer` orders, `finance` limits."""
    stages = {
        "pending": ("pending", "res"),
        "short": ("short for cust", "res"),
        "submitted": ("manual", "dist"),
    }
    wanted = {"pending": pending, "short": short, "submitted": submitted}
    for name, (stage, who) in stages.items():
        assert " ".join(actions(STAGES[stage](), actor(who, Role(role)))) == wanted[name]


def test_every_verb_has_its_roles() -> None:
    assert set(ROLES_FOR) == set(Verb)
