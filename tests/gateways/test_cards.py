"""Card gateways (R48, R53, contract §2): what every one of them does, whoever stands behind it. What is
Stripe's own stands in `test_stripe.py`."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import pytest

from placet.domain.charging import GatewayWord
from placet.domain.errands import AccountWord, CardCharge, CardRefund, Merchant, RefundWord, SetupAsk
from placet.gateways.cards.gateways import NO_KEY, Gateways
from placet.gateways.cards.port import PaymentGateway
from placet.gateways.cards.sandbox import NOT_REFUNDABLE, REFUSALS, UNKNOWN_CARD, Sandbox
from placet.gateways.cards.stripe import Stripe
from tests import doubles
from tests.gateways.crowd import CROWD, at_once

SOON: Final = 0.7
"""Seconds that these tests give Stripe to answer."""


@dataclass(frozen=True)
class Record:
    """What the gateway itself has of one of our charges: minor units held, taken and given back."""

    held: int
    taken: int
    given_back: int


class AtSandbox:
    """The simulated gateway."""

    def __init__(self, folder: Path) -> None:
        self.gateway = Sandbox(folder)

    def card(self, kind: str) -> str:
        """A stored card: `ok`, `declined`, or one whose first answer is lost."""
        return {"ok": "tok_ok", "declined": "tok_declined", "silent": "tok_timeout"}[kind]

    def finish(self, reference: str) -> None:
        """What the card's owner does with a setup: nothing, here."""

    def record(self, key: UUID) -> Record:
        """What became of a charge."""
        found = self.gateway.charges().get(key)
        if found is None:
            return Record(0, 0, 0)
        return Record(found.amount if found.state == "authorised" else 0, found.captured, found.refunded)


class AtStripe:
    """Stripe, played by a double in a process of its own."""

    def __init__(self, double: doubles.Stripe) -> None:
        self._double = double
        self.gateway = Stripe(doubles.KEY, double.address, patience=SOON)

    def card(self, kind: str) -> str:
        """The same, by Stripe's own test numbers."""
        if kind == "silent":
            self._double.goes_wrong("POST /v1/payment_intents$", "lost")
        return self._double.card(doubles.DECLINED if kind == "declined" else doubles.GOOD)

    def finish(self, reference: str) -> None:
        """What the card's owner does with a setup."""
        self._double.confirm(reference)

    def record(self, key: UUID) -> Record:
        """What became of a charge, over all payment intents that were ever made for it."""
        found = self._double.of(key)
        charges = [each["latest_charge"] for each in found if each["latest_charge"]]
        held = sum(each["amount"] for each in found if each["status"] == "requires_capture")
        taken = sum(each["amount"] for each in charges if each["captured"] and each["paid"])
        return Record(held, taken, sum(each["amount_refunded"] for each in charges))


Bench = AtSandbox | AtStripe


