"""Stripe's own (R47, R48, R53): what goes wrong on the way there, amounts, stored cards, and its key."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
import stripe

from placet.domain.charging import GatewayWord
from placet.domain.errands import AccountWord, CardCharge, CardRefund, SetupAsk, SetupWord
from placet.gateways.cards.stripe import (
    AMOUNT_REFUSED,
    KEY_REFUSED,
    NEEDS_OWNER,
    Stripe,
    amount_at_stripe,
)
from tests import doubles
from tests.doubles import Fault
from tests.stories.client import until

AT: Final = "POST /v1/payment_intents"


@pytest.fixture
def gateway(double: doubles.Stripe) -> Iterator[Stripe]:
    made = Stripe(doubles.KEY, double.address, patience=0.5)
    yield made
    made.close()


def charge(token: str, amount: int = 12_000, currency: str = "EUR") -> CardCharge:
    return CardCharge(key=uuid4(), token=token, amount=amount, currency=currency, asked_at=datetime.now(UTC))


FAULTS: Final = """
fault         first      looked up    asked again
lost          unknown    authorised   authorised
reset         unknown    absent       authorised
reset_after   unknown    authorised   authorised
failed        unknown    absent       authorised
failed_after  unknown    authorised   unknown
busy          unknown    absent       authorised
twice         authorised authorised   authorised
"""


@pytest.mark.parametrize("case", FAULTS.strip().splitlines()[1:])
def test_whatever_goes_wrong_the_card_is_charged_once(
    double: doubles.Stripe, gateway: Stripe, case: str
) -> None:
    """R48: no answer is `unknown`; the look-up finds what is there; the same key makes at most one."""
    fault, first, looked_up, again = case.split()
    asked = charge(double.card())
    double.goes_wrong(f"{AT}$", fault)  # type: ignore[arg-type]
    said = [act(asked).state for act in (gateway.authorise, gateway.look_up, gateway.authorise)]
    assert said == [first, looked_up, again]
    assert gateway.capture(asked).state == "captured"
    [intent] = double.of(asked.key)
    assert (intent["status"], intent["amount"]) == ("succeeded", 12_000)


@pytest.mark.parametrize("fault", ["lost", "reset", "reset_after", "failed", "failed_after", "busy"])
@pytest.mark.parametrize("act", ["capture", "cancel"])
def test_taking_and_letting_go_survive_a_bad_line(
    double: doubles.Stripe, gateway: Stripe, act: str, fault: Fault
) -> None:
    """R48: without an answer `unknown`, done once whether or not it was before."""
    asked = charge(double.card())
    gateway.authorise(asked)
    double.goes_wrong(f"{AT}/[^/]+/{act}$", fault)
    move, done = {"capture": (gateway.capture, "captured"), "cancel": (gateway.void, "voided")}[act]
    assert move(asked) == GatewayWord("unknown")
    assert gateway.look_up(asked).state in {done, "authorised"}
    assert move(asked).state == done


@pytest.mark.parametrize("fault", ["lost", "reset", "reset_after", "failed", "failed_after", "busy"])
def test_a_refund_is_given_once_on_a_bad_line(double: doubles.Stripe, gateway: Stripe, fault: Fault) -> None:
    """R53: it is looked for before it is asked for again."""
    asked = charge(double.card())
    gateway.authorise(asked)
    gateway.capture(asked)
    back = CardRefund(key=uuid4(), charge=asked, amount=5_000)
    double.goes_wrong("POST /v1/refunds$", fault)
    assert gateway.refund(back).state == "unknown"
    assert gateway.refund(back).state == "done"
    assert gateway.refund(replace(back, attempt=2)).state == "done"
    assert double.of(asked.key)[0]["latest_charge"]["amount_refunded"] == 5_000


@pytest.mark.parametrize("fault", ["lost", "reset", "failed", "busy"])
def test_a_look_up_without_an_answer_knows_nothing(
    double: doubles.Stripe, gateway: Stripe, fault: Fault
) -> None:
    """R48: never `absent`, which would have it asked again."""
    asked = charge(double.card())
    gateway.authorise(asked)
    double.goes_wrong("GET /v1/payment_intents", fault)
    assert gateway.look_up(asked) == GatewayWord("unknown")
    assert gateway.look_up(asked).state == "authorised"


def test_a_request_that_is_still_running_is_not_joined_by_another(
    double: doubles.Stripe, gateway: Stripe
) -> None:
    """R48: while Stripe is at the first, a look-up finds nothing, and the second is told to wait."""
    asked = charge(double.card())
    gate = double.hold(f"{AT}$", "in")
    assert gateway.authorise(asked).state == "unknown"
    assert gate.reached.is_set()
    assert [gateway.look_up(asked).state, gateway.authorise(asked).state] == ["absent", "unknown"]
    gate.through.set()
    until(lambda: double.of(asked.key), "the first is done")
    assert [gateway.look_up(asked).state, gateway.authorise(asked).state] == ["authorised"] * 2
    assert len(double.of(asked.key)) == 1


def test_who_is_no_customer_was_not_charged(double: doubles.Stripe, gateway: Stripe) -> None:
    """R48: a definite answer of the look-up; any other refusal of it leaves the charge open."""
    asked = charge("cus_nobody/pm_nothing")
    assert gateway.look_up(asked).state == "absent"
    double.goes_wrong("GET /v1/payment_intents", "refused")
    assert gateway.look_up(asked).state == "unknown"


def test_a_charge_is_looked_for_from_when_it_was_asked_for(double: doubles.Stripe, gateway: Stripe) -> None:
    """With the clocks a little apart; and among all, where it is not known when."""
    asked = charge(double.card())
    gateway.authorise(asked)
    moments = [None, datetime.now(UTC) + timedelta(minutes=9), datetime.now(UTC) + timedelta(minutes=11)]
    found = [gateway.look_up(replace(asked, asked_at=at)).state for at in moments]
    assert found == ["authorised", "authorised", "absent"]


def test_a_card_that_needs_its_owner_is_declined(double: doubles.Stripe, gateway: Stripe) -> None:
    asked = charge(double.card(doubles.NEEDS_OWNER))
    words = [act(asked) for act in (gateway.authorise, gateway.look_up, gateway.capture)]
    assert {(word.state, word.reason) for word in words} == {("declined", NEEDS_OWNER)}


def test_our_charge_can_be_found_at_stripe(double: doubles.Stripe, gateway: Stripe) -> None:
    """Our id is the idempotency key, and in the metadata."""
    asked = charge(double.card())
    gateway.authorise(asked)
    assert f"POST /v1/payment_intents {asked.key}" in double.asked
    [intent] = double.of(asked.key)
    assert intent["metadata"] == {"placet_charge": str(asked.key)}
    assert (intent["currency"], intent["capture_method"]) == ("eur", "manual")


STATES: Final = """
status                   word
processing               unknown
requires_confirmation    unknown
requires_capture         authorised
succeeded                captured
canceled                 voided
requires_payment_method  declined
requires_action          declined
something_new            unknown
"""


@pytest.mark.parametrize("case", STATES.strip().splitlines()[1:])
def test_what_the_state_of_a_payment_intent_means(double: doubles.Stripe, gateway: Stripe, case: str) -> None:
    """R48: what is not decided, or not known to us, is `unknown`."""
    status, word = case.split()
    asked = charge(double.card())
    double.pretends(f"{AT}$", status)
    double.pretends("GET /v1/payment_intents", status)
    assert [gateway.authorise(asked).state, gateway.look_up(asked).state] == [word, word]


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("succeeded", "done"),
        ("pending", "unknown"),
        ("requires_action", "unknown"),
        ("failed", "declined"),
        ("canceled", "declined"),
    ],
)
def test_what_the_state_of_a_refund_means(
    double: doubles.Stripe, gateway: Stripe, status: str, word: str
) -> None:
    """R53: given back is only what has arrived."""
    asked = charge(double.card())
    gateway.authorise(asked)
    gateway.capture(asked)
    double.pretends("POST /v1/refunds$", status)
    said = gateway.refund(CardRefund(key=uuid4(), charge=asked, amount=1))
    assert (said.state, bool(said.reason)) == (word, word != "done")


def test_a_refund_that_went_wrong_is_made_anew_when_it_is_tried_again(
    double: doubles.Stripe, gateway: Stripe
) -> None:
    """R53: Stripe keeps one that failed; the same attempt hears of it, another one is another refund."""
    asked = charge(double.card())
    gateway.authorise(asked)
    gateway.capture(asked)
    back = CardRefund(key=uuid4(), charge=asked, amount=5_000)
    double.pretends("POST /v1/refunds$", "failed")
    assert gateway.refund(back).state == "declined"
    double.pretends("GET /v1/refunds", "failed")
    assert gateway.refund(back).state == "declined"
    double.pretends("GET /v1/refunds", "failed")
    assert gateway.refund(replace(back, attempt=2)).state == "done"
    double.pretends("GET /v1/refunds", "pending")
    assert gateway.refund(replace(back, attempt=3)).state == "unknown"
    assert double.of(asked.key)[0]["latest_charge"]["amount_refunded"] == 10_000


# Amounts ------------------------------------------------------------------------------------

AMOUNTS: Final = """
currency  ours    stripe's
EUR       12345   12345
USD       1       1
HUF       12345   12345
TWD       12345   12345
JPY       500     500
KRW       500     500
ISK       5       500
MGA       500     5
MGA       550     -
KWD       5120    5120
KWD       5124    -
TND       10      10
UGX       5       -
IQD       1000    -
CLF       10000   -
"""


@pytest.mark.parametrize("case", AMOUNTS.strip().splitlines()[1:])
def test_amounts_as_stripe_counts_them(case: str) -> None:
    """Where Stripe counts otherwise than ISO 4217, or cannot say it at all."""
    currency, ours, theirs = case.split()
    assert amount_at_stripe(int(ours), currency) == (None if theirs == "-" else int(theirs))


def test_what_stripe_cannot_charge_is_never_asked_for(double: doubles.Stripe, gateway: Stripe) -> None:
    before = len(double.asked)
    word = gateway.authorise(charge("cus_1/pm_1", 5, "UGX"))
    assert word == GatewayWord("declined", reason=AMOUNT_REFUSED)
    assert len(double.asked) == before


def test_the_amount_goes_out_and_back_in_stripes_units(double: doubles.Stripe, gateway: Stripe) -> None:
    asked = charge(double.card(), 5, "ISK")
    gateway.authorise(asked)
    gateway.capture(asked)
    assert gateway.refund(CardRefund(key=uuid4(), charge=asked, amount=2)).state == "done"
    taken = double.of(asked.key)[0]["latest_charge"]
    assert (taken["amount"], taken["amount_refunded"], taken["currency"]) == (500, 200, "isk")


# Stored cards -------------------------------------------------------------------------------


def ask(customer: str = "") -> SetupAsk:
    return SetupAsk(key=str(uuid4()), contract=uuid4(), buyer="Reseller B", customer=customer)


def test_a_card_is_stored_and_charged(double: doubles.Stripe, gateway: Stripe) -> None:
    """R47: the token is made of what Stripe says, and how long it is good too."""
    begun = gateway.begin_setup(ask())
    assert begun.state == "begun"
    assert begun.client_secret.startswith(f"{begun.reference}_secret_")
    assert begun.client_secret not in repr(begun)
    assert gateway.look_up_setup(begun.reference) == SetupWord("waiting")
    double.confirm(begun.reference, expires=(2031, 2))
    stored = gateway.look_up_setup(begun.reference)
    assert (stored.state, stored.expires) == ("stored", "2031-02")
    assert gateway.authorise(charge(stored.token)).state == "authorised"


def test_the_same_setup_is_begun_once(gateway: Stripe) -> None:
    asked = ask()
    assert gateway.begin_setup(asked) == gateway.begin_setup(asked)
    assert gateway.begin_setup(ask()).reference != gateway.begin_setup(asked).reference


def test_a_buyer_stays_the_same_customer(double: doubles.Stripe, gateway: Stripe) -> None:
    customer = double.card().partition("/")[0]
    begun = gateway.begin_setup(ask(customer))
    double.confirm(begun.reference)
    assert gateway.look_up_setup(begun.reference).token.startswith(f"{customer}/pm_")


def test_a_bank_that_says_no_to_a_setup(double: doubles.Stripe, gateway: Stripe) -> None:
    begun = gateway.begin_setup(ask())
    double.confirm(begun.reference, doubles.NEVER_STORED)
    assert gateway.look_up_setup(begun.reference).state == "declined"


@pytest.mark.parametrize("fault", ["lost", "reset", "failed"])
def test_a_setup_without_an_answer(double: doubles.Stripe, gateway: Stripe, fault: Fault) -> None:
    double.goes_wrong("POST /v1/setup_intents$", fault)
    double.goes_wrong("GET /v1/setup_intents", fault)
    assert gateway.begin_setup(ask()).state == "unknown"
    assert gateway.look_up_setup("seti_1").state == "unknown"


# The key ------------------------------------------------------------------------------------


def test_a_wrong_key_is_a_definite_no_and_never_told(
    double: doubles.Stripe, caplog: pytest.LogCaptureFixture
) -> None:
    """R48: nothing is charged; what was charged before stays open. Stripe names the key in its answer."""
    caplog.set_level(logging.DEBUG)
    gateway, asked = Stripe(doubles.WRONG_KEY, double.address), charge(double.card())
    said: list[Any] = [gateway.authorise(asked), gateway.begin_setup(ask()), gateway.account()]
    assert {(word.state, word.reason) for word in said} == {("declined", KEY_REFUSED)}
    assert {gateway.look_up(asked).state, gateway.capture(asked).state} == {"unknown"}
    assert doubles.WRONG_KEY not in caplog.text + repr(said) + repr(gateway)
    gateway.close()


def test_whose_a_key_is(double: doubles.Stripe, gateway: Stripe) -> None:
    assert gateway.account() == AccountWord("known", "acct_double")
    double.goes_wrong("GET /v1/account", "lost")
    assert gateway.account() == AccountWord("unknown")


def test_nothing_is_told_about_us_and_nothing_tried_twice(double: doubles.Stripe, gateway: Stripe) -> None:
    """The SDK's telemetry and its retries are off."""
    assert not stripe.enable_telemetry
    double.goes_wrong(f"{AT}$", "failed")
    asked = charge(double.card())
    before = len(double.asked)
    gateway.authorise(asked)
    assert len(double.asked) == before + 1
    assert "telemetry" not in double.headers.lower()
