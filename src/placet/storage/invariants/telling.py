"""What holds of facts and of telling them: no event without its fact, no fact without its event
(R2, R48, R53, R54, R90-R93)."""

from typing import Final

from placet.storage.invariants.invariant import Invariant

KINDS: Final = Invariant(
    "R90",
    "an event moves its order exactly where it says so",
    "event e JOIN orders o ON o.id = e.order_id",
    {
        """e.to_status IS DISTINCT FROM CASE e.type
          WHEN 'order.placed' THEN 'pending_approval'
          WHEN 'order.unexecuted' THEN 'unexecuted'
          WHEN 'order.submitted' THEN 'submitted'
          WHEN 'order.executed' THEN 'executed'
          WHEN 'order.rejected' THEN 'rejected'
          WHEN 'order.cancelled' THEN 'cancelled'
          WHEN 'order.expired' THEN 'expired'
          WHEN 'order.pending_approval' THEN CASE WHEN NOT e.detail ? 'tier' THEN 'pending_approval' END
          END OR (e.type = CASE WHEN o.kind = 'renewal' OR o.imported_as IS NOT NULL THEN 'order.executed'
            ELSE 'order.placed' END) <> (e.to_status IS NOT NULL AND e.from_status IS NULL)""": (
            "{order} has an event {e.type} that moves it from {coalesce(e.from_status, 'nowhere')} to "
            "{coalesce(e.to_status, 'nowhere')}"
        ),
    },
)

SEEN: Final = Invariant(
    "R2",
    "only parties of its chain may know of an order's facts",
    """event e JOIN orders o ON o.id = e.order_id
JOIN (SELECT order_id, array_agg(seller_id) || array_agg(buyer_id) AS parties FROM order_link
  GROUP BY order_id) chain ON chain.order_id = e.order_id""",
    {
        "NOT e.seen_by <@ chain.parties": (
            "{order} has an event {e.type} ({e.id}) for somebody outside its chain"
        ),
    },
)

SAID: Final = Invariant(
    "R90",
    "every yes and no was told once, and none that was not said",
    """(
  SELECT t.order_id, t.tier, count(*) FILTER (WHERE d.decision = 'approve') AS yes,
    count(*) FILTER (WHERE d.decision = 'reject') AS no
  FROM decision d JOIN approval_step t ON t.id = d.step_id GROUP BY t.order_id, t.tier
) d FULL JOIN (
  SELECT e.order_id, coalesce((e.detail ->> 'tier')::int2, (o.rejection ->> 'tier')::int2) AS tier,
    count(*) FILTER (WHERE e.type = 'order.approved') AS yes,
    count(*) FILTER (WHERE e.type = 'order.rejected') AS no
  FROM event e JOIN orders o ON o.id = e.order_id WHERE e.type IN ('order.approved', 'order.rejected')
  GROUP BY 1, 2
) e USING (order_id, tier) JOIN orders o ON o.id = order_id""",
    {
        "(coalesce(d.yes, 0), coalesce(d.no, 0)) <> (coalesce(e.yes, 0), coalesce(e.no, 0))": (
            "{order}, tier {tier}: {coalesce(d.yes, 0)} times yes and {coalesce(d.no, 0)} times no were "
            "said, {coalesce(e.yes, 0)} and {coalesce(e.no, 0)} told"
        ),
    },
)

# A step was asked once for every word that its owner said when asked, and once more while it is asked, or
# was when the order closed.
ASKED: Final = Invariant(
    "R92",
    "everybody who is asked for approval was told so, once for each time",
    """approval_step t JOIN orders o ON o.id = t.order_id
LEFT JOIN (SELECT step_id, count(*) AS times FROM decision WHERE how = 'said' GROUP BY step_id) d
  ON d.step_id = t.id
LEFT JOIN (SELECT order_id, (detail ->> 'tier')::int2 AS tier, count(*) AS times FROM event
  WHERE type = 'order.pending_approval' GROUP BY 1, 2) e ON e.order_id = t.order_id AND e.tier = t.tier""",
    {
        """coalesce(e.times, 0) - coalesce(d.times, 0) NOT BETWEEN (t.status = 'pending')::int
          AND (t.status IN ('pending', 'moot'))::int""": (
            "{order}, tier {t.tier} is {t.status}, was asked {coalesce(e.times, 0)} times and said "
            "{coalesce(d.times, 0)}"
        ),
    },
)

