"""My Customers and a customer's page (R1, R2, R6, R20-R22, R61, R72, R100)."""

import re
from typing import Any

import pytest

from placet.storage import models
from tests.api.callers import load, unique
from tests.api.chains import Chain, chain
from tests.api.worker import provision
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.reading import id_of, led, markup, rows, section, send, text, words
from tests.statements import counted
from tests.stories.worlds import card, customer, distributor, reseller, world

pytestmark = pytest.mark.usefixtures("committed")


def page_of(made: Chain, name: str = "cust") -> str:
    """The address of a customer's page."""
    return f"/customers/{id_of(made.ref(name))}"


def many(count: int) -> Chain:
    """A reseller with so many customers: every third is suspended, every second needs approval."""
    made = Chain(unique("org"))
    top, seller = made.ref("dist"), made.ref("res")
    buyers = [
        customer(
            made.ref(f"c{n}"),
            seller,
            {"order_approval": n % 2 == 0, "credit_limit": f"{n}.00"},
            name=f"Buyer {n:02}",
            external_id=f"N-{n:02}",
            status="suspended" if n % 3 == 0 else "active",
        )
        for n in range(count)
    ]
    load(world(distributor(top), reseller(seller, top), *buyers, prices={made.ref("bp"): "10.00"}))
    return made


def names(page: str) -> list[str]:
    """The customers that a list shows, in its order."""
    return re.findall(r">(Buyer \d\d)</a>", page)


# The list -----------------------------------------------------------------------------------


def test_what_a_row_says(signed_in: SignedIn) -> None:
    """Figures are the API's."""
    made = chain(cust={"order_approval": True, "credit_limit": "50.00"})
    made.ordered()
    account = made.organization("res", "cust")["contract"]["credit_account"]
    (row,) = [row for row in rows(markup(signed_in(made.ref("res")).get("/customers"))) if "C-1" in row]
    assert f"Org {made.ref('cust')} Active C-1 Latvia On 1 {account['limit']['amount']} €" in row
    assert row.endswith(f"{account['available']['amount']} €")


@cases("""
query                  ->  first     last      shown
-                          Buyer 00  Buyer 24  25
sort=-name                 Buyer 29  Buyer 05  25
sort=status                Buyer 01  Buyer 12  25
sort=-status               Buyer 27  Buyer 08  25
q=r%2007                   Buyer 07  Buyer 07  1
q=n-1                      Buyer 10  Buyer 19  10
status=suspended           Buyer 00  Buyer 27  10
approval=off               Buyer 01  Buyer 29  15
approval=on&status=active  Buyer 02  Buyer 28  10
q=%25                      -         -         0
sort=limit                 Buyer 00  Buyer 24  25
cursor=nonsense            Buyer 00  Buyer 24  25
""")
def test_sorted_filtered_and_linked(
    query: str, first: str, last: str, shown: str, signed_in: SignedIn
) -> None:
    made = thirty()
    found = names(markup(signed_in(made.ref("res")).get(f"/customers?{query}")))
    assert (found[0] if found else "", found[-1] if found else "", len(found)) == (first, last, int(shown))


KNOWN: dict[str, Chain] = {}


def thirty() -> Chain:
    """Thirty customers that no test changes."""
    return KNOWN.setdefault("thirty", many(30) if not KNOWN else Chain(""))


@pytest.mark.parametrize("sort", ["name", "-name", "status", "-status"])
def test_pages_go_on_where_they_ended(sort: str, signed_in: SignedIn) -> None:
    """Each customer on exactly one page, in the list's order."""
    made = thirty()
    browser, address, found = signed_in(made.ref("res")), f"/customers?sort={sort}", []
    while address:
        page = markup(browser.get(address))
        found += names(page)
        following = re.search(r'href="(\?[^"]*cursor=[^"]*)"[^>]*>Next page', page)
        address = f"/customers{following[1]}".replace("&amp;", "&") if following else ""
    assert len(found) == len(set(found)) == 30
    whole = names(markup(browser.get(f"/customers?sort={sort}&limit=50")))
    assert found == whole


def test_as_a_file(signed_in: SignedIn) -> None:
    """CSV: what is filtered, all of it, the columns that are shown."""
    made = thirty()
    lines = markup(signed_in(made.ref("res")).get("/customers?approval=on&format=csv")).splitlines()
    assert lines[0].endswith(
        "Customer,Status,External ID,Country,Order approval,Open orders,Credit limit,Available"
    )
    assert len(lines) == 1 + 15
    assert lines[2] == "Buyer 02,Active,N-02,LV,on,0,2.00 EUR,2.00 EUR"


