"""How to break each invariant: for each of its sentences, in their order, SQL after which the books of
`tests.actions.books` say that sentence, and no other invariant's.

`<note>` stands for the id of the order with that note, `<@ref>` for an organization's, `<#ref>` for the
id of the account on which that organization buys.
"""

# ruff: noqa: S608 - the statements are put together from constants

import json
from typing import Final

from placet.storage.invariants import (
    Invariant,
    baskets,
    cards,
    credit,
    exchange,
    execution,
    ledger,
    orders,
    parties,
    prices,
    subscriptions,
    telling,
)

NEW_CONTRACT: Final = """
WITH contract_ AS (
  INSERT INTO contract (id, seller_id, buyer_id, currency, payment_method, tax_rate, payment_days,
    order_approval, started_at)
  VALUES (gen_random_uuid(), {seller}, {buyer}, 'EUR', 'cash', 0, 30, false, now()) RETURNING id
)
INSERT INTO credit_account (id, contract_id, currency, limit_minor, limit_source, balance_minor,
  reserved_minor)
SELECT gen_random_uuid(), id, 'EUR', 0, 'own', 0, 0 FROM contract_"""

NEW_CHARGE: Final = """
INSERT INTO charge_attempt (id, order_id, contract_id, tier, attempt, gateway, token, amount_minor, currency,
  state, reference, reason, starts, tries, created_at, asked_at, due_at)
SELECT gen_random_uuid(), l.order_id, l.contract_id, l.tier, 9, 'sandbox', 'tok_ok', {amount}, l.currency,
  '{state}', '', '', '{{}}', 0, now(), NULL, now()
FROM order_link l WHERE l.order_id = {order} AND l.tier = 2"""

NEW_EVENT: Final = """
INSERT INTO event (id, type, schema, order_id, seen_by, detail, at)
VALUES (gen_random_uuid(), '{type}', 1, {order}, '{{}}', {detail}, now())"""


def _untell(which: str) -> str:
    """The event is forgotten, with all that tells of it."""
    events = f"SELECT id FROM event WHERE {which}"
    telling = (
        f"DELETE FROM {table} WHERE event_id IN ({events})" for table in ("delivery", "notice", "mail")
    )
    return "; ".join([*telling, f"DELETE FROM event WHERE {which}"])


def _checked(order: str, **figures: int | None) -> str:
    """The credit check of the order's first link, with other figures."""
    return f"""UPDATE validation_check SET detail = detail || '{json.dumps(figures)}'
    WHERE order_id = {order} AND name = 'available_credit' AND tier = 1"""


ONE: Final = "order_id = <executed> AND position = 0"

OPENED: Final = "UPDATE credit_account SET opening_open_minor = opening_open_minor + 1 WHERE id = <#bare>"

OF_LEDGER: Final = "contract_id = (SELECT contract_id FROM credit_account WHERE id = <#ledger>)"

CREDITING: Final = f"invoice_id = (SELECT id FROM invoice WHERE {OF_LEDGER} AND kind = 'credit')"

WHOLE: Final = "account_id = <#ledger> AND amount_minor = 2400"

SETTLED: Final = f"(SELECT source_id, target_id FROM allocation WHERE {WHOLE})"

