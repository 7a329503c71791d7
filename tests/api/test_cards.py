"""Cards (R47-R49, R53): where a seller takes them, how a buyer stores one, and refunds that fail."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils.timezone import now
from rich.console import Console

from placet.actions.charge import take_refunds
from placet.actions.provision import begin_sub_orders, finish_sub_order
from placet.domain.executing import Failed
from placet.entrypoints.api import cards
from placet.entrypoints.cli.reseal import reseal
from placet.entrypoints.cli.settle import settle_charge, settle_refund
from placet.entrypoints.jobs import charging
from placet.gateways.cards.gateways import Gateways
from placet.gateways.cards.sandbox import KEPT, Sandbox
from placet.storage import models
from tests import doubles
from tests.api.callers import Caller, Json, load, unique
from tests.api.chains import Chain, chain
from tests.gateways.crowd import at_once
from tests.schemas import validate
from tests.stories.worlds import card, customer, distributor, reseller, world

pytestmark = pytest.mark.usefixtures("committed")

STRIPE: Final = {"gateway": "stripe", "secret_key": doubles.KEY, "publishable_key": "pk_test_double"}
SANDBOX_CARD: Final = {"gateway": "sandbox", "reference": "tok_ok", "expires": "2099-12"}


@pytest.fixture(scope="module")
def stripes() -> Iterator[doubles.Stripe]:
    with doubles.stripe_double() as double:
        yield double


@pytest.fixture
def double(stripes: doubles.Stripe, settings: LazySettings, tmp_path: Path) -> Iterator[doubles.Stripe]:
    """The double of Stripe, which the API asks from now on."""
    settings.CONFIG = replace(settings.CONFIG, stripe_api_base=stripes.address, data_dir=tmp_path)
    cards.gateways.cache_clear()
    yield stripes
    stripes.quiet()
    cards.gateways().close()
    cards.gateways.cache_clear()


def put(program: Caller, choice: Json) -> Json:
    answer = program.call("PUT", "/card-gateway", choice)
    assert answer.status_code == 200, answer.content
    return program.get("/card-gateway")


# Where a seller takes cards -----------------------------------------------------------------


@pytest.mark.usefixtures("double")
def test_a_seller_chooses_and_its_key_is_never_read_again() -> None:
    made = chain()
    before = made.dist.get("/card-gateway")
    assert (before["gateway"], before["mode"], before["hint"]) == ("sandbox", None, None)
    chosen = put(made.dist, STRIPE)
    assert chosen["changed_at"]
    assert chosen | {"changed_at": ""} == {
        "gateway": "stripe",
        "mode": "test",
        "hint": doubles.KEY[-4:],
        "publishable_key": "pk_test_double",
        "account": "acct_double",
        "changed_by": f"{made.ref('dist')}'s admin",
        "changed_at": "",
    }
    kept = models.Merchant.objects.get(organization__ref=made.ref("dist"))
    assert kept.sealed
    assert doubles.KEY not in kept.sealed
    assert made.res.get("/card-gateway")["gateway"] == "sandbox"


@pytest.mark.usefixtures("double")
def test_it_is_an_admins_and_no_customers() -> None:
    made = chain()
    programs = [made.cust, *(Caller(made.ref("res"), role) for role in ("approver", "finance", "viewer"))]
    for program in programs:
        program.refused("GET", "/card-gateway", "forbidden")
        program.refused("PUT", "/card-gateway", "forbidden", {"gateway": 7})  # before 422


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({"gateway": "paypal"}, "gateway"),
        ({"gateway": "stripe"}, "secret_key"),
        ({"gateway": "stripe", "secret_key": "pk_test_double"}, "secret_key"),
        ({"gateway": "stripe", "secret_key": doubles.WRONG_KEY}, "secret_key"),
        (STRIPE | {"publishable_key": "pk_live_double"}, "publishable_key"),
        (STRIPE | {"publishable_key": doubles.KEY}, "publishable_key"),
        ({"gateway": "sandbox", "secret_key": doubles.KEY}, "secret_key"),
        ({"gateway": "none", "publishable_key": "pk_test_double"}, "secret_key"),
        (STRIPE | {"webhook": "x"}, "webhook"),
    ],
)
def test_a_choice_that_cannot_be_meant(choice: Json, field: str) -> None:
    made = chain()
    problem = made.dist.refused("PUT", "/card-gateway", "invalid", choice)
    assert list(problem["errors"]) == [field]
    assert "sk_test" not in str(problem).replace("sk_test_…", "")
    assert made.dist.get("/card-gateway")["gateway"] == "sandbox"


def test_a_key_is_tried_before_it_is_kept(double: doubles.Stripe) -> None:
    made = chain()
    double.goes_wrong("GET /v1/account", "reset")
    made.dist.refused("PUT", "/card-gateway", "gateway_not_answering", STRIPE)
    assert made.dist.get("/card-gateway")["gateway"] == "sandbox"
    assert put(made.dist, STRIPE)["gateway"] == "stripe"


def test_a_card_counts_at_the_account_that_it_was_stored_at(double: doubles.Stripe) -> None:
    """R49: another key of one account changes nothing; another account, or gateway, does, until the
    seller is back."""
    made = chain()
    put(made.dist, STRIPE)
    path = f"{made.contract('res')}/tokens"
    stored = store(made, double)

    def usable() -> bool:
        (token,) = made.res.items(path)
        assert token["id"] == stored["id"]
        return bool(token["usable"])

    assert usable()
    for choice, counts in (
        (STRIPE | {"secret_key": "sk_test_rotated_double"}, True),
        (STRIPE | {"secret_key": doubles.OTHER_KEY}, False),
        ({"gateway": "sandbox"}, False),
        ({"gateway": "none"}, False),
        (STRIPE | {"secret_key": "sk_live_double", "publishable_key": ""}, False),
        (STRIPE, True),
    ):
        put(made.dist, choice)
        assert usable() is counts, choice


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("gateway", ["stripe", "none"])
def test_play_money_is_no_money_elsewhere(gateway: str) -> None:
    """R47, R49: whose seller takes real cards, or none, does not pay with the sandbox's."""
    made = chain(card("tok_ok"))
    order = made.ordered()
    put(made.dist, STRIPE if gateway == "stripe" else {"gateway": "none"})
    made.res.refused("POST", f"/orders/{order['id']}/approve", "no_active_token", {})
    made.res.post(f"{made.contract('res')}/tokens", SANDBOX_CARD)
    made.res.refused("POST", f"/orders/{order['id']}/approve", "no_active_token", {})
    put(made.dist, {"gateway": "sandbox"})
    assert made.res.post(f"/orders/{order['id']}/approve")["payment"]["status"] == "in_progress"


