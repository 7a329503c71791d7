"""What an organization says about itself, and what is switched on for it (R5, R23, R27, R44)."""

import re
from dataclasses import dataclass, fields, replace
from typing import Final
from zoneinfo import available_timezones

from placet.domain.changes import SAME, Change
from placet.domain.refusals import Refusal, invalid
from placet.domain.words import ApprovalOrder, Language, Tier

LONGEST_NAME: Final = 200
LONGEST_OFFER: Final = 3650
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
COUNTRY: Final = re.compile(r"([A-Z]{2})?")


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """An organization's settings. `approval_order` and `offer_days` count where it is the top seller of an
    order; days are dated in its `time_zone` where it sells. Mails to its contacts, and to people who chose no
    language, are in its `language`; empty is English."""

    name: str
    country: str
    time_zone: str
    multi_tier_approval: bool
    approval_order: ApprovalOrder
    offer_days: int
    retry_when_credit_frees: bool
    language: str = ""


@dataclass(frozen=True, slots=True)
class SettingWishes:
    """What is wanted of them."""

    name: Change[str] = SAME
    country: Change[str] = SAME
    time_zone: Change[str] = SAME
    multi_tier_approval: Change[bool] = SAME
    approval_order: Change[ApprovalOrder] = SAME
    offer_days: Change[int] = SAME
    retry_when_credit_frees: Change[bool] = SAME
    language: Change[str] = SAME

    @property
    def members(self) -> list[str]:
        """Which of them were named."""
        return [each.name for each in fields(self) if getattr(self, each.name) is not SAME]


OWN: Final = frozenset({"name", "country", "time_zone", "language", "retry_when_credit_frees"})
TOP_SELLERS: Final = frozenset({"multi_tier_approval", "approval_order", "offer_days"})
SELLERS: Final = frozenset({"name", "country", "multi_tier_approval"})


def changeable(tier: Tier | None, *, buys: bool) -> frozenset[str]:
    """Which settings of an organization may be changed by somebody to whom it stands so (no tier: by
    itself). Multi-tier approval is its seller's to switch on (R23); who buys from nobody has its own say."""
    match tier:
        case None:
            return OWN if buys else OWN | TOP_SELLERS
        case Tier.DIRECT:
            return SELLERS
        case Tier.INDIRECT:
            return frozenset()


def with_setting_wishes(settings: OwnSettings, wishes: SettingWishes) -> OwnSettings | Refusal:
    """The settings as wished, or what is wrong with them."""
    after = replace(settings, **{name: getattr(wishes, name) for name in wishes.members})
    errors = dict(_wrong(after))
    return invalid(**errors) if errors else after


def _wrong(settings: OwnSettings) -> list[tuple[str, str]]:
    name_fits = (
        settings.name.strip() and len(settings.name) <= LONGEST_NAME and not CONTROL.search(settings.name)
    )
    found = [
        ("name", name_fits, f"One line of at most {LONGEST_NAME} characters."),
        ("country", COUNTRY.fullmatch(settings.country), "Two capital letters."),
        ("time_zone", settings.time_zone in available_timezones(), "There is no such time zone."),
        ("language", settings.language in {"", *Language}, "There is no such language."),
        ("offer_days", 0 <= settings.offer_days <= LONGEST_OFFER, f"From 0 to {LONGEST_OFFER}."),
    ]
    return [(name, words) for name, fits, words in found if not fits]