SUBSCRIBED: Final = Invariant(
    "R90",
    "every subscription that an order made here was told once, and none that it did not make",
    """subscription s FULL JOIN (
  SELECT order_id, (detail ->> 'subscription')::uuid AS id, count(*) AS times FROM event
  WHERE type = 'subscription.created' GROUP BY 1, 2
) e ON e.id = s.id AND e.order_id = s.order_id JOIN orders o ON o.id = coalesce(s.order_id, e.order_id)""",
    {
        "s.id IS NULL": "{order} told of subscription {e.id}, which it did not make",
        "e.times IS DISTINCT FROM 1 AND o.imported_as IS NULL": (
            "{order} told {coalesce(e.times, 0)} times of subscription {s.id}"
        ),
    },
)

PROVISIONED: Final = Invariant(
    "R54",
    "every approving partner was told once of every line that was delivered, and of no other",
    """order_line n JOIN orders o ON o.id = n.order_id
LEFT JOIN (SELECT order_id, count(*) AS steps FROM approval_step GROUP BY order_id) t
  ON t.order_id = n.order_id
LEFT JOIN (SELECT (detail ->> 'line')::uuid AS line_id, count(*) AS times FROM event
  WHERE type = 'offer.provisioned' GROUP BY 1) e ON e.line_id = n.id""",
    {
        "coalesce(e.times, 0) <> CASE n.state WHEN 'delivered' THEN coalesce(t.steps, 0) ELSE 0 END": (
            "{line} is {n.state}, of {coalesce(t.steps, 0)} approving partners "
            "{coalesce(e.times, 0)} were told of its delivery"
        ),
    },
)

FAILED: Final = Invariant(
    "R53",
    "every line that failed was told, with the reason",
    """order_line n JOIN orders o ON o.id = n.order_id
LEFT JOIN (SELECT DISTINCT (detail ->> 'line')::uuid AS line_id FROM event
  WHERE type = 'offer.provisioning_failed') e ON e.line_id = n.id
WHERE n.state = 'failed'""",
    {
        "e.line_id IS NULL": "{line} failed, and nobody was told",
        "n.reason = ''": "{line} failed without a reason",
    },
)

INVOICED: Final = Invariant(
    "R90",
    "every invoice that was made here was told once, and none that there is not",
    """invoice i FULL JOIN (
  SELECT (detail ->> 'invoice')::uuid AS id, count(*) AS times FROM event
  WHERE type = 'invoice.created' GROUP BY 1
) e ON e.id = i.id""",
    {
        "i.id IS NULL": "invoice {e.id} was told of and is not there",
        "e.times IS DISTINCT FROM 1 AND (i.order_id IS NOT NULL OR e.times > 1)": (
            "{invoice} was told {coalesce(e.times, 0)} times"
        ),
    },
)

DECLINED: Final = Invariant(
    "R48",
    "every round of charges that a gateway declined was told once",
    """(
  SELECT order_id, count(DISTINCT attempt) FILTER (WHERE state = 'declined') AS rounds,
    count(DISTINCT attempt) FILTER (WHERE state IN ('planned', 'unknown', 'authorised')) AS open
  FROM charge_attempt GROUP BY order_id
) h FULL JOIN (
  SELECT order_id, count(*) AS times FROM event WHERE type = 'payment.declined' GROUP BY order_id
) e USING (order_id) JOIN orders o ON o.id = order_id""",
    {
        "coalesce(h.rounds, 0) - coalesce(e.times, 0) NOT BETWEEN 0 AND coalesce(h.open, 0)": (
            "{order} was declined {coalesce(h.rounds, 0)} times, which was told {coalesce(e.times, 0)} times"
        ),
    },
)

# What happened while an endpoint was being made or changed may or may not have seen it.
DELIVERIES: Final = Invariant(
    "R91",
    "every event goes to every endpoint that asked for it",
    """(
  SELECT e.id AS event_id, e.type, w.id AS endpoint_id, w.url
  FROM event e CROSS JOIN LATERAL unnest(e.seen_by) AS seen (owner_id)
  JOIN webhook_endpoint w USING (owner_id)
  WHERE e.type = ANY (w.events) AND w.status = 'active'
    AND e.at > greatest(w.created_at, w.changed_at) + interval '1 minute'
) e LEFT JOIN (SELECT DISTINCT event_id, endpoint_id FROM delivery) d USING (event_id, endpoint_id)""",
    {"d.event_id IS NULL": "event {e.type} ({e.event_id}) does not go to {e.url}"},
)