BREAKS: Final[dict[Invariant, tuple[str, ...]]] = {
    # Credit ---------------------------------------------------------------------------------
    credit.ONE_EACH: (
        """INSERT INTO contract (id, seller_id, buyer_id, currency, payment_method, tax_rate, payment_days,
          order_approval, started_at)
        VALUES (gen_random_uuid(), <@dist>, <@other>, 'EUR', 'cash', 0, 30, false, now())""",
        "UPDATE credit_account SET currency = 'USD' WHERE id = <#bare>",
    ),
    credit.BALANCE: ("UPDATE credit_account SET balance_minor = balance_minor + 1 WHERE id = <#payer>",),
    credit.RUNNING_BALANCE: (
        "UPDATE account_entry SET balance_minor = balance_minor + 1 WHERE account_id = <#bare>",
    ),
    credit.RESERVED: ("UPDATE credit_account SET reserved_minor = reserved_minor + 1 WHERE id = <#payer>",),
    credit.CHECKS: (
        _checked("<executed>", required=1),
        _checked("<paid>", available=1),
        _checked("<executed>", limit=0, balance=0, reserved=0, available=0),
        _checked("<short>", shortfall=1),
    ),
    credit.CHECKED: (
        """INSERT INTO reservation (order_id, line_id, account_id, amount_minor, state)
        SELECT c.order_id, c.line_id, <#cust>, c.gross_minor, 'released' FROM order_line_price c
        WHERE c.order_id = <pending> AND c.tier = 1""",
    ),
    # Every order for itself was within a limit that was never raised: together they are not.
    credit.LIMITS: (
        """UPDATE validation_check k SET detail = k.detail
          || jsonb_build_object('limit', f.most, 'balance', 0, 'reserved', 0, 'available', f.most)
        FROM order_link l, (SELECT max(gross_minor) AS most FROM order_link WHERE account_id = <#cust>) f
        WHERE l.order_id = k.order_id AND l.tier = k.tier AND l.account_id = <#cust>
          AND k.name = 'available_credit'""",
    ),
    credit.RELEASES: (
        """UPDATE orders SET released = jsonb_set(released, '{0,by,organization}', to_jsonb(<@dist>))
        WHERE note = 'released'""",
    ),
    credit.LIMIT_IN_FORCE: ("UPDATE credit_account SET limit_minor = limit_minor + 1 WHERE id = <#low>",),
    credit.TOLD: ("UPDATE credit_account SET limit_minor = limit_minor + 1 WHERE id = <#cust>",),
    # Orders ---------------------------------------------------------------------------------
    orders.CHAIN: (
        "DELETE FROM order_link WHERE order_id = <cancelled>",
        "UPDATE order_link SET buyer_id = <@other> WHERE order_id = <cancelled> AND tier = 2",
        "UPDATE order_link SET account_id = <#bare> WHERE order_id = <cancelled> AND tier = 2",
        "UPDATE order_link SET placed_at = placed_at - interval '1 day' WHERE order_id = <cancelled>",
    ),
    orders.TOTALS: (
        "DELETE FROM order_line_price WHERE order_id = <cancelled> AND tier = 2",
        """UPDATE order_link SET net_minor = net_minor + 1, gross_minor = gross_minor + 1
        WHERE order_id = <rejected> AND tier = 2""",
    ),
    orders.PRICES: (
        "UPDATE order_line_price SET unit_minor = unit_minor + 1 WHERE order_id = <rejected> AND tier = 1",
        """UPDATE order_line_price SET tax_minor = tax_minor + 1, gross_minor = gross_minor + 1
        WHERE order_id = <rejected> AND tier = 1;
        UPDATE order_link SET tax_minor = tax_minor + 1, gross_minor = gross_minor + 1
        WHERE order_id = <rejected> AND tier = 1""",
    ),
    orders.STATUS: (
        """DELETE FROM order_line_price WHERE order_id = <cancelled>;
        DELETE FROM order_link WHERE order_id = <cancelled>;
        DELETE FROM order_line WHERE order_id = <cancelled>""",
        "UPDATE order_line SET state = 'waiting' WHERE order_id = <rejected>",
        "UPDATE orders SET closed_at = NULL WHERE note = 'rejected'",
    ),
    orders.APPROVED: ("UPDATE approval_step SET status = 'moot' WHERE order_id = <waiting> AND tier = 2",),
    orders.ASKS: (
        f"""UPDATE approval_step SET status = 'waiting' WHERE order_id = <half> AND tier = 2;
        {_untell("order_id = <half> AND type = 'order.pending_approval' AND detail ->> 'tier' = '2'")}""",
        "UPDATE approval_step SET status = 'moot' WHERE order_id = <pending> AND tier = 2",
    ),
    orders.ASKS_NO_MORE: (
        "UPDATE approval_step SET status = 'pending' WHERE order_id = <rejected> AND tier = 2",
    ),
    orders.REJECTED: ("""UPDATE orders SET rejection = '{"tier": 1}' WHERE note = 'cancelled'""",),
    orders.DECISIONS: (
        "UPDATE approval_step SET approver_id = <@other> WHERE order_id = <pending> AND tier = 2",
        """UPDATE decision SET organization_id = <@other>
        WHERE step_id IN (SELECT id FROM approval_step WHERE order_id = <half>)""",
    ),
    orders.VALIDATED: (
        "DELETE FROM validation_check WHERE order_id = <short> AND name = 'active_token'",
        "UPDATE validation_check SET run = 2 WHERE order_id = <short>",
    ),
    orders.VERDICT: (
        "DELETE FROM validation_check WHERE order_id = <short>",
        f"""{_checked("<short>", limit=None, available=None)};
        UPDATE validation_check SET result = 'passed', detail = detail - 'shortfall'
        WHERE order_id = <short> AND result = 'failed'""",
    ),
    orders.NOTHING_HELD: (
        """WITH r AS (UPDATE reservation SET state = 'open' WHERE order_id = <refunded> AND state = 'released'
          RETURNING account_id, amount_minor)
        UPDATE credit_account a SET reserved_minor = reserved_minor + r.amount_minor FROM r
        WHERE a.id = r.account_id""",
    ),
    orders.HELD: (
        """WITH r AS (DELETE FROM reservation WHERE order_id = <waiting> RETURNING account_id, amount_minor)
        UPDATE credit_account a SET reserved_minor = reserved_minor - r.amount_minor FROM r
        WHERE a.id = r.account_id""",
        """WITH r AS (UPDATE reservation SET amount_minor = amount_minor + 1 WHERE order_id = <waiting>
          RETURNING account_id)
        UPDATE credit_account a SET reserved_minor = reserved_minor + 1 FROM r WHERE a.id = r.account_id""",
        """WITH r AS (UPDATE reservation SET state = 'billed' WHERE order_id = <waiting>
          RETURNING account_id, amount_minor)
        UPDATE credit_account a SET reserved_minor = reserved_minor - r.amount_minor FROM r
        WHERE a.id = r.account_id""",
    ),
    orders.HISTORY: (
        _untell("order_id = <expired> AND type = 'order.expired'"),
        "UPDATE event SET from_status = 'unexecuted' WHERE order_id = <expired> AND type = 'order.expired'",
    ),
    # Execution ------------------------------------------------------------------------------
    execution.SUB_ORDERS: (
        """UPDATE order_line SET sub_order_id =
          (SELECT id FROM sub_order WHERE order_id = <pending> AND position = 0)
        WHERE order_id = <rejected>""",
        """UPDATE order_line SET vendor_id = (SELECT id FROM vendor WHERE ref = 'adobe')
        WHERE order_id = <rejected>;
        UPDATE sub_order SET vendor_id = (SELECT id FROM vendor WHERE ref = 'adobe')
        WHERE order_id = <rejected>""",
    ),
    execution.ERRANDS: (
        "UPDATE sub_order SET due_at = NULL WHERE order_id = <provisioning>",
        "UPDATE sub_order SET due_at = now() WHERE order_id = <rejected>",
    ),
    execution.EFFECTS: (
        "UPDATE order_line SET subscription_id = gen_random_uuid() WHERE order_id = <rejected>",
        f"UPDATE order_line SET subscription_id = NULL WHERE {ONE}",
        "UPDATE orders SET subscription_id = gen_random_uuid() WHERE note = 'executed'",
        f"UPDATE order_line SET subscription_id = gen_random_uuid() WHERE {ONE}",
        "UPDATE subscription SET buyer_id = <@other> WHERE order_id = <executed>",
    ),
    execution.BILLED: (
        f"""UPDATE invoice_line SET line_id = (SELECT id FROM order_line WHERE order_id = <rejected>)
        WHERE line_id = (SELECT id FROM order_line WHERE {ONE})""",
        f"""WITH x AS (UPDATE invoice_line SET net_minor = net_minor - 1, tax_minor = tax_minor + 1
          WHERE line_id = (SELECT id FROM order_line WHERE {ONE}) RETURNING invoice_id)
        UPDATE invoice i SET net_minor = net_minor - 1, tax_minor = tax_minor + 1 FROM x
        WHERE i.id = x.invoice_id""",
    ),
    execution.INVOICE_PARTIES: (
        "UPDATE invoice SET seller_id = <@other> WHERE order_id = <executed>",
        "UPDATE invoice SET order_id = <paid> WHERE order_id = <executed>",
        """UPDATE invoice SET sub_order_id = (SELECT id FROM sub_order WHERE order_id = <rejected>)
        WHERE order_id = <executed>""",
    ),
    execution.INVOICE_TOTALS: (
        "UPDATE invoice SET net_minor = net_minor + 1, tax_minor = tax_minor - 1 WHERE order_id = <executed>",
        "UPDATE invoice SET status = 'paid' WHERE order_id = <executed>",
    ),
    execution.BOOKED: (
        """INSERT INTO account_entry (id, account_id, kind, amount_minor, balance_minor, invoice_id, note, at)
        SELECT gen_random_uuid(), id, 'invoice', 0, balance_minor, gen_random_uuid(), '', now()
        FROM credit_account WHERE id = <#cust>""",
        "UPDATE invoice SET status = 'cancelled', open_minor = 0 WHERE order_id = <executed>",
    ),
    # Subscriptions --------------------------------------------------------------------------
    subscriptions.STANDING: (
        "UPDATE subscription SET quantity = quantity + 1 WHERE order_id = <raised>",
        "UPDATE subscription SET ended_at = now() WHERE order_id = <raised>",
        "UPDATE subscription SET suspended_at = now() WHERE order_id = <raised>",
        "UPDATE subscription SET priced_line_id = gen_random_uuid() WHERE order_id = <raised>",
    ),
    subscriptions.RENEWED: (
        """UPDATE orders SET change = jsonb_set(change, '{rest,0}', '"2026-10-01"') WHERE note = 'renewed'""",
        "UPDATE subscription SET renews_on = renews_on - 1 WHERE order_id = <raised>",
    ),
    subscriptions.CHANGED: (
        "UPDATE orders SET change = jsonb_set(change, '{debits,0,0}', '1') WHERE note = 'more'",
        "UPDATE orders SET change = change || '{\"credits\": []}' WHERE note = 'fewer'",
    ),
    subscriptions.USAGE: (
        "UPDATE usage_record SET billed_line_id = (SELECT id FROM order_line WHERE order_id = <more>)",
    ),
    subscriptions.IMPORTED: ("UPDATE orders SET kind = 'renewal' WHERE note = 'had'",),
    # Cards ----------------------------------------------------------------------------------
    cards.ONE_CHARGE: (
        f"""{NEW_CHARGE.format(order="<paid>", amount="1", state="captured")};
        UPDATE charge_attempt SET amount_minor = amount_minor - 1 WHERE order_id = <paid> AND attempt = 1""",
        NEW_CHARGE.format(order="<paid>", amount="1", state="planned"),
    ),
    cards.PAYERS: (
        "UPDATE charge_attempt SET currency = 'USD' WHERE order_id = <declined>",
        "UPDATE charge_attempt SET amount_minor = amount_minor + 1 WHERE order_id = <declined>",
    ),
    cards.UNDER_WAY: (
        NEW_CHARGE.format(order="<cancelled>", amount="l.gross_minor", state="planned"),
        "UPDATE charge_attempt SET asked_at = NULL, due_at = NULL WHERE order_id = <under way>",
    ),
    cards.PAID: (
        "UPDATE order_link SET payment_method = 'credit_card' WHERE order_id = <executed> AND tier = 2",
    ),
    cards.BOOKED: (
        "UPDATE account_entry SET order_id = NULL WHERE order_id = <paid> AND kind = 'payment'",
        "UPDATE account_entry SET order_id = NULL WHERE order_id = <refunded> AND kind = 'refund'",
    ),
    cards.REFUNDS: (
        "UPDATE charge_refund SET order_id = <paid> WHERE order_id = <given back>",
        "UPDATE charge_refund SET due_at = NULL WHERE order_id = <given back>",
        "UPDATE charge_refund SET failed_at = now(), reason = 'No.' WHERE order_id = <given back>",
        "UPDATE charge_refund SET due_at = now() WHERE order_id = <refunded>",
    ),
    cards.TOLD: (
        """UPDATE charge_refund SET failed_at = now(), due_at = NULL, reason = 'No.'
        WHERE order_id = <given back>""",
    ),
    cards.MERCHANTS: ("UPDATE merchant SET organization_id = <@other> WHERE organization_id = <@dist>",),
    cards.KEPT: ("UPDATE charge_refund SET amount_minor = amount_minor - 1 WHERE order_id = <given back>",),
    # Open items -----------------------------------------------------------------------------
    ledger.OPEN_ITEMS: (
        OPENED,
        "UPDATE credit_account SET unused_minor = unused_minor + 1 WHERE id = <#bare>",
        f"""INSERT INTO allocation (id, account_id, source_id, target_id, amount_minor, at)
        SELECT gen_random_uuid(), <#ledger>, l.source_id, l.target_id, -1, now() FROM {SETTLED} l;
        UPDATE payment SET left_minor = left_minor + 1 WHERE id = (SELECT source_id FROM {SETTLED} l);
        UPDATE invoice SET open_minor = open_minor + 1, status = 'unpaid'
        WHERE id = (SELECT target_id FROM {SETTLED} l);
        UPDATE credit_account SET unused_minor = unused_minor + 1 WHERE id = <#ledger>""",
    ),
    ledger.INVOICES: (
        "UPDATE invoice SET open_minor = 1 WHERE status = 'cancelled'",
        f"UPDATE invoice SET open_minor = open_minor - 1 WHERE {OF_LEDGER} AND status = 'unpaid'",
    ),
    ledger.PAYMENTS: (
        "UPDATE payment SET amount_minor = amount_minor + 1 WHERE account_id = <#ledger>",
        "UPDATE account_entry SET id = gen_random_uuid() WHERE account_id = <#ledger> AND kind = 'payment'",
    ),
    ledger.REFUNDS: (
        "UPDATE refund SET amount_minor = amount_minor + 1 WHERE account_id = <#ledger>",
        "UPDATE account_entry SET id = gen_random_uuid() WHERE account_id = <#ledger> AND kind = 'refund'",
    ),
    ledger.MOVEMENTS: (
        "UPDATE account_entry SET id = gen_random_uuid() WHERE account_id = <#ledger> AND kind = 'payment'",
        "UPDATE account_entry SET id = gen_random_uuid() WHERE account_id = <#ledger> AND kind = 'refund'",
    ),
    ledger.OPENINGS: (OPENED,),
    ledger.PAIRS: (
        f"UPDATE allocation SET source_id = gen_random_uuid() WHERE {WHOLE}",
        f"UPDATE allocation SET target_id = gen_random_uuid() WHERE {WHOLE}",
        f"""INSERT INTO allocation (id, account_id, source_id, target_id, amount_minor, at)
        SELECT gen_random_uuid(), <#ledger>, p.id, i.id, CASE WHEN p.n = i.n THEN -5000 ELSE 5000 END, now()
        FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM payment WHERE account_id = <#ledger>) p,
          (SELECT id, row_number() OVER (ORDER BY id) AS n FROM invoice
            WHERE {OF_LEDGER} AND kind = 'debit' AND status = 'paid') i""",
    ),
    ledger.EARMARKED: (
        """UPDATE payment SET earmarked_minor = earmarked_minor + 1, amount_minor = amount_minor + 1
        WHERE order_id = <paid>""",
    ),
    ledger.CREDITS: (
        f"UPDATE invoice_line SET credits_id = gen_random_uuid() WHERE {CREDITING}",
        f"""UPDATE invoice_line SET credits_id = (SELECT n.id FROM invoice_line n JOIN invoice i
          ON i.id = n.invoice_id WHERE {OF_LEDGER} AND i.total_minor = 666) WHERE {CREDITING}""",
    ),
    ledger.CREDIT_LINES: (
        f"""UPDATE invoice_line SET credits_id = (SELECT n.id FROM invoice_line n JOIN invoice i
          ON i.id = n.invoice_id WHERE {OF_LEDGER} AND i.total_minor = 2400)
        WHERE invoice_id = (SELECT id FROM invoice i WHERE {OF_LEDGER} AND i.total_minor = 666)""",
        f"UPDATE invoice_line SET credits_id = NULL WHERE {CREDITING}",
    ),
    ledger.NUMBERS: ("UPDATE invoice_counter SET last = last + 1",),
    # Telling --------------------------------------------------------------------------------
    telling.KINDS: (
        "UPDATE event SET type = 'order.expired' WHERE order_id = <short> AND type = 'order.unexecuted'",
    ),
    telling.SEEN: (
        """UPDATE event SET seen_by = seen_by || <@other>
        WHERE order_id = <short> AND type = 'order.unexecuted'""",
    ),
    telling.SAID: (_untell("order_id = <half> AND type = 'order.approved'"),),
    telling.ASKED: (
        _untell("order_id = <pending> AND type = 'order.pending_approval' AND detail ->> 'tier' = '1'"),
    ),
    telling.SUBSCRIBED: (
        NEW_EVENT.format(
            type="subscription.created",
            order="<executed>",
            detail="jsonb_build_object('subscription', gen_random_uuid())",
        ),
        _untell("order_id = <executed> AND type = 'subscription.created'"),
    ),
    telling.PROVISIONED: (_untell("order_id = <executed> AND type = 'offer.provisioned'"),),
    telling.FAILED: (
        _untell("order_id = <failed> AND type = 'offer.provisioning_failed'"),
        "UPDATE order_line SET reason = '' WHERE state = 'failed'",
    ),
    telling.INVOICED: (
        NEW_EVENT.format(
            type="invoice.created",
            order="<executed>",
            detail="jsonb_build_object('invoice', gen_random_uuid())",
        ),
        _untell("order_id = <executed> AND type = 'invoice.created'"),
    ),
    telling.DECLINED: (_untell("order_id = <declined> AND type = 'payment.declined'"),),
    telling.DELIVERIES: (
        "DELETE FROM delivery WHERE event_id IN (SELECT id FROM event WHERE order_id = <short>)",
    ),
    telling.RECEIVERS: (
        """INSERT INTO delivery (id, event_id, endpoint_id, lane, seq, status, tries, created_at)
        SELECT gen_random_uuid(), e.id, w.id, e.id, e.seq, 'failed', 0, now() FROM webhook_endpoint w, event e
        WHERE e.order_id = <short> AND e.type = 'order.unexecuted'""",
        """INSERT INTO delivery (id, event_id, endpoint_id, lane, seq, status, tries, created_at)
        SELECT gen_random_uuid(), d.event_id, d.endpoint_id, d.lane, d.seq, 'failed', 0, now() FROM delivery d
        JOIN event e ON e.id = d.event_id WHERE e.order_id = <short>""",
    ),
    telling.SENT: (
        """UPDATE delivery SET due_at = NULL FROM event e
        WHERE e.id = delivery.event_id AND e.order_id = <short>""",
        """UPDATE delivery SET due_at = NULL, taken = true, status = 'failed' FROM event e
        WHERE e.id = delivery.event_id AND e.order_id = <short>""",
    ),
    telling.SIGNED: ("DELETE FROM webhook_secret",),
    telling.MAILED: ("UPDATE mail SET organization_id = <@other>",),
    telling.WRITTEN: ("UPDATE notice SET tries = 21",),
    telling.POSTED: ("UPDATE mail SET sent_at = now()",),
    # Prices ---------------------------------------------------------------------------------
    prices.PERIODS: (
        """ALTER TABLE price DROP CONSTRAINT price_one_at_a_time;
        INSERT INTO price (price_list_id, product_id, min_quantity, unit_minor, valid_from)
        SELECT price_list_id, product_id, min_quantity, 1, now() FROM price LIMIT 1""",
    ),
    # Baskets --------------------------------------------------------------------------------
    baskets.BASKETS: (
        """INSERT INTO product (id, vendor_id, sku, name, product_type, billing_type, fulfilment, trial,
          sandbox)
        SELECT gen_random_uuid(), v.id, '', 'P', 'service', 'monthly', 'manual', false, '{}'
        FROM generate_series(1, 500) n CROSS JOIN (SELECT id FROM vendor LIMIT 1) v;
        INSERT INTO basket_line (id, basket_id, product_id, quantity)
        SELECT gen_random_uuid(), b.id, p.id, 1 FROM basket b, product p
        WHERE b.order_id IS NULL AND p.name = 'P'""",
        "UPDATE basket SET buyer_id = <@low> WHERE order_id IS NOT NULL",
        """INSERT INTO basket_line (id, basket_id, product_id, quantity)
        SELECT gen_random_uuid(), b.id, p.id, 1 FROM basket b, product p
        WHERE b.order_id IS NOT NULL AND p.ref = 'bp'""",
    ),
    # ERP exchange ---------------------------------------------------------------------------
    exchange.REFERENCES: ("UPDATE payment SET seller_id = <@other> WHERE reference IS NOT NULL",),
    exchange.REPORTS: (
        "UPDATE exchange_run SET refused = refused + 1",
        "UPDATE exchange_run SET due_at = now()",
    ),
    # Parties --------------------------------------------------------------------------------
    parties.TREE: (
        NEW_CONTRACT.format(seller="<@payer>", buyer="<@dist>"),
        NEW_CONTRACT.format(seller="<@other>", buyer="<@bare>"),
    ),
    parties.SELLERS: (NEW_CONTRACT.format(seller="<@cust>", buyer="<@other>"),),
    parties.PRICE_LISTS: (
        """UPDATE contract SET price_list_id = (SELECT id FROM price_list WHERE ref = 'dist-list')
        WHERE buyer_id = <@cust>""",
        "UPDATE price_list SET currency = 'USD' WHERE ref = 'res-list'",
    ),
    parties.STOPPED: ("UPDATE organization SET status = 'suspended' WHERE id = <@low>",),
    parties.MEMBERS: (
        "UPDATE group_member SET owner_id = <@other> WHERE organization_id = <@res>",
        """INSERT INTO group_member (owner_id, organization_id, group_id)
        SELECT owner_id, <@other>, id FROM credit_risk_group WHERE owner_id = <@dist>""",
    ),
    parties.POLICIES: (
        "UPDATE policy SET scope = 'vendor' WHERE scope = 'offers'",
        """INSERT INTO policy_offer (policy_id, product_id)
        SELECT y.id, p.id FROM policy y, product p WHERE y.scope = 'offers' AND p.ref = 'ps'""",
    ),
    parties.NUMBERS: (
        """DROP INDEX orders_number;
        UPDATE orders SET number = (SELECT number FROM orders WHERE note = 'pending')
        WHERE note = 'rejected'""",
        """INSERT INTO organization (id, name, kind, status, country, time_zone, multi_tier_approval,
          approval_order, offer_days)
        VALUES (gen_random_uuid(), 'New', 'distributor', 'active', '', 'UTC', false, 'parallel', 30)""",
        "UPDATE orders SET number = 'PL-999999' WHERE note = 'rejected'",
    ),
}

