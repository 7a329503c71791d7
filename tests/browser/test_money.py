"""What moves money or stops it, on desktop and phone: prices by file, cards, limits, payments, credits, ends.

It all happens below `till`, which nothing else counts on.
"""

import csv
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.conftest import Browse
from tests.browser.steps import fits, offered, row, told, yes
from tests.browser.world import people
from tests.stories.client import Json, until
from tests.stories.server import Server
from tests.stories.worlds import customer, reseller

DEVICES: Final = ("desktop", "phone")
BUYERS: Final = ("payer", "saver")


@pytest.fixture(scope="module")
def shop(market: Server) -> Server:
    """The market with one more branch: top → till → payer, saver."""
    market.client("top").post("/organizations", reseller("till", "top", **people("till")))
    till = market.client("till")
    till.post("/price-lists", {"ref": "till-list", "currency": "EUR", "markup_percent": "20"})
    for ref in BUYERS:
        till.post("/organizations", customer(ref, "till", **people(ref)))
    return market


def partner(server: Server, ref: str, **contract: str) -> Json:
    """One more buyer of the distributor, of which nobody signs in."""
    return server.client("top").post("/organizations", reseller(ref, "top", contract))


def sold(server: Server, ref: str) -> Json:
    """An order of two lines that this buyer of the distributor paid no part of yet, executed and invoiced."""
    top = server.client("top")
    order = top.wait_for(top.place("suite", "server", quantity=2, customer=ref), "executed")
    server.settled()
    return order


def shown_dialog(page: Page, name: str) -> Locator:
    """A dialog that is open."""
    dialog = page.locator(f"dialog#{name}")
    expect(dialog).to_be_visible()
    return dialog


# Prices -------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", DEVICES)
def test_a_file_of_prices(browse: Browse, shop: Server, device: str) -> None:
    """R4: what is wrong is told by line and nothing is written; a right file is looked at first, then
    written; a price ends after its last day."""
    listed = price_list(shop, f"File {device}")
    page = browse("till", device=device)
    page.goto(f"/prices/{listed['id']}")
    page.locator(".page-header").get_by_role("link", name="Import CSV").click()
    look(page, "product,unit_price\nguard,4.00\nnonsense,1.00\n")
    expect(page.get_by_role("alert")).to_contain_text("1 line is wrong")
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tbody tr td").first).to_have_text("3")
    fits(page)
    look(page, "product,unit_price\nguard,4.00\ndraw,66.00\n")
    expect(page.get_by_role("heading", name="What it would come to")).to_be_visible()
    expect(page.locator("main tbody tr")).to_have_count(2)
    fits(page)
    assert not prices(shop, listed)
    page.get_by_role("button", name="Write these prices").click()
    told(page, "2 prices were written")
    assert prices(shop, listed) == {"guard": "4.00", "draw": "66.00"}
    fits(page)
    page.get_by_role("link", name="Change the price of Drawing Board").click()
    page.get_by_role("button", name="End price").click()
    yes(page, "End price")
    told(page, "Drawing Board")
    expect(row(page, "Drawing Board")).to_contain_text("until")


def price_list(server: Server, name: str) -> Json:
    """A new one that is empty."""
    return server.client("till").post(
        "/price-lists", {"name": name, "currency": "EUR", "markup_percent": "20"}
    )


def prices(server: Server, listed: Json) -> dict[str, str]:
    """What stands on it, by product."""
    found = server.client("till").items(f"/price-lists/{listed['id']}/prices")
    return {each["product"]["ref"]: each["unit_price"]["amount"] for each in found}


def look(page: Page, text: str) -> None:
    """Sends a file to be looked at."""
    file: FilePayload = {"name": "prices.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Look what it comes to").click()


