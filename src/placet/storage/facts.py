"""What decisions are made from: the facts for a new order in one statement, and a chain's payers, locked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from placet.domain.chain import Chain, ChainLink, Group, Policy, PriceList, Product, Seller
from placet.domain.credit import Account, limit_of
from placet.domain.order import Named, Order
from placet.domain.parties import Party
from placet.domain.validating import Payer, Payers, Token
from placet.domain.words import (
    ApprovalOrder,
    BillingType,
    Fulfilment,
    PaymentMethod,
    ProductType,
    Scope,
)
from placet.storage import db
from placet.storage.db import Row
from placet.storage.reading import PARTY, party

DEEPEST: Final = 50
"""Tiers of the longest chain that is followed."""

VALID: Final = """({0}.valid_from IS NULL OR {0}.valid_from <= %(now)s)
            AND ({0}.valid_to IS NULL OR {0}.valid_to > %(now)s)"""
"""Whether a list, a price or a discount is valid: from its first moment on, no longer at its last."""

PRODUCT: Final = """json_build_array(p.id, p.ref, p.name, json_build_array(v.id, v.ref, v.name),
      p.product_type, p.billing_type, p.fulfilment, p.trial, p.term_months)"""
"""A product `p` of a vendor `v`, to be read by `as_product`."""

FACTS: Final = f"""
WITH RECURSIVE wanted AS (
  SELECT p.* FROM product p WHERE p.id = ANY(%(ids)s) OR p.ref = ANY(%(names)s)
), buyer AS (
  SELECT b.* FROM organization b WHERE b.id = %(buyer_id)s OR b.ref = %(buyer_ref)s
), chain AS (
  SELECT c.*, 1 AS tier FROM contract c JOIN buyer ON buyer.id = c.buyer_id WHERE c.ended_at IS NULL
  UNION ALL
  SELECT c.*, chain.tier + 1 FROM contract c JOIN chain ON chain.seller_id = c.buyer_id
  WHERE c.ended_at IS NULL AND chain.tier < {DEEPEST}
)
SELECT
  (SELECT {PARTY.format("buyer")} FROM buyer) AS buyer,
  (SELECT json_agg({PRODUCT})
    FROM wanted p JOIN vendor v ON v.id = p.vendor_id) AS products,
  (SELECT json_agg(json_build_array(c.id, a.id, {PARTY.format("s")}, s.multi_tier_approval,
      s.approval_order, s.offer_days, s.time_zone, {PARTY.format("b")}, c.currency, c.tax_rate::text,
      c.payment_method, c.order_approval,
      (SELECT json_build_array(l.currency, l.markup_percent::text,
          (SELECT json_agg(json_build_array(i.product_id, i.min_quantity, i.unit_minor))
            FROM price i JOIN wanted w ON w.id = i.product_id
            WHERE i.price_list_id = l.id AND {VALID.format("i")}),
          (SELECT json_agg(json_build_array(d.product_id, d.min_quantity, d.percent::text))
            FROM discount d LEFT JOIN wanted w ON w.id = d.product_id
            WHERE d.price_list_id = l.id AND (d.product_id IS NULL OR w.id IS NOT NULL)
              AND {VALID.format("d")}))
        FROM price_list l WHERE l.id = c.price_list_id AND {VALID.format("l")})) ORDER BY c.tier)
    FROM chain c JOIN credit_account a ON a.contract_id = c.id
    JOIN organization s ON s.id = c.seller_id JOIN organization b ON b.id = c.buyer_id) AS links,
  (SELECT json_agg(json_build_array(m.owner_id, m.organization_id, g.id, g.name,
      (SELECT json_agg(json_build_array(y.id, y.scope, y.approve_above::text,
          (SELECT json_agg(w.id) FROM wanted w WHERE y.scope = 'all' OR (w.vendor_id = y.vendor_id
            AND (y.scope = 'vendor' OR EXISTS (SELECT FROM policy_offer f
              WHERE f.policy_id = y.id AND f.product_id = w.id))))))
        FROM policy y WHERE y.group_id = g.id)))
    FROM group_member m JOIN credit_risk_group g ON g.id = m.group_id
    WHERE m.owner_id IN (SELECT c.seller_id FROM chain c JOIN organization s ON s.id = c.seller_id
        WHERE s.multi_tier_approval)
      AND m.organization_id IN (SELECT buyer_id FROM chain)) AS groups
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that placing an order is decided from (R4, R20-R23)."""

    buyer: Party
    chain: Chain
    products: dict[str, Product]
    """The products that were asked for and exist, by the name they were asked for (id or ref)."""

    def party(self, organization: UUID) -> Party | None:
        """That organization, where it is the buyer or a seller above it; anyone else is a stranger."""
        chain = (self.buyer, *(link.seller.party for link in self.chain))
        return next((party for party in chain if party.id == organization), None)


def as_uuid(text: str) -> UUID | None:
    """The id that a text is, if it is one: wherever a thing is named, its id or its ref serves."""
    try:
        return UUID(text) if len(text) == 36 else None  # noqa: PLR2004 - the usual way to write one
    except ValueError:
        return None


def for_order(buyer: str, products: Sequence[str], now: Any) -> Facts | None:  # noqa: ANN401
    """The facts for an order of this buyer (id or ref) over these products; `None`: no such buyer."""
    ids = {id_ for name in products if (id_ := as_uuid(name))}
    row = db.fetch_one(
        FACTS,
        {
            "ids": list(ids),
            "names": list(set(products)),
            "buyer_id": as_uuid(buyer),
            "buyer_ref": buyer,
            "now": now,
        },
    )
    if row is None or row["buyer"] is None:
        return None
    groups = _groups(row["groups"] or ())
    return Facts(
        buyer=party(row["buyer"]),
        chain=tuple(_link(groups, *cells) for cells in row["links"] or ()),
        products=_by_name(products, [as_product(*cells) for cells in row["products"] or ()]),
    )


def _by_name(names: Sequence[str], products: list[Product]) -> dict[str, Product]:
    known = {str(product.id): product for product in products}
    known |= {product.ref: product for product in products if product.ref}
    return {name: known[key] for name in names if (key := _key(name)) in known}


def _key(name: str) -> str:
    return str(as_uuid(name) or name)


def as_product(  # noqa: PLR0913, PLR0917 - the columns, in the order of `PRODUCT`
    id_: str,
    ref: str | None,
    name: str,
    vendor: list[Any],
    product_type: str,
    billing_type: str,
    fulfilment: str,
    trial: bool,  # noqa: FBT001
    term_months: int | None,
) -> Product:
    """The value of one `PRODUCT`."""
    return Product(
        id=UUID(id_),
        ref=ref,
        name=name,
        vendor=Named(UUID(vendor[0]), vendor[1], vendor[2]),
        product_type=ProductType(product_type),
        billing_type=BillingType(billing_type),
        fulfilment=Fulfilment(fulfilment),
        trial=trial,
        term_months=term_months,
    )


def _groups(rows: Sequence[list[Any]]) -> dict[UUID, dict[UUID, Group]]:
    """By owner, then by member."""
    found: dict[UUID, dict[UUID, Group]] = {}
    for owner, member, id_, name, policies in rows:
        group = Group(UUID(id_), name, tuple(_policy(*cells) for cells in policies or ()))
        found.setdefault(UUID(owner), {})[UUID(member)] = group
    return found


def _policy(id_: str, scope: str, above: str | None, covers: list[str] | None) -> Policy:
    return Policy(
        id=UUID(id_),
        scope=Scope(scope),
        covers=frozenset(map(UUID, covers or ())),
        above=Decimal(above) if above is not None else None,
    )


def _link(  # noqa: PLR0913, PLR0917 - likewise
    groups: dict[UUID, dict[UUID, Group]],
    contract: str,
    account: str,
    seller: list[Any],
    multi_tier_approval: bool,  # noqa: FBT001
    approval_order: str,
    offer_days: int,
    time_zone: str,
    buyer: list[Any],
    currency: str,
    tax_rate: str,
    payment_method: str,
    order_approval: bool,  # noqa: FBT001
    price_list: list[Any] | None,
) -> ChainLink:
    sells = party(seller)
    return ChainLink(
        contract=UUID(contract),
        account=UUID(account),
        seller=Seller(
            sells,
            multi_tier_approval,
            ApprovalOrder(approval_order),
            offer_days,
            time_zone,
            groups.get(sells.id, {}),
        ),
        buyer=party(buyer),
        currency=currency,
        tax_rate=Decimal(tax_rate),
        payment_method=PaymentMethod(payment_method),
        order_approval=order_approval,
        price_list=_price_list(*price_list) if price_list else None,
    )


def _price_list(
    currency: str, markup: str | None, prices: list[Any] | None, discounts: list[Any] | None
) -> PriceList:
    return PriceList(
        currency=currency,
        markup_percent=Decimal(markup) if markup is not None else None,
        prices=by_product(prices or (), int),
        discounts=by_product(discounts or (), Decimal),
    )


def by_product[T](rows: Sequence[list[Any]], value: Callable[[Any], T]) -> dict[Any, list[tuple[int, T]]]:
    """Rows of a product's id (or none), a quantity and a value, as steps by product."""
    found: dict[Any, list[tuple[int, T]]] = {}
    for product, quantity, given in rows:
        found.setdefault(product and UUID(product), []).append((quantity, value(given)))
    return found


