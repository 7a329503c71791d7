"""Every mail, with examples of what it tells of: lives of an order through the real rules, told by the real
words. For developers to look at; nothing of it is in any database."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import chain, count
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from placet.domain import deciding
from placet.domain.chain import ChainLink, Group, Policy, PriceList, Product, Seller
from placet.domain.charging import GatewayWord, asked, current, heard
from placet.domain.credit import UNLIMITED, Account, CreditLimit, Limit
from placet.domain.executing import Answer, Delivered, Failed, answered
from placet.domain.mailing import Digest, Gathered
from placet.domain.notifying import MAILED, Message, Notice, Person, Reachable, notice
from placet.domain.order import Act, Event, Named, Order
from placet.domain.parties import Actor, Party, system
from placet.domain.partners import Contact
from placet.domain.placing import LineRequest, OrderRequest, place
from placet.domain.validating import Payer, Payers, Token
from placet.domain.words import (
    ApprovalOrder,
    BillingType,
    EventType,
    Fulfilment,
    Kind,
    MailKind,
    OrganizationStatus,
    PaymentMethod,
    ProductType,
    Role,
    Scope,
)
from placet.domain.world.shape import ContactRole

AT: Final = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LINK: Final = "an-example-that-leads-nowhere"


def _id(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"placet example: {name}")


def _party(name: str, kind: Kind) -> Party:
    return Party(_id(name), None, name, kind, OrganizationStatus.ACTIVE)


CUSTOMER: Final = _party("Bluebell Bakery", Kind.CUSTOMER)
RESELLER: Final = _party("Birchwood IT", Kind.RESELLER)
DISTRIBUTOR: Final = _party("Amberline Distribution", Kind.DISTRIBUTOR)
DESKS: Final = {
    CUSTOMER: ("Birutė Malūnė", "birute@bluebell.example"),
    RESELLER: ("Lina Kazlauskė", "lina@birchwood.example"),
    DISTRIBUTOR: ("Juris Kalns", "credit@amberline.example"),
}
"""Who acts for each."""

SOFT, HANDS = Named(_id("vendor 1"), None, "Meadow Software"), Named(_id("vendor 2"), None, "Field Works")
PRODUCTS: Final = {
    each.name: each
    for each in (
        Product(
            id=_id(name),
            ref=None,
            name=name,
            vendor=vendor,
            product_type=ProductType.SOFTWARE_SUBSCRIPTION,
            billing_type=BillingType.MONTHLY,
            fulfilment=Fulfilment.AUTOMATIC,
            trial=False,
        )
        for name, vendor in (("Office Suite", SOFT), ("Device Security", HANDS))
    )
}


@dataclass(frozen=True, slots=True)
class Example:
    """One mail to look at."""

    name: str
    kind: MailKind
    reader: str
    notice: Notice
    message: Message


@cache
def examples() -> dict[str, Example]:
    """One of every kind, for every kind of reader and every sort of fact, by a name for its address."""
    found: dict[str, Example] = {}
    known = set()
    for told in _notices():
        for message in told.messages:
            to = next(each for each in DESKS if each.id == message.to.organization)
            sort = (message.kind, to, told.facts[0].type, str(told.facts[0].detail.get("tiers")))
            if sort not in known:
                known.add(sort)
                name = _name(found, f"{message.kind}-{to.kind}".replace("_", "-"))
                found[name] = Example(name, message.kind, to.name, told, message)
    return found


def _name(taken: Collection[str], name: str) -> str:
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(each for each in names if each not in taken)


def digest(language: str) -> Digest:
    """A day of somebody's."""
    orders = ("PL-000318: Bluebell Bakery", "PL-000319: Brookside Dental", "PL-000321: Beacon Books")
    waits = tuple(
        Gathered(_id(about), about, _id(about), AT + timedelta(hours=place))
        for place, about in enumerate(orders)
    )
    name, email = DESKS[RESELLER]
    return Digest(_id(name), email, name, language, "Europe/Vilnius", waits)


def in_language(example: Example, language: str) -> tuple[Notice, Message]:
    """The example for a reader of that language."""
    to = replace(example.message.to, language=language)
    return example.notice, replace(example.message, to=to)


# Lives --------------------------------------------------------------------------------------


def _notices() -> Iterator[Notice]:
    for order in (life() for life in LIVES):
        for fact in (fact for fact in order.events if fact.type in MAILED):
            yield notice([fact], order, DIRECTORY, LINK)
    detail = {
        "endpoint": {"id": str(_id("endpoint")), "url": "https://erp.birchwood.example/placet"},
        "reason": "failing",
        "failing_since": AT.isoformat(),
    }
    seen_by = (RESELLER.id,)
    ended = Event(_id("ended"), EventType.ENDPOINT_DISABLED, AT + timedelta(days=1), seen_by, None, detail)
    yield notice([ended], None, DIRECTORY, None)


def _executed() -> Order:
    return _said(_approved(_placed()), Delivered("V-1"))


def _failed() -> Order:
    return _said(_approved(_placed()), Failed("The tenant is full (4711)."))