def test_more_rows_take_no_more_statements(signed_in: SignedIn) -> None:
    sent = []
    for made in (many(3), thirty()):
        browser = signed_in(made.ref("res"))
        browser.get("/customers")
        with counted() as statements:
            assert len(names(markup(browser.get("/customers?limit=50")))) in (3, 30)
        sent.append(len(statements))
    assert sent[0] == sent[1]


def test_nobody_yet_and_nobody_found(signed_in: SignedIn) -> None:
    made = chain()
    assert "No customers yet" in text(signed_in(made.ref("dist")).get("/customers"))
    said = text(signed_in(made.ref("res")).get("/customers?q=zzz"))
    assert "No customer matches the filter Clear the filter" in said


# Who sees what (R1, R2) ---------------------------------------------------------------------


@cases("""
viewer  role      of    ->  answer  terms  acts
res     admin     cust      200     yes    yes
res     finance   cust      200     yes    limit
res     viewer    cust      200     yes    -
dist    admin     cust      200     -      -
cust    admin     cust      404     -      -
far     admin     cust      404     -      -
rival   admin     cust      404     -      -
res     admin     res       404     -      -
res     admin     dist      404     -      -
""")
def test_who_sees_a_customer(  # noqa: PLR0913, PLR0917 - the table's columns
    viewer: str, role: str, of: str, answer: str, terms: str, acts: str, signed_in: SignedIn
) -> None:
    made = LOOKED_AT.setdefault("made", chain(cust={"credit_limit": "77.00"}) if not LOOKED_AT else Chain(""))
    found = signed_in(made.ref(viewer), role).get(page_of(made, of))
    assert found.status_code == int(answer)
    page = found.content.decode()
    assert ("77.00" in page) == (terms == "yes")
    assert ('action="/customers' in page) == bool(acts)
    assert ('id="limit"' in page) == bool(acts)
    assert ('id="details"' in page) == (acts == "yes")


LOOKED_AT: dict[str, Chain] = {}


@cases("""
path                verb      roles
approval            admin     approver buyer finance viewer
status              admin     approver buyer finance viewer
terms               admin     approver buyer finance viewer
details             admin     approver buyer finance viewer
contacts            admin     approver buyer finance viewer
limit               admin     approver buyer viewer
""")
def test_whose_role_does_not_allow_it(path: str, verb: str, roles: str, signed_in: SignedIn) -> None:
    made = LOOKED_AT.setdefault("made", chain(cust={"credit_limit": "77.00"}) if not LOOKED_AT else Chain(""))
    assert verb == "admin"
    for role in roles.split():
        assert send(signed_in(made.ref("res"), role), f"{page_of(made)}/{path}").status_code == 403
    for stranger in ("far", "rival", "cust"):
        assert send(signed_in(made.ref(stranger)), f"{page_of(made)}/{path}").status_code == 404
    if path not in ("approval", "status"):  # further down only who it is
        assert send(signed_in(made.ref("dist")), f"{page_of(made)}/{path}").status_code == 404


def test_who_sells_above_sees_its_own_link(signed_in: SignedIn) -> None:
    """R2: an order at what the reseller pays, never at what the customer pays."""
    made = chain(cust={"credit_limit": "77.00"})
    order = made.ordered(quantity=5)
    page = section(markup(signed_in(made.ref("dist")).get(page_of(made))), "c-orders")
    assert order["number"] in page
    assert "50.00" in page
    assert "60.00" not in page
    assert "It buys from a partner of yours" in text(signed_in(made.ref("dist")).get(page_of(made)))


# Order approval -----------------------------------------------------------------------------


def toggle(made: Chain) -> dict[str, Any]:
    found: dict[str, Any] = made.organization("res", "cust")["order_approval"]
    return found


def test_the_toggle_under_the_name(signed_in: SignedIn) -> None:
    """R20: on and off, with what it means."""
    made, browser = chain(), signed_in(chain().ref("res"))
    browser = signed_in(made.ref("res"))
    said = led(browser, send(browser, f"{page_of(made)}/approval", order_approval="on"))
    assert "You approve each order of this customer before it is executed." in said
    assert toggle(made)["stored"] is True
    said = led(browser, send(browser, f"{page_of(made)}/approval"))
    assert "Orders of this customer go straight to the checks." in said
    assert toggle(made)["stored"] is False