LOCK_ACCOUNTS: Final = """
SELECT id, unused_minor FROM credit_account WHERE id = ANY(%(accounts)s) ORDER BY id FOR NO KEY UPDATE"""

COUNTS: Final = """(t.gateway = coalesce(m.gateway, 'sandbox')
  AND (t.merchant_id IS NULL OR t.merchant_id = m.id))"""
"""Whether a token `t` is of the account `m` that its seller has chosen; with none it is at the sandbox.
A token that a file or a seller stated names no account."""

PAYERS: Final = f"""
SELECT a.id, a.limit_minor, a.balance_minor, a.reserved_minor, c.payment_method,
  CASE c.payment_method WHEN 'credit_card' THEN
    (SELECT json_agg(json_build_array(t.gateway, t.reference, t.expires, t.active, {COUNTS}, m.id)
       ORDER BY t.id)
     FROM payment_token t WHERE t.contract_id = c.id) END AS tokens
FROM credit_account a JOIN contract c ON c.id = a.contract_id
LEFT JOIN merchant m ON m.organization_id = c.seller_id AND m.chosen WHERE a.id = ANY(%(accounts)s)"""


def locked_payers(order: Order) -> Payers:
    """The accounts of the order's chain, locked in the one order that everybody locks them in (by id),
    and only then read, with the payers' methods and cards (R22, R42).

    Whoever changes an account, its contract's payment method or its tokens takes the same lock.
    """
    lock_accounts([link.account for link in order.links])
    return payers(order)


