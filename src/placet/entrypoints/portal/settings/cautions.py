"""What a change of credit risk groups will do (R83), and why an organization cannot be added to one (R84), in
the reader's language, before it is done."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from placet.domain.parties import Party
from placet.domain.partners import STOPPED
from placet.domain.words import OrganizationStatus


def makes_primary(name: str, old: str | None) -> str:
    """What happens when a group becomes the primary one."""
    joins = _("Newly added organizations will join %(group)s.") % {"group": name}
    if not old or old == name:
        return joins
    stays = _("%(group)s will no longer be the primary group; its organizations stay in it.") % {"group": old}
    return f"{joins} {stays}"


def removes(name: str, members: int, *, primary: bool) -> str:
    """What happens when a group is removed."""
    left = ngettext(
        "%(count)s organization of %(group)s will be in no credit risk group.",
        "%(count)s organizations of %(group)s will be in no credit risk group.",
        members,
    ) % {"count": members, "group": name}
    if not primary:
        return left
    return f"{left} {_('It is the primary group: newly added organizations will join none.')}"


def not_addable(party: Party) -> str:
    """Why an organization cannot be added to a group, as the button says; nothing where it can."""
    if party.status not in STOPPED:
        return ""
    words = (
        _("%(name)s is suspended. Suspended organizations cannot be added to a credit risk group.")
        if party.status is OrganizationStatus.SUSPENDED
        else _("%(name)s is blocked. Blocked organizations cannot be added to a credit risk group.")
    )
    return words % {"name": party.name}