@pytest.mark.parametrize("stored", [True, False])
def test_locked_with_its_reason(stored: bool, signed_in: SignedIn) -> None:  # noqa: FBT001
    """R21, R22: by card it is required, whatever is stored, and says which it is."""
    made = chain(res=card("tok_ok"), cust={"order_approval": stored})
    browser = signed_in(made.ref("res"))
    page = markup(browser.get(page_of(made)))
    lock = page[page.index('class="lock') : page.index("</section>")]
    assert f"You pay Org {made.ref('dist')} by credit card" in words(lock)
    assert ("(on) is kept" if stored else "(off) counts again") in words(lock)
    assert ("checked" in lock) == stored
    assert "disabled" in lock
    assert "/settings/organization#payment" in lock
    said = led(browser, send(browser, f"{page_of(made)}/approval", order_approval="on"))
    assert "locked" in said
    assert toggle(made)["stored"] is stored


@cases("""
switch  said                                                 ->  on
on      {"whose": "all"}                                         0 1 2 3 4 5
off     {"whose": "all"}                                         -
on      {"whose": "all", "status": "suspended"}                  0 2 3 4
off     {"whose": "all", "q": "Buyer 0", "approval": "on"}       -
on      {"whose": "chosen", "chosen": [1, 5]}                    0 1 2 4 5
off     {"whose": "chosen", "chosen": [0, 1]}                    2 4
""")
def test_many_at_once(switch: str, said: str, on: str, signed_in: SignedIn) -> None:
    """R21: several or all of them; all are all that the filter finds."""
    made, asked = many(6), eval(said)  # noqa: S307 - of the table above
    asked["chosen"] = [id_of(made.ref(f"c{n}")) for n in asked.get("chosen", [])]
    browser = signed_in(made.ref("res"))
    before = approvals(made)
    answer = led(browser, send(browser, "/customers/approvals", switch=switch, **asked))
    assert approvals(made) == {int(n) for n in on.split()}
    assert f"Order approval is {switch} for {len(before ^ approvals(made))} more" in answer


def approvals(made: Chain) -> set[int]:
    """Whose toggle is on."""
    found = models.Contract.objects.filter(seller__ref=made.ref("res"), order_approval=True)
    return {int(str(ref).rpartition("-c")[2]) for ref in found.values_list("buyer__ref", flat=True)}


def test_many_at_once_are_ones_own(signed_in: SignedIn) -> None:
    """Somebody else's customers are passed over, whoever names them; nobody ticked is said."""
    made, other = many(2), many(2)
    browser = signed_in(made.ref("res"))
    chosen = [id_of(other.ref("c1")), "nonsense"]
    send(browser, "/customers/approvals", switch="on", whose="chosen", chosen=chosen)
    assert approvals(other) == {0}
    said = led(browser, send(browser, "/customers/approvals", switch="on", whose="chosen"))
    assert "Tick the customers first." in said


def test_by_card_none_can_be_switched(signed_in: SignedIn) -> None:
    """R21: the list says why, and so does the answer to a form that was open before."""
    made = chain(res=card("tok_ok"))
    browser = signed_in(made.ref("res"))
    page = markup(browser.get("/customers"))
    assert "the switches are locked" in words(page)
    assert "On, locked" in words(page)
    assert "Switch on" not in words(page)
    said = led(browser, send(browser, "/customers/approvals", switch="on", whose="all"))
    assert "locked" in said
    assert toggle(made)["stored"] is False


# Credit and terms ---------------------------------------------------------------------------


@cases("""
kind       amount    ->  limit
amount     1 250,50      -
amount     1 250.50      1250.50
unlimited  -             unlimited
default    -             0.00
""")
def test_a_limit_is_changed_with_its_reason(kind: str, amount: str, limit: str, signed_in: SignedIn) -> None:
    """R61: by finance, with who, when and why; what cannot be read comes back as it was typed."""
    made = chain(cust={"credit_limit": "10.00"})
    browser = signed_in(made.ref("res"), "finance")
    said = {"kind": kind, "credit_limit": amount, "reason": "Pays on time."}
    answer = send(browser, f"{page_of(made)}/limit", **said)
    if not limit:
        page = markup(answer, 422)
        assert 'id="limit" aria-labelledby="limit-title" open-now' in page
        assert f'value="{amount}"' in page
        assert "Please write an amount" in words(page)
        return
    history = words(section(markup(browser.get(answer.headers["Location"])), "c-limits"))
    assert "Pays on time." in history
    assert "10.00 € →" in history
    now = made.organization("res", "cust")["contract"]["credit_account"]["limit"]
    assert (now if isinstance(now, str) else now["amount"]) == limit


