"""Card gateways (R48, R53, contract §2): what they say, and that no money is ever taken twice."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from placet.domain.charging import GatewayWord
from placet.domain.errands import CardCharge, RefundWord
from placet.gateways.cards.gateways import Gateways
from placet.gateways.cards.sandbox import NOT_REFUNDABLE, REFUSALS, UNKNOWN_CARD, Sandbox
from tests.gateways.crowd import CROWD, at_once

REFERENCE = "SBX-CH-000001"
AUTHORISED = GatewayWord("authorised", REFERENCE)
CAPTURED = GatewayWord("captured", REFERENCE)
VOIDED = GatewayWord("voided", REFERENCE)
UNKNOWN = GatewayWord("unknown")
ABSENT = GatewayWord("absent")
REFUSED = RefundWord("declined", reason=NOT_REFUNDABLE)


def declined(reason: str) -> GatewayWord:
    return GatewayWord("declined", REFERENCE, reason)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path)
    yield sandbox
    sandbox.close()


def charge(token: str = "tok_ok", amount: int = 12_000, key: UUID | None = None) -> CardCharge:  # noqa: S107
    return CardCharge(key=key or uuid4(), token=token, amount=amount, currency="EUR")


@pytest.mark.parametrize(
    ("token", "words", "found"),
    [
        ("tok_ok", [AUTHORISED, AUTHORISED], AUTHORISED),
        ("tok_timeout", [UNKNOWN, AUTHORISED, AUTHORISED], AUTHORISED),
        ("tok_declined", [declined(REFUSALS["tok_declined"])] * 2, declined(REFUSALS["tok_declined"])),
        ("tok_error", [declined(REFUSALS["tok_error"])] * 2, declined(REFUSALS["tok_error"])),
        ("tok_stolen", [declined(UNKNOWN_CARD)] * 2, declined(UNKNOWN_CARD)),
        ("", [declined(UNKNOWN_CARD)], declined(UNKNOWN_CARD)),
    ],
)
def test_sandbox_authorises_by_the_card(
    gateway: Sandbox, token: str, words: list[GatewayWord], found: GatewayWord
) -> None:
    asked = charge(token)
    assert [gateway.authorise(asked) for _ in words] == words
    assert gateway.look_up(asked.key) == found
    assert gateway.charges()[asked.key].captured == 0


def test_what_was_not_answered_is_found_by_its_key(gateway: Sandbox) -> None:
    asked = charge("tok_timeout")
    assert gateway.authorise(asked) == UNKNOWN
    assert gateway.look_up(asked.key) == AUTHORISED
    assert gateway.capture(asked.key) == CAPTURED


@pytest.mark.parametrize(
    ("token", "acts", "words", "taken"),
    [
        ("tok_ok", "capture", [CAPTURED], 12_000),
        ("tok_ok", "capture capture", [CAPTURED, CAPTURED], 12_000),
        ("tok_ok", "void", [VOIDED], 0),
        ("tok_ok", "void void capture", [VOIDED, VOIDED, VOIDED], 0),
        ("tok_ok", "capture void", [CAPTURED, CAPTURED], 12_000),
        ("tok_declined", "capture", [declined(REFUSALS["tok_declined"])], 0),
        ("tok_error", "void", [declined(REFUSALS["tok_error"])], 0),
    ],
)
def test_money_is_taken_once_and_only_where_it_was_held(
    gateway: Sandbox, token: str, acts: str, words: list[GatewayWord], taken: int
) -> None:
    asked = charge(token)
    gateway.authorise(asked)
    assert [getattr(gateway, act)(asked.key) for act in acts.split()] == words
    assert gateway.charges()[asked.key].captured == taken
    assert gateway.look_up(asked.key) == words[-1]


def test_a_decided_charge_is_not_authorised_anew(gateway: Sandbox) -> None:
    asked = charge()
    gateway.authorise(asked)
    gateway.void(asked.key)
    assert gateway.authorise(asked) == VOIDED


@pytest.mark.parametrize("act", [Sandbox.look_up, Sandbox.capture, Sandbox.void])
def test_nobody_knows_a_key_that_was_never_asked(
    gateway: Sandbox, act: Callable[[Sandbox, UUID], GatewayWord]
) -> None:
    assert act(gateway, uuid4()) == ABSENT


def test_a_key_is_for_one_charge_alone(gateway: Sandbox) -> None:
    first = charge(amount=100)
    gateway.authorise(first)
    with pytest.raises(ValueError, match="another charge"):
        gateway.authorise(charge(amount=200, key=first.key))


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
def test_no_more_goes_back_than_was_taken(gateway: Sandbox, amounts: list[int], words: list[str]) -> None:
    paid = charge()
    gateway.authorise(paid)
    gateway.capture(paid.key)
    assert [gateway.refund(uuid4(), paid.key, amount).state for amount in amounts] == words
    given = sum(amount for amount, word in zip(amounts, words, strict=True) if word == "done")
    assert gateway.charges()[paid.key].refunded == given


def test_only_captured_money_goes_back(gateway: Sandbox) -> None:
    held = charge()
    gateway.authorise(held)
    assert gateway.refund(uuid4(), held.key, 1) == REFUSED
    assert gateway.refund(uuid4(), uuid4(), 1) == REFUSED


def test_eight_at_once_take_and_give_back_once(gateway: Sandbox) -> None:
    paid, refund = charge("tok_timeout"), uuid4()
    assert Counter(at_once(lambda: gateway.authorise(paid))) == {UNKNOWN: 1, AUTHORISED: CROWD - 1}
    assert at_once(lambda: gateway.capture(paid.key)) == [CAPTURED] * CROWD
    done = RefundWord("done", "SBX-RE-000001")
    assert at_once(lambda: gateway.refund(refund, paid.key, 4_000)) == [done] * CROWD
    taken = gateway.charges()[paid.key]
    assert (taken.asked, taken.captures, taken.captured, taken.refunded) == (CROWD, 1, 12_000, 4_000)


def test_eight_refunds_at_once_give_back_what_was_taken(gateway: Sandbox) -> None:
    paid = charge(amount=3_000)
    gateway.authorise(paid)
    gateway.capture(paid.key)
    words = at_once(lambda: gateway.refund(uuid4(), paid.key, 1_000).state)
    assert Counter(words) == {"done": 3, "declined": CROWD - 3}


def test_what_was_done_is_remembered_by_the_next_process(tmp_path: Path) -> None:
    asked, before = charge("tok_timeout"), Sandbox(tmp_path)
    assert before.authorise(asked) == UNKNOWN
    after = Sandbox(tmp_path)
    assert after.look_up(asked.key) == AUTHORISED
    assert after.capture(asked.key) == before.capture(asked.key) == CAPTURED
    before.close()
    after.close()


def test_gateways_are_found_by_name(tmp_path: Path) -> None:
    gateways = Gateways(tmp_path)
    assert isinstance(gateways.gateway("sandbox"), Sandbox)
    with pytest.raises(LookupError, match="'piggy-bank'"):
        gateways.gateway("piggy-bank")
    gateways.close()
