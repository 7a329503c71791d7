"""Contracts: what a seller changes, and the cards of a buyer (R21, R22, R47, R48, R61)."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from pydantic_core import from_json

from placet.actions.deliver import take_deliveries
from tests.api.callers import Caller, Json
from tests.api.chains import Chain, chain
from tests.stories.worlds import card

pytestmark = pytest.mark.usefixtures("committed")

GOOD = {"gateway": "sandbox", "reference": "tok_ok", "expires": "2099-12"}


# Seeing -------------------------------------------------------------------------------------


def test_both_parties_read_it_and_nobody_else() -> None:
    """R2."""
    made = chain()
    path = made.contract("res")
    read = made.dist.get(path)
    assert made.res.get(path) == read
    assert (read["seller"]["ref"], read["buyer"]["ref"]) == (made.ref("dist"), made.ref("res"))
    for stranger in ("cust", "far", "rival"):
        Caller(made.ref(stranger)).refused("GET", path, "not_found")
        Caller(made.ref(stranger)).refused("PATCH", path, "not_found", {"credit_limit": "1"})
    made.dist.refused("GET", "/contracts/nonsense", "not_found")


# Limits -------------------------------------------------------------------------------------

LIMITS = """
limit        reads      available
"0.00"       0.00       0.00
"250.5"      250.50     250.50
"1000000"    1000000.00 1000000.00
"unlimited"  unlimited  -
null         0.00       0.00
"""


@pytest.mark.parametrize("case", LIMITS.strip().splitlines()[1:])
def test_limits(case: str) -> None:
    """R61: null is what the seller's group grants, here there is none."""
    made, (limit, reads, available) = chain(), case.split()
    account = made.dist.patch(made.contract("res"), {"credit_limit": from_json(limit)})["credit_account"]
    assert account["limit"] == ("unlimited" if reads == "unlimited" else {"amount": reads, "currency": "EUR"})
    assert account["available"] == (None if available == "-" else {"amount": available, "currency": "EUR"})
    assert made.res.get(made.contract("res"))["credit_account"] == account


def test_null_follows_the_groups_default() -> None:
    """R61, until the account gets a word of its own again."""
    made = chain()
    group = made.dist.items("/credit-risk-groups")[0]["id"]
    made.dist.put(f"/credit-risk-groups/{group}/members/{made.ref('res')}")
    path = made.contract("res")
    assert _limit(made) == "100.00"
    made.dist.patch(path, {"credit_limit": None})
    assert _limit(made) == "50.00"
    made.dist.patch(f"/credit-risk-groups/{group}", {"default_limit": "75.00"})
    assert _limit(made) == "75.00"
    made.dist.patch(path, {"credit_limit": "10.00"})
    made.dist.patch(f"/credit-risk-groups/{group}", {"default_limit": "80.00"})
    assert _limit(made) == "10.00"


def _limit(made: Chain) -> str:
    limit: str = made.dist.get(made.contract("res"))["credit_account"]["limit"]["amount"]
    return limit


def test_lowering_never_breaks_what_is_reserved() -> None:
    """R61: reserved stays, available becomes negative, and an order that was short passes at a retry
    once the limit is raised (R44, R65)."""
    made = chain()
    made.ordered("onsite")
    path = made.contract("res")
    account = made.dist.patch(path, {"credit_limit": "30.00"})["credit_account"]
    assert (account["reserved"]["amount"], account["available"]["amount"]) == ("100.00", "-70.00")
    short = made.ordered()
    assert short["status"] == "unexecuted"
    made.dist.patch(path, {"credit_limit": "110.00"})
    assert made.dist.post(f"/orders/{short['id']}/retry")["status"] == "submitted"


def test_a_change_is_told_to_both_parties_with_who_and_why() -> None:
    """R61, R90: names of people stay inside their organization (spec §13)."""
    made = chain()
    path = made.contract("res")
    made.dist.patch(path, {"credit_limit": "unlimited", "reason": "Paid a deposit"})
    made.dist.patch(path, {"credit_limit": "unlimited", "reason": "Nothing new"})
    made.dist.patch(path, {"price_list": made.ref("dist-list")})
    (told,) = made.res.told(1)
    assert told["type"] == "credit.limit_changed"
    assert path.endswith(told["data"]["contract"])
    assert told["data"]["previous_limit"] == {"amount": "100.00", "currency": "EUR"}
    assert (told["data"]["limit"], told["data"]["reason"]) == ("unlimited", "Paid a deposit")
    assert told["data"]["by"].keys() == {"organization"}
    (own,) = made.dist.told(1)
    assert own["data"]["by"]["name"] == f"{made.ref('dist')}'s admin"
    assert made.cust.items("/events") == made.far.items("/events") == []


