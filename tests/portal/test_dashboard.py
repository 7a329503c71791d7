"""The dashboards: a reseller's four widgets (R102-R104), a distributor's own (R105)."""

import re

import pytest

from placet.entrypoints.portal.frame.money import money_text
from placet.storage import db
from tests.api.callers import Caller, load, unique
from tests.api.chains import Chain, chain
from tests.api.test_dashboard import LIVES
from tests.api.worker import provision
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.reading import id_of, markup, rows, section, send, text, words
from tests.statements import counted
from tests.stories.worlds import distributor, reseller, world

pytestmark = pytest.mark.usefixtures("committed")

WIDGETS = {"w-unex": "unexecuted", "w-pending": "pending", "w-manual": "manual", "w-approvals": "approvals"}


def where(page: str, number: str) -> str:
    """The widgets that an order stands in."""
    return " ".join(name for label, name in WIDGETS.items() if number in section(page, label))


@cases("""
life             res         dist
short_above      unexecuted  unexecuted
short_below      unexecuted  -
waiting          pending     -
approved_short   pending     unexecuted
on_behalf_short  pending     unexecuted
own_short        unexecuted  unexecuted
own_waiting      pending     approvals
waiting_above    pending     approvals
manual           -           manual
executing        -           -
automatic        -           -
executed         -           -
rejected         -           -
retried          unexecuted  -
""")
def test_where_an_order_stands(life: str, res: str, dist: str, signed_in: SignedIn) -> None:
    """R104, R105: as in the API; to a distributor also what waits for its own yes."""
    made, order = LIVES[life]()
    found = [
        where(markup(signed_in(made.ref(who)).get("/dashboard")), order["number"]) for who in ("res", "dist")
    ]
    assert found == [res, dist]


@cases("""
life            viewer  ->  offers
waiting         res         approve cancel
approved_short  res         retry cancel
own_short       res         retry cancel
own_waiting     res         cancel
short_below     res         retry release cancel
short_above     dist        retry release cancel
waiting_above   dist        approve reject
manual          dist        execute cancel
""")
def test_a_menu_offers_what_may_be_done(life: str, viewer: str, offers: str, signed_in: SignedIn) -> None:
    """R104: accept and cancel exactly as `actions` says; who may only look has no menu."""
    made, order = LIVES[life]()
    page = markup(signed_in(made.ref(viewer)).get("/dashboard"))
    found = dict.fromkeys(re.findall(rf'action="/orders/{order["id"]}/(\w+)"', page))
    assert " ".join(found) == offers
    actions = Caller(made.ref(viewer)).get(f"/orders/{order['id']}")["actions"]
    assert set(found) <= set(actions)
    assert "/orders/" + order["id"] + "/" not in markup(
        signed_in(made.ref(viewer), "viewer").get("/dashboard")
    )


def test_each_deed_says_what_it_does(signed_in: SignedIn) -> None:
    made, order = LIVES["approved_short"]()
    widget = section(markup(signed_in(made.ref("res")).get("/dashboard")), "w-pending")
    row = next(row for row in rows(widget) if order["number"] in row)
    assert "Accepted, 10.00 € short" in row
    assert "Checks the credit again. 10.00 € short at the last check." in row
    assert "It will not be executed; the customer is told." in row


def test_accepting_leads_back_here(signed_in: SignedIn) -> None:
    """R44 by the menu: the same button twice does it once, and says so kindly."""
    made = chain(cust={"order_approval": True})
    order, browser = made.ordered(), signed_in(made.ref("res"))
    for _ in range(2):
        answer = send(browser, f"/orders/{order['id']}/approve", once="one-form", to="/dashboard")
        assert answer.headers["Location"] == "/dashboard"
    assert made.res.get(f"/orders/{order['id']}")["status"] == "submitted"
    assert where(markup(browser.get("/dashboard")), order["number"]) == ""


def test_cancelling_asks_for_a_reason(signed_in: SignedIn) -> None:
    made = chain(cust={"order_approval": True})
    order, browser = made.ordered(), signed_in(made.ref("res"))
    assert f'id="cancel-{order["id"]}"' in markup(browser.get("/dashboard"))
    send(browser, f"/orders/{order['id']}/cancel", to="/dashboard", reason="Ordered twice.")
    assert made.cust.get(f"/orders/{order['id']}")["status"] == "cancelled"


