"""Usage as the top seller got it from its vendor (R71): recorded once for its key, billed when its month is
over."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal, invalid
from placet.domain.usage import Used
from placet.storage import db, subscriptions

__all__ = ["MOST_RECORDS", "Outcome", "Used", "import_usage", "may_import"]

MOST_RECORDS: Final = 1000


Outcome = Literal["added", "unchanged"]


@db.transaction
def import_usage(*, records: Sequence[Used], by: Actor, at: datetime) -> list[Outcome] | Refusal:
    """What became of each record, in their order: all of them or none. The same record again changes
    nothing; the same key for another record is refused, as is usage of what is not the caller's, before
    its subscription began, after it ended, or of a day that has not come."""
    if refusal := may_import(by):
        return refusal
    known = subscriptions.metered(by.organization, [record.subscription for record in records], at)
    before = subscriptions.imported(by.organization, [record.key for record in records])
    errors = dict(filter(None, (_wrong(i, r, known, before) for i, r in enumerate(records))))
    if errors:
        return invalid(**errors)
    fresh = {record.key: record for record in records if record.key not in before}
    if twice := _contradictions(records, fresh):
        return invalid(**twice)
    rows = [_row(record) for record in fresh.values()]
    subscriptions.import_usage(by.organization, rows, by.as_json(), at)
    return ["unchanged" if record.key in before else "added" for record in records]


def may_import(by: Actor) -> Refusal | None:
    """Why the caller imports no usage, if so: only a top seller's finance does, one import at a time."""
    top = by.may(Permission.FINANCE) and subscriptions.hold_usage(by.organization)
    return None if top else Refusal("forbidden")


Known = dict[UUID, tuple[date, date]]
Before = dict[str, tuple[UUID, date, Decimal]]


def _wrong(index: int, record: Used, known: Known, before: Before) -> tuple[str, str] | None:
    if before.get(record.key) == _facts(record):
        return None
    if record.subscription not in known:
        return f"records.{index}.subscription", "Not a subscription that usage is billed on."
    began_on, last_on = known[record.subscription]
    if not began_on <= record.used_on <= last_on:
        return f"records.{index}.used_on", "The subscription was not there on that day, or it has not come."
    if not 0 < record.quantity < Decimal(10) ** 12 or record.quantity != round(record.quantity, 6):
        return f"records.{index}.quantity", "Above 0, with at most 6 decimals."
    if record.key in before:
        return f"records.{index}.key", "Another record was imported with this key."
    return None


def _contradictions(records: Sequence[Used], fresh: dict[str, Used]) -> dict[str, str]:
    return {
        f"records.{index}.key": "Another record of this import has this key."
        for index, record in enumerate(records)
        if record.key in fresh and _facts(record) != _facts(fresh[record.key])
    }


def _facts(record: Used) -> tuple[UUID, date, Decimal]:
    return record.subscription, record.used_on, record.quantity


def _row(record: Used) -> db.Row:
    return {
        "id": db.new_id(),
        "key": record.key,
        "subscription_id": record.subscription,
        "used_on": record.used_on,
        "quantity": record.quantity,
    }