UNVALIDATED: Final = "DELETE FROM validation_check WHERE order_id = <end>"

WIDENED: Final[tuple[tuple[Invariant, int, str], ...]] = (
    (orders.VALIDATED, 0, "DELETE FROM validation_check WHERE order_id = <more> AND name = 'active_token'"),
    (orders.VERDICT, 0, UNVALIDATED),
    (orders.HELD, 1, "UPDATE reservation SET amount_minor = amount_minor + 1 WHERE order_id = <more>"),
    (orders.HELD, 1, "UPDATE reservation SET amount_minor = amount_minor + 1 WHERE order_id = <fewer>"),
    (orders.HISTORY, 0, _untell("order_id = <renewed> AND type = 'order.executed'")),
    (orders.HISTORY, 0, _untell("order_id = <had> AND type = 'order.executed'")),
    (execution.EFFECTS, 1, "UPDATE order_line SET subscription_id = NULL WHERE order_id = <more>"),
    (execution.EFFECTS, 1, "UPDATE order_line SET subscription_id = NULL WHERE order_id = <renewed>"),
    (
        execution.EFFECTS,
        3,
        "UPDATE order_line SET subscription_id = gen_random_uuid() WHERE order_id = <more>",
    ),
    (
        execution.BILLED,
        0,
        """UPDATE invoice_line SET line_id = (SELECT id FROM order_line WHERE order_id = <rejected>)
        WHERE line_id = (SELECT id FROM order_line WHERE order_id = <renewed>)""",
    ),
    (
        telling.KINDS,
        0,
        "UPDATE event SET type = 'order.placed' WHERE order_id = <renewed> AND to_status = 'executed'",
    ),
    (telling.SUBSCRIBED, 1, _untell("order_id = <raised> AND type = 'subscription.created'")),
)
"""The same for changes, renewals, ends, and for what a file stated: which sentence each provokes."""

