"""Contracts in force: their terms, what a seller changes of them, and what that depends on."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from placet.domain.credit import Account, Limit, limit_of
from placet.domain.order import Named
from placet.domain.terms import CreditAccount, PriceListFound, Terms
from placet.domain.words import LimitSource, PaymentMethod
from placet.storage import db
from placet.storage.db import Row
from placet.storage.facts import as_uuid
from placet.storage.reading import PARTY, party
from placet.storage.retrying import retry_due

TERMS: Final = f"""
SELECT c.id, {PARTY.format("s")} AS seller, {PARTY.format("b")} AS buyer, c.external_id, c.currency,
  c.payment_method, c.tax_rate, c.payment_days, c.order_approval, a.id AS account_id, a.limit_minor,
  a.limit_source, a.balance_minor, a.reserved_minor,
  (SELECT json_build_array(l.id, l.ref, l.name) FROM price_list l WHERE l.id = c.price_list_id)
    AS price_list,
  EXISTS (SELECT FROM contract above WHERE above.buyer_id = c.seller_id AND above.ended_at IS NULL
    AND above.payment_method = 'credit_card') AS seller_by_card
FROM contract c JOIN credit_account a ON a.contract_id = c.id
JOIN organization s ON s.id = c.seller_id JOIN organization b ON b.id = c.buyer_id
"""

SEVERAL: Final = TERMS + "WHERE c.id = ANY(%(ids)s) AND c.ended_at IS NULL ORDER BY c.id"

OF_PARTY: Final = (
    TERMS
    + """
WHERE (c.seller_id = %(party)s OR c.buyer_id = %(party)s) AND c.ended_at IS NULL
  AND (%(ref)s = '' OR %(id)s::uuid IN (s.id, b.id) OR %(ref)s IN (s.ref, b.ref))
  AND (%(before)s::uuid IS NULL OR a.id < %(before)s::uuid)
ORDER BY a.id DESC LIMIT %(most)s"""
)

OF_BUYER: Final = TERMS + "WHERE c.buyer_id = %(buyer)s AND c.ended_at IS NULL ORDER BY c.id"

OF_NUMBER: Final = TERMS + (
    "WHERE c.seller_id = %(seller)s AND c.external_id = %(number)s AND c.ended_at IS NULL"
)

BETWEEN: Final = TERMS + (
    "WHERE c.seller_id = %(seller)s AND c.buyer_id = ANY(%(buyers)s) AND c.ended_at IS NULL ORDER BY c.id"
)


def find(contract: UUID) -> Terms | None:
    """The terms of one contract in force."""
    return next(iter(several([contract])), None)


def several(contracts: Sequence[UUID]) -> list[Terms]:
    """The terms of those of these that are in force."""
    return [_terms(row) for row in db.fetch(SEVERAL, {"ids": list(contracts)})] if contracts else []


def of_party(organization: UUID, before: UUID | None, most: int, partner: str = "") -> list[Terms]:
    """What an organization sells and buys on, with that other party, if one is named by id or ref; the newest
    account first."""
    asked = {"party": organization, "before": before, "most": most, "id": as_uuid(partner), "ref": partner}
    rows = db.fetch(OF_PARTY, asked)
    return [_terms(row) for row in rows]


def of_buyer(organization: UUID) -> list[Terms]:
    """What an organization buys on."""
    return [_terms(row) for row in db.fetch(OF_BUYER, {"buyer": organization})]


def of_number(seller: UUID, number: str) -> Terms | None:
    """What a seller has with the buyer of that number in its ERP."""
    found = db.fetch(OF_NUMBER, {"seller": seller, "number": number})
    return _terms(found[0]) if found else None


def between(seller: UUID, buyers: Sequence[UUID]) -> list[Terms]:
    """What a seller has with those of these organizations that buy from it."""
    return [_terms(row) for row in db.fetch(BETWEEN, {"seller": seller, "buyers": list(buyers)})]


def _terms(row: Row) -> Terms:
    return Terms(
        id=row["id"],
        account=CreditAccount(
            contract=row["id"],
            seller=party(row["seller"]),
            buyer=party(row["buyer"]),
            currency=row["currency"],
            standing=Account(
                row["account_id"], limit_of(row["limit_minor"]), row["balance_minor"], row["reserved_minor"]
            ),
            source=LimitSource(row["limit_source"]),
        ),
        price_list=_named(row["price_list"]),
        payment_method=PaymentMethod(row["payment_method"]),
        tax_rate=row["tax_rate"],
        payment_days=row["payment_days"],
        order_approval=row["order_approval"],
        seller_by_card=row["seller_by_card"],
        external_id=row["external_id"],
    )


def _named(cells: list[Any] | None) -> Named | None:
    return Named(UUID(cells[0]), cells[1], cells[2]) if cells else None


# What changes of them -----------------------------------------------------------------------

UPDATE: Final = """
UPDATE contract SET payment_method = %(payment_method)s, price_list_id = %(price_list)s,
  order_approval = %(order_approval)s, external_id = %(external_id)s WHERE id = %(id)s"""

RAISED: Final = "r.limit_minor > a.limit_minor OR (r.limit_minor IS NULL AND a.limit_minor IS NOT NULL)"

SET_LIMITS: Final = f"""
UPDATE credit_account a SET limit_minor = r.limit_minor, limit_source = r.source,
  retry_due_at = {retry_due(RAISED)}
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id uuid, limit_minor int8, source text)
WHERE a.id = r.id"""


def save(terms: Terms) -> None:
    """Writes down what a seller may change of a contract; its account's limit is `save_limits`'s."""
    db.fetch(
        UPDATE,
        {
            "id": terms.id,
            "payment_method": terms.payment_method.value,
            "price_list": terms.price_list.id if terms.price_list else None,
            "order_approval": terms.order_approval,
            "external_id": terms.external_id,
        },
    )


def save_limits(changed: Sequence[Terms]) -> None:
    """Writes down the limits of accounts that the caller has locked."""
    if changed:
        db.fetch(SET_LIMITS, {"rows": db.json([_limit_row(terms) for terms in changed])})


def _limit_row(terms: Terms) -> Row:
    limit = terms.account.standing.limit
    return {
        "id": terms.account.standing.id,
        "limit_minor": limit.minor if isinstance(limit, Limit) else None,
        "source": terms.account.source,
    }


LIMITS: Final = """
SELECT e.id, e.at, e.detail::json AS detail FROM event e
WHERE e.type = 'credit.limit_changed' AND e.detail ->> 'contract' = %(contract)s
  AND (%(before)s::uuid IS NULL OR e.id < %(before)s::uuid)
