"""Contracts, and the cards that their buyers pay with (R21, R22, R47, R61)."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import AfterValidator, Field, StrictBool

from placet.actions import change_contract, change_tokens
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.domain.terms import Terms, Wishes, limit_change_json
from placet.domain.validating import Token
from placet.domain.view import timestamp
from placet.domain.words import CardGateway, PaymentMethod
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Name, Shape, given
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing_of
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import idempotent, now, reply
from placet.entrypoints.api.shapes import Id, MoneyShape, PartyShape, Shown, Time, WhoShape
from placet.entrypoints.api.versions import if_unchanged, tagged
from placet.storage import contracts, payment_tokens
from placet.storage.db import Row
from placet.storage.facts import as_uuid

router = Router(tags=["Contracts"])


class AccountShape(Shown):
    """A credit account. Nothing is available, or rather anything, where there is no limit: null."""

    id: Id
    contract: Id
    seller: PartyShape
    buyer: PartyShape
    limit: MoneyShape | str
    balance: MoneyShape
    reserved: MoneyShape
    available: MoneyShape | None


class ContractShape(Shown):
    """A contract, to its two parties."""

    id: Id
    seller: PartyShape
    buyer: PartyShape
    currency: str
    price_list: PartyShape | None
    payment_method: PaymentMethod
    tax_rate: str
    payment_days: int
    credit_account: AccountShape


class LimitShape(Shown):
    """A change of a credit limit: money, or `unlimited`. Who made it by name only to its own organization."""

    id: Id
    at: Time
    limit: MoneyShape | str
    previous_limit: MoneyShape | str
    reason: str
    by: WhoShape


class LimitsShape(Shown):
    """A page of changes."""

    items: list[LimitShape]
    next_cursor: str | None


class TokenShape(Shown):
    """A stored card; to the seller its reference is masked. `usable`: it would be charged today. One that
    was stored at another gateway than the seller takes cards at now is not."""

    id: Id
    gateway: str
    reference: str
    expires: str
    active: bool
    usable: bool


class TokensShape(Shown):
    """A page of a contract's cards."""

    items: list[TokenShape]
    next_cursor: str | None


class GoneShape(Shown):
    """Nothing is left to show."""


class ContractChange(Shape):
    """What to change: only what is named. A null limit is the one that a credit risk group grants."""

    credit_limit: Annotated[str, Field(max_length=40, description="A decimal, or `unlimited`")] | None = None
    payment_method: PaymentMethod = None  # type: ignore[assignment]
    price_list: Name | None = None
    reason: Annotated[str, Field(max_length=4000)] | None = None

    def wishes(self) -> Wishes:
        """As the action takes it."""
        named: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set}
        return Wishes(**{**named, "reason": self.reason or ""})


def _stored_elsewhere(gateway: str) -> str:
    """Who could name any card of its seller's account at Stripe could pay with somebody else's."""
    if gateway == CardGateway.STRIPE:
        raise ValueError("is stored by a card setup")
    return gateway


class NewToken(Shape):
    """A card that is stored already: what its gateway knows it by, good to the end of the month `expires`.
    Cards of `stripe` are stored by a card setup instead."""

    gateway: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,23}$"), AfterValidator(_stored_elsewhere)]
    reference: Annotated[str, Field(min_length=1, max_length=200)]
    expires: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2030-12"])]
    active: StrictBool = True


@router.get("/contracts/{contract}", response=shapes.reads(ContractShape), operation_id="read_contract")
@tagged
def read(request: HttpRequest, contract: str) -> HttpResponse:
    """A contract of the caller's own, as its seller or its buyer."""
    return _shown(_seen(contract, actor_of(request)))


@router.patch("/contracts/{contract}", response=shapes.acts(ContractShape), operation_id="change_contract")
@if_unchanged(read, "contract")
def change(request: HttpRequest, contract: str, body: Body[ContractChange] = BODY) -> HttpResponse:
    """Changes the terms: its seller's. Finance sets the limit, the rest takes an admin."""
    by, body, id_ = actor_of(request), given(body, ContractChange), _id(contract)
    door = change_contract.contract_to_change(id_, by, body.members)
    if isinstance(door, Refusal):
        return problem(door)
    said = body.checked()
    if isinstance(said, Refusal):
        return problem(said)
    wishes = said.wishes()
    return _shown(change_contract.change_contract(contract=id_, by=by, wishes=wishes, at=now()))


