"""A buyer's stored cards (R47): it adds and removes them, its seller may know that they are there."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from placet.actions.change_contract import contract_seen
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.domain.terms import Terms
from placet.domain.validating import Token
from placet.domain.words import CardGateway
from placet.storage import db, facts, merchants, payment_tokens


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored card and its id."""

    id: UUID
    token: Token


@db.transaction
def add_token(*, contract: UUID, by: Actor, token: Token, at: datetime) -> Stored | Refusal:
    """The card that was added, as it counts."""
    terms = tokens_to_change(contract, by)
    if isinstance(terms, Refusal):
        return terms
    facts.lock_accounts([terms.account.standing.id])
    id_ = db.new_id()
    payment_tokens.add(id_, contract, token, at)
    return next(Stored(known, each) for known, each in payment_tokens.of_contract(contract) if known == id_)


@db.transaction
def remove_token(*, contract: UUID, token: UUID, by: Actor) -> Refusal | None:
    """The card gone. A charge that is under way keeps what it was begun with."""
    terms = tokens_to_change(contract, by)
    if isinstance(terms, Refusal):
        return terms
    facts.lock_accounts([terms.account.standing.id])
    return None if payment_tokens.remove(contract, token) else Refusal("not_found")


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of a contract's buyer, and where its seller takes cards."""

    gateway: CardGateway
    stored: list[Stored]

    def usable(self, today: date) -> bool:
        """Whether any of them would be charged (R47)."""
        return any(each.token.good_at(today) for each in self.stored)


def cards_seen(*, contract: UUID, by: Actor) -> Cards | Refusal:
    """The cards as the contract's parties may know them: which card it is only who pays by it."""
    terms = contract_seen(contract, by)
    if isinstance(terms, Refusal):
        return terms
    found = [Stored(id_, _as_known(token, terms, by)) for id_, token in payment_tokens.of_contract(contract)]
    return Cards(merchants.chosen(terms.seller.id).gateway, found)


def _as_known(token: Token, terms: Terms, by: Actor) -> Token:
    own = by.organization == terms.buyer.id and by.may(Permission.FINANCE)
    return token if own else replace(token, reference=f"…{token.reference[-2:]}")


def tokens_to_change(contract: UUID, by: Actor) -> Terms | Refusal:
    """The terms, for their buyer, by a role that may pay."""
    terms = contract_seen(contract, by)
    if isinstance(terms, Refusal):
        return terms
    allowed = terms.buyer.id == by.organization and by.may(Permission.FINANCE)
    return terms if allowed else Refusal("forbidden")