ORDER BY e.id DESC LIMIT %(most)s"""


def limit_changes(contract: UUID, before: UUID | None, most: int) -> list[Row]:
    """The facts that the contract's limit was changed (R61), the newest first."""
    return db.fetch(LIMITS, {"contract": str(contract), "before": before, "most": most})


# What a change depends on -------------------------------------------------------------------

GRANTED: Final = """
SELECT m.organization_id, g.default_limit FROM group_member m JOIN credit_risk_group g ON g.id = m.group_id
WHERE m.owner_id = %(seller)s AND m.organization_id = ANY(%(buyers)s)"""

PRICE_LIST: Final = """
SELECT l.id, l.ref, l.name, l.currency FROM price_list l
WHERE l.owner_id = %(owner)s AND (l.id = %(id)s OR l.ref = %(ref)s)"""

CHARGING: Final = """
SELECT EXISTS (SELECT FROM charge_attempt h JOIN orders o ON o.id = h.order_id
  WHERE h.contract_id = %(contract)s AND o.status IN ('pending_approval', 'submitted')
    AND h.state IN ('planned', 'unknown', 'authorised')) AS charging"""

NUMBER_TAKEN: Final = """
SELECT EXISTS (SELECT FROM contract WHERE seller_id = %(seller)s AND external_id = %(number)s
  AND id <> %(contract)s) AS taken"""


def granted(seller: UUID, buyers: Sequence[UUID]) -> dict[UUID, Decimal | None]:
    """The default limit of the seller's group that each of these buyers is in, for those in one (R61)."""
    rows = db.fetch(GRANTED, {"seller": seller, "buyers": list(buyers)})
    return {row["organization_id"]: row["default_limit"] for row in rows}


def price_list(owner: UUID, name: str) -> PriceListFound | None:
    """The owner's price list of that id or ref."""
    row = db.fetch_one(PRICE_LIST, {"owner": owner, "id": as_uuid(name), "ref": name})
    return PriceListFound(Named(row["id"], row["ref"], row["name"]), row["currency"]) if row else None


def charging(contract: UUID) -> bool:
    """Whether a card payment of this contract's buyer is under way (R48)."""
    row = db.fetch_one(CHARGING, {"contract": contract})
    return row is not None and bool(row["charging"])


NUMBERS: Final = """
SELECT buyer_id, external_id FROM contract
WHERE seller_id = %(seller)s AND buyer_id = ANY(%(buyers)s) AND ended_at IS NULL"""


def numbers(seller: UUID, buyers: Sequence[UUID]) -> dict[UUID, str]:
    """The numbers that these buyers have in the seller's ERP, where they have one."""
    rows = db.fetch(NUMBERS, {"seller": seller, "buyers": list(buyers)})
    return {row["buyer_id"]: row["external_id"] for row in rows if row["external_id"]}


def number_taken(terms: Terms, number: str) -> bool:
    """Whether it is the number of another buyer in the seller's ERP."""
    wanted = {"seller": terms.seller.id, "number": number, "contract": terms.id}
    row = db.fetch_one(NUMBER_TAKEN, wanted)
    return row is not None and bool(row["taken"])