@pytest.mark.parametrize("device", DEVICES)
def test_a_discount(browse: Browse, shop: Server, device: str) -> None:
    """R7: added after an error that kept what was typed, and removed after a yes."""
    listed = price_list(shop, f"Discounts {device}")
    address = f"/price-lists/{listed['id']}/discounts"
    page = browse("till", device=device)
    page.goto(f"/prices/{listed['id']}")
    page.get_by_role("link", name="Add discount").click()
    percent = page.get_by_label("Percent off")
    percent.fill("150")
    page.get_by_label("From quantity").fill("10")
    page.get_by_role("button", name="Add discount").click()
    expect(percent).to_have_attribute("aria-invalid", "true")
    expect(percent).to_have_value("150")
    expect(page.get_by_label("From quantity")).to_have_value("10")
    percent.fill("12.5")
    page.get_by_role("button", name="Add discount").click()
    told(page, "The discount is there")
    expect(row(page, "Everything")).to_contain_text("12.5")
    fits(page)
    assert len(shop.client("till").items(address)) == 1
    page.get_by_role("button", name="Remove discount 1").click()
    yes(page, "Remove")
    expect(page.locator("main")).to_contain_text("every line costs its whole price")
    assert not shop.client("till").items(address)


# One's own settings, and a partner's --------------------------------------------------------


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("device", DEVICES)
def test_a_card_is_stored_and_removed(browse: Browse, device: str) -> None:
    """R47: a card of the sandbox; it is forgotten after a yes."""
    page = browse("till", "finance", device=device)
    page.goto("/settings/organization")
    page.locator("[data-dialog=card-add]").click()
    dialog = shown_dialog(page, "card-add")
    dialog.get_by_label("Sandbox card").fill("tok_ok")
    dialog.get_by_role("button", name="Store a card").click()
    expect(dialog.locator(".pl-error")).to_be_visible()
    expect(dialog.get_by_label("Sandbox card")).to_have_value("tok_ok")
    dialog.get_by_label("Good to the end of").fill("2099-12")
    dialog.get_by_role("button", name="Store a card").click()
    told(page, "Card stored")
    expect(page.locator("#payment")).to_contain_text("Would be charged")
    fits(page)
    page.get_by_role("button", name="Remove tok_ok").click()
    yes(page, "Remove")
    told(page, "Card removed")
    expect(page.locator("#payment")).not_to_contain_text("tok_ok")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("device", DEVICES)
def test_a_contact_is_edited(browse: Browse, device: str) -> None:
    """R6: in a dialog that stays open while something is wrong."""
    page = browse("till", device=device)
    page.goto("/settings/organization")
    page.get_by_role("button", name="Edit Contact of till").click()
    mail = page.locator("dialog[open]").get_by_label("E-mail")
    mail.fill("nobody")
    page.locator("dialog[open] button.btn-primary").click()
    expect(mail).to_have_attribute("aria-invalid", "true")
    expect(mail).to_have_value("nobody")
    mail.fill(f"{device}@till.example")
    page.locator("dialog[open] button.btn-primary").click()
    told(page, "Contact saved")
    expect(page.locator("main")).to_contain_text(f"{device}@till.example")


@pytest.mark.parametrize("device", DEVICES)
def test_a_partner_is_suspended(browse: Browse, shop: Server, device: str) -> None:
    """R22, R72: no card, no payment by card; before it is suspended one reads what happens to its orders."""
    ref, top = f"stopped-{device}", shop.client("top")
    made = partner(shop, ref, credit_limit="10.00")
    order = top.place("onsite", customer=ref)
    page = browse("top", device=device)
    page.goto(f"/partners/{made['id']}")
    fits(page)
    changing(page, "Payment and prices")
    terms = shown_dialog(page, "terms")
    terms.get_by_label("Payment method").select_option(label="Credit card")
    terms.get_by_role("button", name="Save").click()
    expect(terms).to_contain_text("It has stored no card that can be charged")
    terms.get_by_role("button", name="Back").click()
    changing(page, "Suspend")
    asked = shown_dialog(page, "status-suspended")
    expect(asked).to_contain_text("Nothing new can be ordered through it. Its subscriptions go on.")
    expect(asked).to_contain_text("(1) are cancelled")
    asked.get_by_role("button", name="Suspend").click()
    told(page, "is suspended")
    assert top.get(f"/organizations/{ref}")["status"] == "suspended"
    assert top.read(order)["status"] == "cancelled"
    changing(page, "Activate")
    shown_dialog(page, "status-active").get_by_role("button", name="Activate").click()
    told(page, "is active")
    assert top.get(f"/organizations/{ref}")["status"] == "active"


