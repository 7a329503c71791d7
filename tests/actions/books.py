"""Books with an order in every state that an order can be in, each found by its note."""

from datetime import timedelta
from typing import Final

from placet.actions.approve_order import approve_order
from placet.actions.change_contract import change_contract
from placet.actions.charge import finish_refund, take_refunds
from placet.actions.expire_orders import expire_orders
from placet.actions.record_payment import record_payment
from placet.domain.executing import Delivered, Failed
from placet.domain.order import Order
from placet.domain.terms import Wishes
from placet.domain.words import EventType, LineState, PaymentMethod
from placet.storage import models
from tests.stories import acts
from tests.stories.acts import NOW, actor, done
from tests.stories.worlds import card, customer, distributor, group, product, reseller, world

AT: Final = NOW + timedelta(hours=1)

TAXED: Final = {"tax_rate": "21", "credit_limit": "5000.00"}

WORLD: Final = world(
    distributor("dist", multi_tier_approval=True),
    reseller("res", "dist", TAXED),
    customer("cust", "res", TAXED | {"order_approval": True}),
    customer("low", "res", {"credit_limit": None}),
    customer("bare", "res", {"opening_balance": "12.00"}),
    reseller("payer", "dist", card("tok_ok")),
    customer("of-payer", "payer"),
    reseller("payer-2", "dist", card("tok_ok")),
    customer("payer-3", "payer-2", card("tok_ok")),
    distributor("other"),
    prices={"bp": "10.00", "ps": "5.55", "onsite": "100.00"},
    products=[
        product("bp", vendor="ms"),
        product("ps", vendor="adobe"),
        product("onsite", "manual", vendor="ms"),
    ],
    groups=[
        group("dist", "res", policies=[{"scope": "offers", "vendor": "ms", "offers": ["bp", "onsite"]}]),
        group("res", "low", default_limit="1.00"),
    ],
    told=["dist"],
    events=[event.value for event in EventType],
).replace("{hooks}", "http://127.0.0.1:9")


def keep_books() -> None:
    """Loads the world and lets everything happen in it."""
    acts.load(WORLD)
    _limits_and_payments()
    _those_that_wait()
    _those_that_ended()
    _those_paid_by_card()
    _those_with_vendors()


def _limits_and_payments() -> None:
    seller = actor("res")
    contract = models.Contract.objects.get(buyer__ref="cust").id
    limit = change_contract(contract=contract, by=seller, wishes=Wishes("6000.00"), at=AT)
    paid = record_payment(contract=contract, amount="3.00", invoice=None, note="", by=seller, at=AT)
    assert not hasattr(limit, "code"), limit
    assert not hasattr(paid, "code"), paid


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
    finish_refund(order_id=part.id, refund=refund["id"], at=AT)
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
