# ruff: noqa: E501 - a table is as wide as its cases
"""Validation: R40-R49, and the methods and cards it reads (R22)."""

from hypothesis import given
from hypothesis import strategies as st

from placet.domain import money
from placet.domain.credit import Account, Limit, limit_of
from placet.domain.order import Order
from placet.domain.validating import Payer, validate
from placet.domain.words import CheckName, CheckResult, OrderStatus, PaymentMethod
from tests.domain.builders import (
    LATER,
    approved,
    chain,
    events,
    machine,
    open_reservations,
    ordered,
    party,
    placed,
    played,
    told,
    validated,
    with_all_yes,
)
from tests.domain.tables import cases

CREDIT = """
account                            amount  ->  result  shortfall
limit=100                          100         passed  -
limit=100                          99          passed  -
limit=100                          101         failed  1
limit=100 balance=60               40          passed  -
limit=100 balance=60               41          failed  1
limit=100 reserved=60              40          passed  -
limit=100 reserved=60              41          failed  1
limit=100 balance=60 reserved=30   10          passed  -
limit=100 balance=60 reserved=30   11          failed  1
limit=100 balance=-50              150         passed  -
limit=100 balance=-50              151         failed  1
limit=0 balance=-50                50          passed  -
limit=0 balance=-50                51          failed  1
limit=0                            0           passed  -
limit=0                            1           failed  1
limit=10 balance=30                0           failed  20
limit=10 balance=30                5           failed  25
unlimited                          1000000000000000  passed  -
unlimited balance=5 reserved=7     1000000000000000  passed  -
"""

RUNS = """
lines           paid                                    ->  status            asks     checks
1 bp            cash                                        submitted         -        1+ 2+ 3+ automatic+ token.
1 bp            limit=1000 < limit=1000 < limit=1000        submitted         -        1+ 2+ 3+ automatic+ token.
1 bp            limit=999                                   unexecuted        -        1- 2+ 3+ automatic. token.
1 bp            cash < limit=999                            unexecuted        -        1+ 2- 3+ automatic. token.
1 bp            limit=999 < cash < limit=999                unexecuted        -        1- 2+ 3- automatic. token.
1 bp            limit=0 < limit=0 < limit=0                 unexecuted        -        1- 2- 3- automatic. token.
1 onsite        cash                                        submitted         -        1+ 2+ 3+ automatic- token.
1 bp, 1 onsite  cash                                        submitted         -        1+ 2+ 3+ automatic- token.
1 onsite        limit=999                                   unexecuted        -        1- 2+ 3+ automatic. token.
1 bp            cash < card=2030-12                         charging          -        1+ 2+ 3+ automatic+ token2+
1 bp            cash < card=2026-11                         charging          -        1+ 2+ 3+ automatic+ token2+
1 bp            cash < card=2026-10,2026-11                 charging          -        1+ 2+ 3+ automatic+ token2+
1 bp            cash < card=2026-10                         pending_approval  res      1+ 2+ 3+ automatic+ token2-
1 bp            cash < card=2030-12:off                     pending_approval  res      1+ 2+ 3+ automatic+ token2-
1 bp            cash < card=2030-12:none                    pending_approval  res      1+ 2+ 3+ automatic+ token2-
1 bp            cash < card                                 pending_approval  res      1+ 2+ 3+ automatic+ token2-
1 bp            cash < card < card=2030-12                  pending_approval  res      1+ 2+ 3+ automatic+ token2- token3+
1 bp            cash < card=2030-12 < card                  pending_approval  sub      1+ 2+ 3+ automatic+ token2+ token3-
1 bp            cash < card < card                          pending_approval  res sub  1+ 2+ 3+ automatic+ token2- token3-
1 bp            cash < card=2030-12 < card=2030-12          charging          -        1+ 2+ 3+ automatic+ token2+ token3+
1 bp            card=2030-12                                charging          -        1+ 2+ 3+ automatic+ token1+
1 bp            card                                        pending_approval  cust     1+ 2+ 3+ automatic+ token1-
1 onsite        cash < card                                 submitted         -        1+ 2+ 3+ automatic- token.
1 bp, 1 onsite  cash < card                                 submitted         -        1+ 2+ 3+ automatic- token.
1 bp            limit=999 < card                            unexecuted        -        1- 2+ 3+ automatic. token.
1 bp            cash < limit=999 card=2030-12               unexecuted        -        1+ 2- 3+ automatic. token.
1 trial         cash < card=2030-12                         submitted         -        1+ 2+ 3+ automatic+ token2+
1 trial         cash < card                                 pending_approval  res      1+ 2+ 3+ automatic+ token2-
"""