BESIDES: Final[dict[str, set[Invariant]]] = {
    # Two charges for one order: the second is not what its lines cost; or it comes after the order's end,
    # and the first was booked too early.
    BREAKS[cards.ONE_CHARGE][0]: {cards.KEPT},
    BREAKS[cards.ONE_CHARGE][1]: {cards.UNDER_WAY, cards.BOOKED},
    BREAKS[cards.REFUNDS][2]: {cards.TOLD},
    BREAKS[orders.STATUS][0]: {orders.CHAIN},
    UNVALIDATED: {credit.CHECKED},
    # What is open or paid is part of the balance; and an entry without its payment is a payment without its.
    BREAKS[credit.BALANCE][0]: {ledger.OPEN_ITEMS},
    BREAKS[execution.BOOKED][1]: {ledger.OPEN_ITEMS, ledger.INVOICES},
    BREAKS[cards.KEPT][0]: {ledger.EARMARKED},
    OPENED: {ledger.OPEN_ITEMS, ledger.OPENINGS},
    BREAKS[ledger.INVOICES][0]: {ledger.OPEN_ITEMS, execution.INVOICE_TOTALS},
    BREAKS[ledger.INVOICES][1]: {ledger.OPEN_ITEMS},
    BREAKS[ledger.MOVEMENTS][0]: {ledger.PAYMENTS, ledger.MOVEMENTS},
    BREAKS[ledger.MOVEMENTS][1]: {ledger.REFUNDS, ledger.MOVEMENTS},
    BREAKS[ledger.PAIRS][0]: {ledger.PAYMENTS},
    BREAKS[ledger.PAIRS][1]: {ledger.INVOICES},
    BREAKS[ledger.EARMARKED][0]: {ledger.PAYMENTS, ledger.OPEN_ITEMS},
}
"""What else is broken where one thing cannot be without another."""
