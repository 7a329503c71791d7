"""A credit risk group's page: its policies and the drawer that makes one, what it warns of, what it says
after (R80, R81, R83)."""

from typing import Any

import pytest

from tests.api.callers import Json
from tests.api.chains import Chain, chain
from tests.portal.conftest import SignedIn
from tests.portal.counting import asked
from tests.portal.test_credit_limit import GROUPS, page, sent
from tests.portal.visitors import text

HTMX = {"HX-Request": "true"}


def first(made: Chain, owner: str = "dist") -> Json:
    """The distributor's group of the world: primary, empty, granting 50.00."""
    found: Json = getattr(made, owner).items("/credit-risk-groups")[0]
    return found


def of(group: Json, rest: str = "") -> str:
    return f"{GROUPS}/groups/{group['id']}{rest}"


def drawer(made: Chain, **more: Any) -> Json:  # noqa: ANN401 - a form's
    """The drawer filled in: the one product above 750.00, as the mockup has it."""
    product = made.dist.get(f"/products/{made.ref('bp')}")
    said = {"vendors": "one", "vendor": product["vendor"]["id"], "which": "chosen", "offers": product["id"]}
    return {**said, "when": "above", "above": "750.00", **more}


# Whose it is ----------------------------------------------------------------------------------


def test_a_group_is_its_owner_s_alone(signed_in: SignedIn) -> None:
    """Whatever is asked of another's, it is not there; to a customer there are none at all."""
    made = chain()
    group = first(made)
    for ref in ("res", "cust", "far"):
        browser = signed_in(made.ref(ref))
        for path in (of(group), of(group, "/change"), of(group, "/policies/new")):
            page(browser, path, 404)
        for path in (
            of(group, "/primary"),
            of(group, "/remove"),
            of(group, f"/policies/{group['id']}/remove"),
        ):
            sent(browser, path, {"confirmed": "yes"}, 404)
    assert first(made) == group


@pytest.mark.parametrize("role", ["approver", "buyer", "finance", "viewer"])
def test_who_is_no_admin_looks_only(signed_in: SignedIn, role: str) -> None:
    made = chain()
    group, browser = first(made), signed_in(made.ref("dist"), role)
    shown = page(browser, of(group))
    assert ("Policy scope" in shown, "Add policy" in shown, "Make primary" in shown) == (True, False, False)
    sent(browser, of(group), {"vendors": "all", "when": "always"})
    for path in (
        of(group, "/primary"),
        of(group, "/remove"),
        of(group, "/change"),
        of(group, "/policies/new"),
    ):
        sent(browser, path, {"confirmed": "yes"}, 403)
    assert first(made) == group


# Policies -------------------------------------------------------------------------------------


def test_policies_by_level_or_by_day(signed_in: SignedIn) -> None:
    """R81: the most specific first, unless one wants it otherwise."""
    made = chain()
    group, browser, vendor = first(made), signed_in(made.ref("dist")), made.ref("bp-vendor")
    for policy in (
        {"scope": "vendor", "vendor": vendor, "approve_above": "500"},
        {"scope": "all", "approve_above": "2500"},
        {"scope": "offers", "vendor": vendor, "offers": [made.ref("bp")]},
    ):
        made.dist.post(f"/credit-risk-groups/{group['id']}/policies", policy)

    def levels(query: str) -> list[str]:
        return [str(row.level) for row in browser.get(of(group) + query).context["table"].rows]

    assert levels("") == levels("?sort=nonsense") == ["Offers", "Vendor", "All"]
    assert levels("?sort=level") == ["All", "Vendor", "Offers"]
    assert levels("?sort=created") == ["Vendor", "All", "Offers"]
    assert levels("?sort=-created") == ["Offers", "All", "Vendor"]
    shown = page(browser, of(group))
    for words in ("Always", "Above 500.00 €", "Above 2 500.00 €", f"Product {made.ref('bp')}", "All offers"):
        assert words in shown.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("by", ["", "/policies/new"], ids=["the drawer", "a page of its own"])
def test_a_policy_is_added(signed_in: SignedIn, by: str) -> None:
    made = chain()
    group = first(made)
    answer = sent(signed_in(made.ref("dist")), of(group, by), drawer(made))
    assert answer.headers["Location"] == of(group)
    [policy] = first(made)["policies"]
    assert (policy["scope"], policy["approve_above"], len(policy["offers"])) == ("offers", "750.00", 1)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"vendor": ""}, "Please choose a vendor"),
        ({"vendor": "01900000-0000-7000-8000-000000000000"}, "There is no such vendor"),
        ({"offers": []}, "Please choose at least one offer"),
        ({"offers": ["01900000-0000-7000-8000-000000000000"]}, "There is no such product"),
        ({"above": ""}, "Please write an amount"),
        ({"above": "7,5,0"}, "Please write an amount, like"),
    ],
)
def test_a_wrong_drawer_comes_back_open_as_it_was(signed_in: SignedIn, more: Json, words: str) -> None:
    made = chain()
    group = first(made)
    answer = sent(signed_in(made.ref("dist")), of(group), drawer(made, **more), 422)
    shown = answer.content.decode()
    assert words in text(answer)
    assert "open-now" in shown
    assert f'value="{more.get("above", "750.00")}"' in shown or not more.get("above", "750.00")
    assert first(made)["policies"] == []


