"""A seller chooses where it takes its buyers' cards (R49). Whose its key is was asked before: no gateway
is asked in here."""

from datetime import datetime

from placet.actions.doors import no_seller_admin
from placet.domain.merchants import Choice, wrong_choice
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.storage import db, merchants, resealing
from placet.storage.merchants import Chosen


@db.transaction
def choose_gateway(*, by: Actor, choice: Choice, at: datetime) -> Chosen | Refusal:
    """The choice as it reads from now on, without its key. Cards that were stored elsewhere wait: they
    count again when their gateway is chosen again. What was charged elsewhere is given back there."""
    if refusal := no_seller_admin(by) or wrong_choice(choice):
        return refusal
    merchants.choose(by.organization, choice, by.as_json(), at)
    return merchants.chosen(by.organization)


def chosen_gateway(*, by: Actor) -> Chosen | Refusal:
    """The choice as it stands: an admin's to read."""
    return no_seller_admin(by) or merchants.chosen(by.organization)


@db.transaction
def reseal_keys() -> tuple[int, int]:
    """Seals every stored key, of gateways, webhooks, exchanges, second factors, under the newest secret key:
    how many, and how many could not be opened."""
    return resealing.reseal()
