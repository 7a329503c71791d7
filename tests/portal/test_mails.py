"""Mails about orders, as a real SMTP server gets them: what they say, to whom, in which language (R2, R10,
R13, R93, spec §13)."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from placet.actions.change_subscription import change_subscription
from placet.domain.delivering import PAUSES
from placet.domain.executing import Delivered, Failed
from placet.storage import models
from tests.gateways.offices import Office, serving
from tests.portal.conftest import SignedIn
from tests.portal.posts import FROM, Post, by_subject, open_market, ordered
from tests.stories import acts
from tests.stories.acts import NOW


@pytest.fixture
def market(alone: None) -> None:  # noqa: ARG001 - the database it works on
    open_market()


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def post(office: Office) -> Iterator[Post]:
    """A mail server, and a worker that sends there."""
    for address in serving(office):
        yield Post(office, f"smtp://{address}")


# What arrives -------------------------------------------------------------------------------


@pytest.mark.usefixtures("market")
def test_an_order_is_received_confirmed_and_asked_about(post: Post, client: Client) -> None:
    """R10, R13, R92: three mails, each as text and as HTML; the customer's in its reseller's name."""
    order = ordered()
    mails = post.sent()
    assert len(mails) == 3
    mail, said, page = by_subject(mails, f"Your order {order.number} was received", "desk@cust.example")
    [seller] = mail["From"].addresses
    assert (seller.display_name, seller.addr_spec) == ("Org res", "placet@placet.example")
    assert mail["Reply-To"] == "desk@res.example"
    for each in (said, page):
        assert "Thank you. Org res has received your order." in each
        assert "2 × Product bp" in each  # noqa: RUF001 - as mails write it
        assert "€" not in each, "it may be passed on"
    address = re.search(r"http://testserver(/status/\S+)", said)
    assert address
    assert address[1] in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert client.get(address[1]).status_code == 200
    mail, said, page = by_subject(mails, f"New order {order.number} of Org cust", "desk@res.example")
    assert mail["From"] == FROM
    for each in (said, page):
        assert "It waits for your approval." in each
        assert "200.00 €" in each
        assert "290.40 €" in each
        assert "Sent to Desk of res of Org res: contact for invoices." in each
    mail, said, page = by_subject(
        mails, f"Please approve {order.number}: Org cust, 290.40 €", "admin@res.example"
    )
    for each in (said, page):
        assert "Order approval is on for this customer." in each
        assert "Amount at your level" in each
        assert "nothing is decided before you say so there" in each
    assert f"http://testserver/approvals/{order.id}#reject" in said
    assert "/account/mails" in said


@pytest.mark.usefixtures("market")
def test_links_in_mails_decide_nothing(post: Post, client: Client, signed_in: SignedIn) -> None:
    """Mail scanners follow links: signed out one comes to the sign-in, and looking changes nothing."""
    order = ordered()
    [_, said, _] = by_subject(post.sent(), "Please approve", "admin@res.example")
    links = [link.removeprefix("http://testserver") for link in re.findall(r"http://testserver\S+", said)]
    assert len(links) == 3
    for link in links:
        assert client.get(link).status_code == 302
        assert signed_in("res").get(link).status_code == 200
    assert acts.now(order) == order


@pytest.mark.usefixtures("market")
def test_a_german_customer_reads_german(post: Post) -> None:
    """A contact without an account: its organization's language and clock, German amounts."""
    order = ordered("deutsch")
    mails = post.sent()
    mail, _, _ = by_subject(mails, "", "desk@deutsch.example")
    assert "received" not in mail["Subject"]
    assert order.number in mail["Subject"]
    acts.reject(order, acts.actor("res"))
    _, said, page = by_subject(post.sent(), "", "desk@deutsch.example")
    for each in (said, page):
        assert "240,00 €" in each
        assert "22. Nov. 2026, 11:00" in each
        assert "Too dear." in each
        assert "rejected" not in each


@pytest.mark.usefixtures("market")
def test_a_rejection_is_told_with_its_public_reason(post: Post) -> None:
    """R31: the note stays inside."""
    order = ordered()
    post.sent()
    acts.reject(order, acts.actor("res"))
    [only] = post.sent()
    _, said, page = by_subject([only], f"Your order {order.number} was rejected", "desk@cust.example")
    for each in (said, page):
        assert "It was rejected:" in each
        assert "Too dear." in each
        assert "Org res has rejected" not in each
        assert "Ask in May." not in each