# Storing a card -----------------------------------------------------------------------------


def store(made: Chain, double: doubles.Stripe, **card: object) -> Json:
    """A card, stored as a buyer's browser would have it."""
    path = f"{made.contract('res')}/card-setups"
    setup = made.res.post(path)
    double.confirm(setup["client_secret"].partition("_secret_")[0], **card)  # type: ignore[arg-type]
    return made.res.post(f"{path}/{setup['id']}/finish")


def test_a_buyer_stores_a_card_at_its_sellers_gateway(double: doubles.Stripe) -> None:
    """R47: in two calls, with its browser at Stripe in between; how long it is good is read there."""
    made = chain()
    put(made.dist, STRIPE)
    path = f"{made.contract('res')}/card-setups"
    setup = made.res.post(path)
    assert (setup["gateway"], setup["publishable_key"]) == ("stripe", "pk_test_double")
    finish = f"{path}/{setup['id']}/finish"
    made.res.refused("POST", finish, "wrong_status", {})
    double.confirm(setup["client_secret"].partition("_secret_")[0], expires=(2031, 2))
    token = made.res.post(finish)
    assert (token["gateway"], token["expires"], token["usable"]) == ("stripe", "2031-02", True)
    assert token["reference"].startswith("cus_")
    assert made.res.post(finish) == token
    assert made.res.items(f"{made.contract('res')}/tokens") == [token]
    made.dist.patch(made.contract("res"), {"payment_method": "credit_card"})


