"""What the database has of the things that a world file is about, in the file's own terms."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final

from placet.domain import money
from placet.domain.credit import UNLIMITED, Unlimited
from placet.domain.words import LimitSource
from placet.domain.world.ground import Facts, Match, Standing, contact_key, digest, numbered
from placet.domain.world.keys import Notes
from placet.domain.world.shape import ContactRole, World
from placet.storage import db
from placet.storage.db import Row
from placet.storage.sealing import opened

LOADING: Final = 7_405_002


def hold() -> None:
    """One world is loaded at a time: each finds all that the one before it made."""
    db.fetch(f"SELECT pg_advisory_xact_lock({LOADING})")


def standing(world: World, notes: Notes) -> Standing:
    """Everything that stands of what the file makes or mentions, with all sellers above."""
    organizations = _by(db.fetch(ORGANIZATIONS, {"refs": notes.refs("organizations")}), "ref")
    made = {"ids": [row["id"] for (ref,), row in organizations.items() if ref in _made(world)]}
    refs = {table: notes.refs(table) for table in ("vendors", "products", "price_lists")}
    priced = {"refs": refs["price_lists"], "products": refs["products"]}
    owners = {"refs": list({group.owner for group in world.credit_risk_groups})}
    return Standing(
        organizations=organizations,
        contracts=_contracts(organizations),
        external_ids=_external_ids(world),
        contacts=_contacts(db.fetch(CONTACTS, made)),
        users=_by(db.fetch(USERS, {"emails": _emails(world)}), "email"),
        memberships=_by(db.fetch(MEMBERSHIPS, {"emails": _emails(world)}), "email", "organization"),
        api_keys=_by(db.fetch(API_KEYS, {"digests": _digests(world)}), "digest"),
        tokens=_numbered(db.fetch(TOKENS, made), _token_key),
        card_gateways=_card_gateways(db.fetch(CARD_GATEWAYS, made)),
        vendors=_by(db.fetch(VENDORS, {"refs": refs["vendors"]}), "ref"),
        products=_by(db.fetch(PRODUCTS, {"refs": refs["products"]}), "ref"),
        price_lists=_by(db.fetch(PRICE_LISTS, {"refs": refs["price_lists"]}), "ref"),
        prices=_dated(_prices(db.fetch(PRICES, priced))),
        discounts=_dated(db.fetch(DISCOUNTS, {"refs": refs["price_lists"]})),
        groups=_by(db.fetch(GROUPS, owners), "owner", "name"),
        policies=_numbered(db.fetch(POLICIES, owners), _policy_key),
        members=_by(db.fetch(MEMBERS, owners), "owner", "organization"),
        endpoints=_endpoints(world),
        subscriptions=_by(
            db.fetch(SUBSCRIPTIONS, {"refs": [each.ref for each in world.subscriptions]}), "ref"
        ),
        invoices=_by(db.fetch(INVOICES, _numbers(world)), "seller", "number"),
        counters={(row["seller"],): row["last"] for row in db.fetch(COUNTERS, _numbers(world))},
    )


def _by(rows: Iterable[Row], *columns: str) -> dict[Match, Facts]:
    return {tuple(row[column] for column in columns): row for row in rows}


def _numbered(rows: list[Row], match: Callable[[Row], Match]) -> dict[Match, Facts]:
    return dict(zip(numbered(map(match, rows)), rows, strict=True))


# Organizations and contracts ----------------------------------------------------------------


def _named(alias: str) -> str:
    """What an organization goes by: its ref, else its id."""
    return f"coalesce({alias}.ref, {alias}.id::text)"


ORGANIZATIONS: Final = f"""
WITH RECURSIVE up AS (
  SELECT o.id FROM organization o WHERE o.ref = ANY(%(refs)s)
  UNION
  SELECT c.seller_id FROM up JOIN contract c ON c.buyer_id = up.id AND c.ended_at IS NULL
)
SELECT o.id, {_named("o")} AS ref, o.name, o.kind, o.status, o.country, o.time_zone,
  o.multi_tier_approval, o.approval_order, o.offer_days, o.retry_when_credit_frees,
  coalesce(nullif(o.language, ''), 'en') AS language, o.external_id
