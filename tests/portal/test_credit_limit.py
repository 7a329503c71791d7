"""The settings' *Credit Limit*: the table of groups, *Create New Group*, and the orders on which one had a
step (R80, R83, R85)."""

from html import unescape
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from placet.storage import models
from tests.api.callers import Json, load, unique
from tests.api.chains import Chain, chain
from tests.api.worker import provision
from tests.portal.conftest import SignedIn
from tests.portal.counting import asked
from tests.portal.visitors import text
from tests.stories.worlds import customer, distributor, group, reseller, world

GROUPS = "/settings/credit-limit"
NEW = "/settings/credit-limit/groups/new"
ORDERS = "/settings/credit-limit/orders"


def page(browser: Client, path: str, status: int = 200, **more: str) -> str:
    answer: HttpResponse = browser.get(path, **more)  # type: ignore[assignment, arg-type]
    assert answer.status_code == status, (path, answer.status_code)
    return unescape(text(answer))


def sent(browser: Client, path: str, said: Json, status: int = 303) -> HttpResponse:
    answer: HttpResponse = browser.post(path, said)  # type: ignore[assignment]
    assert answer.status_code == status, (path, answer.status_code, text(answer)[:2000])
    return answer


def always(name: str, **more: str) -> Json:
    """The form of a group whose members' orders all need approval."""
    return {"name": name, "vendors": "all", "when": "always", **more}


# Groups -------------------------------------------------------------------------------------


def test_the_groups_of_one_s_own(signed_in: SignedIn) -> None:
    """R80: each with its size, who changed it last, and which one is primary; nobody else's."""
    made = chain()
    shown = page(signed_in(made.ref("dist")), GROUPS)
    assert f"CR-{made.ref('dist')}" in shown
    assert "Primary" in shown
    assert "is the primary group: newly added organizations join it" in shown
    assert f"CR-{made.ref('res')}" not in shown
    assert f"CR-{made.ref('res')}" in page(signed_in(made.ref("res")), GROUPS)
    assert "No credit risk group yet" in page(signed_in(made.ref("rival")), GROUPS)


def test_customers_have_no_such_page(signed_in: SignedIn) -> None:
    browser = signed_in(chain().ref("cust"))
    for path in (GROUPS, NEW, ORDERS, "/settings/credit-limit/organizations"):
        page(browser, path, 404)


@pytest.mark.parametrize("role", ["approver", "buyer", "finance", "viewer"])
def test_all_roles_look_and_admins_change(signed_in: SignedIn, role: str) -> None:
    made = chain()
    browser = signed_in(made.ref("dist"), role)
    shown = page(browser, GROUPS)
    assert f"CR-{made.ref('dist')}" in shown
    assert "Create New Group" not in shown
    assert "Remove…" not in shown
    page(browser, NEW, 403)
    sent(browser, NEW, always("Mine"), 403)
    assert len(made.dist.items("/credit-risk-groups")) == 1


def test_a_group_is_created_with_its_scope(signed_in: SignedIn) -> None:
    """R80: name, scope, default limit; to a vendor's chosen offers, above an amount."""
    made = chain()
    product = made.dist.get(f"/products/{made.ref('bp')}")
    said = {
        "name": "Baltics",
        "vendors": "one",
        "vendor": product["vendor"]["id"],
        "which": "chosen",
        "offers": [product["id"]],
        "when": "above",
        "above": "1 250.50",
        "default_limit": "500",
    }
    answer = sent(signed_in(made.ref("dist")), NEW, said)
    group = next(g for g in made.dist.items("/credit-risk-groups") if g["name"] == "Baltics")
    assert answer.headers["Location"] == reverse("credit-risk-group", args=[group["id"]])
    [policy] = group["policies"]
    assert (policy["scope"], policy["approve_above"]) == ("offers", "1250.50")
    assert [offer["id"] for offer in policy["offers"]] == [product["id"]]
    assert (group["default_limit"], group["primary"]) == ("500.00", False)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"default_limit": "a lot"}, "Please write an amount, like"),
        ({"default_limit": "-5"}, "Please write an amount, like"),
        ({"vendors": "one"}, "Please choose a vendor"),
        ({"when": "above"}, "Please write an amount"),
        ({"when": "above", "above": "1e3"}, "Please write an amount, like"),
        ({"name": "taken"}, "Another of your groups is called that"),
    ],
)
def test_a_wrong_form_keeps_what_was_typed(signed_in: SignedIn, said: Json, words: str) -> None:
    """And says beside the field what is wrong; nothing is saved."""
    made = chain()
    taken = f"CR-{made.ref('dist')}"
    form = always("Kept as typed", default_limit="12.50") | said
    if form["name"] == "taken":
        form["name"] = taken
    answer = sent(signed_in(made.ref("dist")), NEW, form, 422)
    shown = answer.content.decode()
    assert words in text(answer)
    for value in (form["name"], form["default_limit"]):
        assert f'value="{value}"' in shown or not value
    assert [g["name"] for g in made.dist.items("/credit-risk-groups")] == [taken]