RECEIVERS: Final = Invariant(
    "R92",
    "an event goes once to an endpoint, and to nobody who may not know of it",
    """delivery d JOIN event e ON e.id = d.event_id JOIN webhook_endpoint w ON w.id = d.endpoint_id
LEFT JOIN (SELECT event_id, endpoint_id, count(*) AS number FROM delivery GROUP BY event_id, endpoint_id
  HAVING count(*) > 1) times ON times.event_id = d.event_id AND times.endpoint_id = d.endpoint_id""",
    {
        "NOT w.owner_id = ANY (e.seen_by)": (
            "event {e.type} ({e.id}) goes to {w.url}, whose owner may not know of it"
        ),
        "times.number > 1": "event {e.type} ({e.id}) goes {times.number} times to {w.url}",
    },
)

SENT: Final = Invariant(
    "R91",
    "the worker comes back for every delivery that is not done, at once or after those before it, and for no "
    "other",
    """delivery d CROSS JOIN LATERAL (SELECT d.status = 'pending' AND EXISTS (SELECT FROM delivery b
  WHERE b.endpoint_id = d.endpoint_id AND b.lane = d.lane AND b.seq < d.seq AND b.status = 'pending')
  AS behind) b""",
    {
        "(d.status = 'pending') <> (d.due_at IS NOT NULL) AND NOT b.behind": (
            "delivery {d.id} is {d.status} and {CASE WHEN d.due_at IS NULL THEN 'never ' END}to be sent again"
        ),
        "d.taken AND (d.due_at IS NULL OR b.behind)": (
            "delivery {d.id} is on the way and {CASE WHEN b.behind THEN 'stands behind another' ELSE "
            "'nobody comes back for it' END}"
        ),
    },
)

SIGNED: Final = Invariant(
    "R91",
    "every endpoint has one secret that signs until it is told otherwise",
    """webhook_endpoint w CROSS JOIN LATERAL (SELECT count(*) AS number FROM webhook_secret s
  WHERE s.endpoint_id = w.id AND s.ends_at IS NULL) s""",
    {
        "s.number <> CASE WHEN w.status = 'removed' THEN 0 ELSE 1 END": (
            "{w.url} is {w.status} and has {s.number} secrets"
        ),
    },
)

MAILED: Final = Invariant(
    "R93",
    "a mail tells of a fact that its reader's organization may know of",
    "mail m JOIN event e ON e.id = m.event_id",
    {
        "NOT m.organization_id = ANY (e.seen_by) OR m.order_id IS DISTINCT FROM e.order_id": (
            "mail {m.id} ({m.kind}) tells of event {e.type} ({e.id}), which is not its reader's to know"
        ),
    },
)

# One that waits for its lease is taken every other minute: a few times is a worker that died.
WRITTEN: Final = Invariant(
    "R93",
    "what is to be told by mail can be written",
    "notice n JOIN event e ON e.id = n.event_id",
    {"n.tries > 20": "the mails of event {e.type} ({e.id}) could not be written {n.tries} times"},
)

POSTED: Final = Invariant(
    "R93",
    "a mail is sent, given up, to be sent, or for a digest: one of these",
    "mail m",
    {
        """(m.due_at IS NOT NULL)::int + (m.sent_at IS NOT NULL)::int + (m.gather_at IS NOT NULL)::int
          + (m.gathered_in_id IS NOT NULL)::int + (m.error <> '' AND m.due_at IS NULL)::int <> 1""": (
            "mail {m.id} ({m.kind}) is none of these, or several"
        ),
    },
)

INVARIANTS: Final = (
    KINDS,
    SEEN,
    SAID,
    ASKED,
    SUBSCRIBED,
    PROVISIONED,
    FAILED,
    INVOICED,
    DECLINED,
    DELIVERIES,
    RECEIVERS,
    SENT,
    SIGNED,
    MAILED,
    WRITTEN,
    POSTED,
)