FROM up JOIN organization o ON o.id = up.id"""

CONTRACTS: Final = f"""
SELECT c.id, a.id AS account, {_named("b")} AS organization, {_named("s")} AS seller, c.external_id,
  c.currency, coalesce(l.ref, l.id::text) AS price_list, c.payment_method, trim_scale(c.tax_rate) AS tax_rate,
  c.payment_days, c.order_approval, a.limit_minor, a.limit_source,
  (SELECT CASE e.kind WHEN 'opening' THEN e.amount_minor END FROM account_entry e
    WHERE e.account_id = a.id ORDER BY e.seq LIMIT 1) AS opening_minor
FROM contract c JOIN credit_account a ON a.contract_id = c.id
JOIN organization b ON b.id = c.buyer_id JOIN organization s ON s.id = c.seller_id
LEFT JOIN price_list l ON l.id = c.price_list_id
WHERE c.buyer_id = ANY(%(ids)s) AND c.ended_at IS NULL ORDER BY c.started_at, c.id"""

EXTERNAL_IDS: Final = f"""
SELECT s.ref AS seller, c.external_id, {_named("b")} AS buyer FROM contract c
JOIN organization s ON s.id = c.seller_id JOIN organization b ON b.id = c.buyer_id
WHERE s.ref = ANY(%(sellers)s) AND c.external_id = ANY(%(numbers)s)"""


def _made(world: World) -> set[str]:
    return {each.ref for each in world.organizations}


def _contracts(organizations: Mapping[Match, Facts]) -> dict[Match, Facts]:
    ids = [facts["id"] for facts in organizations.values()]
    return _by(map(_contract, db.fetch(CONTRACTS, {"ids": ids})), "organization")


def _contract(row: Row) -> Row:
    opening = _decimal(row["opening_minor"] or 0, row["currency"])
    return row | {"credit_limit": _limit(row), "opening_balance": opening}


def _limit(row: Row) -> Decimal | Unlimited | None:
    if row["limit_source"] == LimitSource.DEFAULT:
        return None
    return UNLIMITED if row["limit_minor"] is None else _decimal(row["limit_minor"], row["currency"])


def _decimal(minor: int, currency: str) -> Decimal:
    return Decimal(money.text(minor, currency))


def _external_ids(world: World) -> dict[Match, str]:
    deals = [(each.contract.seller, each.external_id) for each in world.organizations if each.contract]
    wanted = {
        "sellers": [seller for seller, _ in deals],
        "numbers": [number for _, number in deals if number],
    }
    return {(row["seller"], row["external_id"]): row["buyer"] for row in db.fetch(EXTERNAL_IDS, wanted)}


# People and programs ------------------------------------------------------------------------

CONTACTS: Final = """
SELECT c.id, o.ref AS organization, c.name, c.email, c.is_primary, c.is_bill_to, c.active
FROM contact c JOIN organization o ON o.id = c.organization_id
WHERE c.organization_id = ANY(%(ids)s) ORDER BY c.created_at, c.id"""

USERS: Final = """
SELECT u.id, lower(u.email) AS email, u.name FROM user_account u WHERE lower(u.email) = ANY(%(emails)s)"""

MEMBERSHIPS: Final = f"""
SELECT lower(u.email) AS email, {_named("o")} AS organization, m.role
FROM user_account u JOIN membership m ON m.user_id = u.id JOIN organization o ON o.id = m.organization_id
WHERE lower(u.email) = ANY(%(emails)s)"""

API_KEYS: Final = f"""
SELECT k.id, k.digest, k.name, k.role, k.revoked_at IS NOT NULL AS revoked, {_named("o")} AS organization
FROM api_key k JOIN organization o ON o.id = k.organization_id WHERE k.digest = ANY(%(digests)s)"""

TOKENS: Final = """
SELECT t.id, o.ref AS organization, t.gateway, t.reference, t.expires, t.active
FROM payment_token t JOIN contract c ON c.id = t.contract_id AND c.ended_at IS NULL
JOIN organization o ON o.id = c.buyer_id
WHERE c.buyer_id = ANY(%(ids)s) ORDER BY t.created_at, t.id"""


CARD_GATEWAYS: Final = """
SELECT m.id, o.ref AS organization, m.gateway, m.sealed, nullif(m.variable, '') AS secret_variable,
  nullif(m.publishable_key, '') AS publishable_key