@router.get("/contracts/{contract}/limits", response=shapes.reads(LimitsShape), operation_id="list_limits")
def limits(request: HttpRequest, contract: str, page: Page = PAGE) -> HttpResponse:
    """What became of the contract's credit limit, and why, the newest first."""
    by, before = actor_of(request), after_id(page)
    terms = _seen(contract, by)
    if isinstance(terms, Refusal):
        return problem(terms)
    if isinstance(before, Refusal):
        return problem(before)
    found = contracts.limit_changes(terms.id, before, page.limit + 1)
    return reply(listing_of(found, page, lambda row: _limit_change(row, by)))


@router.get("/contracts/{contract}/tokens", response=shapes.reads(TokensShape), operation_id="list_tokens")
def tokens(request: HttpRequest, contract: str, page: Page = PAGE) -> HttpResponse:
    """The buyer's stored cards, the newest first."""
    by, before = actor_of(request), after_id(page)
    terms = _seen(contract, by)
    if isinstance(terms, Refusal):
        return problem(terms)
    if isinstance(before, Refusal):
        return problem(before)
    found = payment_tokens.of_contract(terms.id)
    older = [_token(id_, token, terms, by) for id_, token in found if before is None or id_ < before]
    return reply(listing_of(older, page, dict))


@router.post("/contracts/{contract}/tokens", response=shapes.acts(TokenShape, 201), operation_id="add_token")
@idempotent
def add_token(request: HttpRequest, contract: str, body: Body[NewToken] = BODY) -> HttpResponse:
    """Stores a card: the buyer's."""
    by, id_, said = actor_of(request), _id(contract), given(body, NewToken).checked()
    terms = change_tokens.tokens_to_change(id_, by)
    if isinstance(terms, Refusal):
        return problem(terms)
    if isinstance(said, Refusal):
        return problem(said)
    token = Token(said.gateway, said.reference, said.expires, said.active)
    added = change_tokens.add_token(contract=id_, by=by, token=token, at=now())
    return problem(added) if isinstance(added, Refusal) else reply(own_token(added.id, added.token), 201)


@router.delete(
    "/contracts/{contract}/tokens/{token}", response=shapes.acts(GoneShape), operation_id="remove_token"
)
def remove_token(request: HttpRequest, contract: str, token: str) -> HttpResponse:
    """Forgets a card: the buyer's."""
    refusal = change_tokens.remove_token(contract=_id(contract), token=_id(token), by=actor_of(request))
    return problem(refusal) if refusal else reply({})


def _id(text: str) -> UUID:
    """What is no id is that of nothing."""
    return as_uuid(text) or UUID(int=0)


def _limit_change(row: Row, viewer: Actor) -> dict[str, Any]:
    told = limit_change_json(row["detail"], viewer.organization)
    shown = {name: told[name] for name in ("limit", "previous_limit", "reason", "by")}
    return {"id": row["id"], "at": timestamp(row["at"])} | shown


def _seen(contract: str, by: Actor) -> Terms | Refusal:
    return change_contract.contract_seen(_id(contract), by)


def _shown(terms: Terms | Refusal) -> HttpResponse:
    if isinstance(terms, Refusal):
        return problem(terms)
    return reply(terms.as_json() | {"buyer": terms.buyer.as_json()})


def _token(id_: UUID, token: Token, terms: Terms, viewer: Actor) -> dict[str, Any]:
    """Only who pays by it may need to know which card it is; who reads along needs less."""
    own = viewer.organization == terms.buyer.id and viewer.may(Permission.FINANCE)
    whole = own_token(id_, token)
    return whole if own else whole | {"reference": f"…{token.reference[-2:]}"}


def own_token(id_: UUID, token: Token) -> dict[str, Any]:
    """A stored card, to who pays by it."""
    return {
        "id": id_,
        "gateway": token.gateway,
        "reference": token.reference,
        "expires": token.expires,
        "active": token.active,
        "usable": token.good_at(now().date()),
    }