def test_finished_by_eight_at_once_it_is_one_card(double: doubles.Stripe) -> None:
    made = chain()
    put(made.dist, STRIPE)
    contract = made.contract("res")
    setup = made.res.post(f"{contract}/card-setups")
    double.confirm(setup["client_secret"].partition("_secret_")[0])

    def finish() -> str:
        try:
            return str(made.res.post(f"{contract}/card-setups/{setup['id']}/finish")["id"])
        finally:
            connection.close()

    [token] = set(at_once(finish))
    assert [each["id"] for each in made.res.items(f"{contract}/tokens")] == [token]


def test_a_second_card_is_of_the_same_customer(double: doubles.Stripe) -> None:
    made = chain()
    put(made.dist, STRIPE)
    customers = {store(made, double)["reference"].partition("/")[0] for _ in range(2)}
    assert len(customers) == 1


def test_the_same_request_begins_one_setup(double: doubles.Stripe) -> None:  # noqa: ARG001
    """R14: the gateway itself answers a repetition."""
    made = chain()
    put(made.dist, STRIPE)
    path = f"{made.contract('res')}/card-setups"
    begun = [made.res.post(path, Idempotency_Key=key) for key in ("a", "a", "b")]
    assert begun[0] == begun[1]
    assert begun[0]["id"] != begun[2]["id"]


@pytest.mark.parametrize(
    ("number", "expires", "words"),
    [(doubles.GOOD, (2020, 1), "expired"), (doubles.NEVER_STORED, (2099, 1), "")],
)
def test_a_bad_card_is_not_stored(
    double: doubles.Stripe, number: str, expires: tuple[int, int], words: str
) -> None:
    """Stripe's double takes an expired card; we look for ourselves."""
    made = chain()
    put(made.dist, STRIPE)
    path = f"{made.contract('res')}/card-setups"
    setup = made.res.post(path)
    double.confirm(setup["client_secret"].partition("_secret_")[0], number, expires)
    problem = made.res.refused("POST", f"{path}/{setup['id']}/finish", "payment_declined", {})
    assert words in problem["detail"]
    assert made.res.items(f"{made.contract('res')}/tokens") == []


def test_without_an_answer_nothing_is_stored(double: doubles.Stripe) -> None:
    made = chain()
    put(made.dist, STRIPE)
    path = f"{made.contract('res')}/card-setups"
    double.goes_wrong("POST /v1/customers", "reset")
    made.res.refused("POST", path, "gateway_not_answering", {})
    setup = made.res.post(path)
    double.goes_wrong("GET /v1/setup_intents", "failed")
    made.res.refused("POST", f"{path}/{setup['id']}/finish", "gateway_not_answering", {})


@pytest.mark.usefixtures("double")
def test_setups_are_the_buyers_own() -> None:
    made = chain()
    path = f"{made.contract('res')}/card-setups"
    setup = made.res.post(path)
    assert (setup["gateway"], setup["client_secret"]) == ("sandbox", "")
    finish = f"{path}/{setup['id']}/finish"
    for program in (made.dist, Caller(made.ref("res"), "viewer"), Caller(made.ref("res"), "approver")):
        program.refused("POST", path, "forbidden", {"x": 1})
        program.refused("POST", finish, "forbidden", {"x": 1})
    for stranger in (made.far, made.cust):
        stranger.refused("POST", path, "not_found", {"x": 1})
        stranger.refused("POST", finish, "not_found", {"x": 1})
    made.res.refused("POST", f"{path}/nonsense/finish", "not_found", {})
    made.res.refused("POST", path, "invalid", {"number": "4242424242424242"})
    assert made.res.post(finish)["reference"] == "tok_ok"
    put(made.dist, {"gateway": "none"})
    made.res.refused("POST", path, "no_active_token", {})