METHODS = """
submitted_as   toggle  paid                  ->  status            asks  why
cash < cash    off     cash < card=2030-12       pending_approval  res   payment_method
cash < cash    off     cash < card               pending_approval  res   payment_method
cash < cash    on      cash < card=2030-12       charging          -     customer_toggle
cash < card    off     cash < card=2030-12       charging          -     payment_method
cash < card    on      cash < cash               submitted         -     customer_toggle payment_method
cash < card    off     cash < cash               submitted         -     payment_method
cash < cash    on      cash < card               pending_approval  res   customer_toggle payment_method
"""


@cases(CREDIT)
def test_available_credit(account: str, amount: str, result: str, shortfall: str) -> None:
    """R41: equal passes, 0 is no credit, unlimited always passes."""
    order = placed(chain(f"list {money.text(int(amount), 'EUR')}"))
    after = validated(order, account.replace("unlimited", ""))
    credit = after.last_run[0]
    assert (credit.result, credit.detail.get("shortfall", 0)) == (result, int(shortfall or "0"))
    assert after.status == ("submitted" if result == "passed" else "unexecuted")


@cases(RUNS)
def test_the_first_that_fails_decides(lines: str, paid: str, status: str, asks: str, checks: str) -> None:
    """R40-R47, in a chain cust < res < sub < dist where every unit costs 10.00 on every link."""
    pays = " < ".join("card" if "card" in each else "cash" for each in paid.split("<"))
    order = with_all_yes(placed(chain(f"list 10.00 < 10.00 < 10.00\npays {_padded(pays)}"), lines))
    after = validated(order, paid)
    assert ("charging" if after.charging else after.status) == status
    assert " ".join(after.parties[s.tier].ref or "" for s in after.steps if s.undecided) == asks
    assert _run(after) == checks
    _nothing_is_done_but_what_the_status_says(after)


def _padded(pays: str) -> str:
    return " < ".join([*pays.split(" < "), "cash", "cash"][:3])


def _run(order: Order) -> str:
    """The last run: `1+` the first link's credit passed, `token2-` no token there, `.` skipped."""
    signs = {CheckResult.PASSED: "+", CheckResult.FAILED: "-", CheckResult.SKIPPED: "."}
    names = {CheckName.AVAILABLE_CREDIT: "", CheckName.AUTOMATIC_PRODUCTS: "automatic"}
    return " ".join(
        f"{names.get(check.name, 'token')}{check.tier or ''}{signs[check.result]}" for check in order.last_run
    )


def _nothing_is_done_but_what_the_status_says(order: Order) -> None:
    """R43, R47: nothing reserved, charged, invoiced or provisioned unless the order goes on."""
    goes_on = order.charging or order.status is OrderStatus.SUBMITTED
    manual = any(line.manual for line in order.lines)
    assert any(open_reservations(order).values()) == (goes_on and bool(order.links[0].gross))
    going = {"provisioning"} if order.status is OrderStatus.SUBMITTED and not manual else {"waiting"}
    assert {line.state for line in order.lines} == going
    assert [sub.due_at is not None for sub in order.sub_orders] == [going == {"provisioning"}] * len(
        order.sub_orders
    )
    assert (order.invoices, order.card_movements, order.subscriptions) == ((), (), ())