def test_a_new_primary_group_takes_the_place_of_the_old(signed_in: SignedIn) -> None:
    """R83: said before, done after."""
    made = chain()
    browser = signed_in(made.ref("dist"))
    assert f"CR-{made.ref('dist')} is the primary group now; it would no longer be" in page(browser, NEW)
    sent(browser, NEW, always("Newcomers", primary="on"))
    primaries = {g["name"]: g["primary"] for g in made.dist.items("/credit-risk-groups")}
    assert primaries == {"Newcomers": True, f"CR-{made.ref('dist')}": False}


def test_pressed_twice_one_group(signed_in: SignedIn) -> None:
    made = chain()
    browser = signed_in(made.ref("dist"))
    form = always("Only one", once="press-1")
    first, second = sent(browser, NEW, form), sent(browser, NEW, form)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(made.dist.items("/credit-risk-groups")) == 2


def test_as_many_questions_for_many_groups(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    made = chain()
    browser = signed_in(made.ref("dist"))

    def count() -> int:
        with asked(monkeypatch) as found:
            page(browser, GROUPS)
        return found.count

    for number in range(3):
        made.dist.post("/credit-risk-groups", {"name": f"Group {number}"})
    few = count()
    for number in range(3, 30):
        made.dist.post("/credit-risk-groups", {"name": f"Group {number}", "policies": [{"scope": "all"}]})
    assert count() == few


# Orders (R85) -------------------------------------------------------------------------------


def approving() -> Chain:
    """A chain whose distributor must say yes to every order of its reseller's customers."""
    made = Chain(unique("risk"))
    top, seller, buyer = map(made.ref, ("dist", "res", "cust"))
    load(
        world(
            distributor(top),
            reseller(seller, top, multi_tier_approval=False),
            customer(buyer, seller),
            prices={made.ref("bp"): "10.00"},
            groups=[group(top, seller)],
        )
    )
    models.Organization.objects.filter(ref=top).update(multi_tier_approval=True)
    return made


def test_pending_and_approved_orders_with_the_amounts_of_one_s_own_level(signed_in: SignedIn) -> None:
    """R85, R36: paused until the yes, there while they are provisioned; what the reseller owes, not what its
    customer pays."""
    made = approving()
    first, second = made.ordered(quantity=3), made.ordered(quantity=4)
    browser = signed_in(made.ref("dist"))
    shown = page(browser, ORDERS)
    assert (first["number"] in shown, second["number"] in shown) == (True, True)
    assert ("30.00" in shown, "36.00" in shown) == (True, False)
    assert "Waits for you" in shown
    made.dist.post(f"/orders/{first['id']}/approve")
    provision()
    approved, pending = page(browser, f"{ORDERS}?state=approved"), page(browser, f"{ORDERS}?state=pending")
    assert (first["number"] in approved, second["number"] in approved) == (True, False)
    assert (first["number"] in pending, second["number"] in pending) == (False, True)
    made.dist.post(f"/orders/{second['id']}/reject", {"reason": "No."})
    assert second["number"] not in page(browser, ORDERS)
    assert "No order needed your approval yet" in page(signed_in(made.ref("res")), ORDERS)


def test_an_approved_order_that_is_short_of_credit_is_paused(signed_in: SignedIn) -> None:
    """R85, R43 (ours): a yes, but no provisioning yet."""
    made = approving()
    contract = made.contract("res")
    made.dist.patch(contract, {"credit_limit": "5.00"})
    order = made.ordered()
    made.dist.post(f"/orders/{order['id']}/approve")
    shown = page(signed_in(made.ref("dist")), f"{ORDERS}?state=pending")
    assert order["number"] in shown
    assert "You approved" in shown


def test_orders_by_pages_and_as_a_file(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many questions for thirty orders as for three."""
    made = approving()
    browser = signed_in(made.ref("dist"))
    numbers = [made.ordered()["number"] for _ in range(3)]
    with asked(monkeypatch) as few:
        page(browser, ORDERS)
    numbers += [made.ordered()["number"] for _ in range(27)]
    with asked(monkeypatch) as many:
        first = page(browser, ORDERS)
    assert many.count == few.count
    assert sum(number in first for number in numbers) == 25
    following = browser.get(ORDERS).context["table"].next_cursor
    second = page(browser, f"{ORDERS}?cursor={following}")
    assert sorted(n for n in numbers if n in first or n in second) == sorted(numbers)
    file = b"".join(browser.get(f"{ORDERS}?format=csv")).decode()
    assert all(number in file for number in numbers)
    assert "10.00 EUR" in file
    assert "12.00" not in file


def test_a_made_up_cursor_shows_the_first_page(signed_in: SignedIn) -> None:
    browser = signed_in(approving().ref("dist"))
    for cursor in ("x", "%00", "WzFd", UUID(int=0).hex):
        page(browser, f"{ORDERS}?cursor={cursor}")
        page(browser, f"/settings/credit-limit/organizations?cursor={cursor}")


def test_orders_of_another_chain_are_not_there(signed_in: SignedIn) -> None:
    made, other = approving(), approving()
    order, own = made.ordered(), other.ordered()
    shown = signed_in(other.ref("dist")).get(ORDERS).content.decode()
    assert (own["id"] in shown, order["id"] in shown) == (True, False)
