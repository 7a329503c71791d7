"""A buyer stores a card at its seller's gateway (R47), in two acts: the setup is begun, its owner goes on
with the gateway in its browser, and what came of it becomes a token. No card number comes this way."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.actions.change_tokens import Stored, tokens_to_change
from placet.domain.errands import Merchant, SetupAsk, SetupWord
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.validating import Token
from placet.domain.words import CardGateway
from placet.storage import card_setups, db, facts, merchants, payment_tokens
from placet.storage.card_setups import CardSetup
from placet.storage.merchants import Chosen

NO_CARDS: Final = "Your seller takes no cards."
EXPIRED: Final = "This card has expired."
NOT_FINISHED: Final = "The owner of the card has not finished this setup yet."


@dataclass(frozen=True, slots=True)
class SetupErrand:
    """What to ask of which account, and what the seller shows of it to its buyers."""

    chosen: Chosen
    merchant: Merchant
    ask: SetupAsk


def card_to_store(*, contract: UUID, by: Actor, key: str) -> SetupErrand | Refusal:
    """The setup to begin, for the contract's buyer, by a role that may pay; `key` tells it from others."""
    terms = tokens_to_change(contract, by)
    if isinstance(terms, Refusal):
        return terms
    chosen = merchants.chosen(terms.seller.id)
    if chosen.gateway is CardGateway.NONE:
        return Refusal("no_active_token", NO_CARDS)
    customer = card_setups.customer(contract, chosen.id)
    ask = SetupAsk(key=f"{contract}-{key}", contract=contract, buyer=terms.buyer.name, customer=customer)
    return SetupErrand(chosen, merchants.find(chosen.gateway, chosen.id), ask)


@db.transaction
def keep_setup(*, errand: SetupErrand, reference: str, at: datetime) -> UUID:
    """The id of the setup that the gateway has begun, the same for the same one."""
    return card_setups.add(db.new_id(), errand.ask.contract, errand.chosen.id, reference, at)


def setup_to_finish(
    *, contract: UUID, setup: UUID, by: Actor
) -> tuple[CardSetup, Merchant] | Stored | Refusal:
    """The setup to look up, and where; or the card, where it became one already."""
    terms = tokens_to_change(contract, by)
    if isinstance(terms, Refusal):
        return terms
    found = card_setups.find(contract, setup)
    if found is None:
        return Refusal("not_found")
    return _stored(contract, found) or (found, merchants.find(found.gateway, found.merchant))


@db.transaction
def finish_setup(
    *, contract: UUID, setup: UUID, by: Actor, word: SetupWord, at: datetime
) -> Stored | Refusal:
    """The card that the gateway has stored, as a token of the contract; once, however often it is asked."""
    terms = tokens_to_change(contract, by)
    if isinstance(terms, Refusal):
        return terms
    if refusal := _unusable(word, at):
        return refusal
    facts.lock_accounts([terms.account.standing.id])
    found = card_setups.locked(contract, setup)
    if found is None:
        return Refusal("not_found")
    if known := _stored(contract, found):
        return known
    id_ = db.new_id()
    token = Token(found.gateway, word.token, word.expires, active=True, merchant=found.merchant)
    payment_tokens.add(id_, contract, token, at)
    card_setups.store(found.id, id_)
    stored = _stored(contract, replace(found, token=id_))
    assert stored is not None, "it was added just now"
    return stored


def _unusable(word: SetupWord, at: datetime) -> Refusal | None:
    match word.state:
        case "unknown":
            return Refusal("gateway_not_answering")
        case "waiting":
            return Refusal("wrong_status", NOT_FINISHED)
        case "declined":
            return Refusal("payment_declined", word.reason)
        case "stored":
            expired = word.expires < f"{at:%Y-%m}"
            return Refusal("payment_declined", EXPIRED) if expired else None


def _stored(contract: UUID, setup: CardSetup) -> Stored | None:
    tokens = payment_tokens.of_contract(contract) if setup.token else []
    return next((Stored(id_, token) for id_, token in tokens if id_ == setup.token), None)
