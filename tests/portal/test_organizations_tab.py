"""*Credit Limit*, the tab of organizations: all below, with the group changed in place (R2, R82, R84)."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from placet.domain.words import Tier
from placet.storage import credit_limit_lists as lists
from placet.storage import models
from tests.api.callers import Json, load, unique
from tests.api.chains import Chain, chain
from tests.portal.conftest import SignedIn
from tests.portal.counting import asked
from tests.portal.test_credit_limit import page, sent
from tests.portal.visitors import text
from tests.stories.worlds import customer, distributor, group, reseller, world

TAB = "/settings/credit-limit/organizations"


def market(*, customers: int = 1) -> Chain:
    """A distributor over one reseller and so many of its customers, named in order; the distributor's groups
    are `CR-…` (primary) and *Watch list*; the reseller's limit is 100.00, its customers' 7.00."""
    made = Chain(unique("tab"))
    top, seller = made.ref("dist"), made.ref("res")
    load(
        world(
            distributor(top),
            reseller(seller, top, {"credit_limit": "100.00"}, external_id="ERP-1"),
            *(
                customer(
                    made.ref(f"c{number:02}"), seller, {"credit_limit": "7.00"}, external_id=f"C-{number:02}"
                )
                for number in range(customers)
            ),
            prices={made.ref("bp"): "10.00"},
            groups=[
                group(top, primary=True, policies=[]),
                {"owner": top, "name": "Watch list", "members": [], "policies": []},
            ],
        )
    )
    return made


def groups_of(made: Chain) -> dict[str, str]:
    return {g["name"]: g["id"] for g in made.dist.items("/credit-risk-groups")}


def id_of(made: Chain, ref: str) -> str:
    return str(models.Organization.objects.get(ref=made.ref(ref)).id)


def move(  # noqa: PLR0913 - a form's
    browser: Client, made: Chain, ref: str, group_: str, *, before: str = "", status: int = 303
) -> str:
    """The toast that follows."""
    where = reverse("credit-limit-move", args=[id_of(made, ref)])
    answer = sent(browser, where, {"group": group_, "before": before, "to": TAB}, status)
    return browser.get(answer.headers["Location"]).content.decode() if status == 303 else text(answer)


def names(browser: Client, query: str = "") -> list[str]:
    return [row["party"].name for row in browser.get(TAB + query).context["table"].rows]


# What it shows --------------------------------------------------------------------------------


def test_everyone_below_with_tier_number_and_group(signed_in: SignedIn) -> None:
    """R82: and no limit but that of one's own buyers (R2)."""
    made = market()
    shown = page(signed_in(made.ref("dist")), TAB)
    for words in (
        f"Org {made.ref('res')}",
        f"Org {made.ref('c00')}",
        "ERP-1",
        "C-00",
        "Direct",
        "Indirect",
        "Latvia",
    ):
        assert words in shown
    assert ("100.00" in shown, "7.00" in shown) == (True, False)
    below = page(signed_in(made.ref("res")), TAB)
    assert ("7.00" in below, "100.00" in below) == (True, False)
    assert names(signed_in(made.ref("res"))) == [f"Org {made.ref('c00')}"]
    assert "Watch list" not in below


def test_filters_that_survive_a_reload(signed_in: SignedIn) -> None:
    made = market(customers=3)
    browser, named = signed_in(made.ref("dist")), [f"Org {made.ref(f'c{n:02}')}" for n in range(3)]
    reseller_ = f"Org {made.ref('res')}"
    watch = groups_of(made)["Watch list"]
    made.dist.put(f"/credit-risk-groups/{watch}/members/{made.ref('c01')}")
    made.res.patch(f"/organizations/{made.ref('c02')}", {"status": "suspended"})
    cases = {
        "": [*named, reseller_],
        "?sort=-organization": [reseller_, *reversed(named)],
        "?tier=direct": [reseller_],
        "?tier=indirect": named,
        f"?group={watch}": [named[1]],
        "?group=none": [named[0], named[2], reseller_],
        "?group=nonsense": [*named, reseller_],
        "?status=inactive": [named[2]],
        "?status=active": [named[0], named[1], reseller_],
        "?q=erp-1": [reseller_],
        f"?q={made.ref('c01')}": [named[1]],
        "?q=100%25": [],
        "?tier=indirect&status=active&group=none": [named[0]],
    }
    for query, expected in cases.items():
        assert names(browser, query) == expected, query
    assert "No organization matches" in page(browser, f"{TAB}?q=nobody")


@pytest.mark.parametrize("many", [False, True], ids=["few", "many"])
def test_however_they_are_found_they_are_the_same(signed_in: SignedIn, many: bool) -> None:  # noqa: FBT001
    """Below a few they are walked, below many the names are: the same rows in the same order."""
    made = market(customers=5)
    signed_in(made.ref("dist"))
    owner = UUID(id_of(made, "dist"))
    watch = UUID(groups_of(made)["Watch list"])
    filters = [
        lists.OrganizationFilter(),
        lists.OrganizationFilter(tier=Tier.INDIRECT, text="C-0"),
        lists.OrganizationFilter(active=True, grouped=False),
        lists.OrganizationFilter(group=watch),
    ]
    for wanted in filters:
        for descending in (False, True):
            walked = lists.organizations(
                owner, wanted, after=None, descending=descending, many=False, most=50
            )
            found = lists.organizations(owner, wanted, after=None, descending=descending, many=many, most=50)
            assert found == walked
            if walked:
                after = (walked[0].party.name, walked[0].party.id)
                rest = lists.organizations(
                    owner, wanted, after=after, descending=descending, many=many, most=50
                )
                assert rest == walked[1:]
    assert lists.size_below(owner) == 6