FROM merchant m JOIN organization o ON o.id = m.organization_id
WHERE m.organization_id = ANY(%(ids)s) AND m.chosen"""


def _card_gateways(rows: list[Row]) -> dict[Match, Facts]:
    return _by([row | {"secret": opened(row["sealed"])} for row in rows], "organization")


def _contacts(rows: list[Row]) -> dict[Match, Facts]:
    return _numbered([row | {"roles": tuple(_roles(row))} for row in rows], _contact_key)


def _roles(row: Row) -> Iterable[str]:
    held = {ContactRole.BILL_TO: row["is_bill_to"], ContactRole.PRIMARY: row["is_primary"]}
    return sorted(role for role, is_held in held.items() if is_held)


def _contact_key(row: Row) -> Match:
    return row["organization"], contact_key(row["email"], row["name"])


def _token_key(row: Row) -> Match:
    return row["organization"], row["gateway"], row["reference"]


def _emails(world: World) -> list[str]:
    return [user.sign_in for each in world.organizations for user in each.users]


def _digests(world: World) -> list[bytes]:
    return [digest(api_key.key) for each in world.organizations for api_key in each.api_keys]


# Catalog and prices -------------------------------------------------------------------------

VENDORS: Final = "SELECT v.id, v.ref, v.name, v.connector FROM vendor v WHERE v.ref = ANY(%(refs)s)"

PRODUCTS: Final = """
SELECT p.id, p.ref, coalesce(v.ref, v.id::text) AS vendor, p.sku, p.name, p.product_type, p.billing_type,
  p.fulfilment, p.trial, p.term_months, p.description, p.sandbox::json AS sandbox
FROM product p JOIN vendor v ON v.id = p.vendor_id WHERE p.ref = ANY(%(refs)s)"""

PRICE_LISTS: Final = f"""
SELECT l.id, l.ref, {_named("o")} AS owner, l.name, l.currency,
  trim_scale(l.markup_percent) AS markup_percent, l.valid_from, l.valid_to
FROM price_list l JOIN organization o ON o.id = l.owner_id WHERE l.ref = ANY(%(refs)s)"""

PRICES: Final = """
SELECT i.id, l.ref AS price_list, p.ref AS product, i.min_quantity, i.unit_minor, l.currency, i.valid_from,
  i.valid_to
FROM price_list l JOIN price i ON i.price_list_id = l.id JOIN product p ON p.id = i.product_id
WHERE l.ref = ANY(%(refs)s) AND p.ref = ANY(%(products)s)"""

DISCOUNTS: Final = """
SELECT d.id, l.ref AS price_list, p.ref AS product, d.min_quantity, trim_scale(d.percent) AS percent,
  d.valid_from, d.valid_to