@cases(METHODS)
def test_the_method_is_read_at_validation(  # noqa: PLR0913, PLR0917 - the table's columns
    submitted_as: str,
    toggle: str,
    paid: str,
    status: str,
    asks: str,
    why: str,
) -> None:
    """R22, R24, R49: no card is charged without its owner's own yes to this order."""
    order = with_all_yes(placed(chain(f"pays {submitted_as}\napproval {toggle} < off\nlist 10.00 < 10.00")))
    after = validated(order, paid)
    assert ("charging" if after.charging else after.status) == status
    assert [after.parties[s.tier].ref for s in after.steps if s.undecided] == asks.split()
    assert [reason.code for step in after.steps for reason in step.reasons] == why.split()
    assert after.links[1].payment_method == ("credit_card" if "card" in paid else "cash")


def test_a_manual_order_of_a_new_card_payer_waits_for_its_yes() -> None:
    """R22, R49."""
    order = placed(chain("list 10.00 < 10.00"), "1 onsite")
    after = validated(order, "cash < card=2030-12")
    assert [step.tier for step in after.steps] == [1]
    assert _run(after) == "1+ 2+ automatic. token."
    yes = played(after, "res approves", "cash < card=2030-12")
    assert ordered(yes).status is OrderStatus.SUBMITTED


def test_who_has_no_token_is_told_so_and_nothing_else_moves() -> None:
    """R47: to the letter, the other approvals stay."""
    links = chain("list 10.00 < 10.00\npays cash < card", groups={"dist": {"res": "all"}})
    order = validated(with_all_yes(placed(links)), "cash < card")
    assert [step.status for step in order.steps] == ["pending", "approved"]
    assert order.warning is not None
    words = "Your payment method does not support this action. Please contact your distributor."
    assert (order.warning.tier, order.warning.text) == (2, words)
    assert order.events[-1].type == "order.pending_approval"
    assert order.events[-1].seen_by == (party("res").id,)


def test_a_buyer_that_orders_for_itself_gets_a_step_if_its_card_fails() -> None:
    """R47: created if there was none."""
    order = validated(placed(chain("pays card")), "card")
    assert [(step.tier, step.status) for step in order.steps] == [(0, "pending")]
    yes = ordered(played(order, "cust approves", "card=2030-12"))
    assert (yes.charging, yes.warning) == (True, None)


def test_the_longest_lived_card_is_charged() -> None:
    """R47: of those that are good."""
    order = approved(
        placed(chain("list 10.00 < 10.00\npays cash < card")), "< card=2027-01,2031-05:off,2029-12"
    )
    assert [charge.token for charge in order.charges] == ["tok_2029-12"]


def test_short_of_credit_is_told_to_the_parties_of_the_short_links() -> None:
    """R43: also if an earlier run failed for another reason on another link."""
    order = placed(chain("list 10.00 < 10.00 < 10.00\npays cash < cash < card"))
    order = validated(with_all_yes(order), "cash < cash < card")
    order = with_all_yes(order)
    after = validated(order, "limit=5 < cash < card=2030-12", LATER)
    fact = after.events[-1]
    assert (fact.type, fact.seen_by) == ("order.unexecuted", (party("cust").id, party("res").id))
    assert fact.moved == (OrderStatus.PENDING_APPROVAL, OrderStatus.UNEXECUTED)
    assert after.short_tiers == (1,)


def test_every_run_is_kept() -> None:
    """R40: numbered, each whole."""
    order = approved(placed(chain("")), "limit=999")
    order = ordered(played(order, "cust retries", "limit=999", LATER))
    order = ordered(played(order, "cust retries", "limit=1000", LATER))
    runs = {run: [check for check in order.checks if check.run == run] for run in (1, 2, 3)}
    assert [[check.position for check in run] for run in runs.values()] == [[0, 1, 2]] * 3
    assert [run[0].result for run in runs.values()] == ["failed", "failed", "passed"]
    assert runs[1][1].detail == {"why": "not_reached"}
    assert runs[3][2].detail == {"why": "nobody_pays_by_card"}
    assert (order.short_tiers, order.last_run) == ((), tuple(runs[3]))