def test_own_orders_have_no_customer(signed_in: SignedIn) -> None:
    """R104: blank where the reseller ordered for itself; then cost and amount are equal."""
    made, order = LIVES["own_short"]()
    widget = section(markup(signed_in(made.ref("res")).get("/dashboard")), "w-unex")
    row = next(row for row in rows(widget) if order["number"] in row)
    assert row.count("110.00 €") == 2
    assert f"Org {made.ref('cust')}" not in row


# Figures ------------------------------------------------------------------------------------


def bought() -> Chain:
    made = chain(res={"credit_limit": "1000.00", "tax_rate": "21"})
    made.ordered(quantity=3)
    made.ordered("onsite")
    provision()
    return made


def fragment(browser: object, name: str, **asked: str) -> str:
    """A part of the page, as htmx asks for it."""
    headers = {"HX-Request": "true", "HX-Target": "it"}
    return markup(browser.get(f"/dashboard/{name}", asked, headers=headers))  # type: ignore[attr-defined]


def test_figures_are_the_apis(signed_in: SignedIn) -> None:
    """R102: three columns of three, blue, blue, red."""
    made = bought()
    api = made.res.get("/dashboard/statistics")
    part = fragment(signed_in(made.ref("res")), "figures")
    said = words(part)
    for name, label in (
        ("monthly_costs", "Monthly costs"),
        ("account_balance", "Account balance"),
        ("overdue_payments", "Overdue payments"),
        ("credit_limit", "Credit limit"),
        ("available_credit", "Available credit"),
    ):
        assert f"{label} {money_text(api[name])}".replace("\xa0", " ") in said
    for name, label in (
        ("subscriptions_sold", "Subscriptions sold"),
        ("licenses_sold", "Licences sold"),
        ("active_subscriptions", "Active subscriptions"),
        ("suspended_subscriptions", "Suspended subscriptions"),
    ):
        assert f"{label} {api[name]}" in said
    assert re.findall(r'stat-col (is-\w+)"', part) == ["is-live", "is-live", "is-stop"]


def test_no_limit_is_said_in_words(signed_in: SignedIn) -> None:
    made = chain(res={"credit_limit": "unlimited"})
    assert "Credit limit Unlimited Available credit Unlimited" in words(
        fragment(signed_in(made.ref("res")), "figures")
    )


def test_the_mix_is_the_apis(signed_in: SignedIn) -> None:
    """R103: own colour a slice, legend, percentages; what is filtered stays in the page's address."""
    made = bought()
    browser = signed_in(made.ref("res"))
    api = made.res.get("/dashboard/product-mix")
    part = fragment(browser, "mix")
    for number, each in enumerate(api["slices"], start=1):
        amount, name = money_text(each["amount"]).replace("\xa0", " "), each["product"]["name"]
        share = f"{each['share']:.1f}".replace("100.0", "100")
        assert f"{name} {amount} {share} %" in words(part)
        assert f"swatch m{number}" in part
    assert f"Bought, net {money_text(api['total'])} 100 %".replace("\xa0", " ") in words(part)
    nothing = fragment(browser, "mix", period="last_month", product_type="esd", billing_type="annual")
    assert "Nothing of this kind was bought" in nothing
    chosen = browser.get(
        "/dashboard/mix", {"period": "last_month"}, headers={"HX-Request": "true", "HX-Trigger": "mix-form"}
    )
    assert chosen.headers["HX-Replace-Url"] == "/dashboard?period=last_month"
    assert "/dashboard/mix?period=last_month" in markup(browser.get("/dashboard?period=last_month"))


def test_all_of_it_without_scripts(signed_in: SignedIn) -> None:
    """The page links to itself with its figures; a fragment's address leads there."""
    made = bought()
    browser = signed_in(made.ref("res"))
    assert "/dashboard?figures=now" in markup(browser.get("/dashboard"))
    answer = browser.get("/dashboard/mix?period=last_month")
    assert answer.headers["Location"] == "/dashboard?period=last_month&figures=now"
    whole = markup(browser.get("/dashboard?figures=now&product_type=software_subscription"))
    assert "Monthly costs" in whole
    assert "Bought, net" in whole
    assert 'hx-trigger="load"' not in section(whole, "w-stats")