def test_a_change_goes_out_by_webhook() -> None:
    """R91: an event that is no order's is delivered like any other."""
    made = chain()
    hook = {"url": f"https://{made.word}.example/hook", "events": ["credit.limit_changed"]}
    made.res.post("/webhook-endpoints", hook)
    made.dist.patch(made.contract("res"), {"credit_limit": "75.00"})
    later = now() + timedelta(minutes=1)
    taken = take_deliveries(quick=1000, in_doubt=0, at=later, address="")
    (parcel,) = (p for p in taken if p.url == hook["url"])
    sent = from_json(parcel.body)
    assert sent["type"] == "credit.limit_changed"
    assert sent["data"]["limit"] == {"amount": "75.00", "currency": "EUR"}


# Payment method and price list --------------------------------------------------------------

MOVES = [
    ("cash", "deposit", [], "yes"),
    ("cash", "credit_card", [GOOD], "yes"),
    ("cash", "credit_card", [], "no_active_token"),
    ("cash", "credit_card", [GOOD | {"expires": "2020-01"}], "no_active_token"),
    ("cash", "credit_card", [GOOD | {"active": False}], "no_active_token"),
    ("credit_card", "credit_card", [], "yes"),
    ("credit_card", "cash", [], "yes"),
]


@pytest.mark.parametrize(("before", "after", "tokens", "verdict"), MOVES)
def test_moving_to_a_card_takes_one(before: str, after: str, tokens: list[Json], verdict: str) -> None:
    """R22."""
    made = chain({"payment_method": before, "tokens": tokens})
    path = made.contract("res")
    if verdict == "yes":
        assert made.dist.patch(path, {"payment_method": after})["payment_method"] == after
    else:
        made.dist.refused("PATCH", path, verdict, {"payment_method": after})
        assert made.dist.get(path)["payment_method"] == before


def test_not_while_its_card_is_being_charged() -> None:
    """R48; the limit may change meanwhile."""
    made = chain(card("tok_ok"))
    order = made.ordered()
    charging = made.res.post(f"/orders/{order['id']}/approve")
    assert charging["payment"]["status"] == "in_progress"
    path = made.contract("res")
    made.dist.refused("PATCH", path, "payment_in_progress", {"payment_method": "cash"})
    assert made.dist.patch(path, {"payment_method": "credit_card", "credit_limit": "1.00"})
    assert made.res.patch(made.contract("cust"), {"payment_method": "deposit"})  # another link's


def test_price_lists_are_the_sellers_in_the_contracts_currency() -> None:
    """R4."""
    made = chain()
    path = made.contract("res")
    dollars = made.dist.post("/price-lists", {"currency": "USD", "prices": {made.ref("bp"): "1.00"}})
    euros = made.dist.post("/price-lists", {"currency": "EUR", "prices": {made.ref("bp"): "1.00"}})
    for wrong in (dollars["id"], made.ref("res-list"), made.ref("far-list"), "none", ""):
        assert "price_list" in made.dist.refused("PATCH", path, "invalid", {"price_list": wrong})["errors"]
    assert made.dist.patch(path, {"price_list": euros["id"]})["price_list"]["id"] == euros["id"]
    assert made.dist.patch(path, {"price_list": None})["price_list"] is None
    assert made.dist.patch(path, {"price_list": made.ref("dist-list")})["price_list"]["ref"]


# Who, and what is wrong ---------------------------------------------------------------------

ROLES = """
role      credit_limit  payment_method
admin     yes           yes
finance   yes           forbidden
approver  forbidden     forbidden
buyer     forbidden     forbidden
viewer    forbidden     forbidden
"""


@pytest.mark.parametrize("case", ROLES.strip().splitlines()[1:])
def test_finance_sets_limits_and_admins_the_rest(case: str) -> None:
    made, (role, *verdicts) = chain(), case.split()
    program, path = Caller(made.ref("dist"), role), made.contract("res")
    for (member, value), verdict in zip(
        {"credit_limit": "5.00", "payment_method": "deposit"}.items(), verdicts, strict=True
    ):
        if verdict == "yes":
            assert program.patch(path, {member: value})
        else:
            program.refused("PATCH", path, verdict, {member: value})
            program.refused("PATCH", path, verdict, {member: 1})  # before 422