SENTENCES = [
    ({"vendors": "all", "when": "always"}, "All orders of {whose} need your approval."),
    (
        {"vendors": "all", "when": "above", "above": "2500"},
        "Orders of {whose} need your approval above 2 500.00 €.",
    ),
    ({"which": "all", "when": "always"}, "Orders of {whose} with any offer of {vendor} need your approval."),
    ({"which": "all"}, "Orders of {whose} with offers of {vendor} need your approval above 750.00 €."),
    ({"when": "always"}, "Orders of {whose} with {offer} need your approval."),
    ({}, "Orders of {whose} with {offer} need your approval above 750.00 €."),
    ({"vendor": ""}, "Choose a vendor to see what this policy will do."),
    ({"offers": ""}, "Choose offers to see what this policy will do."),
    ({"above": "x"}, "Write an amount to see what this policy will do."),
]


@pytest.mark.parametrize(("more", "said"), SENTENCES)
def test_the_sentence_says_what_the_policy_will_do(signed_in: SignedIn, more: Json, said: str) -> None:
    """R81: made by the server, of all that is chosen by then; and that orders already placed stay."""
    made = chain()
    group, browser = first(made), signed_in(made.ref("dist"))
    names = {"vendor": f"Vendor {made.ref('bp-vendor')}", "offer": f"Product {made.ref('bp')}"}
    for ref, count in (("res", "the 1 organization"), ("cust", "the 2 organizations")):
        made.dist.put(f"/credit-risk-groups/{group['id']}/members/{made.ref(ref)}")
        answer = browser.get(
            of(group, "/policies/new"), drawer(made, **more), headers={**HTMX, "HX-Target": "policy-sentence"}
        )
        assert answer.content.startswith(b'<div id="policy-sentence"')  # the fragment alone
        whose = f"{count} in {group['name']}"
        shown = text(answer).replace("\N{NO-BREAK SPACE}", " ")  # type: ignore[arg-type]
        assert said.format(whose=whose, **names) in shown
        assert "Orders already placed stay as they are." in shown


def test_the_sentence_before_anybody_is_in_the_group(signed_in: SignedIn) -> None:
    made = chain()
    shown = page(signed_in(made.ref("dist")), of(first(made), "/policies/new"))
    assert f"All orders of organizations that join {first(made)['name']} need your approval." in shown


def test_offers_are_found_by_name_and_what_is_ticked_stays(signed_in: SignedIn) -> None:
    """With htmx as a fragment, without JavaScript as a page with all that was chosen by then."""
    made = chain()
    products = [
        {
            "ref": made.ref(f"more-{number:02}"),
            "vendor": made.ref("bp-vendor"),
            "sku": f"M-{number}",
            "name": f"Backup {number:02}",
            "product_type": "software_subscription",
            "billing_type": "monthly",
            "fulfilment": "automatic",
        }
        for number in range(30)
    ]
    for product in products:
        made.dist.post("/products", product)
    group, browser = first(made), signed_in(made.ref("dist"))
    part = {**HTMX, "HX-Target": "policy-list"}
    where = of(group, "/policies/new")
    some = text(browser.get(where, drawer(made), headers=part))  # type: ignore[arg-type]
    assert ("Backup 00" in some, "Backup 29" in some, "There are more" in some) == (True, False, True)
    found = browser.get(where, drawer(made, find="up 29"), headers=part)
    shown = text(found)  # type: ignore[arg-type]
    assert ("Backup 29" in shown, "Backup 00" in shown, f"Product {made.ref('bp')}" in shown) == (
        True,
        False,
        True,
    )
    assert found.content.count(b" checked") == 1
    whole = browser.get(where, drawer(made, find="up 29"))
    assert b"Backup 29" in whole.content
    assert b'name="above" value="750.00"' in whole.content


def test_a_policy_is_removed(signed_in: SignedIn) -> None:
    made = chain()
    group, browser = first(made), signed_in(made.ref("dist"))
    policy = made.dist.post(f"/credit-risk-groups/{group['id']}/policies", {"scope": "all"})
    assert "Remove this policy?" in browser.get(of(group)).content.decode()
    sent(browser, of(group, f"/policies/{policy['id']}/remove"), {})
    assert first(made)["policies"] == []
    sent(browser, of(group, f"/policies/{policy['id']}/remove"), {}, 404)


# Name, default limit --------------------------------------------------------------------------