def test_a_limit_needs_its_reason_and_its_amount(signed_in: SignedIn) -> None:
    made = chain(cust={"credit_limit": "10.00"})
    browser = signed_in(made.ref("res"))
    page = markup(send(browser, f"{page_of(made)}/limit", kind="amount", credit_limit="12"), 422)
    assert "This field is required." in words(page)
    assert 'value="12"' in page
    send(browser, f"{page_of(made)}/limit", kind="amount", reason="More.")
    assert made.organization("res", "cust")["contract"]["credit_account"]["limit"]["amount"] == "10.00"


def test_terms_are_changed(signed_in: SignedIn) -> None:
    """R4, R22: the price list and the method; to card only with a card that can be charged."""
    made = chain()
    browser = signed_in(made.ref("res"))
    lists = [each["id"] for each in made.res.items("/price-lists") if each["ref"] == made.ref("res-list")]
    answer = send(browser, f"{page_of(made)}/terms", payment_method="deposit", price_list=lists[0])
    assert "Deposit, 30 days" in led(browser, answer)
    page = markup(
        send(browser, f"{page_of(made)}/terms", payment_method="credit_card", price_list=lists[0]), 422
    )
    assert "It has stored no card that can be charged" in words(page)
    assert '<option value="credit_card" selected' in page
    contract = made.organization("res", "cust")["contract"]
    assert contract["payment_method"] == "deposit"
    assert contract["price_list"]["ref"] == made.ref("res-list")


def test_details_are_changed(signed_in: SignedIn) -> None:
    """Name, country, external ID; a number that another customer has stands beside its field."""
    made = chain()
    browser = signed_in(made.ref("res"))
    said = {"name": "Renamed & Sons", "country": "EE", "external_id": "C-9"}
    assert "Renamed & Sons" in led(browser, send(browser, f"{page_of(made)}/details", **said))
    seen = made.organization("res", "cust")
    assert (seen["name"], seen["country"], seen["external_id"]) == ("Renamed & Sons", "EE", "C-9")
    second = made.res.post("/organizations", new_customer(made, "C-10"))
    page = markup(send(browser, f"/customers/{second['id']}/details", **said), 422)
    assert "It is the number of another of your buyers." in words(page)
    assert 'value="C-9"' in page


def new_customer(made: Chain, number: str) -> dict[str, Any]:
    contract = {"seller": made.ref("res"), "currency": "EUR", "price_list": made.ref("res-list")}
    return {
        "ref": made.ref("second"),
        "name": "Second",
        "kind": "customer",
        "external_id": number,
        "contract": contract,
    }


# People -------------------------------------------------------------------------------------


def test_contacts_are_added_and_changed(signed_in: SignedIn) -> None:
    """R6: a role is one contact's, and moves; a contact that is changed stays the one it was."""
    made = chain()
    browser, address = signed_in(made.ref("res")), f"{page_of(made)}/contacts"
    send(browser, address, name="Ann", email="ann@a.example", roles=["bill_to", "primary"], active="on")
    led(browser, send(browser, address, name="Bo", email="bo@a.example", roles=["bill_to"], active="on"))
    contacts = made.organization("res", "cust")["contacts"]
    assert [(each["name"], each["roles"]) for each in contacts] == [("Ann", ["primary"]), ("Bo", ["bill_to"])]
    ann = models.Contact.objects.get(organization__ref=made.ref("cust"), name="Ann")
    send(browser, f"{address}/{ann.id}", name="Anna", email="anna@b.example", roles=["primary"])
    contacts = made.organization("res", "cust")["contacts"]
    assert [(each["name"], each["email"], each["active"]) for each in contacts] == [
        ("Anna", "anna@b.example", False),
        ("Bo", "bo@a.example", True),
    ]
    assert "Anna anna@b.example Inactive Primary" in words(
        section(markup(browser.get(page_of(made))), "c-contacts")
    )


def test_a_wrong_address_comes_back(signed_in: SignedIn) -> None:
    made = chain()
    page = markup(
        send(signed_in(made.ref("res")), f"{page_of(made)}/contacts", name="Ann", email="ann at a"), 422
    )
    assert 'id="contact-add" aria-labelledby="contact-add-title" open-now' in page
    assert 'value="ann at a"' in page
    assert 'value="Ann"' in page
    assert "Enter a valid email address." in words(page)


def test_another_ones_contact_is_not_there(signed_in: SignedIn) -> None:
    made, other = chain(), chain()
    send(signed_in(other.ref("res")), f"{page_of(other)}/contacts", name="Zed", active="on")
    zed = models.Contact.objects.get(organization__ref=other.ref("cust"), name="Zed")
    answer = send(signed_in(made.ref("res")), f"{page_of(made)}/contacts/{zed.id}", name="Taken")
    assert answer.status_code == 404
    assert other.organization("res", "cust")["contacts"][0]["name"] == "Zed"