@pytest.mark.usefixtures("market")
def test_insufficient_credit_is_told_to_the_two_parties_of_the_link(post: Post) -> None:
    """R43, spec §13: by how much, to who can do something about it; the customer is told nothing of it."""
    order = ordered(lines="11 bp")
    post.sent()
    acts.approve(order, acts.actor("res"))
    mails = post.sent()
    assert sorted(mail["To"] for mail in mails) == [
        "admin@dist.example",
        "admin@res.example",
        "finance@res.example",
    ]
    words = f"{order.number}: your credit with Org dist is 100.00 € short"
    _, said, page = by_subject(mails, words, "finance@res.example")
    for each in (said, page):
        assert "1 100.00 €" in each
        assert "Short by" in each
    _, said, page = by_subject(mails, "the credit of Org res is 100.00 € short", "admin@dist.example")
    assert "1 597.20" not in said + page, "the markup is the reseller's"
    acts.retry(order, acts.actor("res"))
    assert post.sent() == [], "still short is no news"


@pytest.mark.usefixtures("market")
def test_a_card_problem_is_told_to_its_payer(post: Post) -> None:
    """R47, R48: the gateway's words; and once, not as a request to approve besides."""
    order = ordered("buys")
    post.sent()
    acts.approve(order, acts.actor("payer"))
    acts.gateways_say("declined: No funds left.")
    [only] = post.sent()
    _, said, page = by_subject([only], f"{order.number}: your card was not charged", "approver@payer.example")
    for each in (said, page):
        assert "No funds left." in each
        assert "200.00 €" in each
        assert "see to your card, then approve it again" in each


@pytest.mark.usefixtures("market")
def test_what_is_executed_and_what_fails_is_told(post: Post) -> None:
    """R53: the vendor's reason is the top seller's alone."""
    order = ordered()
    acts.approve(order, acts.actor("res"))
    post.sent()
    acts.vendors_say(Failed("Tenant 4711 is full."))
    [failed] = post.sent()
    _, said, page = by_subject(
        [failed], f"{order.number}: an item could not be delivered", "admin@dist.example"
    )
    for each in (said, page):
        assert "Tenant 4711 is full." in each
    acts.done(acts.retry_part(order, order.sub_orders[0].id, acts.actor("dist")))
    acts.vendors_say(Delivered("V-1"))
    [done] = post.sent()
    _, said, page = by_subject([done], f"Your order {order.number} is complete", "desk@cust.example")
    for each in (said, page):
        assert "Everything is delivered." in each
        assert "290.40 €" in each


@pytest.mark.usefixtures("market")
def test_a_change_says_what_becomes_of_the_subscription(post: Post) -> None:
    """R71: it is an order as any other."""
    acts.approve(ordered(), acts.actor("res"))
    acts.vendors_say(Delivered("V-1"))
    post.sent()
    held = models.Subscription.objects.get().id
    acts.done(change_subscription(subscription=held, quantity=5, product=None, by=acts.actor("cust"), at=NOW))
    mails = post.sent()
    for to, words in (("desk@cust.example", "was received"), ("admin@res.example", "Please approve")):
        for each in by_subject(mails, words, to)[1:]:
            assert "Changes the subscription of Product bp from 2 to 5." in each


# A bad day of the mail server ---------------------------------------------------------------


@pytest.mark.usefixtures("market")
def test_a_mail_server_that_is_down_for_an_hour_loses_nothing_and_doubles_nothing(office: Office) -> None:
    """All arrive, once, in the tries after it is back."""
    order = ordered()
    away = Post(office, "smtp://127.0.0.1:9")
    at = NOW
    while at < NOW + timedelta(hours=1):
        assert away.sent(at) == []
        at += timedelta(minutes=1)
    assert models.Mail.objects.filter(sent_at__isnull=True).count() == 3
    for address in serving(office):
        back = Post(office, f"smtp://{address}")
        while at < NOW + timedelta(hours=1) + max(PAUSES):
            back.sent(at)
            at += timedelta(minutes=10)
    assert sorted(mail["To"] for mail in office.got) == [
        "admin@res.example",
        "desk@cust.example",
        "desk@res.example",
    ]
    assert len({mail["Message-ID"] for mail in office.got}) == 3
    assert not models.Mail.objects.filter(sent_at__isnull=True).exists()
    assert order.number