# What is charged and given back -------------------------------------------------------------


def work(double: doubles.Stripe, tmp_path: Path) -> None:
    """The worker's part, at once and here."""
    with closing(Gateways(tmp_path, double.address)) as gateways:
        while charging.charge(gateways, now()):
            pass
        while charging.refund(gateways, now()):
            pass


def given_up(made: Chain, order: Json) -> Json:
    """The vendor does not have it, and the distributor gives it up."""
    while errands := begin_sub_orders(most=50, at=now()):
        for errand in errands:
            finish_sub_order(errand=errand, answers={a.key: Failed("No.") for a in errand.asks}, at=now())
    part = f"/orders/{order['id']}/sub-orders/{order['sub_orders'][0]['id']}/cancel"
    return made.dist.post(part, {"reason": "Sold out."})


def test_what_was_charged_is_given_back_where_it_was_charged(double: doubles.Stripe, tmp_path: Path) -> None:
    """R49, R53: also when the seller takes its cards elsewhere by then."""
    made = chain()
    put(made.dist, STRIPE)
    store(made, double)
    made.dist.patch(made.contract("res"), {"payment_method": "credit_card"})
    order = made.ordered()
    made.res.post(f"/orders/{order['id']}/approve")
    work(double, tmp_path)
    paid = made.res.get(f"/orders/{order['id']}")
    assert (paid["status"], paid["payment"]["status"]) == ("submitted", "captured")
    put(made.dist, {"gateway": "none"})
    assert given_up(made, order)["status"] == "cancelled"
    work(double, tmp_path)
    payment = made.res.get(f"/orders/{order['id']}")["payment"]
    assert (payment["status"], payment["refunds"][0]["status"]) == ("refunded", "done")
    [charge] = models.ChargeAttempt.objects.filter(order_id=order["id"])
    [intent] = double.of(charge.id)
    assert (intent["amount"], intent["latest_charge"]["amount_refunded"]) == (1_000, 1_000)


def refused_refund(double: doubles.Stripe, tmp_path: Path) -> tuple[Chain, Json]:
    """An order that was paid by a card whose bank takes nothing back."""
    made = chain(card("tok_no_refund"))
    order = made.ordered()
    made.res.post(f"/orders/{order['id']}/approve")
    work(double, tmp_path)
    given_up(made, order)
    work(double, tmp_path)
    return made, order


def test_a_refund_that_is_refused_has_an_end_that_people_see(double: doubles.Stripe, tmp_path: Path) -> None:
    """R53: the payer and its seller read why, are told, and nobody asks any more; until the seller has
    it tried again."""
    made, order = refused_refund(double, tmp_path)
    path = f"/orders/{order['id']}"
    payment = made.dist.get(path)["payment"]
    [failed] = payment["refunds"]
    assert payment["status"] == "captured"
    assert failed | {"id": "", "at": ""} == {
        "id": "",
        "amount": {"amount": "10.00", "currency": "EUR"},
        "status": "failed",
        "at": "",
        "reason": KEPT,
    }
    assert made.res.get(path)["payment"]["refunds"] == [failed]
    assert "payment" not in made.cust.get(path)
    [told] = [fact for fact in made.dist.told(1) if fact["type"] == "payment.refund_failed"]
    validate({name: told[name] for name in ("type", "timestamp", "data")})
    assert "payment.refund_failed" not in [fact["type"] for fact in made.cust.told(1)]
    assert balance(made) == "-10.00"

    retry = f"{path}/refunds/{failed['id']}/retry"
    made.res.refused("POST", retry, "forbidden", {})
    Caller(made.ref("dist"), "approver").refused("POST", retry, "forbidden", {"x": 1})
    made.far.refused("POST", retry, "not_found", {"x": 1})
    made.dist.refused("POST", f"{path}/refunds/{order['id']}/retry", "not_found", {})
    made.dist.refused("POST", retry, "invalid", {"x": 1})
    [again] = made.dist.post(retry, {})["payment"]["refunds"]
    assert (again["status"], again["reason"]) == ("pending", None)
    made.dist.refused("POST", retry, "wrong_status", {})
    work(double, tmp_path)
    assert made.dist.get(path)["payment"]["refunds"][0]["reason"] == KEPT

    with closing(sqlite3.connect(tmp_path / "sandbox-cards.sqlite3")) as bank:
        bank.execute("UPDATE charge SET token = 'tok_ok'")  # it has changed its mind
        bank.commit()
    Caller(made.ref("dist"), "finance").post(retry, {})
    work(double, tmp_path)
    payment = made.dist.get(path)["payment"]
    assert (payment["status"], payment["refunds"][0]["status"]) == ("refunded", "done")
    assert balance(made) == "0.00"
    with closing(Sandbox(tmp_path)) as sandbox:
        assert [each.refunded for each in sandbox.charges().values()] == [1_000]


