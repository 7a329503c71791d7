"""What an organization says about itself, and who may change it (R5, R23, R27)."""

from dataclasses import replace

from placet.domain.own_settings import OwnSettings, SettingWishes, changeable, with_setting_wishes
from placet.domain.refusals import Refusal
from placet.domain.words import ApprovalOrder, Tier
from tests.domain.tables import cases

SETTINGS = OwnSettings(
    name="Ann & Sons",
    country="LV",
    time_zone="Europe/Riga",
    multi_tier_approval=False,
    approval_order=ApprovalOrder.PARALLEL,
    offer_days=30,
    retry_when_credit_frees=False,
)


@cases("""
tier      buys  may
-         yes   country language name retry_when_credit_frees time_zone
-         no    approval_order country language multi_tier_approval name offer_days retry_when_credit_frees time_zone
direct    yes   country multi_tier_approval name
indirect  yes   -
""")  # noqa: E501 - a table is as wide as its cases
def test_who_may_change_what(tier: str, buys: str, may: str) -> None:
    """Itself; its seller; and what counts at the top only by who stands there."""
    allowed = changeable(Tier(tier) if tier else None, buys=buys == "yes")
    assert sorted(allowed) == may.split()


@cases("""
member      value             ->  wrong
name        Renamed               -
name        %                     name
country     -                     -
country     Latvia                country
time_zone   Europe/Tallinn        -
time_zone   Europe/Atlantis       time_zone
offer_days  0                     -
offer_days  3650                  -
offer_days  3651                  offer_days
offer_days  -1                    offer_days
language    de                    -
language    -                     -
language    xx                    language
""")
def test_what_cannot_be_meant(member: str, value: str, wrong: str) -> None:
    typed = int(value) if member == "offer_days" else value.replace("%", "two\nlines")
    became = with_setting_wishes(SETTINGS, SettingWishes(**{member: typed}))  # type: ignore[arg-type]
    if wrong:
        assert isinstance(became, Refusal)
        assert list(became.facts["errors"]) == [wrong]
    else:
        assert became == replace(SETTINGS, **{member: typed})  # type: ignore[arg-type]


def test_nothing_wished_changes_nothing() -> None:
    assert with_setting_wishes(SETTINGS, SettingWishes()) == SETTINGS
