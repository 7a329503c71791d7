"""The order page (R101): what it shows to whom, what can be done on it, and that stale clicks do nothing."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from placet.domain.executing import Delivered, Failed
from placet.domain.order import Order
from tests.api.callers import load, unique
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.reading import led, markup, send, text, words
from tests.statements import counted
from tests.stories import acts
from tests.stories.acts import actor
from tests.stories.worlds import card, customer, distributor, group, product, reseller, world

pytestmark = pytest.mark.usefixtures("committed")


class Chain:
    """Dist < res < cust, low-c, and a card payer's customer; dist is asked about res."""

    def __init__(self) -> None:
        self.word = unique("page")
        at = self.at
        load(
            world(
                distributor(at("dist"), multi_tier_approval=True),
                reseller(at("res"), at("dist")),
                customer(at("cust"), at("res"), {"order_approval": True}),
                customer(at("quiet"), at("res")),
                reseller(at("low"), at("dist"), {"credit_limit": "5.00"}),
                customer(at("low-c"), at("low")),
                reseller(at("payer"), at("dist"), {"payment_method": "credit_card"}),
                customer(at("payer-c"), at("payer")),
                reseller(at("slow"), at("dist"), card("tok_ok")),
                customer(at("slow-c"), at("slow")),
                distributor(at("far")),
                prices={at("bp"): "10.00", at("visit"): "100.00", at("desk"): "7.00"},
                products=[product(at("visit"), "manual"), product(at("desk"), "manual")],
                groups=[
                    group(at("dist"), at("res"), policies=[{"scope": "vendor", "vendor": at("bp-vendor")}])
                ],
            )
        )

    def at(self, name: str) -> str:
        """What an organization or a product is called everywhere."""
        return f"{self.word}-{name}"

    def place(self, who: str, lines: str = "1 bp") -> Order:
        """Its order of these products."""
        named = ", ".join(
            f"{many} {self.at(ref)}" for many, ref in (each.split() for each in lines.split(", "))
        )
        return acts.place(actor(self.at(who)), named)


def items_of(page: str) -> list[str]:
    """The verbs of the Actions menu."""
    menu = re.search(r'dropdown-menu w-100">(.*?)</div></div>', page, re.DOTALL) or re.search(
        r'dropdown-menu w-100">(.*?)</div>', page, re.DOTALL
    )
    return re.findall(r"<span>([^<]+)<span", menu[1]) if menu else []


def test_the_actions_menu_is_exactly_what_may_be_done(signed_in: SignedIn) -> None:
    """R101, spec §8: there only while it waits, and only what `actions` says."""
    made = Chain()
    order = made.place("cust")
    address = f"/orders/{order.id}"
    assert items_of(markup(signed_in(made.at("res")).get(address))) == [
        "Accept order",
        "Reject order",
        "Cancel order",
    ]
    assert items_of(markup(signed_in(made.at("res"), "buyer").get(address))) == ["Cancel order"]
    assert items_of(markup(signed_in(made.at("res"), "viewer").get(address))) == []
    assert items_of(markup(signed_in(made.at("cust")).get(address))) == ["Cancel order"]
    short = made.place("low-c")
    address = f"/orders/{short.id}"
    assert items_of(markup(signed_in(made.at("low")).get(address))) == ["Accept order", "Cancel order"]
    assert items_of(markup(signed_in(made.at("dist")).get(address))) == [
        "Accept order",
        "Release this order",
        "Cancel order",
    ]
    done = made.place("quiet", "1 desk")
    assert items_of(markup(signed_in(made.at("dist")).get(f"/orders/{done.id}"))) == []
    assert signed_in(made.at("far")).get(address).status_code == 404


@cases("""
who   ->  shows                                            hides
res   ->  Unit cost 10.00 € Unit price 12.00 €             14.40
cust  ->  Unit price 12.00 €                               10.00
dist  ->  Unit price 10.00 €                               12.00
""")
def test_each_reads_its_own_two_links(signed_in: SignedIn, who: str, shows: str, hides: str) -> None:
    """R2, spec §13."""
    made = Chain()
    order = made.place("cust")
    page = markup(signed_in(made.at(who)).get(f"/orders/{order.id}"))
    labelled = words(re.sub(r'data-label="([^"]+)">', r">\1 ", page)).replace("\N{NO-BREAK SPACE}", " ")
    for each in re.findall(r"[A-Z][a-z ]+ [\d.]+ €", shows):
        assert each in labelled
    assert hides not in page