FROM price_list l JOIN discount d ON d.price_list_id = l.id LEFT JOIN product p ON p.id = d.product_id
WHERE l.ref = ANY(%(refs)s) AND (d.product_id IS NULL OR p.ref IS NOT NULL)"""


def _prices(rows: list[Row]) -> list[Row]:
    return [row | {"price": _decimal(row["unit_minor"], row["currency"])} for row in rows]


def _dated(rows: list[Row]) -> dict[Match, Facts]:
    return _by(rows, "price_list", "product", "min_quantity", "valid_from")


# Credit risk and webhooks -------------------------------------------------------------------

GROUPS: Final = """
SELECT g.id, o.ref AS owner, g.name, g."primary", trim_scale(g.default_limit) AS default_limit
FROM credit_risk_group g JOIN organization o ON o.id = g.owner_id WHERE o.ref = ANY(%(refs)s)"""

POLICIES: Final = """
SELECT o.ref AS owner, g.name AS "group", y.id, y.scope, coalesce(v.ref, v.id::text) AS vendor,
  y.approve_above, ARRAY(SELECT coalesce(p.ref, p.id::text) FROM policy_offer f
    JOIN product p ON p.id = f.product_id WHERE f.policy_id = y.id) AS offers
FROM policy y JOIN credit_risk_group g ON g.id = y.group_id JOIN organization o ON o.id = g.owner_id
LEFT JOIN vendor v ON v.id = y.vendor_id
WHERE o.ref = ANY(%(refs)s) ORDER BY y.created_at, y.id"""

MEMBERS: Final = f"""
SELECT o.ref AS owner, {_named("m")} AS organization, g.name AS "group"
FROM group_member i JOIN credit_risk_group g ON g.id = i.group_id
JOIN organization o ON o.id = i.owner_id JOIN organization m ON m.id = i.organization_id
WHERE o.ref = ANY(%(refs)s)"""

ENDPOINTS: Final = """
SELECT e.id, o.ref AS owner, e.url, s.sealed, e.events FROM webhook_endpoint e
JOIN organization o ON o.id = e.owner_id JOIN webhook_secret s ON s.endpoint_id = e.id AND s.ends_at IS NULL
WHERE o.ref = ANY(%(refs)s) ORDER BY e.created_at, e.id"""


def _policy_key(row: Row) -> Match:
    offers = tuple(sorted(row["offers"]))
    return row["owner"], row["group"], row["scope"], row["vendor"], offers, row["approve_above"]


def _endpoints(world: World) -> dict[Match, Facts]:
    owners = list({each.owner for each in world.webhook_endpoints})
    rows = db.fetch(ENDPOINTS, {"refs": owners})
    sorted_ = [
        row | {"events": tuple(sorted(row["events"])), "secret": opened(row["sealed"])} for row in rows
    ]
    return _numbered(sorted_, lambda row: (row["owner"], row["url"]))


# What customers have ------------------------------------------------------------------------

SUBSCRIPTIONS: Final = f"""
SELECT n.id, o.imported_as AS ref, {_named("b")} AS customer, coalesce(p.ref, p.id::text) AS product,
  n.quantity, n.status, n.started_at, n.renews_on, n.vendor_reference
FROM orders o JOIN subscription n ON n.order_id = o.id JOIN product p ON p.id = n.product_id
JOIN organization b ON b.id = n.buyer_id WHERE o.imported_as = ANY(%(refs)s)"""


# Invoices -----------------------------------------------------------------------------------

INVOICES: Final = f"""
SELECT i.id, s.ref AS seller, {_named("b")} AS buyer, i.number, i.kind, i.issued_on, i.due_on
FROM invoice i JOIN organization s ON s.id = i.seller_id JOIN organization b ON b.id = i.buyer_id
WHERE s.ref = ANY(%(sellers)s) AND i.number = ANY(%(numbers)s)"""

COUNTERS: Final = """
SELECT s.ref AS seller, k.last FROM invoice_counter k JOIN organization s ON s.id = k.seller_id
WHERE s.ref = ANY(%(sellers)s) AND cardinality(%(numbers)s::text[]) > 0"""


def _numbers(world: World) -> Row:
    sellers = list({each.seller for each in world.invoices})
    return {"sellers": sellers, "numbers": [each.number for each in world.invoices]}