def changing(page: Page, what: str) -> None:
    """Chooses from the menu of what can be changed."""
    page.locator(".page-header").get_by_role("button", name="Change", exact=True).click()
    page.locator(".dropdown-menu.show").get_by_role("button", name=what).click()


@pytest.mark.parametrize("device", DEVICES)
def test_no_limit_and_one_again(browse: Browse, shop: Server, device: str) -> None:
    """R61: each change with its reason."""
    made = partner(shop, f"limited-{device}", credit_limit="10.00")
    page = browse("top", "finance", device=device)
    page.goto(f"/partners/{made['id']}")
    page.locator("#limit-button").click()
    dialog = shown_dialog(page, "limit")
    dialog.get_by_role("radio", name="Unlimited").check()
    dialog.get_by_role("button", name="Change limit").click()
    expect(dialog.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_role("radio", name="Unlimited")).to_be_checked()
    dialog.get_by_label("Reason").fill("They always pay.")
    dialog.get_by_role("button", name="Change limit").click()
    told(page, "The credit limit of")
    expect(page.locator("#limit-facts")).to_contain_text("unlimited")
    page.locator("#limit-button").click()
    dialog.get_by_role("radio", name="This amount").check()
    dialog.get_by_role("textbox", name="Amount").fill("75.00")
    dialog.get_by_label("Reason").fill("Not any more.")
    dialog.get_by_role("button", name="Change limit").click()
    expect(page.locator("#limit-facts")).to_contain_text("75.00")
    expect(page.locator("#limit-facts")).not_to_contain_text("unlimited")
    fits(page)


# Accounts, invoices, subscriptions ----------------------------------------------------------


@pytest.mark.parametrize("device", DEVICES)
def test_a_payment_its_refund_and_the_statement(browse: Browse, shop: Server, device: str) -> None:
    """R62, R65: a double click records one payment; a part of it is given back; the paper has the month."""
    ref, top = f"paid-{device}", shop.client("top")
    partner(shop, ref)
    account = top.account("top", ref)
    page = browse("top", "finance", device=device)
    page.goto(f"/accounts/{account['id']}")
    fits(page)
    page.get_by_role("link", name="Record payment…").click()
    dialog = shown_dialog(page, "payment")
    dialog.get_by_label("Amount").fill("7.25")
    dialog.get_by_role("button", name="Record payment").dblclick()
    page.locator("#confirm-yes").dblclick()
    told(page, "7.25")
    assert [each["amount"]["amount"] for each in paid(shop, account)] == ["7.25"]
    page.get_by_role("link", name="Refund…").click()
    dialog = shown_dialog(page, "refund")
    dialog.get_by_label("Amount").fill("9.00")
    dialog.get_by_label("Reason").fill("Paid twice.")
    dialog.get_by_role("button", name="Refund…").click()
    yes(page, "Refund")
    expect(dialog.locator(".pl-error, [role=alert]").first).to_be_visible()
    expect(dialog.get_by_label("Reason")).to_have_value("Paid twice.")
    dialog.get_by_label("Amount").fill("2.25")
    dialog.get_by_role("button", name="Refund…").click()
    yes(page, "Refund")
    told(page, "refunded")
    assert top.account("top", ref)["balance"]["amount"] == "-5.00"
    fits(page)
    answer = page.context.request.get(statement(page))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF")


def paid(server: Server, account: Json) -> list[Json]:
    """The payments booked on an account."""
    found = server.client("top").items("/payments")
    return [each for each in found if each["contract"] == account["contract"]]


def statement(page: Page) -> str:
    """What the statement's form asks for: the month that it offers first."""
    form = page.locator("form[action$=statement]")
    return f"{form.get_attribute('action')}?month={form.get_by_label('Month').input_value()}"


