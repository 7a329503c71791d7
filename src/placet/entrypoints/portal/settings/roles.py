"""Roles as people read them."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as said

from placet.domain.words import Role

NAMES: Final[Mapping[Role, Promise]] = {
    Role.ADMIN: said("role", "Administrator"),
    Role.APPROVER: said("role", "Approver"),
    Role.BUYER: said("role", "Buyer"),
    Role.FINANCE: said("role", "Finance"),
    Role.VIEWER: said("role", "Viewer"),
}

MEANINGS: Final[Mapping[Role, Promise]] = {
    Role.ADMIN: _("May do everything, and says who else comes in."),
    Role.APPROVER: _("Reads everything, and approves or rejects."),
    Role.BUYER: _("Reads everything, and orders."),
    Role.FINANCE: _("Reads everything; invoices, payments and limits."),
    Role.VIEWER: _("Only reads."),
}

CHOICES: Final = tuple((role.value, name) for role, name in NAMES.items())
EXPLAINED: Final = tuple((NAMES[role], MEANINGS[role]) for role in NAMES)
