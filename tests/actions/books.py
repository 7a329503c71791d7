"""Books with an order in every state that an order can be in, each found by its note."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from placet.actions import change_subscription as verbs
from placet.actions import fill_basket
from placet.actions.approve_order import approve_order
from placet.actions.change_contract import change_contract
from placet.actions.charge import finish_refund, take_refunds
from placet.actions.expire_orders import expire_orders
from placet.actions.import_runs import Sent, begin_import, carried_out
from placet.actions.import_usage import Used, import_usage
from placet.actions.number_invoices import number_invoices
from placet.actions.record_payment import record_payment
from placet.actions.renew_subscriptions import renew_subscriptions
from placet.actions.submit_basket import Read, submit_basket
from placet.domain.basket import Basket
from placet.domain.crediting import CreditWish
from placet.domain.errands import RefundWord
from placet.domain.executing import Answer, Delivered, Failed
from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.domain.terms import Wishes
from placet.domain.words import SUBSCRIBABLE, Exchanged, ExchangeFormat, LineState, PaymentMethod
from placet.entrypoints.jobs.composing import BATCH, compose
from placet.storage import db, models
from tests.stories import acts, ledgers
from tests.stories.acts import NOW, actor, done
from tests.stories.worlds import card, customer, distributor, group, product, reseller, world

AT: Final = NOW + timedelta(hours=1)

TAXED: Final = {"tax_rate": "21", "credit_limit": "5000.00"}

WORLD: Final = world(
    distributor("dist", multi_tier_approval=True, card_gateway={"gateway": "sandbox"}),
    reseller("res", "dist", TAXED, contacts=[{"name": "Desk", "email": "desk@res.example"}]),
    customer("cust", "res", TAXED | {"order_approval": True}),
    customer("low", "res", {"credit_limit": None}),
    customer("bare", "res", {"opening_balance": "12.00"}),
    reseller("payer", "dist", card("tok_ok")),
    customer("of-payer", "payer"),
    reseller("payer-2", "dist", card("tok_ok")),
    customer("payer-3", "payer-2", card("tok_ok")),
    reseller("quiet", "dist"),
    customer("holder", "quiet", {"tax_rate": "21"}),
    customer("ledger", "quiet"),
    distributor("other"),
    prices={"bp": "10.00", "ps": "5.55", "onsite": "100.00", "meter": "0.10"},
    products=[
        product("bp", vendor="ms"),
        product("ps", vendor="adobe"),
        product("onsite", "manual", vendor="ms"),
        product("meter", vendor="ms") | {"product_type": "usage", "billing_type": "usage"},
    ],
    groups=[
        group("dist", "res", policies=[{"scope": "offers", "vendor": "ms", "offers": ["bp", "onsite"]}]),
        group("res", "low", default_limit="1.00"),
    ],
    told=["dist"],
    events=[event.value for event in SUBSCRIBABLE],
    subscriptions=[
        {"ref": "had", "customer": "holder", "product": "bp", "quantity": 3, "started_at": "2026-06-01"}
    ],
).replace("{hooks}", "http://127.0.0.1:9")


def keep_books() -> None:
    """Loads the world and lets everything happen in it."""
    acts.load(WORLD)
    _those_that_settle()
    _those_of_subscriptions()
    _limits_and_payments()
    _those_that_wait()
    _those_that_ended()
    _those_paid_by_card()
    _those_with_vendors()
    _those_in_baskets()
    _those_of_erps()
    assert compose(AT) == BATCH, "some facts are told by mail, and some wait for it"


def _those_of_subscriptions() -> None:
    """What is renewed twice and then changed, ended, paused; with changes that wait and that failed."""
    began = AT - timedelta(days=70)
    seats = [
        _had(note, "10 bp", began) for note in ("raised", "lowered", "ended", "ending", "paused", "asking")
    ]
    meter = _had("metered", "1 meter", began)
    used = Used("u-1", meter, began.date(), Decimal("2.5"))
    assert import_usage(records=[used], by=actor("dist"), at=AT) == ["added"]
    while renew_subscriptions(most=50, at=AT - timedelta(days=1)):
        pass
    _note("renewed", models.Order.objects.filter(kind="renewal", subscription_id=seats[0]).latest("id").id)
    _changed("more", verbs.change_subscription, seats[0], quantity=12, product=None)
    _changed("fewer", verbs.change_subscription, seats[1], quantity=4, product=None)
    _changed("end", verbs.cancel_subscription, seats[2], at_period_end=False, reason="")
    _changed("later end", verbs.cancel_subscription, seats[3], at_period_end=True, reason="")
    _changed("pause", verbs.suspend_subscription, seats[4], reason="Not paid.")
    _changed("refused", verbs.change_subscription, seats[5], Failed("No."), quantity=11, product=None)
    _note("had", models.Order.objects.get(imported_as="had").id)


def _had(note: str, line: str, at: datetime) -> UUID:
    order = acts.place(actor("holder"), line, note=note, at=at)
    acts.vendors_say(Delivered(f"V-{note}"), at)
    return models.Subscription.objects.get(order_id=order.id).id


def _note(note: str, order: UUID) -> None:
    models.Order.objects.filter(id=order).update(note=note)


def _changed(
    note: str,
    verb: Callable[..., Order | Refusal],
    held: UUID,
    said: Answer = Delivered("V-changed"),  # noqa: B008 - a value
    **wish: object,
) -> None:
    order = done(verb(subscription=held, by=actor("quiet"), at=AT, **wish))
    _note(note, order.id)
    acts.vendors_say(said, AT)


def _those_that_settle() -> None:
    """Invoices that are paid, half paid, credited and cancelled; and money that went back."""
    for lines in ("2 bp", "1 ps", "3 bp", "1 bp"):
        ledgers.billed("ledger", lines, AT)
    *_, largest, wrong = models.Invoice.objects.filter(buyer__ref="ledger").order_by("id")
    ledgers.cancel(wrong, AT)
    ledgers.pay("ledger", "24.00", at=AT)
    ledgers.pay("ledger", "10.00", at=AT)
    line = models.InvoiceLine.objects.get(invoice=largest)
    ledgers.credit(largest, CreditWish(str(line.id), 1), at=AT)
    ledgers.refund("ledger", "3.00", at=AT)
    assert ledgers.stands("ledger") == "23.66 0 0 0 23.66 - (0)"
    while number_invoices(most=10, at=AT + timedelta(minutes=1)):
        pass


def _limits_and_payments() -> None:
    seller = actor("res")
    contract = models.Contract.objects.get(buyer__ref="cust").id
    limit = change_contract(contract=contract, by=seller, wishes=Wishes("6000.00"), at=AT)
    paid = record_payment(
        contract=contract, amount="3.00", invoice=None, note="", reference="R-1", by=seller, at=AT
    )
    assert not hasattr(limit, "code"), limit
    assert not hasattr(paid, "code"), paid


def _those_of_erps() -> None:
    file = Sent(Exchanged.LIMITS, ExchangeFormat.CSV, b"organization,credit_limit\nnobody,1\n")
    begun = begin_import(sent=file, by=actor("dist"), at=AT)
    assert not isinstance(begun, Refusal)
    carried_out(begun=begun, by=actor("dist"), at=AT)


def _those_that_wait() -> None:
    acts.place(actor("cust"), "1 bp, 2 ps", note="pending", at=AT)
    half = acts.place(actor("cust"), "1 bp, 2 ps", note="half", at=AT)
    done(acts.approve(half, actor("res"), AT))
    acts.place(actor("low"), "1 ps", note="short", at=AT)


def _those_that_ended() -> None:
    refused = acts.place(actor("cust"), "1 bp", note="rejected", at=AT)
    done(acts.reject(refused, actor("res"), AT))
    withdrawn = acts.place(actor("low"), "1 ps", note="cancelled", at=AT)
    done(acts.cancel(withdrawn, actor("low"), AT))
    acts.place(actor("cust"), "1 bp", note="expired", at=AT - timedelta(days=31))
    assert expire_orders(most=10, at=AT) == 1


def _those_with_vendors() -> None:
    approved("executed", "cust", "2 bp, 3 ps", customer=None)
    acts.vendors_say(Delivered("V-1"), AT)
    approved("failed", "cust", "1 bp, 1 ps")
    acts.vendors_say({"bp": Delivered("V-2"), "ps": Failed("Out of keys.")}, AT)
    approved("provisioning", "cust", "1 bp")
    manual = approved("manual", "cust", "1 bp, 2 onsite, 1 ps")
    line = next(line for line in manual.lines if line.product.ref == "bp")
    done(acts.execute(manual, actor("dist"), line.id, at=AT))
    approved("waiting", "cust", "1 onsite")
    free = acts.place(actor("low"), "2 ps", note="released", at=AT)
    done(acts.release(free, actor("res"), AT))


def _those_in_baskets() -> None:
    """One that became an order, and the next one, begun."""
    product = models.Product.objects.get(ref="bp")
    person = models.User.objects.create(id=db.new_id(), email="ann@cust.example", name="Ann")
    who = fill_basket.drafter(user=person.id, by=actor("cust"), customer="")
    assert isinstance(who, fill_basket.Drafter)
    for placing in (True, False):
        filled = fill_basket.add_product(who, product=product.id, quantity=2, at=AT)
        review = fill_basket.review_basket(who, at=AT)
        assert isinstance(filled, Basket)
        assert review
        assert review.summary
        if placing:
            read = Read(filled.version, review.summary["total_amount"])
            done(submit_basket(who, basket=filled.id, note="of a basket", read=read, at=AT))


def _those_paid_by_card() -> None:
    _charged("declined")
    acts.gateways_say("declined: No money.", at=AT)
    _charged("paid")
    acts.gateways_say("authorised", "captured", at=AT)
    part = _charged("refunded", "1 bp, 2 ps")
    acts.gateways_say("authorised", "captured", at=AT)
    acts.vendors_say({"bp": Delivered("V-3"), "ps": Failed("Out of keys.")}, AT)
    failed = next(line for line in acts.now(part).lines if line.state is LineState.FAILED)
    done(acts.cancel_part(part, failed.sub_order, actor("dist"), AT))
    [refund] = take_refunds(most=10, at=AT)
    finish_refund(errand=refund, word=RefundWord("done"), at=AT)
    both = acts.place(actor("payer-3"), "1 bp", note="given back", at=AT)
    done(acts.approve(both, actor("payer-2"), AT))
    acts.gateways_say("authorised", "authorised", "captured", "declined: No money.", at=AT)
    _charged("under way")
    acts.gateways_say("unknown", at=AT)


def approved(note: str, buyer: str, lines: str, customer: str | None = None) -> Order:
    """An order that everybody said yes to."""
    order = acts.place(actor(buyer), lines, customer=customer, note=note, at=AT)
    for step in order.steps:
        by = actor(str(order.parties[step.tier].ref))
        done(approve_order(order_id=order.id, by=by, comment="Fine.", at=AT))
    return acts.now(order)


def _charged(note: str, lines: str = "1 bp") -> Order:
    order = acts.place(actor("of-payer"), lines, note=note, at=AT)
    assert order.links[1].payment_method is PaymentMethod.CREDIT_CARD
    return done(acts.approve(order, actor("payer"), AT))