@pytest.mark.parametrize("device", DEVICES)
def test_a_credit_by_line_and_its_cancel(browse: Browse, shop: Server, device: str) -> None:
    """R65: more than was billed is refused beside what was typed; then one of two; then it counts no more."""
    ref, top = f"billed-{device}", shop.client("top")
    invoice = billed(shop, sold(shop, partner(shop, ref)["ref"]))
    page = browse("top", "finance", device=device)
    page.goto(f"/invoices/{invoice['id']}")
    fits(page)
    page.get_by_role("link", name="Credit…").click()
    page.get_by_role("radio", name="Chosen lines").check()
    page.get_by_role("checkbox", name="Office Suite").check()
    many = page.get_by_label("This many of Office Suite")
    many.fill("99")
    page.get_by_label("Reason").fill("One came broken.")
    fits(page)
    credit(page)
    expect(page.locator("main .pl-error")).to_be_visible()
    expect(many).to_have_value("99")
    expect(page.get_by_role("checkbox", name="Office Suite")).to_be_checked()
    expect(page.get_by_label("Reason")).to_have_value("One came broken.")
    many.fill("1")
    credit(page)
    told(page, "10.00")
    owed = top.account("top", ref)["balance"]["amount"]
    page.get_by_role("link", name="Cancel…").click()
    dialog = shown_dialog(page, "cancel")
    expect(dialog).to_contain_text("are owed again")
    dialog.get_by_role("button", name="Cancel the invoice").click()
    expect(dialog.locator(".pl-error")).to_be_visible()
    dialog.get_by_label("Reason").fill("It was whole after all.")
    dialog.get_by_role("button", name="Cancel the invoice").click()
    told(page, "was cancelled")
    assert float(top.account("top", ref)["balance"]["amount"]) == pytest.approx(float(owed) + 10)


def billed(server: Server, order: Json) -> Json:
    """The invoice of an order."""
    [invoice] = server.client("top").items(f"/invoices?order={order['id']}")
    return invoice


def credit(page: Page) -> None:
    """Sends the form, after a yes."""
    page.get_by_role("button", name="Credit", exact=True).click()
    yes(page, "Credit")


