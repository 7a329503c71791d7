"""Cards (R47-R49, R53): where a seller takes them, how a buyer stores one, and refunds that failed.

Two of these calls ask the card gateway. They do so between transactions, never within one; so they keep
no answers for idempotency keys, but hand the key on: the gateway itself answers a repetition.
"""

from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field, SecretStr

from placet.actions import choose_gateway, refund_card, store_card
from placet.actions.change_tokens import Stored
from placet.actions.store_card import SetupErrand
from placet.domain.errands import AccountWord, Merchant, SetupBegun
from placet.domain.merchants import Choice, wrong_choice
from placet.domain.refusals import Refusal, invalid
from placet.domain.view import timestamp
from placet.domain.words import CardGateway, CardMode
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Nothing, Shape, given
from placet.entrypoints.api.contracts import TokenShape, own_token
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.orders import shown
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import idempotent, now, reply
from placet.entrypoints.api.shapes import Id, Shown, Time
from placet.gateways.cards.gateways import Gateways
from placet.storage import db
from placet.storage.facts import as_uuid
from placet.storage.merchants import Chosen

router = Router(tags=["Cards"])


class GatewayShape(Shown):
    """Where a seller takes its buyers' cards. The secret key is never shown: `hint` is how it ends, `mode`
    whether it moves money; `account` is whose it is, as the gateway says."""

    gateway: CardGateway
    mode: CardMode | None
    hint: str | None
    publishable_key: str | None
    account: str | None
    changed_by: str | None
    changed_at: Time | None


class GatewayChoice(Shape):
    """A gateway, and for Stripe the keys of the seller's account. Other members are not needed there."""

    gateway: CardGateway
    secret_key: Annotated[SecretStr, Field(max_length=300, description="`sk_…` or `rk_…`")] | None = None
    publishable_key: Annotated[str, Field(max_length=300, description="`pk_…`, for the buyers' browsers")] = (
        ""
    )

    def choice(self) -> Choice:
        """As the action takes it."""
        secret = self.secret_key.get_secret_value() if self.secret_key else ""
        return Choice(gateway=self.gateway, secret=secret, publishable_key=self.publishable_key)


class SetupShape(Shown):
    """A setup that the buyer's browser goes on with, by the gateway's own script: `client_secret` and
    `publishable_key` are what that one needs."""

    id: Id
    gateway: CardGateway
    client_secret: str
    publishable_key: str | None


@router.get("/card-gateway", response=shapes.reads(GatewayShape), operation_id="read_card_gateway")
def read(request: HttpRequest) -> HttpResponse:
    """Where the caller's organization takes its buyers' cards: an admin's to see."""
    return _shown(choose_gateway.chosen_gateway(by=actor_of(request)))


@router.put("/card-gateway", response=shapes.acts(GatewayShape), operation_id="choose_card_gateway")
def choose(request: HttpRequest, body: Body[GatewayChoice] = BODY) -> HttpResponse:
    """Chooses the gateway from now on. A key is tried before it is kept, and never shown again; the key of
    an account that is known takes the old one's place, another account stands beside the old."""
    by, said = actor_of(request), given(body, GatewayChoice).checked()
    door = choose_gateway.chosen_gateway(by=by)
    if isinstance(door, Refusal):
        return problem(door)
    if isinstance(said, Refusal):
        return problem(said)
    choice = said.choice()
    owned = wrong_choice(choice) or _owned(choice)
    if isinstance(owned, Refusal):
        return problem(owned)
    return _shown(choose_gateway.choose_gateway(by=by, choice=owned, at=now()))


@router.post(
    "/contracts/{contract}/card-setups",
    response=shapes.acts(SetupShape, 201),
    operation_id="begin_card_setup",
)
def begin(request: HttpRequest, contract: str, body: Body[Nothing] = BODY) -> HttpResponse:
    """Begins to store a card at the seller's gateway: the buyer's. Its browser goes on from there."""
    by, said = actor_of(request), given(body, Nothing).checked()
    key = request.headers.get("Idempotency-Key") or str(db.new_id())
    once = sha256(key.encode()).hexdigest()  # whatever it holds, the gateway takes it
    errand = store_card.card_to_store(contract=_id(contract), by=by, key=once)
    if isinstance(errand, Refusal):
        return problem(errand)
    if isinstance(said, Refusal):
        return problem(said)
    begun = gateways().gateway(errand.merchant).begin_setup(errand.ask)
    return _begun(errand, begun)