@pytest.fixture(params=["sandbox", "stripe"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    made: Bench
    made = AtSandbox(tmp_path) if request.param == "sandbox" else AtStripe(request.getfixturevalue("double"))
    yield made
    made.gateway.close()


def charge(token: str = "tok_ok", amount: int = 12_000, key: UUID | None = None) -> CardCharge:  # noqa: S107
    return CardCharge(
        key=key or uuid4(), token=token, amount=amount, currency="EUR", asked_at=datetime.now(UTC)
    )


def refund(of: CardCharge, amount: int, key: UUID | None = None) -> CardRefund:
    return CardRefund(key=key or uuid4(), charge=of, amount=amount)


WORDS: Final = """
card      acts                              states                                     record
ok        look_up                           absent                                     0 0 0
ok        capture                           absent                                     0 0 0
ok        void                              absent                                     0 0 0
ok        authorise                         authorised                                 12000 0 0
ok        authorise authorise               authorised authorised                      12000 0 0
ok        authorise look_up                 authorised authorised                      12000 0 0
ok        authorise capture                 authorised captured                        0 12000 0
ok        authorise capture capture         authorised captured captured               0 12000 0
ok        authorise void                    authorised voided                          0 0 0
ok        authorise void void capture       authorised voided voided voided            0 0 0
ok        authorise capture void look_up    authorised captured captured captured      0 12000 0
silent    authorise look_up capture         unknown authorised captured                0 12000 0
silent    authorise authorise authorise     unknown authorised authorised              12000 0 0
silent    authorise look_up void            unknown authorised voided                  0 0 0
declined  authorise authorise look_up       declined declined declined                 0 0 0
declined  authorise capture void            declined declined declined                 0 0 0
"""


@pytest.mark.parametrize("case", WORDS.strip().splitlines()[1:])
def test_what_it_says_and_what_it_takes(bench: Bench, case: str) -> None:
    """R48: never more than once, and only what was held."""
    card, acts, states, record = (part.strip() for part in case.split("  ") if part.strip())
    asked = charge(bench.card(card))
    assert [getattr(bench.gateway, act)(asked).state for act in acts.split()] == states.split()
    assert bench.record(asked.key) == Record(*map(int, record.split()))


@pytest.mark.parametrize("named", [False, True])
def test_a_charge_is_found_by_our_key_and_by_its_name(bench: Bench, named: bool) -> None:  # noqa: FBT001
    asked = charge(bench.card("ok"))
    word = bench.gateway.authorise(asked)
    assert word.reference
    known = replace(asked, reference=word.reference) if named else asked
    assert bench.gateway.look_up(known) == word
    assert bench.gateway.capture(known) == GatewayWord("captured", word.reference)


def test_a_no_says_why(bench: Bench) -> None:
    word = bench.gateway.authorise(charge(bench.card("declined")))
    assert (word.state, "declined" in word.reason) == ("declined", True)


def test_what_is_no_card_of_theirs_is_declined(bench: Bench) -> None:
    asked = [charge(token) for token in ("", "tok_stolen", "cus_nobody/pm_nothing")]
    words = [bench.gateway.authorise(each) for each in asked]
    assert {(word.state, bool(word.reason)) for word in words} == {("declined", True)}
    assert {bench.record(each.key) for each in asked} == {Record(0, 0, 0)}


def test_a_key_is_for_one_charge_alone(bench: Bench) -> None:
    first = charge(bench.card("ok"), amount=100)
    bench.gateway.authorise(first)
    with pytest.raises(ValueError, match="another charge"):
        bench.gateway.authorise(replace(first, amount=200))
    assert bench.record(first.key).held == 100


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ([12_000], ["done"]),
        ([12_001], ["declined"]),
        ([5_000, 7_000], ["done", "done"]),
        ([5_000, 7_001, 7_000], ["done", "declined", "done"]),
        ([12_000, 1], ["done", "declined"]),
    ],
)
def test_no_more_goes_back_than_was_taken(bench: Bench, amounts: list[int], words: list[str]) -> None:
    """R53."""
    paid = captured(bench)
    said = [bench.gateway.refund(refund(paid, amount)) for amount in amounts]
    assert [word.state for word in said] == words
    assert all(word.reason for word in said if word.state == "declined")
    given = sum(amount for amount, word in zip(amounts, words, strict=True) if word == "done")
    assert bench.record(paid.key).given_back == given


def test_a_refund_is_given_once_for_its_key(bench: Bench) -> None:
    """R53: also when somebody has it tried again, as another attempt."""
    paid = captured(bench)
    asked = refund(paid, 4_000)
    first = bench.gateway.refund(asked)
    assert first.state == "done"
    assert [bench.gateway.refund(each) for each in (asked, replace(asked, attempt=2))] == [first, first]
    assert bench.record(paid.key).given_back == 4_000


def test_only_captured_money_goes_back(bench: Bench) -> None:
    held = charge(bench.card("ok"))
    bench.gateway.authorise(held)
    assert bench.gateway.refund(refund(held, 1)).state == "declined"
    assert bench.gateway.refund(refund(charge(bench.card("ok")), 1)).state == "declined"


def test_eight_at_once_take_and_give_back_once(bench: Bench) -> None:
    """Whoever asks while the first one is being answered may hear nothing yet, and looks up then."""
    paid = charge(bench.card("ok"))
    held = {word.state for word in at_once(lambda: bench.gateway.authorise(paid))}
    assert "authorised" in held <= {"authorised", "unknown"}
    assert bench.record(paid.key) == Record(12_000, 0, 0)
    at_once(lambda: bench.gateway.capture(paid))
    assert bench.gateway.look_up(paid).state == "captured"
    back = refund(paid, 4_000)
    words = {word.state for word in at_once(lambda: bench.gateway.refund(back))}
    assert "done" in words <= {"done", "unknown"}
    assert bench.record(paid.key) == Record(0, 12_000, 4_000)


def test_eight_refunds_at_once_give_back_what_was_taken(bench: Bench) -> None:
    paid = captured(bench, 3_000)
    words = at_once(lambda: bench.gateway.refund(refund(paid, 1_000)).state)
    assert Counter(words) == {"done": 3, "declined": CROWD - 3}
    assert bench.record(paid.key).given_back == 3_000