def test_approving_and_a_second_click(signed_in: SignedIn) -> None:
    """R33, R34: what another decided is said kindly, and nothing is changed."""
    made = Chain()
    order = made.place("cust")
    address = f"/orders/{order.id}/approve"
    seller, colleague = signed_in(made.at("res")), signed_in(made.at("res"), "approver")
    assert f"{order.number} approved." in led(seller, send(seller, address, to=f"/orders/{order.id}"))
    late = led(colleague, send(colleague, address, to=f"/orders/{order.id}"))
    assert f"Already decided. {made.at('res')}'s admin approved {order.number}" in late
    assert "Nothing was changed by your click." in late
    late = led(colleague, send(colleague, f"/orders/{order.id}/reject", reason="Too dear.", to="/orders"))
    assert "Already decided." in late
    assert acts.now(order).version == 2


def test_the_same_form_twice_is_done_once(signed_in: SignedIn) -> None:
    """A double click: the same answer, one run of the checks (R14)."""
    made = Chain()
    order = made.place("low-c")
    seller, token = signed_in(made.at("low")), str(uuid4())
    for _ in range(2):
        answer = send(seller, f"/orders/{order.id}/retry", once=token, to=f"/orders/{order.id}")
        assert "Still 5.00 € short of credit." in led(seller, answer).replace("\N{NO-BREAK SPACE}", " ")
    assert acts.now(order).checks[-1].run == 2


@pytest.mark.parametrize("verb", ["reject", "cancel"])
def test_a_reason_is_asked_for_and_what_was_typed_stays(signed_in: SignedIn, verb: str) -> None:
    """Without a reason the page comes back with its dialog open, the error beside the field."""
    made = Chain()
    order = made.place("cust")
    seller = signed_in(made.at("res"))
    page = markup(send(seller, f"/orders/{order.id}/{verb}", reason=" ", note="Ask in May."), 422)
    assert re.search(rf'<dialog[^>]*id="{verb}"[^>]*open-now', page)
    assert f'id="{verb}-error"' in page
    assert ("Ask in May." in page) == (verb == "reject")
    assert acts.now(order).status == "pending_approval"
    answer = send(seller, f"/orders/{order.id}/{verb}", reason="Too dear.", note="", to="/orders")
    assert f"{order.number} {verb}" in led(seller, answer).replace("rejected", "reject").replace(
        "cancelled", "cancel"
    )
    assert "“Too dear.”" in text(signed_in(made.at("cust")).get(f"/orders/{order.id}"))


def test_a_rejection_names_its_owner_to_neighbours_alone(signed_in: SignedIn) -> None:
    """R31: the public reason to all, the note inside."""
    made = Chain()
    order = made.place("cust")
    acts.reject(order, actor(made.at("dist")))
    pages = {who: text(signed_in(made.at(who)).get(f"/orders/{order.id}")) for who in ("cust", "res", "dist")}
    assert all("“Too dear.”" in page for page in pages.values())
    assert "Rejected by" not in pages["cust"]
    assert f"Rejected by Org {made.at('dist')}." in pages["res"]
    assert "Ask in May." in pages["dist"]
    assert "Ask in May." not in pages["res"] + pages["cust"]


def test_releasing(signed_in: SignedIn) -> None:
    """R44: by the seller of the short link, with a reason that is kept."""
    made = Chain()
    order = made.place("low-c")
    top = signed_in(made.at("dist"))
    answer = send(top, f"/orders/{order.id}/release", reason="They pay on Friday.", to=f"/orders/{order.id}")
    page = led(top, answer)
    assert "released beyond the limit" in page
    assert "let pass beyond the limit by its seller" in page
    assert "let this order pass beyond the limit “They pay on Friday.”" in page


def test_executing_chosen_lines_then_the_rest(signed_in: SignedIn) -> None:
    """R45: exactly the ticked ones; ticking none is said."""
    made = Chain()
    order = made.place("quiet", "1 visit, 1 desk")
    top, address = signed_in(made.at("dist")), f"/orders/{order.id}/execute"
    assert "Execute by hand" in text(top.get(f"/orders/{order.id}"))
    assert "Execute by hand" not in text(signed_in(made.at("res")).get(f"/orders/{order.id}"))
    assert "Choose at least one item." in led(top, send(top, address, which="chosen", to="/orders"))
    chosen = order.lines[0]
    send(top, address, which="chosen", lines=[str(chosen.id)], to="/orders")
    assert [line.state.value for line in acts.now(order).lines] == ["provisioning", "waiting"]
    send(top, address, which="all", lines=[str(chosen.id)], to="/orders")
    assert [line.state.value for line in acts.now(order).lines] == ["provisioning", "provisioning"]


