# ruff: noqa: E501 - a table is as wide as its cases
"""A contract's terms: R4, R20-R22, R61."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from placet.domain.credit import Account, Limit, limit_of
from placet.domain.order import Named
from placet.domain.refusals import Refusal
from placet.domain.terms import (
    CreditAccount,
    PriceListFound,
    Surroundings,
    Terms,
    Wishes,
    granted_limit,
    limit_change_json,
    limit_changed,
    with_wishes,
)
from placet.domain.validating import Token
from placet.domain.words import LimitSource, PaymentMethod
from tests.domain.builders import LATER, METHODS, act, id_of, party, payer
from tests.domain.tables import cases

TODAY = date(2026, 11, 22)

LIMITS = """
wish        granted  currency  ->  limit      source
1500.00     -        EUR           150000     own
0           5000     EUR           0          own
unlimited   -        EUR           unlimited  own
null        5000     EUR           500000     default
null        5000     JPY           5000       default
null        12.345   EUR           1235       default
null        -        EUR           0          default
same        5000     EUR           20000      own
-1          -        EUR           invalid    -
1.001       -        EUR           invalid    -
much        -        EUR           invalid    -
"""

METHOD_CHANGES = """
now    wish     cards          charging  ->  outcome
cash   card     2030-12        no            card
cash   card     2026-10        no            no_active_token
cash   card     2030-12:off    no            no_active_token
cash   card     2030-12:none   no            no_active_token
cash   card     -              no            no_active_token
cash   deposit  -              no            deposit
card   cash     -              no            cash
card   cash     2030-12        yes           payment_in_progress
cash   card     2030-12        yes           payment_in_progress
card   card     -              yes           card
"""

LISTS = """
wish    found          ->  outcome
same    -                  retail
null    -                  -
other   -                  invalid
other   other in EUR       other
other   other in USD       invalid
"""

TOGGLES = """
stored  by_card  viewer  ->  required  locked  why
yes     no       res         yes       no      -
no      no       res         no        no      -
no      yes      res         yes       yes     Res pays by credit card, so every order of its customers needs its approval.
no      yes      cust        yes       yes     Every order needs the approval of Res.
yes     yes      cust        yes       yes     Every order needs the approval of Res.
"""


def _terms(currency: str = "EUR", method: str = "cash") -> Terms:
    standing = Account(id_of("account"), limit_of(20_000), 5_000, 3_000)
    return Terms(
        id=id_of("contract"),
        account=CreditAccount(
            id_of("contract"), party("res"), party("cust"), currency, standing, LimitSource.OWN
        ),
        price_list=Named(id_of("retail"), "retail", "Retail"),
        payment_method=METHODS[method],
        tax_rate=Decimal("21.0000"),
        payment_days=30,
        order_approval=True,
        seller_by_card=False,
        external_id=None,
    )


def _around(
    granted: str = "", tokens: tuple[Token, ...] = (), found: str = "", *, charging: bool = False
) -> Surroundings:
    name, _, currency = found.partition(" in ")
    listed = PriceListFound(Named(id_of(name), name, name.title()), currency) if found else None
    return Surroundings(Decimal(granted) if granted else None, tokens, charging, listed)


@cases(LIMITS)
def test_a_limit_is_its_own_or_the_groups_default(
    wish: str, granted: str, currency: str, limit: str, source: str
) -> None:
    """R61: a default is read in the contract's currency, rounded to its minor unit; without one it is 0."""
    wishes = Wishes() if wish == "same" else Wishes(credit_limit=None if wish == "null" else wish)
    after = with_wishes(_terms(currency), wishes, _around(granted), TODAY)
    if isinstance(after, Refusal):
        assert after.code == limit
        return
    standing = after.account.standing
    shown = str(standing.limit.minor) if isinstance(standing.limit, Limit) else "unlimited"
    assert (shown, after.account.source) == (limit, source)
    assert (standing.balance, standing.reserved) == (5_000, 3_000)


@cases(METHOD_CHANGES)
def test_moving_to_card_needs_an_active_token(
    now: str, wish: str, cards: str, charging: str, outcome: str
) -> None:
    """R22, R48."""
    tokens = payer(f"card={cards}", id_of("account")).tokens
    around = _around(tokens=tokens, charging=charging == "yes")
    after = with_wishes(_terms(method=now), Wishes(payment_method=METHODS[wish]), around, TODAY)
    if isinstance(after, Refusal):
        assert after.code == outcome
    else:
        assert after.payment_method is METHODS[outcome]


@cases(LISTS)
def test_a_contract_names_a_list_of_its_seller_in_its_own_currency(
    wish: str, found: str, outcome: str
) -> None:
    """R4."""
    wishes = Wishes() if wish == "same" else Wishes(price_list=None if wish == "null" else wish)
    after = with_wishes(_terms(), wishes, _around(found=found), TODAY)
    if isinstance(after, Refusal):
        assert after.code == outcome
    else:
        assert (after.price_list.ref if after.price_list else "") == outcome


@cases(TOGGLES)
def test_the_toggle_as_its_two_parties_read_it(  # noqa: PLR0913, PLR0917 - the table's columns
    stored: str, by_card: str, viewer: str, required: str, locked: str, why: str
) -> None:
    """R21, R22: the stored value stays; a buyer is not told how its seller pays (R2)."""
    terms = replace(_terms(), order_approval=stored == "yes", seller_by_card=by_card == "yes")
    assert terms.approval_json(id_of(viewer)) == {
        "stored": stored == "yes",
        "required": required == "yes",
        "locked": locked == "yes",
        "reason": why or None,
    }


def test_a_changed_limit_is_told_to_both_parties() -> None:
    """R61, R90: from what to what, by whom, when and why; no names of the other's people."""
    before = _terms()
    wished = with_wishes(before, Wishes(credit_limit="unlimited"), _around(), TODAY)
    assert isinstance(wished, Terms)
    (told,) = limit_changed(before, wished, "Good payer.", act("res", LATER))
    assert (told.type, told.seen_by, told.at) == (
        "credit.limit_changed",
        (id_of("res"), id_of("cust")),
        LATER,
    )
    own, other = (limit_change_json(told.detail, id_of(name)) for name in ("res", "cust"))
    assert (own["limit"], own["previous_limit"]) == ("unlimited", {"amount": "200.00", "currency": "EUR"})
    assert (own["reason"], own["by"]["name"]) == ("Good payer.", "Ann of res")
    assert "name" not in other["by"]
    assert limit_changed(before, before, "Nothing new.", act("res")) == ()


def test_a_limit_of_its_own_that_equals_the_default_is_a_change_too() -> None:
    """R61: it no longer follows the group."""
    before = _terms()
    after = with_wishes(before, Wishes(credit_limit=None), _around("200.00"), TODAY)
    assert isinstance(after, Terms)
    assert after.account.standing.limit == before.account.standing.limit
    assert len(limit_changed(before, after, "", act("res"))) == 1


def test_terms_read_as_money_and_words() -> None:
    """Contract §3: to the two parties."""
    shown = _terms().as_json()
    assert (shown["tax_rate"], shown["payment_method"]) == ("21", PaymentMethod.CASH.value)
    account = shown["credit_account"]
    figures = {name: account[name]["amount"] for name in ("limit", "balance", "reserved", "available")}
    assert figures == {"limit": "200.00", "balance": "50.00", "reserved": "30.00", "available": "120.00"}
    assert _terms().concerns(id_of("cust"))
    assert not _terms().concerns(id_of("dist"))


def test_a_group_without_a_default_grants_nothing() -> None:
    assert granted_limit(None, "EUR") == Limit(0)