def payers(order: Order) -> Payers:
    """The same as it stands now, unlocked: to look at, not to spend."""
    accounts = [link.account for link in order.links]
    rows = {row["id"]: row for row in db.fetch(PAYERS, {"accounts": accounts})}
    return {link.tier: _payer(rows[link.account]) for link in order.links}


def _payer(row: Row) -> Payer:
    return Payer(
        account=Account(row["id"], limit_of(row["limit_minor"]), row["balance_minor"], row["reserved_minor"]),
        payment_method=PaymentMethod(row["payment_method"]),
        tokens=tuple(_token(*cells) for cells in row["tokens"] or ()),
    )


def _token(  # noqa: PLR0913, PLR0917 - the columns, in the order of the statement above
    gateway: str,
    reference: str,
    expires: str,
    active: bool,  # noqa: FBT001
    counts: bool,  # noqa: FBT001
    merchant: str | None,
) -> Token:
    return Token(gateway, reference, expires, active, counts, UUID(merchant) if merchant else None)


def lock_accounts(accounts: Sequence[UUID]) -> dict[UUID, int]:
    """Takes the same lock as `locked_payers`, for whoever changes accounts or how they are paid. Answers
    how much unused credit each has, which settles what is invoiced there next (R62)."""
    rows = db.fetch(LOCK_ACCOUNTS, {"accounts": list(accounts)})
    return {row["id"]: row["unused_minor"] for row in rows}


CHAINS_LOCK: Final = 7_405_001


def hold_chains_still() -> None:
    """Placing takes this shared, suspending takes it alone: no order slips past a suspension (R72)."""
    db.fetch(f"SELECT pg_advisory_xact_lock_shared({CHAINS_LOCK})")


def stop_placing() -> None:
    """Waits for orders that are being placed just now, and lets no other begin until the end."""
    db.fetch(f"SELECT pg_advisory_xact_lock({CHAINS_LOCK})")