def test_a_refund_is_settled_by_hand(double: doubles.Stripe, tmp_path: Path) -> None:
    """R53: `placet settle-refund`, for what was given back in some other way."""
    made, order = refused_refund(double, tmp_path)
    refund = UUID(made.dist.get(f"/orders/{order['id']}")["payment"]["refunds"][0]["id"])
    said = StringIO()
    told = [
        settle_refund(id_, now=now(), console=Console(file=said)) for id_ in (refund, refund, UUID(int=7))
    ]
    assert told == [True, False, False]
    assert said.getvalue().splitlines() == [
        f"{order['number']}: cancelled",
        "This refund has not failed.",
        "There is no such refund.",
    ]
    assert made.dist.get(f"/orders/{order['id']}")["payment"]["refunds"][0]["status"] == "done"
    assert balance(made) == "0.00"


def test_a_refund_without_an_answer_is_asked_for_at_growing_pauses(
    double: doubles.Stripe, tmp_path: Path
) -> None:
    """R53: as a charge is; after twelve hours a person decides."""
    made = chain()
    put(made.dist, STRIPE)
    store(made, double)
    made.dist.patch(made.contract("res"), {"payment_method": "credit_card"})
    order = made.ordered()
    made.res.post(f"/orders/{order['id']}/approve")
    work(double, tmp_path)
    given_up(made, order)
    for _ in range(5):
        double.goes_wrong("POST /v1/refunds$", "failed")
    at, pauses = datetime.now(UTC), []
    with closing(Gateways(tmp_path, double.address)) as gateways:
        for _ in range(4):
            assert charging.refund(gateways, at)
            [row] = models.ChargeRefund.objects.filter(order_id=order["id"])
            assert row.due_at
            pauses.append(round((row.due_at - datetime.now(UTC)) / timedelta(seconds=5)))
            models.ChargeRefund.objects.filter(id=row.id).update(due_at=at)
        assert pauses == [1, 2, 4, 8]
        long_ago = at - timedelta(hours=13)
        models.ChargeRefund.objects.filter(order_id=order["id"]).update(asked_at=long_ago)
        charging.refund(gateways, at)
    assert made.dist.get(f"/orders/{order['id']}")["payment"]["refunds"][0]["status"] == "failed"
    assert take_refunds(most=10, at=now() + timedelta(days=1)) == []


def balance(made: Chain) -> str:
    account = next(a for a in made.dist.items("/credit-accounts") if a["buyer"]["ref"] == made.ref("res"))
    amount: str = account["balance"]["amount"]
    return amount


SETTLED: Final = """
became    status            payment    balance
captured  submitted         captured   -10.00
declined  pending_approval  declined   0.00
"""