@router.post(
    "/contracts/{contract}/card-setups/{setup}/finish",
    response=shapes.acts(TokenShape),
    operation_id="finish_card_setup",
)
def finish(request: HttpRequest, contract: str, setup: str, body: Body[Nothing] = BODY) -> HttpResponse:
    """Makes the stored card a token of the contract, once; how long it is good is read at the gateway."""
    by, said = actor_of(request), given(body, Nothing).checked()
    found = store_card.setup_to_finish(contract=_id(contract), setup=_id(setup), by=by)
    if isinstance(found, Refusal):
        return problem(found)
    if isinstance(said, Refusal):
        return problem(said)
    if isinstance(found, Stored):
        return reply(own_token(found.id, found.token))
    known, merchant = found
    word = gateways().gateway(merchant).look_up_setup(known.reference)
    stored = store_card.finish_setup(contract=_id(contract), setup=known.id, by=by, word=word, at=now())
    return problem(stored) if isinstance(stored, Refusal) else reply(own_token(stored.id, stored.token))


@router.post(
    "/orders/{order_id}/refunds/{refund}/retry",
    response=shapes.acts(shapes.OrderShape),
    operation_id="retry_refund",
)
@idempotent
def retry(request: HttpRequest, order_id: str, refund: str, body: Body[Nothing] = BODY) -> HttpResponse:
    """Has a refund that failed asked for again: the payer's seller's."""
    by, said = actor_of(request), given(body, Nothing).checked()
    order = refund_card.order_to_refund(order_id=_id(order_id), by=by)
    if isinstance(order, Refusal):
        return problem(order)
    if isinstance(said, Refusal):
        return problem(said)
    became = refund_card.retry_refund(order_id=order.id, refund=_id(refund), by=by, at=now())
    return shown(became, by)


@cache
def gateways() -> Gateways:
    """The gateways, as this process asks them; made once."""
    config = settings.CONFIG
    return Gateways(config.data_dir, config.stripe_api_base)


def _owned(choice: Choice) -> Choice | Refusal:
    """The choice with whose its key is."""
    if choice.gateway is CardGateway.NONE:
        return choice
    word: AccountWord = gateways().gateway(Merchant(choice.gateway, secret=choice.secret)).account()
    match word.state:
        case "declined":
            return invalid(secret_key=word.reason)
        case "unknown":
            return Refusal("gateway_not_answering")
        case "known":
            return replace(choice, account=word.account)


def _begun(errand: SetupErrand, begun: SetupBegun) -> HttpResponse:
    if begun.state == "unknown":
        return problem(Refusal("gateway_not_answering"))
    if begun.state == "declined":
        return problem(Refusal("payment_declined", begun.reason))
    kept = store_card.keep_setup(errand=errand, reference=begun.reference, at=now())
    answer: dict[str, Any] = {"id": kept, "gateway": errand.chosen.gateway}
    shown_ = {"client_secret": begun.client_secret, "publishable_key": errand.chosen.publishable_key or None}
    return reply(answer | shown_, 201)


def _shown(chosen: Chosen | Refusal) -> HttpResponse:
    if isinstance(chosen, Refusal):
        return problem(chosen)
    return reply(
        {
            "gateway": chosen.gateway,
            "mode": chosen.mode,
            "hint": chosen.hint or None,
            "publishable_key": chosen.publishable_key or None,
            "account": chosen.account or None,
            "changed_by": chosen.changed_by,
            "changed_at": timestamp(chosen.changed_at) if chosen.changed_at else None,
        }
    )


def _id(text: str) -> UUID:
    """What is no id is that of nothing."""
    return as_uuid(text) or UUID(int=0)
