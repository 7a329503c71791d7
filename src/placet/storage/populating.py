"""Writing the new things of a world file, table by table, in batches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import batched
from typing import Any, Final
from uuid import UUID

from placet.domain.world.ground import Ground, Match
from placet.domain.world.matching import Thing, Things
from placet.storage import db, models

Progress = Callable[[str, int, int], None]
"""Told a stage, how much of it is done, and how much there is."""

BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Settling:
    """The new things, what they stand on, and who says so and when."""

    new: Things
    ground: Ground
    source: str
    now: datetime
    ids: dict[str, dict[Match, UUID]]

    def id(self, table: str, *match: object) -> UUID:
        """The id of a thing, new or not."""
        return self.ids[table][match]


def populate(new: Things, ground: Ground, *, source: str, now: datetime, progress: Progress) -> None:
    """Writes everything new. The caller has checked that it fits."""
    settling = Settling(new, ground, source, now, _ids(new, ground))
    for stage, save, rows in _stages(settling):
        _save(stage, save, rows, progress)
    _begin_numbers(settling)
    _grant_defaults(settling)
    _sign_groups(settling)


def _ids(new: Things, ground: Ground) -> dict[str, dict[Match, UUID]]:
    return {table.name: _ids_of(table.name, new, ground) for table in fields(new)}


def _ids_of(table: str, new: Things, ground: Ground) -> dict[Match, UUID]:
    stood = getattr(ground.standing, table).items()
    there = {match: row["id"] for match, row in stood if "id" in row}
    return there | {thing.match: db.new_id() for thing in getattr(new, table)}


Save = Callable[[Any], object]


def _save(stage: str, save: Save, rows: Iterable[Any], progress: Progress) -> None:
    listed = list(rows)
    done = 0
    for batch in batched(listed, BATCH, strict=False):
        save(batch)
        done += len(batch)
        progress(stage, done, len(listed))


def _stages(settling: Settling) -> Iterator[tuple[str, Save, Iterable[Any]]]:
    """In the order in which rows need one another."""
    new = settling.new

    def each[E](build: Callable[[Thing[E], Settling], Any], things: Sequence[Thing[E]]) -> Iterator[Any]:
        return (build(thing, settling) for thing in things)

    yield "vendors", models.Vendor.objects.bulk_create, each(_vendor, new.vendors)
    yield "products", models.Product.objects.bulk_create, each(_product, new.products)
    yield "organizations", models.Organization.objects.bulk_create, each(_organization, new.organizations)
    yield "price lists", models.PriceList.objects.bulk_create, each(_price_list, new.price_lists)
    yield "prices", models.Price.objects.bulk_create, each(_price, new.prices)
    yield "contracts", models.Contract.objects.bulk_create, each(_contract, new.contracts)
    yield "credit accounts", models.CreditAccount.objects.bulk_create, each(_account, new.contracts)
    yield "opening balances", models.AccountEntry.objects.bulk_create, _openings(settling)
    yield "payment tokens", models.PaymentToken.objects.bulk_create, each(_token, new.tokens)
    yield "contacts", models.Contact.objects.bulk_create, each(_contact, new.contacts)