def test_name_and_default_limit(signed_in: SignedIn) -> None:
    """R61: the limit counts at once for members without one of their own."""
    made = chain({"credit_limit": None})
    group, browser = first(made), signed_in(made.ref("dist"))
    made.dist.put(f"/credit-risk-groups/{group['id']}/members/{made.ref('res')}")
    assert b'value="50.00"' in browser.get(of(group, "/change")).content
    sent(browser, of(group, "/change"), {"name": "Nordics", "default_limit": "75"})
    assert (first(made)["name"], first(made)["default_limit"]) == ("Nordics", "75.00")
    assert made.dist.get(made.contract("res"))["credit_account"]["limit"]["amount"] == "75.00"
    sent(browser, of(group, "/change"), {"name": "Nordics", "default_limit": ""})
    assert first(made)["default_limit"] is None
    answer = sent(browser, of(group, "/change"), {"name": "", "default_limit": "much"}, 422)
    assert b'value="much"' in answer.content


# The primary group, and removing one ------------------------------------------------------------


def another(made: Chain) -> Json:
    made.dist.post("/credit-risk-groups", {"name": "Nordics"})
    found: Json = next(g for g in made.dist.items("/credit-risk-groups") if g["name"] == "Nordics")
    return found


def primaries(made: Chain) -> list[str]:
    return [g["name"] for g in made.dist.items("/credit-risk-groups") if g["primary"]]


def test_making_a_group_primary_warns_first(signed_in: SignedIn) -> None:
    """R83: in the dialog before it is sent; where no script asks, on a page of its own."""
    made = chain()
    old, group, browser = first(made)["name"], another(made), signed_in(made.ref("dist"))
    warning = "Newly added organizations will join Nordics."
    assert warning in browser.get(GROUPS).content.decode()
    asked_ = sent(browser, of(group, "/primary"), {"once": "1"}, 200)
    assert warning in text(asked_)
    assert f"{old} will no longer be the primary group; its organizations stay in it." in text(asked_)
    assert primaries(made) == [old]
    sent(browser, of(group, "/primary"), {"once": "2", "confirmed": "yes"})
    assert primaries(made) == ["Nordics"]


def test_asked_by_the_page_itself_is_asked_enough(signed_in: SignedIn) -> None:
    made = chain()
    group, browser = another(made), signed_in(made.ref("dist"))
    assert browser.post(of(group, "/primary"), headers=HTMX).status_code == 303
    assert primaries(made) == ["Nordics"]


def test_a_group_that_is_primary_no_more(signed_in: SignedIn) -> None:
    made = chain()
    sent(signed_in(made.ref("dist")), of(first(made), "/primary"), {"primary": "no"})
    assert primaries(made) == []


def test_newly_added_organizations_join_the_primary_group(signed_in: SignedIn) -> None:
    """R83: as was said."""
    made = chain()
    group = another(made)
    sent(signed_in(made.ref("dist")), of(group, "/primary"), {"confirmed": "yes"})
    contract = {"seller": made.ref("dist"), "currency": "EUR", "price_list": made.ref("dist-list")}
    new = {"ref": made.ref("new"), "name": "New", "kind": "customer", "country": "LV", "contract": contract}
    added = made.dist.post("/organizations", new)
    assert added["credit_risk_group"]["name"] == "Nordics"


def test_removing_a_group_warns_and_unassigns(signed_in: SignedIn) -> None:
    """R83: any group; the primary one's words of its own."""
    made = chain()
    group, browser = first(made), signed_in(made.ref("dist"))
    made.dist.put(f"/credit-risk-groups/{group['id']}/members/{made.ref('res')}")
    shown = text(sent(browser, of(group, "/remove"), {}, 200))
    assert f"1 organization of {group['name']} will be in no credit risk group." in shown
    assert "It is the primary group: newly added organizations will join none." in shown
    assert first(made)["id"] == group["id"]
    sent(browser, of(group, "/remove"), {"confirmed": "yes"})
    assert made.dist.items("/credit-risk-groups") == []
    assert made.organization("dist", "res")["credit_risk_group"] is None
    page(browser, of(group), 404)


# Members --------------------------------------------------------------------------------------


def test_as_much_is_asked_for_many_policies(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    made = chain()
    group, browser = first(made), signed_in(made.ref("dist"))

    def count(more: int) -> int:
        for _ in range(more):
            made.dist.post(f"/credit-risk-groups/{group['id']}/policies", {"scope": "all"})
        with asked(monkeypatch) as found:
            page(browser, of(group))
        return found.count

    made.dist.put(f"/credit-risk-groups/{group['id']}/members/{made.ref('res')}")
    few = count(3)
    made.dist.put(f"/credit-risk-groups/{group['id']}/members/{made.ref('cust')}")
    assert count(27) == few


def test_members_by_name(signed_in: SignedIn) -> None:
    made = chain()
    group, browser = first(made), signed_in(made.ref("dist"))
    assert "Nobody is in this group yet" in page(browser, of(group))
    for ref in ("res", "cust"):
        made.dist.put(f"/credit-risk-groups/{group['id']}/members/{made.ref(ref)}")
    shown = page(browser, of(group))
    assert shown.index(f"Org {made.ref('cust')}") < shown.index(f"Org {made.ref('res')}")
    assert "2 organizations, primary group, updated" in shown