def test_by_pages_with_as_many_questions_for_thirty_as_for_three(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = market(customers=3), market(customers=30)
    beside, browser = signed_in(few.ref("dist")), signed_in(many.ref("dist"))
    with asked(monkeypatch) as small:
        page(beside, TAB)
    with asked(monkeypatch) as large:
        page(browser, TAB)
    assert large.count == small.count
    first = browser.get(TAB).context["table"]
    rest = names(browser, f"?cursor={first.next_cursor}")
    assert [row["party"].name for row in first.rows] + rest == sorted(
        [f"Org {many.ref(f'c{n:02}')}" for n in range(30)] + [f"Org {many.ref('res')}"]
    )


def test_the_file_has_what_the_table_shows(signed_in: SignedIn) -> None:
    made = market(customers=2)
    browser = signed_in(made.ref("dist"))
    file = b"".join(browser.get(f"{TAB}?format=csv&tier=indirect")).decode()
    lines = file.strip().splitlines()
    assert len(lines) == 3
    assert "7.00" not in file
    assert file.startswith("\N{ZERO WIDTH NO-BREAK SPACE}Status,Organization,External ID,Country")


# What is changed in place -----------------------------------------------------------------------


def test_added_moved_and_taken_out_in_place_with_undo(signed_in: SignedIn) -> None:
    """R82: in one group at most; the toast takes it back."""
    made = market()
    browser, groups = signed_in(made.ref("dist")), groups_of(made)
    baltics, watch = groups[f"CR-{made.ref('dist')}"], groups["Watch list"]

    def group_now() -> str | None:
        found: Json | None = made.organization("dist", "c00")["credit_risk_group"]
        return found["name"] if found else None

    toast = move(browser, made, "c00", watch)
    assert group_now() == "Watch list"
    assert "is in Watch list now." in toast
    assert "Undo" in toast
    move(browser, made, "c00", baltics, before=watch)
    assert group_now() == f"CR-{made.ref('dist')}"
    move(browser, made, "c00", watch, before=baltics)
    toast = move(browser, made, "c00", "", before=watch)
    assert group_now() is None
    assert "is in no credit risk group now." in toast
    assert f'name="group" value="{watch}"' in toast  # what the undo sends
    assert "Undo" not in move(browser, made, "c00", "", before="")


@pytest.mark.parametrize("status", ["suspended", "blocked"])
def test_who_is_suspended_or_blocked_cannot_be_added(signed_in: SignedIn, status: str) -> None:
    """R84: the button is inactive and says why; the server refuses with the same words, and the API too."""
    made = market()
    made.res.patch(f"/organizations/{made.ref('c00')}", {"status": status})
    browser, watch = signed_in(made.ref("dist")), groups_of(made)["Watch list"]
    rule = f"{status.title()} organizations cannot be added to a credit risk group."
    why = f"Org {made.ref('c00')} is {status}. {rule}"
    whole = browser.get(TAB).content.decode()
    assert f'role="tooltip" id="why-1">{why}<' in whole
    assert 'aria-disabled="true" aria-describedby="why-1"' in whole
    assert f'action="{reverse("credit-limit-move", args=[id_of(made, "c00")])}"' not in whole
    assert why in move(browser, made, "c00", watch)
    assert made.organization("dist", "c00")["credit_risk_group"] is None
    refused = made.dist.refused(
        "PUT", f"/credit-risk-groups/{watch}/members/{made.ref('c00')}", "organization_not_active"
    )
    assert refused["detail"] == why


def test_one_that_becomes_so_later_stays_and_may_be_taken_out(signed_in: SignedIn) -> None:
    """R84: out, and then not in again, so there is no undo."""
    made = market()
    browser, watch = signed_in(made.ref("dist")), groups_of(made)["Watch list"]
    move(browser, made, "c00", watch)
    made.res.patch(f"/organizations/{made.ref('c00')}", {"status": "suspended"})
    [row] = [row for row in browser.get(TAB).context["table"].rows if row["party"].ref == made.ref("c00")]
    assert row["group"].name == "Watch list"
    assert "Undo" not in move(browser, made, "c00", "", before=watch)
    assert made.organization("dist", "c00")["credit_risk_group"] is None


def test_only_into_groups_and_with_partners_of_one_s_own(signed_in: SignedIn) -> None:
    made, other = market(), chain()
    browser = signed_in(made.ref("dist"))
    foreign = other.dist.items("/credit-risk-groups")[0]["id"]
    assert "You have no such credit risk group" in move(browser, made, "c00", foreign)
    sent(browser, reverse("credit-limit-move", args=[id_of(other, "res")]), {"group": ""}, 404)
    sent(browser, reverse("credit-limit-move", args=[UUID(int=5)]), {"group": ""}, 404)
    move(signed_in(made.ref("dist"), "viewer"), made, "c00", "", status=403)
    assert 'name="group" data-send' not in signed_in(made.ref("dist"), "finance").get(TAB).content.decode()
