"""A seller's choice of where it takes its buyers' cards (R49): the gateway, and there its own account."""

import re
from dataclasses import dataclass, field
from typing import Final

from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.words import CardGateway, CardMode

HINT: Final = 4
"""Characters at the end of a key by which people tell it from others."""

STRIPE_KEY: Final = re.compile(r"(?:sk|rk)_(test|live)_[A-Za-z0-9_]{1,200}")
"""A secret or a restricted key of Stripe."""
PUBLISHABLE: Final = re.compile(r"pk_(test|live)_[A-Za-z0-9_]{1,200}")

NEEDED: Final = "A secret key of Stripe, sk_test_… or sk_live_…, is needed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A gateway, and what is needed to ask there. `account` is whose the key is, as the gateway says."""

    gateway: CardGateway
    secret: str = field(default="", repr=False)
    publishable_key: str = ""
    account: str = ""

    @property
    def mode(self) -> CardMode | None:
        """Whether the key moves money."""
        return mode_of(self.secret)

    @property
    def hint(self) -> str:
        """How the key ends."""
        return self.secret[-HINT:]


def mode_of(secret: str) -> CardMode | None:
    """As the key itself says."""
    found = STRIPE_KEY.fullmatch(secret)
    return CardMode(found[1]) if found else None


def wrong_choice(choice: Choice) -> Refusal | None:
    """What cannot be meant: keys where none are needed, none where they are, or two that do not fit."""
    if choice.gateway is not CardGateway.STRIPE:
        keys = choice.secret or choice.publishable_key
        return (
            invalid(secret_key=sentence("{gateway} needs no key.", gateway=choice.gateway)) if keys else None
        )
    if choice.mode is None:
        return invalid(secret_key=NEEDED)
    published = PUBLISHABLE.fullmatch(choice.publishable_key)
    if choice.publishable_key and (published is None or published[1] != choice.mode):
        return invalid(
            publishable_key=sentence("It must be a publishable key, pk_{mode}_….", mode=choice.mode)
        )
    return None
