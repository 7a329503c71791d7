"""An organization's own settings: read, and written whole."""

from dataclasses import asdict
from typing import Final
from uuid import UUID

from placet.domain.own_settings import OwnSettings
from placet.domain.words import ApprovalOrder
from placet.storage import db

READ: Final = """
SELECT name, country, time_zone, multi_tier_approval, approval_order, offer_days, retry_when_credit_frees,
  language
FROM organization WHERE id = %(id)s"""

SAVE: Final = """
UPDATE organization SET name = %(name)s, country = %(country)s, time_zone = %(time_zone)s,
  multi_tier_approval = %(multi_tier_approval)s, approval_order = %(approval_order)s,
  offer_days = %(offer_days)s, retry_when_credit_frees = %(retry_when_credit_frees)s, language = %(language)s
WHERE id = %(id)s"""


def find(organization: UUID) -> OwnSettings:
    """Those of an organization that is known to exist."""
    row = db.fetch_one(READ, {"id": organization})
    assert row is not None, "organizations stay"
    return OwnSettings(**row | {"approval_order": ApprovalOrder(row["approval_order"])})


def save(organization: UUID, settings: OwnSettings) -> None:
    """As they became."""
    db.fetch(SAVE, {"id": organization, **asdict(settings)})