def test_what_cannot_be_read_is_passed_over(signed_in: SignedIn) -> None:
    made = bought()
    assert "Product mix" in fragment(signed_in(made.ref("res")), "mix", period="ever", product_type="%00")


# A distributor's ----------------------------------------------------------------------------


def test_a_distributor_reads_its_own_link(signed_in: SignedIn) -> None:
    """R105, R2: what the reseller owes it, how much is short, who; never what the customer pays."""
    made, order = LIVES["short_above"]()
    widget = section(markup(signed_in(made.ref("dist")).get("/dashboard")), "w-unex")
    row = next(row for row in rows(widget) if order["number"] in row)
    assert f"Org {made.ref('res')}" in row
    assert "10.00 € 110.00 €" in row
    assert "132.00" not in widget
    assert f"Org {made.ref('cust')}" not in row
    assert f"/partners/{id_of(made.ref('res'))}#limit" in widget


def test_who_is_near_the_limit_and_who_pays_late(signed_in: SignedIn) -> None:
    """R105: largest part of the limit first; late ones the longest first."""
    made = chain(res={"credit_limit": "100.00"})
    made.ordered(quantity=9)
    provision()
    db.fetch(
        """UPDATE invoice SET due_on = '2020-01-31' WHERE seller_id =
      (SELECT id FROM organization WHERE ref = %(ref)s)""",
        {"ref": made.ref("dist")},
    )
    said = words(fragment(signed_in(made.ref("dist")), "credit"))
    assert f"Org {made.ref('res')} 90.00 € of 100.00 € 10.00 €" in said
    assert f"Org {made.ref('res')} 1 invoice, due 31 Jan 2020 90.00 €" in said
    assert "108.00" not in said


def test_a_reseller_between_two_has_what_fits(signed_in: SignedIn) -> None:
    """Who sells to partners looks after their credit too; who stands at the top has no figures."""
    made = Chain(unique("org"))
    top, upper, lower = map(made.ref, ("dist", "res", "sub"))
    load(
        world(
            distributor(top), reseller(upper, top), reseller(lower, upper), prices={made.ref("bp"): "10.00"}
        )
    )
    shown = {ref: markup(signed_in(ref).get("/dashboard")) for ref in (top, upper, lower)}
    assert [ref for ref, page in shown.items() if "dashboard/figures" in page] == [upper, lower]
    assert [ref for ref, page in shown.items() if "dashboard/credit" in page] == [top, upper]


def test_customers_have_none(signed_in: SignedIn) -> None:
    browser = signed_in(chain().ref("cust"))
    for path in ("", "/figures", "/mix", "/credit"):
        assert browser.get(f"/dashboard{path}").status_code == 404


def test_empty_widgets_say_so(signed_in: SignedIn) -> None:
    made = chain()
    assert "No order is short of credit." in text(signed_in(made.ref("res")).get("/dashboard"))
    assert "No order waits for you to execute it." in text(signed_in(made.ref("dist")).get("/dashboard"))


@pytest.mark.parametrize("viewer", ["res", "dist"])
def test_more_rows_take_no_more_statements(viewer: str, signed_in: SignedIn) -> None:
    made = chain(cust={"order_approval": True})
    browser = signed_in(made.ref(viewer))
    sent = []
    own = {"number": ""}
    for quantity in (1, 7):
        for _ in range(quantity):
            made.ordered()
            own = made.res.post("/orders", {"lines": [{"product": made.ref("bp"), "quantity": 30}]})
        browser.get("/dashboard")
        with counted() as statements:
            assert own["number"] in markup(browser.get("/dashboard"))
        sent.append(len(statements))
    assert sent[0] == sent[1]


def test_a_count_goes_no_further_than_it_is_read(signed_in: SignedIn) -> None:
    """Eight rows, and how many there are; the rest behind "View all"."""
    made = chain(cust={"order_approval": True})
    for _ in range(9):
        made.ordered()
    widget = section(markup(signed_in(made.ref("res")).get("/dashboard")), "w-pending")
    assert len(rows(widget)) == 1 + 8
    assert "pending approval 9" in words(widget)
    assert "/orders?status=pending_approval" in widget
