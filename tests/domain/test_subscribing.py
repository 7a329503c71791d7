"""Changes of subscriptions (R25, R70, R71): what they cost, give back and ask for, by the day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from placet.domain.executing import Delivered, answered
from placet.domain.held import Debit, Held, Rate
from placet.domain.order import Order
from placet.domain.periods import Period
from placet.domain.refusals import Refusal
from placet.domain.renewing import Usage, renewed
from placet.domain.subscribing import Wish, change
from placet.domain.validating import validate
from placet.domain.words import BillingType, ChangeKind, InvoiceKind, SubscriptionStatus
from tests.domain.builders import (
    LATER,
    NOW,
    PRODUCTS,
    act,
    approved,
    chain,
    code,
    id_of,
    machine,
    ordered,
    party,
    payers,
    placed,
)
from tests.domain.tables import cases

YES = "V-1"

CHAIN = """
list   +20%  <  10.00
tax    21    <  0
"""


def bought(lines: str = "10 bp", table: str = CHAIN, on: datetime = NOW) -> tuple[Order, Held]:
    """An executed order of one line, and the subscription that it made."""
    links = chain(table)
    order = approved(placed(links, lines), at=on)
    done = delivered(order, None, on)
    return done, held_after(done)


def delivered(order: Order, held: Held | None, on: datetime) -> Order:
    answers = {line.id: Delivered(YES) for line in order.lines}
    return answered(order, order.sub_orders[0].id, answers, machine(on), on, held)


def held_after(*orders: Order) -> Held:
    """The subscription as these executed orders left it, read from what they made."""
    now = orders[-1].subscriptions[-1]
    sold = next(o for o in orders if now.priced_line in {line.id for line in o.lines})
    priced_line = next(line for line in sold.lines if line.id == now.priced_line)
    product = next(p for p in PRODUCTS.values() if p.id == now.product)
    return Held(
        now=now,
        product=product,
        time_zone=orders[0].time_zone,
        rates={
            link.contract: Rate(price.unit, price.discount_percent)
            for link, price in zip(sold.links, priced_line.prices, strict=True)
        },
        debits=tuple(_debits(orders)),
        changing=False,
    )


def _debits(orders: tuple[Order, ...]) -> list[Debit]:
    given = [line for o in orders for i in o.invoices for line in i.lines if line.credits]
    found = []
    for order in orders:
        for invoice in order.invoices:
            for line in invoice.lines if invoice.kind is InvoiceKind.DEBIT else ():
                back = [each for each in given if each.credits == line.id]
                assert line.period, "only what has a period is read"
                found.append(
                    Debit(
                        id=line.id,
                        contract=order.links[invoice.tier - 1].contract,
                        quantity=line.quantity,
                        seats=line.quantity - sum(each.quantity for each in back),
                        net=line.net,
                        tax=line.tax,
                        left_net=line.net - sum(each.net for each in back),
                        left_tax=line.tax - sum(each.tax for each in back),
                        period=line.period,
                    )
                )
    return found


def wished(held: Held, wish: Wish, on: datetime, table: str = CHAIN, by: str = "cust") -> Order | Refusal:
    return change(held, wish, placer=party(by), chain=chain(table), act=act(by, on))


def altered(held: Held, quantity: int, on: datetime, table: str = CHAIN) -> Order:
    return ordered(wished(held, Wish(ChangeKind.CHANGE, quantity), on, table))


def in_days(days: int) -> datetime:
    return NOW + timedelta(days=days)


# What it costs ------------------------------------------------------------------------------

CHANGES = """
was  to  day  ->  seats  distributor_net  reseller_net  reseller_gross
10    15  0        5      5000             6000          7260
10    15  15       5      2500             3000          3630
10    11  29       1      33               40            48
10    9   0        1      -1000            -1200         -1452
10    5   15       5      -2500            -3000         -3630
10    9   29       1      -33              -40           -48
"""


@cases(CHANGES)
def test_only_the_difference_by_the_day(  # noqa: PLR0913, PLR0917 - the columns
    was: str,
    to: str,
    day: str,
    seats: str,
    distributor_net: str,
    reseller_net: str,
    reseller_gross: str,
) -> None:
    """R25, R71: 10.00 a seat and month upstream, 12.00 and tax downstream, of a month of thirty days."""
    _, held = bought(f"{was} bp")
    order = altered(held, int(to), in_days(int(day)))
    [line] = order.lines
    downstream, upstream = line.prices
    assert (order.kind, line.quantity) == ("change", int(seats))
    assert (upstream.unit, upstream.net) == (1000, int(distributor_net))
    assert (downstream.unit, downstream.net, downstream.gross) == (
        1200,
        int(reseller_net),
        int(reseller_gross),
    )
    assert order.links[0].gross == int(reseller_gross)


def test_the_locked_price_holds_whatever_the_list_says_now() -> None:
    """R70: seats are added at the price that was locked, discount and all."""
    _, held = bought("100 bp", "list 10.00 5%off@50")
    order = altered(held, 110, NOW, "list 99.00")
    assert [(p.unit, p.discount, p.net) for p in order.lines[0].prices] == [(1000, 500, 9500)]


def test_another_offer_costs_what_it_costs_now_and_gives_back_the_old_one() -> None:
    """R71: half a month of ten at 30.00, less half a month of ten at 10.00."""
    _, held = bought("10 bp", "list 10.00")
    other = replace(PRODUCTS["bp"], id=id_of("premium"), ref="premium", name="Premium")
    prices = chain("list 10.00")[0]
    assert prices.price_list
    links = (replace(prices, price_list=replace(prices.price_list, prices={other.id: [(1, 3000)]})),)
    wish = Wish(ChangeKind.CHANGE, product=other)
    order = ordered(change(held, wish, placer=party("cust"), chain=links, act=act("cust", in_days(15))))
    assert [(p.unit, p.net) for p in order.lines[0].prices] == [(3000, 10000)]
    assert order.change
    assert (order.change.debits, [c.net for c in order.change.credits]) == (((15000, 0),), [5000])
    done = delivered(validate(order, payers(order), machine(in_days(15))), held, in_days(15))
    assert bills(done) == [("debit", 1, 15000, 0), ("credit", 1, 5000, 0)]
    after = done.subscriptions[-1]
    assert (after.product, after.quantity, after.priced_line) == (other.id, 10, done.lines[0].id)


def test_seats_added_are_the_first_to_be_given_back() -> None:
    """R71: each debit line gives back its own days, the newest first."""
    sold, held = bought("10 bp", "list 10.00")
    more = executed(altered(held, 14, in_days(10), "list 10.00"), held, in_days(10))
    less = altered(held_after(sold, more), 8, in_days(20), "list 10.00")
    assert less.change
    newest, oldest = less.change.credits
    assert (newest.quantity, newest.net) == (4, 1334)  # 4 seats, 2667 for 20 days, 10 of them left
    assert (oldest.quantity, oldest.net) == (2, 667)  # 2 of 10 seats, 10000 for 30 days, 10 of them left
    assert less.links[0].net == -2001


def bills(order: Order) -> list[tuple[str, int, int, int]]:
    return [(i.kind.value, i.tier, i.net, i.tax) for i in order.invoices]


def executed(order: Order, held: Held, on: datetime) -> Order:
    """The change after everybody's yes and its vendor's."""
    order = approved(order, at=on)
    assert order.status == "submitted"
    return delivered(order, held, on)


# Whom it asks -------------------------------------------------------------------------------


def test_a_rise_is_asked_for_and_a_fall_is_not() -> None:
    """R25."""
    table = CHAIN + "approval  on"
    _, held = bought("10 bp")
    up = ordered(wished(held, Wish(ChangeKind.CHANGE, 11), NOW, table))
    down = ordered(wished(held, Wish(ChangeKind.CHANGE, 9), NOW, table))
    end = ordered(wished(held, Wish(ChangeKind.CANCEL), NOW, table))
    assert [[step.tier for step in order.steps] for order in (up, down, end)] == [[1], [], []]


def test_a_rise_needs_credit_for_the_difference_and_a_fall_none() -> None:
    """R25, R41: 5 seats for half a month are 25.00; the account is beyond its limit for the fall."""
    _, held = bought("10 bp", "list 10.00")
    up = altered(held, 15, in_days(15), "list 10.00")
    assert validate(up, payers(up, "limit=2500"), machine(LATER)).status == "submitted"
    assert validate(up, payers(up, "limit=2499"), machine(LATER)).status == "unexecuted"
    down = altered(held, 9, in_days(15), "list 10.00")
    done = validate(down, payers(down, "limit=0 balance=9999"), machine(LATER))
    assert done.status == "submitted"
    assert [held_.amount for held_ in done.reservations] == [0]


def test_a_card_is_charged_for_a_rise_and_not_asked_for_a_fall() -> None:
    """R48: only what is added is charged."""
    _, held = bought("10 bp", "list 10.00")
    up = altered(held, 15, NOW, "list 10.00\npays card")
    charged = validate(up, payers(up, "card=2030-12"), machine(NOW))
    assert [charge.amount for charge in charged.charges] == [5000]
    down = altered(held, 9, NOW, "list 10.00\npays card")
    assert validate(down, payers(down, "card"), machine(NOW)).status == "submitted"


REFUSED = """
status                status_of_res  changing  wish              ->  code_
active                active         no        quantity=10           invalid
active                active         no        quantity=0            invalid
active                active         no        quantity=1000001      invalid
active                suspended      no        quantity=11           organization_not_active
active                suspended      no        cancel                pending_approval
active                suspended      no        resume                organization_not_active
pending_cancellation  active         no        quantity=11           wrong_status
pending_cancellation  active         no        cancel                pending_approval
pending_cancellation  active         no        cancel_at_end         wrong_status
suspended             active         no        quantity=11           wrong_status
suspended             active         no        suspend               wrong_status
suspended             active         no        resume                pending_approval
cancelled             active         no        cancel                wrong_status
active                active         no        resume                wrong_status
active                active         yes       quantity=11           change_pending
active                active         yes       cancel                change_pending
active                active         no        suspend               pending_approval
"""


@cases(REFUSED)
def test_what_cannot_be(status: str, status_of_res: str, changing: str, wish: str, code_: str) -> None:
    """R71, R72: nothing but its ends is open to who may not order."""
    _, held = bought()
    state = SubscriptionStatus(status)
    held = replace(held, now=replace(held.now, status=state), changing=changing == "yes")
    does, _, quantity = wish.partition("=")
    wanted = Wish(ChangeKind.CHANGE, int(quantity)) if quantity else Wish(ChangeKind(does))
    links = chain(CHAIN, statuses={"res": status_of_res})
    outcome = change(held, wanted, placer=party("dist"), chain=links, act=act("dist"))
    assert code(outcome) == code_


def test_an_offer_takes_the_place_of_one_that_is_billed_the_same_way_by_the_same_vendor() -> None:
    _, held = bought()
    for other in ("office", "ps", "onsite"):
        assert code(wished(held, Wish(ChangeKind.CHANGE, product=PRODUCTS[other]), NOW)) == "invalid"


# Its end ------------------------------------------------------------------------------------


def test_its_end_gives_back_what_was_prepaid_and_not_used() -> None:
    """R71: on the sixteenth of thirty days, half of it on every link; each credit names its debit line."""
    sold, held = bought("10 bp")
    order = ordered(wished(held, Wish(ChangeKind.CANCEL, reason="Too many."), in_days(15)))
    assert (order.kind, order.note) == ("cancel", "Too many.")
    done = executed(order, held, in_days(15))
    assert bills(done) == [("credit", 1, 6000, 1260), ("credit", 2, 5000, 0)]
    named = [line.credits for invoice in done.invoices for line in invoice.lines]
    assert named == [line.id for invoice in sold.invoices for line in invoice.lines]
    after = done.subscriptions[-1]
    assert (after.status, after.ended_at, after.period) == ("cancelled", in_days(15), None)
    assert [event.type for event in done.events if event.type.startswith("sub")] == ["subscription.cancelled"]


def test_on_its_first_day_all_of_it_comes_back() -> None:
    _, held = bought("7 bp")
    done = executed(ordered(wished(held, Wish(ChangeKind.CANCEL), NOW)), held, NOW)
    assert bills(done) == [("credit", 1, 8400, 1764), ("credit", 2, 7000, 0)]


def test_at_its_period_s_end_nothing_comes_back_and_nothing_is_billed_again() -> None:
    """R70, R71."""
    sold, held = bought()
    done = executed(ordered(wished(held, Wish(ChangeKind.CANCEL_AT_END), in_days(3))), held, in_days(3))
    waiting = held_after(sold, done)
    assert (done.invoices, waiting.now.status) == ((), "pending_cancellation")
    end = renewed(waiting, chain(CHAIN), Usage(), machine(in_days(30)))
    assert end.order is None
    assert (end.after.status, end.after.ended_at, end.after.period) == ("cancelled", in_days(30), None)


def test_what_has_no_period_ends_now_and_gives_nothing_back() -> None:
    order = approved(placed(chain("list 10.00"), "2 ps"))
    done = delivered(order, None, NOW)
    held = Held(
        done.subscriptions[-1],
        PRODUCTS["ps"],
        "UTC",
        {id_of("contract of cust"): Rate(1000)},
        (),
        changing=False,
    )
    assert code(wished(held, Wish(ChangeKind.CANCEL_AT_END), NOW, "list 10.00")) == "invalid"
    ended = executed(ordered(wished(held, Wish(ChangeKind.CANCEL), NOW, "list 10.00")), held, NOW)
    assert ended.invoices == ()


def test_what_was_credited_otherwise_since_is_not_given_back_twice() -> None:
    """R62: a credit line never exceeds what is left of its debit line."""
    _, held = bought("10 bp", "list 10.00")
    order = validate(
        ordered(wished(held, Wish(ChangeKind.CANCEL), in_days(15), "list 10.00")),
        payers(placed(chain("list 10.00"))),
        machine(in_days(15)),
    )
    credited = replace(held, debits=(replace(held.debits[0], left_net=3000),))
    assert bills(delivered(order, credited, in_days(15))) == [("credit", 1, 3000, 0)]
    assert delivered(order, replace(held, debits=()), in_days(15)).invoices == ()


# Renewals -----------------------------------------------------------------------------------


def test_a_renewal_bills_the_next_period_on_every_link_by_the_lists_of_the_day() -> None:
    """R71: executed as it is made, without steps, checks, reservations."""
    _, held = bought("10 bp")
    done = renewed(held, chain("list  +50%  <  11.00\ntax  21  <  0"), Usage(), machine(in_days(30)))
    order = done.order
    assert order
    assert (order.kind, order.status, order.steps, order.checks, order.reservations) == (
        "renewal",
        "executed",
        (),
        (),
        (),
    )
    assert bills(order) == [("debit", 1, 16500, 3465), ("debit", 2, 11000, 0)]
    period = Period(date(2026, 12, 22), date(2027, 1, 22))
    assert {line.period for invoice in order.invoices for line in invoice.lines} == {period}
    assert (done.after.period, done.after.priced_line) == (period, order.lines[0].id)


def test_within_a_term_the_locked_price_holds() -> None:
    """R70: three months at the price of the first day, then by the list."""
    _, held = bought("1 bp", "list 10.00")
    held = replace(held, product=replace(held.product, term_months=3))
    held = replace(held, now=replace(held.now, term_ends_on=date(2027, 2, 22)))
    nets = []
    for _ in range(4):
        assert held.now.period
        at = datetime.combine(held.now.period.until, NOW.timetz())
        done = renewed(held, chain("list 12.00"), Usage(), machine(at))
        assert done.order
        nets.append(done.order.links[0].net)
        held = replace(held, now=done.after)
    assert nets == [1000, 1000, 1200, 1000]  # the last at the rate that `held` still names: none was read
    assert held.now.term_ends_on == date(2027, 5, 22)


def test_what_is_sold_no_more_renews_at_its_locked_price() -> None:
    _, held = bought("1 bp", "list 10.00")
    done = renewed(held, chain("list none"), Usage(), machine(in_days(30)))
    assert done.order
    assert done.order.links[0].net == 1000


def test_a_trial_ends_and_is_not_billed() -> None:
    _, held = bought("1 trial")
    done = renewed(held, chain(CHAIN), Usage(), machine(in_days(30)))
    assert (done.order, done.after.status) == (None, "cancelled")


def test_usage_is_billed_when_its_month_is_over() -> None:
    """R71: 12.345678 units at 10.00 and 12.00: rounded half-up once a line."""
    _, held = bought("1 azure")
    usage = Usage((id_of("record"),), Decimal("12.345678"))
    done = renewed(held, chain(CHAIN), usage, machine(in_days(30)))
    assert done.order
    assert bills(done.order) == [("debit", 1, 14815, 3111), ("debit", 2, 12346, 0)]
    [line] = done.order.invoices[0].lines
    assert (line.period, line.description) == (held.now.period, "Usage: 12.345678 units")
    nothing = renewed(held, chain(CHAIN), Usage(), machine(in_days(30)))
    assert nothing.order is None
    assert nothing.after.period == done.after.period == Period(date(2026, 12, 22), date(2027, 1, 22))


def test_the_last_usage_of_what_was_cancelled_is_billed_too() -> None:
    sold, held = bought("1 azure", "list 10.00")
    done = executed(
        ordered(wished(held, Wish(ChangeKind.CANCEL), in_days(9), "list 10.00")), held, in_days(9)
    )
    ended = held_after(sold, done)
    assert (ended.now.status, ended.now.period) == ("cancelled", held.now.period)
    last = renewed(ended, chain("list 10.00"), Usage((id_of("r"),), Decimal(3)), machine(in_days(30)))
    assert last.order
    assert (last.order.links[0].net, last.after.period, last.after.ended_at) == (3000, None, in_days(9))


# Pauses -------------------------------------------------------------------------------------


def test_a_pause_costs_nothing_and_is_billed_again_by_the_day() -> None:
    """R70: suspended on day 10, resumed on day 45, 14 days into a period of 31 that was not billed."""
    sold, held = bought("10 bp", "list 10.00")
    off = executed(
        ordered(wished(held, Wish(ChangeKind.SUSPEND), in_days(10), "list 10.00", "res2")), held, in_days(10)
    )
    paused = held_after(sold, off)
    assert (off.invoices, paused.now.status, paused.now.suspended_at) == ((), "suspended", in_days(10))
    on = executed(
        ordered(wished(paused, Wish(ChangeKind.RESUME), in_days(45), "list 10.00")), paused, in_days(45)
    )
    again = held_after(sold, on)
    assert (on.invoices, again.now.status, again.now.suspended_at) == ((), "active", None)
    done = renewed(again, chain("list 10.00"), Usage(), machine(in_days(45)))
    assert done.order
    assert done.after.period == Period(date(2027, 1, 6), date(2027, 1, 22))
    assert done.order.links[0].net == 5161  # 100.00 for 16 of 31 days


def test_a_short_pause_within_a_period_changes_no_bill() -> None:
    sold, held = bought("10 bp", "list 10.00")
    off = executed(
        ordered(wished(held, Wish(ChangeKind.SUSPEND), in_days(5), "list 10.00")), held, in_days(5)
    )
    paused = held_after(sold, off)
    on = executed(
        ordered(wished(paused, Wish(ChangeKind.RESUME), in_days(9), "list 10.00")), paused, in_days(9)
    )
    assert held_after(sold, on).now.period == held.now.period


# Between submission and delivery ------------------------------------------------------------


def test_a_renewal_in_between_is_settled_at_delivery() -> None:
    """R71: five seats asked for on day 25 of 30 and delivered on day 40: 5 days of the first month as it
    was submitted, and the days that are left of the month that the renewal billed without them."""
    sold, held = bought("10 bp", "list 10.00")
    order = validate(altered(held, 15, in_days(25), "list 10.00"), payers(sold), machine(in_days(25)))
    renewal = renewed(held, chain("list 10.00"), Usage(), machine(in_days(30)))
    assert renewal.order
    later = held_after(sold, renewal.order)
    done = delivered(order, later, in_days(40))
    [invoice] = done.invoices
    assert [(line.net, line.period) for line in invoice.lines] == [
        (833, Period(date(2026, 12, 17), date(2026, 12, 22))),
        (3387, Period(date(2027, 1, 1), date(2027, 1, 22))),  # 5 seats, 21 of 31 days
    ]
    assert done.subscriptions[-1].quantity == 15


def test_an_end_that_a_renewal_overtook_gives_back_what_that_billed() -> None:
    sold, held = bought("10 bp", "list 10.00")
    order = ordered(wished(held, Wish(ChangeKind.CANCEL), in_days(25), "list 10.00"))
    order = validate(order, payers(order), machine(in_days(25)))
    renewal = renewed(held, chain("list 10.00"), Usage(), machine(in_days(30)))
    assert renewal.order
    done = delivered(order, held_after(sold, renewal.order), in_days(40))
    [invoice] = done.invoices
    assert [line.net for line in invoice.lines] == [1667, 6774]


# Everything together ------------------------------------------------------------------------


def test_whatever_changes_the_month_costs_what_was_used_of_it() -> None:
    """R71: seats times days, within a unit of rounding for each document."""
    table = "list 31.00"
    sold, _ = bought("10 bp", table, datetime(2027, 1, 1, tzinfo=UTC))
    orders, seats, used = [sold], 10, 0
    for day, quantity in ((3, 14), (7, 2), (7, 5), (12, 30), (20, 1), (28, 9)):
        on = datetime(2027, 1, day, 12, tzinfo=UTC)
        orders.append(executed(altered(held_after(*orders), quantity, on, table), held_after(*orders), on))
    days = {1: 10, 3: 14, 7: 5, 12: 30, 20: 1, 28: 9}
    for day in range(1, 32):
        seats = days.get(day, seats)
        used += seats * 100
    billed = [(i.net if i.kind is InvoiceKind.DEBIT else -i.net) for o in orders for i in o.invoices]
    assert abs(sum(billed) - used) <= len(billed)


def test_usage_is_metered_however_its_product_says_so() -> None:
    """R3, R71: a usage product that is billed by the month is billed for what was used, too."""
    _, held = bought("1 azure", "list 10.00")
    monthly = replace(held, product=replace(held.product, billing_type=BillingType.MONTHLY))
    done = renewed(monthly, chain("list 10.00"), Usage((id_of("r"),), Decimal(3)), machine(in_days(30)))
    assert done.order
    assert done.order.links[0].net == 3000
    assert renewed(monthly, chain("list 10.00"), Usage(), machine(in_days(30))).order is None