def captured(bench: Bench, amount: int = 12_000) -> CardCharge:
    paid = charge(bench.card("ok"), amount)
    bench.gateway.authorise(paid)
    assert bench.gateway.capture(paid).state == "captured"
    return paid


def test_a_card_that_was_stored_can_be_charged(bench: Bench) -> None:
    """R47: the token and its month are the gateway's own word; the same request begins one setup."""
    ask = SetupAsk(key=str(uuid4()), contract=uuid4(), buyer="Reseller B")
    begun = bench.gateway.begin_setup(ask)
    assert (begun.state, bench.gateway.begin_setup(ask).reference) == ("begun", begun.reference)
    bench.finish(begun.reference)
    stored = bench.gateway.look_up_setup(begun.reference)
    assert (stored.state, stored.expires) == ("stored", "2099-12")
    assert bench.gateway.authorise(charge(stored.token)).state == "authorised"


def test_whose_account_it_is(bench: Bench) -> None:
    assert bench.gateway.account().state == "known"


# The sandbox's own --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "reason"), [*REFUSALS.items(), ("tok_stolen", UNKNOWN_CARD), ("", UNKNOWN_CARD)]
)
def test_sandbox_declines_by_the_card(tmp_path: Path, token: str, reason: str) -> None:
    word = GatewayWord("declined", "SBX-CH-000001", reason)
    sandbox = Sandbox(tmp_path)
    asked = charge(token)
    assert [sandbox.authorise(asked), sandbox.look_up(asked)] == [word, word]
    sandbox.close()


def test_sandbox_keeps_what_one_card_paid(tmp_path: Path) -> None:
    """R53: a bank that takes no refunds."""
    sandbox, paid = Sandbox(tmp_path), charge("tok_no_refund")
    sandbox.authorise(paid)
    sandbox.capture(paid)
    word = sandbox.refund(refund(paid, 1))
    assert word.state == "declined"
    assert word.reason not in {"", NOT_REFUNDABLE}
    sandbox.close()


def test_what_was_done_is_remembered_by_the_next_process(tmp_path: Path) -> None:
    asked, before = charge("tok_timeout"), Sandbox(tmp_path)
    assert before.authorise(asked).state == "unknown"
    after = Sandbox(tmp_path)
    assert after.look_up(asked).state == "authorised"
    assert after.capture(asked) == before.capture(asked)
    before.close()
    after.close()


# Which gateway ------------------------------------------------------------------------------


def test_gateways_are_found_by_the_sellers_account(tmp_path: Path) -> None:
    """One for each key; whose key stands in the environment is found there."""
    environment = {"PLACET_CARD_KEY_A": "sk_test_a"}
    gateways = Gateways(tmp_path, "http://127.0.0.1:9", environment)
    assert isinstance(gateways.gateway(Merchant("sandbox")), Sandbox)
    one, other = (gateways.gateway(Merchant("stripe", secret=f"sk_test_{key}")) for key in "ab")
    assert isinstance(one, Stripe)
    assert one is not other
    assert gateways.gateway(Merchant("stripe", variable="PLACET_CARD_KEY_A")) is one
    with pytest.raises(LookupError, match="'piggy-bank'"):
        gateways.gateway(Merchant("piggy-bank"))
    gateways.close()


def test_without_a_key_nothing_is_begun_and_nothing_forgotten(tmp_path: Path) -> None:
    """R48: a new charge is declined, one that was asked for before stays open until there is a key."""
    gateways = Gateways(tmp_path, "http://127.0.0.1:9", {})
    gateway: PaymentGateway = gateways.gateway(Merchant("stripe", variable="PLACET_CARD_KEY_GONE"))
    acts: list[Callable[[CardCharge], GatewayWord]] = [gateway.look_up, gateway.capture, gateway.void]
    assert gateway.authorise(charge()) == GatewayWord("declined", reason=NO_KEY)
    assert {act(charge()).state for act in acts} == {"unknown"}
    assert gateway.refund(refund(charge(), 1)) == RefundWord("declined", reason=NO_KEY)
    ask = SetupAsk(key="k", contract=uuid4(), buyer="B")
    assert (gateway.begin_setup(ask).state, gateway.look_up_setup("seti_1").state) == ("declined", "unknown")
    assert gateway.account() == AccountWord("declined", reason=NO_KEY)
    gateways.close()