@pytest.mark.parametrize(("device", "who"), list(zip(DEVICES, BUYERS, strict=True)))
def test_a_pause_and_an_end(browse: Browse, shop: Server, device: str, who: str) -> None:
    """R71: its seller pauses it and lets it go on, the customer cannot; either ends it with its period."""
    buyer = shop.client(who)
    order = buyer.wait_for(buyer.place("guard", quantity=2), "executed")
    mine = f"/subscriptions/{order['lines'][0]['subscription']}"
    customers, sellers = browse(who, "buyer", device=device), browse("till", "buyer", device=device)
    sellers.goto(mine)
    fits(sellers)
    sellers.get_by_role("link", name="Suspend…").click()
    sellers.get_by_role("button", name="Suspend", exact=True).click()
    expect(sellers.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    sellers.get_by_label("Reason").fill("Not paid for.")
    sellers.get_by_role("button", name="Suspend", exact=True).click()
    told(sellers)
    becomes(shop, who, mine, "suspended")
    customers.goto(mine)
    expect(customers.locator("main")).to_contain_text("It is paused")
    expect(customers.get_by_role("button", name="Resume")).to_have_count(0)
    sellers.goto(mine)
    sellers.get_by_role("button", name="Resume").click()
    yes(sellers, "Resume")
    told(sellers)
    becomes(shop, who, mine, "active")
    customers.goto(mine)
    expect(customers.get_by_role("link", name="Suspend…")).to_have_count(0)
    customers.get_by_role("link", name="Cancel…").click()
    customers.get_by_role("radio", name="When its period is over").check()
    fits(customers)
    customers.get_by_role("button", name="End the subscription").click()
    yes(customers, "End it")
    told(customers)
    becomes(shop, who, mine, "pending_cancellation")
    customers.goto(mine)
    expect(customers.locator("main")).to_contain_text("Ends on")
    expect(customers.get_by_role("link", name="Change quantity or offer")).to_have_count(0)


def becomes(server: Server, who: str, mine: str, status: str) -> None:
    """Once its vendor has done it."""
    until(lambda: server.client(who).get(mine)["status"] == status, f"it is {status}")


# Many at once, and tables -------------------------------------------------------------------


@pytest.mark.parametrize("device", DEVICES)
def test_all_switches_at_once(browse: Browse, shop: Server, device: str) -> None:
    """R20: nothing is switched before a yes; then all are, and back."""
    page = browse("till", device=device)
    page.goto("/customers")
    page.get_by_label("Order approval for").select_option("all")
    page.get_by_role("button", name="Switch on").click()
    dialog = shown_dialog(page, "confirm")
    expect(dialog).to_contain_text("Their orders then wait for your yes")
    dialog.get_by_role("button", name="Cancel").click()
    assert switches(shop) == {False}
    for words, on in (("Switch on", True), ("Switch off", False)):
        page.get_by_label("Order approval for").select_option("all")
        page.get_by_role("button", name=words).click()
        yes(page, words)
        expect(row(page, "Org payer")).to_contain_text("On" if on else "Off")
        assert switches(shop) == {on}
    fits(page)


def switches(server: Server) -> set[bool]:
    """Whether the branch's seller has a say in its customers' orders."""
    till = server.client("till")
    return {till.get(f"/organizations/{ref}")["order_approval"]["stored"] for ref in BUYERS}


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("device", DEVICES)
def test_a_table_survives_a_reload(browse: Browse, device: str, tmp_path: Path) -> None:
    """R102: order, filter and columns stand in the address; a file has those columns and rows."""
    page = browse("res", "viewer", device=device)
    page.goto("/orders")
    page.get_by_label("Number or customer").fill("Org calm")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(row(page, "Org cust")).to_have_count(0)
    page.get_by_role("button", name="Columns").click()
    for name in ("Customer", "Total cost"):
        page.get_by_role("checkbox", name=name).uncheck()
    page.get_by_role("checkbox", name="Kind").check()
    page.get_by_role("button", name="Show", exact=True).click()
    titles = ["Order", "Status", "Order date", "Total amount", "Kind"]
    expect(page.locator("main thead th")).to_have_text(titles)
    sorted_by_date(page, device)
    before = page.locator("main tbody tr").all_inner_texts()
    page.reload()
    expect(page.locator("main thead th")).to_have_text(titles)
    expect(page.get_by_label("Number or customer")).to_have_value("Org calm")
    assert page.locator("main tbody tr").all_inner_texts() == before
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    download.value.save_as(tmp_path / "orders.csv")
    with (tmp_path / "orders.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [*titles[:-1], "Currency", titles[-1]], "an amount has its currency beside it"
    assert [line[0] for line in rows] == page.locator("main tbody td.lead").all_inner_texts()


def sorted_by_date(page: Page, device: str) -> None:
    """The oldest first; a phone, whose tables have no heads, keeps them as they come."""
    if device == "phone":
        return
    page.get_by_role("link", name="Order date").click()
    expect(page.get_by_role("columnheader", name="Order date")).to_have_attribute("aria-sort", "ascending")


@pytest.mark.parametrize("device", DEVICES)
def test_a_viewer_moves_no_money(browse: Browse, shop: Server, device: str) -> None:
    """Each of these pages can be read; what would act is not there, and its address is shut."""
    ref, top = f"watched-{device}", shop.client("top")
    made = partner(shop, ref)
    order = sold(shop, ref)
    account, invoice = f"/accounts/{top.account('top', ref)['id']}", f"/invoices/{billed(shop, order)['id']}"
    mine = f"/subscriptions/{order['lines'][0]['subscription']}"
    listed = top.items("/price-lists")[0]["id"]
    page = browse("top", "viewer", device=device)
    paths = (f"/partners/{made['id']}", "/partners", account, invoice, mine, f"/prices/{listed}")
    for path in (*paths, "/accounts", "/payments", "/settings/organization"):
        page.goto(path)
        expect(page.locator("main .placeholder")).to_have_count(0)
        assert not offered(page), (path, offered(page))
        fits(page)
    shut = (f"{account}/payments/new", f"{account}/limit", f"{invoice}/credit", f"/prices/{listed}/import")
    for path in (*shut, f"{mine}/suspend"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403, path