def test_a_check_keeps_what_went_in() -> None:
    """R40."""
    order = approved(placed(chain("")), "limit=1500 balance=400 reserved=200")
    assert order.last_run[0].detail == {
        "limit": 1500,
        "balance": 400,
        "reserved": 200,
        "available": 900,
        "required": 1000,
        "shortfall": 100,
    }
    manual = approved(placed(chain(""), "1 bp, 1 onsite")).last_run
    assert manual[0].detail == {
        "limit": None,
        "balance": 0,
        "reserved": 0,
        "available": None,
        "required": 2000,
    }
    assert manual[1].detail == {"manual_lines": [1]}


def test_from_unexecuted_it_can_go_back_to_the_card_payer() -> None:
    """R44, R47, R48: a retry runs everything again, token and charge too."""
    order = placed(chain("list 10.00 < 10.00\npays cash < card"))
    short = approved(order, "limit=1 < card=2030-12")
    assert short.status is OrderStatus.UNEXECUTED
    without = ordered(played(short, "res retries", "cash < card"))
    assert (without.status, without.steps[0].status) == ("pending_approval", "pending")
    charging = ordered(played(short, "res retries", "cash < card=2030-12"))
    assert (charging.status, charging.charging) == ("pending_approval", True)
    paid = told(charging, "captured")
    assert paid.status is OrderStatus.SUBMITTED
    moves = [event.moved for event in paid.events if event.moved]
    assert moves[-3:] == [
        ("pending_approval", "unexecuted"),
        ("unexecuted", "pending_approval"),
        ("pending_approval", "submitted"),
    ]


def test_everybody_is_told_when_it_is_handed_over() -> None:
    """R90: `order.submitted`, also on the way to its execution."""
    for lines in ("1 bp", "1 onsite"):
        order = approved(placed(chain("list 10.00 < 10.00"), lines))
        assert events(order) == ["order.placed", "order.submitted"]
        assert len(order.events[-1].seen_by) == 3


DEPTHS = st.integers(1, 6)
QUANTITIES = st.lists(st.integers(1, 999), min_size=1, max_size=4)


@given(DEPTHS, QUANTITIES, st.data())
def test_what_is_reserved_is_what_is_owed_and_never_passes_a_limit(
    depth: int, quantities: list[int], data: st.DataObject
) -> None:
    """R41, R42: all links or none; every line on every link; balance and reserved stay within limits."""
    lists = ["+3%"] * (depth - 1) + ["9.99"]
    lines = ", ".join(
        f"{q} {name}" for q, name in zip(quantities, ("bp", "ps", "office", "bp"), strict=False)
    )
    order = placed(chain(f"list {' < '.join(lists)}\ntax 21"), lines)
    figures = st.integers(-5_000_000, 5_000_000)
    accounts = {
        link.tier: Account(
            link.account,
            limit_of(data.draw(st.none() | st.integers(0, 10_000_000))),
            data.draw(figures),
            abs(data.draw(figures)),
        )
        for link in order.links
    }
    paying = {tier: Payer(account, PaymentMethod.CASH, ()) for tier, account in accounts.items()}
    after = validate(order, paying, machine())
    short = {link.tier for link in order.links if accounts[link.tier].shortfall(link.gross)}
    assert set(after.short_tiers) == short
    if short:
        assert not after.reservations
        return
    assert open_reservations(after) == {link.tier: link.gross for link in order.links}
    assert len({(held.line, held.account) for held in after.reservations}) == len(order.lines) * depth
    for link in order.links:
        account = accounts[link.tier]
        if isinstance(account.limit, Limit):
            assert account.balance + account.reserved + link.gross <= account.limit.minor


def test_a_retry_reserves_once() -> None:
    """R42: what an earlier attempt gave back is not set aside twice."""
    order = placed(chain("list 10.00 < 10.00\npays cash < card"))
    declined = told(approved(order, "cash < card=2030-12"), "declined: No funds.")
    assert set(open_reservations(declined).values()) == {0}
    again = approved(declined, "cash < card=2030-12", LATER)
    assert open_reservations(again) == {1: 1000, 2: 1000}
    assert len(again.reservations) == 2


def test_somebody_elses_approval_never_overrides_credit() -> None:
    """R41."""
    links = chain("approval on", groups={"dist": {"cust": "all"}})
    order = placed(links)
    assert ordered(played(order, "dist approves", "limit=999")).status is OrderStatus.UNEXECUTED