def _rejected() -> Order:
    order = _yes(_placed(), RESELLER, _paid())
    outcome = deciding.reject(order, "This year's budget is spent.", "", _act(DISTRIBUTOR))
    assert isinstance(outcome, Order), outcome
    return outcome


def _short(*, tier: int) -> Order:
    return _approved(_placed(), _paid(short=tier))


def _without_card() -> Order:
    """Its card was removed before the last yes (R47)."""
    order = _yes(_placed(by_card=True), RESELLER, _paid(cards=(CARD,)))
    return _yes(order, DISTRIBUTOR, _paid(cards=()))


def _declined() -> Order:
    order = _approved(_placed(by_card=True), _paid(cards=(CARD,)))
    charge = current(order)[0].id
    word = GatewayWord("declined", reason="Insufficient funds.")
    return heard(asked(order, charge, _act(None)), charge, word, _act(None))


CARD: Final = Token("sandbox", "tok_1", "2099-12", active=True)

LIVES: Final[Sequence[Callable[[], Order]]] = (
    _executed,
    _failed,
    _rejected,
    lambda: _short(tier=1),
    lambda: _short(tier=2),
    _without_card,
    _declined,
)


def _placed(*, by_card: bool = False) -> Order:
    chosen = (LineRequest("Office Suite", 12), LineRequest("Device Security", 12))
    order = place(
        OrderRequest(chosen),
        placer=CUSTOMER,
        chain=_chain(PaymentMethod.CREDIT_CARD if by_card else PaymentMethod.CASH),
        products=PRODUCTS,
        act=_act(CUSTOMER),
    )
    assert isinstance(order, Order), order
    return replace(order, number="PL-000318")


def _approved(order: Order, paid: Payers | None = None) -> Order:
    for seller in (RESELLER, DISTRIBUTOR):
        order = _yes(order, seller, paid or _paid())
    return order


def _yes(order: Order, seller: Party, paid: Payers) -> Order:
    outcome = deciding.approve(order, "", _act(seller), paid)
    assert isinstance(outcome, Order), outcome
    return outcome


def _said(order: Order, answer: Answer) -> Order:
    for sub in order.sub_orders:
        answers = {line.id: answer for line in order.sub_order_lines(sub.id)}
        order = answered(order, sub.id, answers, _act(None), AT)
    return order


_numbers = count(1)


def _act(by: Party | None) -> Act:
    """Somebody at its desk, or Placet itself."""
    actor = (
        Actor(by.id, DESKS[by][0], "user", Role.ADMIN, _id(DESKS[by][0])) if by else system(DISTRIBUTOR.id)
    )
    return Act(actor, AT, lambda: UUID(int=next(_numbers)))


def _chain(reseller_pays: PaymentMethod) -> tuple[ChainLink, ...]:
    covers = frozenset(product.id for product in PRODUCTS.values())
    policy = Policy(_id("policy"), Scope.ALL, covers, None)
    groups = {RESELLER.id: Group(_id("group"), "New resellers", (policy,))}
    top = replace(_seller(DISTRIBUTOR), multi_tier_approval=True, groups=groups)
    return (_link(CUSTOMER, _seller(RESELLER), 1995), _link(RESELLER, top, 1660, reseller_pays))


def _seller(party: Party) -> Seller:
    return Seller(party, multi_tier_approval=False, approval_order=ApprovalOrder.PARALLEL, offer_days=30)


def _link(buyer: Party, seller: Seller, unit: int, pays: PaymentMethod = PaymentMethod.CASH) -> ChainLink:
    prices = {product.id: [(1, unit)] for product in PRODUCTS.values()}
    return ChainLink(
        contract=_id(f"contract of {buyer.name}"),
        account=_id(f"account of {buyer.name}"),
        seller=seller,
        buyer=buyer,
        currency="EUR",
        tax_rate=Decimal(21),
        payment_method=pays,
        order_approval=buyer is CUSTOMER,
        price_list=PriceList("EUR", None, prices),
    )


def _paid(*, short: int = 0, cards: tuple[Token, ...] | None = None) -> Payers:
    """What both links are paid from; one of them may have too little, the reseller may pay by card."""
    method = PaymentMethod.CASH if cards is None else PaymentMethod.CREDIT_CARD
    first, second = (_account(buyer, short == tier) for tier, buyer in ((1, CUSTOMER), (2, RESELLER)))
    return {1: Payer(first, PaymentMethod.CASH, ()), 2: Payer(second, method, cards or ())}


def _account(buyer: Party, short: bool) -> Account:  # noqa: FBT001 - it is, or it is not
    limit: CreditLimit = Limit(50_000) if short else UNLIMITED
    return Account(_id(f"account of {buyer.name}"), limit, 12_000, 0)


def _reachable(party: Party) -> Reachable:
    name, email = DESKS[party]
    roles = (ContactRole.PRIMARY, ContactRole.BILL_TO)
    return Reachable(
        id=party.id,
        name=party.name,
        kind=party.kind,
        language="en",
        time_zone="Europe/Vilnius",
        contacts=(Contact(name, email, roles, active=True),),
        people=(Person(_id(name), name, email, Role.ADMIN),),
    )


DIRECTORY: Final = {party.id: _reachable(party) for party in DESKS}