# Status, and a new one ----------------------------------------------------------------------


def test_suspending_says_what_it_does(signed_in: SignedIn) -> None:
    """R72: what waits is cancelled, and the dialog says how much that is before."""
    made = chain(cust={"order_approval": True})
    order, browser = made.ordered(), signed_in(made.ref("res"))
    page = words(markup(browser.get(page_of(made))))
    assert "Orders that wait with it in their chain (1) are cancelled; what has begun is finished." in page
    said = led(browser, send(browser, f"{page_of(made)}/status", status="suspended"))
    assert "Suspended" in said
    assert made.res.get(f"/orders/{order['id']}")["status"] == "cancelled"
    assert "No order that waits has it in its chain." in said
    assert "Order for this customer" not in said
    send(browser, f"{page_of(made)}/status", status="active")
    assert made.organization("res", "cust")["status"] == "active"
    assert send(browser, f"{page_of(made)}/status", status="new").status_code == 303
    assert made.organization("res", "cust")["status"] == "active"


def added(made: Chain, **more: str) -> dict[str, str]:
    lists = [each["id"] for each in made.res.items("/price-lists") if each["ref"] == made.ref("res-list")]
    return {
        "name": "Nova Bakery",
        "country": "LT",
        "external_id": "N-1",
        "price_list": lists[0],
        "payment_method": "cash",
        "limit": "amount",
        "credit_limit": "1 500",
        "tax_rate": "21",
        "payment_days": "14",
        "order_approval": "on",
        "contact_name": "Nora",
        "contact_email": "nora@nova.example",
        **more,
    }


def test_a_customer_is_added(signed_in: SignedIn) -> None:
    """With its contract, its contact, in the caller's primary group (R83); twice the same form adds one."""
    made = chain()
    browser = signed_in(made.ref("res"))
    sent = [send(browser, "/customers/add", once="the-same-form", **added(made)) for _ in range(2)]
    assert sent[0].headers["Location"] == sent[1].headers["Location"]
    assert "Nova Bakery" in led(browser, sent[1])
    assert (
        models.Organization.objects.filter(name="Nova Bakery", buys__seller__ref=made.ref("res")).count() == 1
    )
    (seen,) = [one for one in made.res.items("/organizations") if one["name"] == "Nova Bakery"]
    assert seen["credit_risk_group"]["name"] == f"CR-{made.ref('res')}"
    assert seen["order_approval"]["stored"] is True
    contract = seen["contract"]
    assert (contract["tax_rate"], contract["payment_days"], contract["currency"]) == ("21", 14, "EUR")
    assert contract["credit_account"]["limit"]["amount"] == "1500.00"
    assert seen["contacts"][0]["roles"] == ["bill_to", "primary"]


@cases("""
field          typed              said
name           -                  This field is required.
external_id    C-1                It is the number of another of your buyers.
credit_limit   lots               Please write an amount
credit_limit   -                  Say how much.
tax_rate       210                100
contact_email  nora               Enter a valid email address.
contact_name   -                  Say whose address it is.
payment_days   -1                 greater than or equal to 0
""")
def test_a_form_keeps_what_was_typed(field: str, typed: str, said: str, signed_in: SignedIn) -> None:
    made = LOOKED_AT.setdefault("made", chain(cust={"credit_limit": "77.00"}) if not LOOKED_AT else Chain(""))
    page = markup(send(signed_in(made.ref("res")), "/customers/add", **added(made, **{field: typed})), 422)
    assert said in words(page)
    assert f'name="{field}" value="{typed}"' in page if typed else f'name="{field}"' in page
    assert 'value="Nova Bakery"' in page or field == "name"


def test_a_page_of_many_orders_takes_no_more_statements(signed_in: SignedIn) -> None:
    made = chain(cust={"order_approval": True})
    browser, sent = signed_in(made.ref("res")), []
    for quantity in (1, 6):
        for _ in range(quantity):
            made.ordered()
        browser.get(page_of(made))
        with counted() as statements:
            markup(browser.get(page_of(made)))
        sent.append(len(statements))
    assert sent[0] == sent[1]


def test_overdue_invoices_stand_here(signed_in: SignedIn) -> None:
    """R63: on this link alone, the longest overdue first."""
    made = chain()
    made.ordered(quantity=2)
    provision()
    models.Invoice.objects.filter(seller__ref=made.ref("res")).update(due_on="2020-01-31")
    card_ = words(section(markup(signed_in(made.ref("res")).get(page_of(made))), "c-inv"))
    assert "Overdue invoices 1 24.00 €" in card_
    assert "due 31 Jan 2020 24.00 €" in card_