def test_what_failed_is_tried_again_or_given_up(signed_in: SignedIn) -> None:
    """R53: the top seller's, and the vendor's words are its own."""
    made = Chain()
    order = made.place("quiet", "1 desk")
    acts.execute(order, actor(made.at("dist")))
    acts.vendors_say(Failed("Tenant 4711 is full."))
    top = signed_in(made.at("dist"))
    page = text(top.get(f"/orders/{order.id}"))
    assert "Tenant 4711 is full." in page
    assert "Try again" in page
    assert "4711" not in text(signed_in(made.at("res")).get(f"/orders/{order.id}"))
    part = order.sub_orders[0].id
    send(top, f"/orders/{order.id}/parts/{part}/retry", to="/orders")
    acts.vendors_say(Failed("Still full."), at=datetime.now(UTC))
    dialog = markup(send(top, f"/orders/{order.id}/parts/{part}/cancel", reason=""), 422)
    assert re.search(rf'<dialog[^>]*id="part-{part}"[^>]*open-now', dialog)
    send(top, f"/orders/{order.id}/parts/{part}/cancel", reason="Given up.", to="/orders")
    assert acts.now(order).status == "cancelled"


def test_a_card_payer_without_a_token_reads_the_sentence(signed_in: SignedIn) -> None:
    """R35, R47: to the letter; its yes is not taken."""
    made = Chain()
    order = made.place("payer-c")
    seller = signed_in(made.at("payer"))
    words_of_rule = "Your payment method does not support this action. Please contact your distributor."
    answer = send(seller, f"/orders/{order.id}/approve", to=f"/orders/{order.id}")
    assert words_of_rule in led(seller, answer)
    assert words_of_rule not in text(signed_in(made.at("payer-c")).get(f"/orders/{order.id}"))


def test_a_charge_under_way(signed_in: SignedIn) -> None:
    """R48: the payer reads it, its customer does not; nobody can decide."""
    made = Chain()
    order = made.place("slow-c")
    seller = signed_in(made.at("slow"))
    said = led(seller, send(seller, f"/orders/{order.id}/approve", to=f"/orders/{order.id}"))
    assert "The card is being charged now." in said
    assert "Nobody can decide meanwhile." in said
    buyer = text(signed_in(made.at("slow-c")).get(f"/orders/{order.id}"))
    assert "charged" not in buyer
    assert "card payment" not in buyer
    assert items_of(markup(seller.get(f"/orders/{order.id}"))) == []


def test_the_page_asks_for_itself_while_it_is_under_way(signed_in: SignedIn) -> None:
    """R34: another's decision is seen without a reload; nothing is sent while nothing has changed."""
    made = Chain()
    order = made.place("cust")
    buyer = signed_in(made.at("cust"))
    (asks,) = re.findall(r'hx-get="([^"]+version=\d+)"', markup(buyer.get(f"/orders/{order.id}")))
    headers = {"HX-Request": "true", "HX-Target": "order-body"}
    assert buyer.get(asks, headers=headers).status_code == 204
    acts.reject(order, actor(made.at("res")))
    part = markup(buyer.get(asks, headers=headers))
    assert part.strip().startswith('<div id="order-body">')
    assert "Rejected" in part
    assert "hx-get" not in part


def test_more_lines_make_no_more_statements(signed_in: SignedIn) -> None:
    """One for the order, one for its history, those of the shell."""
    made = Chain()
    taken = []
    client = signed_in(made.at("res"))
    for lines in ("1 bp", "1 bp, 2 visit, 3 desk"):
        order = made.place("quiet", lines)
        client.get(f"/orders/{order.id}")
        with counted() as sent:
            client.get(f"/orders/{order.id}")
        taken.append(len(sent))
    assert taken[0] == taken[1]


def test_what_a_change_does_to_its_subscription(signed_in: SignedIn) -> None:
    """R71: in words, to everybody of the chain."""
    from placet.actions.change_subscription import change_subscription

    made = Chain()
    order = made.place("quiet", "2 desk")
    acts.execute(order, actor(made.at("dist")))
    acts.vendors_say(Delivered("V-1"))
    [line] = acts.now(order).lines
    assert line.subscription is not None
    changed = change_subscription(
        subscription=line.subscription, quantity=5, product=None, by=actor(made.at("quiet")), at=acts.NOW
    )
    page = text(signed_in(made.at("res")).get(f"/orders/{acts.done(changed).id}"))
    assert f"Changes the subscription of Product {made.at('desk')} from 2 to 5." in page
    assert "Change of a subscription" in page