def test_the_buyer_reads_and_changes_nothing() -> None:
    made = chain()
    made.res.refused("PATCH", made.contract("res"), "forbidden", {"credit_limit": "unlimited"})


WRONG = [
    ("credit_limit", "-1.00"),
    ("credit_limit", "1.005"),
    ("credit_limit", "1e3"),
    ("credit_limit", "plenty"),
    ("credit_limit", "99999999999999999"),
    ("credit_limit", 100),
    ("payment_method", "shells"),
    ("payment_method", None),
    ("currency", "USD"),
]


@pytest.mark.parametrize(("member", "value"), WRONG)
def test_a_wrong_change_changes_nothing(member: str, value: object) -> None:
    made = chain()
    path = made.contract("res")
    before = made.dist.get(path)
    body = {"credit_limit": "7.00", "payment_method": "deposit", member: value}
    assert list(made.dist.refused("PATCH", path, "invalid", body)["errors"]) == [member]
    assert made.dist.get(path) == before


# Cards --------------------------------------------------------------------------------------


def test_a_seller_knows_that_there_is_a_card_not_which() -> None:
    made = chain(card("tok_secret_1234"))
    path = f"{made.contract('res')}/tokens"
    (own,), (masked,) = made.res.items(path), made.dist.items(path)
    assert own == {
        "id": own["id"],
        "gateway": "sandbox",
        "reference": "tok_secret_1234",
        "expires": "2099-12",
        "active": True,
        "usable": True,
    }
    assert masked == own | {"reference": "…34"}
    assert Caller(made.ref("res"), "viewer").items(path) == [masked]
    for stranger in ("cust", "far"):
        Caller(made.ref(stranger)).refused("GET", path, "not_found")


def test_the_buyer_adds_and_removes() -> None:
    made = chain()
    path = f"{made.contract('res')}/tokens"
    first = made.res.post(path, GOOD)
    second = Caller(made.ref("res"), "finance").post(path, GOOD | {"reference": "tok_2", "active": False})
    assert made.res.items(path) == [second, first]
    assert made.res.delete(f"{path}/{first['id']}") == {}
    made.res.refused("DELETE", f"{path}/{first['id']}", "not_found")
    made.cust.refused("DELETE", f"{path}/{second['id']}", "not_found")
    assert made.res.items(path) == [second]


def test_cards_are_paged() -> None:
    """Every list is (contract of the API): limit and cursor."""
    made = chain()
    path = f"{made.contract('res')}/tokens"
    stored = [made.res.post(path, GOOD | {"reference": f"tok_{number}"}) for number in range(3)]
    assert len(made.res.get(f"{path}?limit=2")["items"]) == 2
    assert made.res.items(f"{path}?limit=2") == stored[::-1]
    made.res.refused("GET", f"{path}?limit=0", "invalid")
    made.res.refused("GET", f"{path}?cursor=zzz", "invalid")
    made.far.refused("GET", f"{path}?cursor=zzz", "not_found")


def test_only_the_buyer_and_who_pays_for_it() -> None:
    made = chain()
    path = f"{made.contract('res')}/tokens"
    token = made.res.post(path, GOOD)["id"]
    programs = [made.dist, *(Caller(made.ref("res"), role) for role in ("approver", "buyer", "viewer"))]
    for program in programs:
        program.refused("POST", path, "forbidden", GOOD)
        program.refused("POST", path, "forbidden", {})  # before 422
        program.refused("DELETE", f"{path}/{token}", "forbidden")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("gateway", "Sand box"),
        ("gateway", "stripe"),
        ("reference", ""),
        ("expires", "12/2030"),
        ("active", "yes"),
        ("cvc", "123"),
    ],
)
def test_a_wrong_card_is_not_stored(member: str, value: object) -> None:
    made = chain()
    path = f"{made.contract('res')}/tokens"
    assert member in made.res.refused("POST", path, "invalid", GOOD | {member: value})["errors"]
    assert made.res.items(path) == []


def test_a_card_payer_without_its_card_is_asked_again() -> None:
    """R35, R47: a card that was removed is gone for the next order."""
    made = chain(card("tok_ok"))
    path = f"{made.contract('res')}/tokens"
    order = made.ordered()
    made.res.delete(f"{path}/{made.res.items(path)[0]['id']}")
    made.res.refused("POST", f"/orders/{order['id']}/approve", "no_active_token", {})
    made.res.post(path, GOOD)
    assert made.res.post(f"/orders/{order['id']}/approve")["payment"]["status"] == "in_progress"
