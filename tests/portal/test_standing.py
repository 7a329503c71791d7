"""Two people with the same form open: the second one is told what changed meanwhile, and keeps what was
typed."""

from dataclasses import dataclass

import pytest
from django.test import Client

from placet.storage import models
from tests.api.chains import Chain, chain
from tests.portal.conftest import SignedIn
from tests.portal.filling import Values, filled
from tests.portal.reading import led, markup, words

pytestmark = pytest.mark.usefixtures("committed")


@dataclass(frozen=True)
class Case:
    """A form somewhere: what the first one types into it, what the second one does, and what that one reads
    of the first one's field."""

    form: str
    first: dict[str, str]
    second: dict[str, str]
    reads: str


CASES = [
    Case("customer limit", {"credit_limit": "70.00"}, {"credit_limit": "80.00"}, "70.00"),
    Case("customer limit", {"kind": "unlimited"}, {"kind": "default"}, "Unlimited"),
    Case("account limit", {"credit_limit": "70.00"}, {"credit_limit": "80.00"}, "70.00"),
    Case("customer terms", {"payment_method": "deposit"}, {"price_list": ""}, "Deposit"),
    Case("customer details", {"name": "Renamed"}, {"name": "Named otherwise"}, "Renamed"),
    Case("customer details", {"external_id": "C-7"}, {"name": "Named otherwise"}, "C-7"),
    Case("own", {"name": "Renamed"}, {"country": "EE"}, "Renamed"),
    Case("own", {"country": "EE"}, {"country": "LT"}, "Estonia"),
    Case("selling", {"retry_when_credit_frees": "on"}, {"offer_days": "7"}, "on"),
    Case("selling", {"offer_days": "8"}, {"offer_days": "7"}, "8"),
    Case("group", {"default_limit": "60.00"}, {"default_limit": "75.00"}, "60.00"),
    Case("price list", {"name": "Renamed"}, {"name": "Named otherwise"}, "Renamed"),
    Case("price", {"unit_price": "11.00"}, {"unit_price": "12.00"}, "11.00"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.form}: {' '.join(case.first)}")
def test_the_second_is_told(signed_in: SignedIn, case: Case) -> None:
    """Nothing is done by the first try; the second, of who has read what changed, is."""
    made = chain(cust={"credit_limit": "50.00"})
    browser, page, action = place(made, signed_in, case.form)
    mine, theirs = (filled(markup(browser.get(page)), action) | {"reason": ["Because"]} for _ in range(2))
    address = action or page
    led(browser, browser.post(address, theirs | typed(case.first)))
    answer = browser.post(address, mine | typed(case.second))
    back = markup(answer, 422)
    assert "Somebody else changed this while you had it open." in words(back)
    assert f"Changed meanwhile: {case.reads}." in words(back)
    now = filled(back, action)
    for name, value in case.first.items():
        assert now[name] == typed(case.second).get(name, [value])
    for name, value in case.second.items():
        assert now.get(name, [""]) == [value]
    led(browser, browser.post(address, now | {"reason": ["Because"]}))
    after = filled(markup(browser.get(page)), action)
    assert {name: after.get(name, [""])[0] for name in case.first | case.second} == case.first | case.second


def typed(said: dict[str, str]) -> Values:
    return {name: [value] for name, value in said.items()}


def place(made: Chain, signed_in: SignedIn, form: str) -> tuple[Client, str, str]:
    """Who has the form, on which page, and where it is sent."""
    res, dist = signed_in(made.ref("res")), signed_in(made.ref("dist"))
    customer = f"/customers/{made.organization('res', 'cust')['id']}"
    match form:
        case "account limit":
            account = f"/accounts/{made.res.items('/credit-accounts')[0]['id']}"
            return res, account, f"{account}/limit"
        case "own":
            return res, "/settings/organization", "/settings/organization/details"
        case "selling":
            return dist, "/settings/organization", "/settings/organization/selling"
        case "group":
            [group] = made.dist.items("/credit-risk-groups")
            return dist, f"/settings/credit-limit/groups/{group['id']}/change", ""
        case "price list":
            return res, f"/prices/{made.res.items('/price-lists')[0]['id']}/edit", ""
        case "price":
            listed = made.dist.items("/price-lists")[0]["id"]
            product = next(each for each in made.dist.items("/products") if each["ref"] == made.ref("bp"))
            return dist, f"/prices/{listed}/price?product={product['id']}&of=1&start=", ""
    return res, customer, f"{customer}/{form.split()[1]}"


def test_who_wants_what_stands_already_is_not_stopped(signed_in: SignedIn) -> None:
    made = chain(cust={"credit_limit": "50.00"})
    browser, page, action = place(made, signed_in, "customer limit")
    said = filled(markup(browser.get(page)), action) | {"credit_limit": ["70.00"], "reason": ["Because"]}
    for _ in range(2):
        assert "is changed" in led(browser, browser.post(action, said | {"once": [str(_)]}))


def test_a_form_that_is_wrong_still_remembers(signed_in: SignedIn) -> None:
    """What somebody had been shown is not forgotten over a mistake."""
    made = chain(cust={"credit_limit": "50.00"})
    browser, page, action = place(made, signed_in, "customer limit")
    mine = filled(markup(browser.get(page)), action)
    wrong = filled(markup(browser.post(action, mine | typed({"credit_limit": "much"})), 422), action)
    theirs = filled(markup(browser.get(page)), action)
    led(browser, browser.post(action, theirs | typed({"credit_limit": "70.00", "reason": "First"})))
    answer = browser.post(action, wrong | typed({"credit_limit": "80.00", "reason": "Second"}))
    assert "Changed meanwhile: 70.00." in words(markup(answer, 422))


@pytest.mark.parametrize("shown", ["", "nonsense", "[]", "7", '{"kind": 7, "nothing": []}', "{" * 5000])
def test_nonsense_is_no_reason_to_break(signed_in: SignedIn, shown: str) -> None:
    """Whoever makes up what was shown is told that it is otherwise."""
    made = chain(cust={"credit_limit": "50.00"})
    browser, page, action = place(made, signed_in, "customer limit")
    said = filled(markup(browser.get(page)), action) | typed({"credit_limit": "70.00", "reason": "x"})
    assert "Changed meanwhile: 50.00." in words(
        markup(browser.post(action, said | typed({"shown": shown})), 422)
    )


def test_two_admins_and_one_role(signed_in: SignedIn) -> None:
    """Rights are not given over somebody else's head."""
    made = chain()
    browser, page = signed_in(made.ref("res")), "/settings/users"
    signed_in(made.ref("res"), "viewer")
    user = models.Membership.objects.get(organization__ref=made.ref("res"), role="viewer").user_id
    address = f"/settings/users/{user}/role"
    mine, theirs = (filled(markup(browser.get(page)), address) for _ in range(2))
    assert "Buyer from now on" in led(browser, browser.post(address, theirs | typed({"role": "buyer"})))
    said = led(browser, browser.post(address, mine | typed({"role": "finance"})))
    assert "Buyer meanwhile. Nothing was changed." in said
    assert models.Membership.objects.get(user=user).role == "buyer"
    again = filled(markup(browser.get(page)), address)
    assert "Finance from now on" in led(browser, browser.post(address, again | typed({"role": "finance"})))
