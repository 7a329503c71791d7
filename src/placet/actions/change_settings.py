"""An organization's settings, changed by itself, and what its seller switches on for it (R5, R23, R27)."""

from placet.domain.own_settings import OwnSettings, SettingWishes, changeable, with_setting_wishes
from placet.domain.parties import Actor, Permission
from placet.domain.partners import Partner
from placet.domain.refusals import Refusal
from placet.domain.words import Tier
from placet.storage import dashboard, db, own_settings, partners
from placet.storage.standing import hold


@db.transaction
def change_settings(*, name: str, by: Actor, wishes: SettingWishes) -> OwnSettings | Refusal:
    """The settings, as they became, of the organization of that id or ref. They count for what is placed
    and dated from now on; no order that is placed already changes (R5)."""
    hold()
    partner = partners.seen(by.organization, name)
    if partner is None:
        return Refusal("not_found")
    if not (by.may(Permission.ADMINISTER) and may_change(partner).issuperset(wishes.members)):
        return Refusal("forbidden")
    after = with_setting_wishes(own_settings.find(partner.party.id), wishes)
    if isinstance(after, OwnSettings):
        own_settings.save(partner.party.id, after)
    return after


def settings_seen(partner: Partner) -> OwnSettings | None:
    """The settings, to the organization itself and to its seller."""
    return None if partner.tier is Tier.INDIRECT else own_settings.find(partner.party.id)


def may_change(partner: Partner) -> frozenset[str]:
    """Which of them whoever sees the organization so may change, by an admin."""
    buys = partner.tier is not None or dashboard.buys(partner.party.id)
    return changeable(partner.tier, buys=buys)