@pytest.mark.parametrize("case", SETTLED.strip().splitlines()[1:])
def test_a_charge_without_an_answer_is_settled_by_hand(
    double: doubles.Stripe, tmp_path: Path, case: str
) -> None:
    """R48: after twelve hours nobody asks any more; a person finds it by its key, and says what became."""
    became, status, payment, owed = case.split()
    made = chain()
    put(made.dist, STRIPE)
    store(made, double)
    made.dist.patch(made.contract("res"), {"payment_method": "credit_card"})
    order = made.ordered()
    made.res.post(f"/orders/{order['id']}/approve")
    double.goes_wrong("POST /v1/payment_intents$", "failed_after")
    work(double, tmp_path)
    unknown = made.dist.get(f"/orders/{order['id']}")["payment"]
    assert unknown["status"] == "unknown"
    charge, console = UUID(unknown["charge"]), StringIO()
    assert len(double.of(charge)) == 1

    attempts = models.ChargeAttempt.objects.filter(id=charge)
    assert attempts.get().due_at is not None
    attempts.update(asked_at=now() - timedelta(hours=13), due_at=now())
    double.goes_wrong("GET /v1/payment_intents", "failed")
    work(double, tmp_path)
    assert attempts.get().due_at is None
    word: Literal["captured", "declined"] = "captured" if became == "captured" else "declined"
    told = [settle_charge(charge, word, now=now(), console=Console(file=console)) for _ in range(2)]
    assert told == [True, False]
    assert console.getvalue().splitlines()[0] == f"{order['number']}: {status}"
    after = made.dist.get(f"/orders/{order['id']}")
    assert (after["status"], after["payment"]["status"], balance(made)) == (status, payment, owed)


# Keys at rest -------------------------------------------------------------------------------


@pytest.mark.usefixtures("double")
def test_keys_outlive_a_new_secret_key(settings: LazySettings) -> None:
    """Sealed under the old one, they open with it among the fallbacks, and without it once resealed."""
    models.Merchant.objects.exclude(sealed="").update(sealed="")
    made = chain()
    put(made.dist, STRIPE)
    path = f"{made.contract('res')}/card-setups"
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another one", []
    assert "no key" in made.res.refused("POST", path, "payment_declined", {})["detail"]
    assert reseal(Console(file=StringIO())) is False
    settings.SECRET_KEY_FALLBACKS = ["for tests"]
    assert made.res.post(path)["client_secret"]
    said = StringIO()
    assert reseal(Console(file=said)) is True
    assert re.fullmatch(r"([1-9]\d*) of \1 keys are sealed anew\.\n", said.getvalue())
    settings.SECRET_KEY_FALLBACKS = []
    assert made.res.post(path)["client_secret"]
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "for tests", ["another one"]
    assert reseal(Console(file=StringIO())) is True


def test_a_world_file_states_where_cards_are_taken(
    double: doubles.Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that stands in the environment is found there, and a stated card is charged by it."""
    word = unique("cards")
    at = {"gateway": "stripe", "secret_variable": "PLACET_CARD_KEY_TEST"}
    token = {"gateway": "stripe", "reference": double.card(), "expires": "2099-12"}
    load(
        world(
            distributor(word, card_gateway=at),
            reseller(f"{word}-b", word, {"payment_method": "credit_card", "tokens": [token]}),
            customer(f"{word}-c", f"{word}-b"),
            prices={f"{word}-seat": "10.00"},
        )
    )
    payer = Caller(f"{word}-b")
    path = f"/contracts/{payer.get(f'/organizations/{word}-b')['contract']['id']}"
    assert payer.items(f"{path}/tokens")[0]["usable"]
    payer.refused("POST", f"{path}/card-setups", "payment_declined", {})
    monkeypatch.setenv("PLACET_CARD_KEY_TEST", doubles.KEY)
    assert payer.post(f"{path}/card-setups")["client_secret"]
    assert Caller(word).get("/card-gateway")["gateway"] == "stripe"
