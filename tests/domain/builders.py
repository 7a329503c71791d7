"""Chains, orders and payers from a few words, for the tests of the rules.

A chain is written from the buyer's contract up to the top seller's, `<` between the links:

    list   +20%  <  +10%  <  10.00
    pays   cash  <  card

The last word of a row holds for the links above it. The buyer is `cust`, the top seller `dist`, and
between them stand `res`, `sub` and `mid`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import NAMESPACE_OID, UUID, uuid5

from placet.domain import deciding, money
from placet.domain.asking import with_yes
from placet.domain.chain import Chain, ChainLink, Group, Policy, PriceList, Product, Seller
from placet.domain.charging import GatewayWord, asked, heard, wish
from placet.domain.credit import Account, limit_of
from placet.domain.executing import Answer, answered
from placet.domain.order import Act, Line, Named, Order
from placet.domain.parties import Actor, Party, system
from placet.domain.placing import LineRequest, OrderRequest, place
from placet.domain.refusals import Refusal
from placet.domain.validating import Payer, Payers, Token, validate
from placet.domain.words import (
    ApprovalOrder,
    BillingType,
    Fulfilment,
    How,
    Kind,
    LineState,
    OrganizationStatus,
    PaymentMethod,
    ProductType,
    Role,
    Scope,
    StepStatus,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)

KINDS = {"cust": Kind.CUSTOMER, "dist": Kind.DISTRIBUTOR}
BETWEEN = ("res", "sub", "mid", "low", "far")
METHODS = {"cash": PaymentMethod.CASH, "deposit": PaymentMethod.DEPOSIT, "card": PaymentMethod.CREDIT_CARD}
USUAL = {"list": "10.00", "pays": "cash", "approval": "off", "currency": "EUR", "tax": "0"}

CATALOG = """
bp      ms     software_subscription  monthly   automatic
office  ms     software_subscription  annual    automatic
ps      adobe  esd                    one_time  automatic
azure   ms     usage                  usage     automatic
trial   ms     software_subscription  monthly   automatic
onsite  acme   service                one_time  manual
setup   ms     service                one_time  manual
"""

_numbers = count(1)


def new_id() -> UUID:
    """The next id: never the same twice, and in order of age."""
    return UUID(int=next(_numbers))


def id_of(name: str) -> UUID:
    """The id of whatever is called that."""
    return uuid5(NAMESPACE_OID, name)


def named(name: str) -> Named:
    return Named(id_of(name), name, name.title())


def _product(row: str) -> Product:
    name, vendor, type_, billing, fulfilment = row.split()
    return Product(
        id=id_of(name),
        ref=name,
        name=name.title(),
        vendor=named(vendor),
        product_type=ProductType(type_),
        billing_type=BillingType(billing),
        fulfilment=Fulfilment(fulfilment),
        trial=name == "trial",
    )


PRODUCTS = {product.name.lower(): product for product in map(_product, CATALOG.strip().splitlines())}


# Who ----------------------------------------------------------------------------------------


def party(name: str, status: OrganizationStatus = OrganizationStatus.ACTIVE) -> Party:
    return Party(id_of(name), name, name.title(), KINDS.get(name, Kind.RESELLER), status)


def actor(name: str, role: Role = Role.ADMIN) -> Actor:
    return Actor(id_of(name), f"Ann of {name}", "user", role)


def act(name: str, at: datetime = NOW, role: Role = Role.ADMIN) -> Act:
    """Somebody of that organization does something."""
    return Act(actor(name, role), at, new_id)


def machine(at: datetime = NOW) -> Act:
    """Placet itself does something."""
    return Act(system(id_of("dist")), at, new_id)


# The chain ----------------------------------------------------------------------------------


def chain(  # noqa: PLR0913 - what a chain can differ in
    table: str,
    *,
    groups: Mapping[str, Mapping[str, str]] | None = None,
    without_feature: Iterable[str] = (),
    approval_order: ApprovalOrder = ApprovalOrder.PARALLEL,
    statuses: Mapping[str, str] | None = None,
    buyer: str = "cust",
) -> Chain:
    """A chain from its table. `groups` are the credit risk groups by owner and member, each as its
    policies (`"all; vendor ms above 500"`); who has any has the feature (R23), unless it is without."""
    rows = USUAL | dict(line.split(maxsplit=1) for line in table.strip().splitlines() if line.strip())
    cells = {key: [cell.strip() for cell in row.split("<")] for key, row in rows.items()}
    depth = max(map(len, cells.values()))
    names = [buyer, *BETWEEN[: depth - 1], "dist"]
    groups = groups or {}
    parties = [party(name, OrganizationStatus((statuses or {}).get(name, "active"))) for name in names]
    sellers = [
        Seller(
            party=parties[place],
            multi_tier_approval=name in groups and name not in without_feature,
            approval_order=approval_order,
            offer_days=30,
            groups={id_of(member): group(name, text) for member, text in groups.get(name, {}).items()},
        )
        for place, name in enumerate(names)
    ]
    links = [{key: row[min(index, len(row) - 1)] for key, row in cells.items()} for index in range(depth)]
    return tuple(
        ChainLink(
            contract=id_of(f"contract of {names[index]}"),
            account=id_of(f"account of {names[index]}"),
            seller=sellers[index + 1],
            buyer=parties[index],
            currency=link["currency"],
            tax_rate=Decimal(link["tax"]),
            payment_method=METHODS[link["pays"]],
            order_approval=link["approval"] == "on",
            price_list=price_list(link["list"], link["currency"]),
        )
        for index, link in enumerate(links)
    )


def price_list(text: str, currency: str) -> PriceList | None:
    """`10.00` for every product, `bp=10.00 ps=5.00` for some, `bp=9.00@50` from 50 on, `+20%` a markup,
    `5%off@100` a discount on everything from 100 on, `bp=7%off` on one product, `none`; `in USD` overrides
    the contract's currency."""
    if text == "none":
        return None
    text, _, own = text.partition(" in ")
    currency = own or currency
    markup: Decimal | None = None
    prices: dict[UUID, list[tuple[int, int]]] = {}
    discounts: dict[UUID | None, list[tuple[int, Decimal]]] = {}
    for word in text.split():
        stated, _, quantity = word.partition("@")
        name, _, number = stated.rpartition("=")
        if number.endswith("%off"):
            step = (int(quantity or 1), Decimal(number.removesuffix("%off")))
            discounts.setdefault(PRODUCTS[name].id if name else None, []).append(step)
        elif number.endswith("%"):
            markup = Decimal(number[:-1])
        else:
            unit = money.parsed(number, currency)
            for each in [name] if name else PRODUCTS:
                prices.setdefault(PRODUCTS[each].id, []).append((int(quantity or 1), unit))
    return PriceList(currency, markup, _last_word(prices), discounts)


def _last_word[K](prices: dict[K, list[tuple[int, int]]]) -> dict[K, list[tuple[int, int]]]:
    """What is said again of one quantity counts: `10.00 bp=9.00` is 9.00 for `bp`."""
    return {product: list(dict(steps).items()) for product, steps in prices.items()}


def group(owner: str, text: str) -> Group:
    """A credit risk group of that owner: its policies, `;` between them."""
    policies = tuple(policy(part.strip()) for part in text.split(";") if part.strip())
    return Group(id_of(f"group of {owner}"), f"CR-{owner}", policies)


def policy(text: str) -> Policy:
    """`all`, `vendor ms`, `offers bp,ps`, each with or without `above 500.00`."""
    words, _, above = text.partition(" above ")
    scope, _, what = words.partition(" ")
    covered = [product for product in PRODUCTS.values() if _covers(scope, what, product)]
    return Policy(
        id=id_of(text),
        scope=Scope(scope),
        covers=frozenset(product.id for product in covered),
        above=Decimal(above) if above else None,
    )


def _covers(scope: str, what: str, product: Product) -> bool:
    named = product.vendor.ref if scope == "vendor" else product.ref
    return scope == "all" or named in what.split(",")


# The order ----------------------------------------------------------------------------------


def request(text: str) -> OrderRequest:
    """`2 bp, 1 onsite`."""
    lines = (line.split() for line in text.split(", "))
    return OrderRequest(tuple(LineRequest(name, int(quantity)) for quantity, name in lines))


def asked_for(chain: Chain, lines: str, by: str = "cust", role: Role = Role.ADMIN) -> Order | Refusal:
    """What becomes of that request."""
    return place(request(lines), placer=party(by), chain=chain, products=PRODUCTS, act=act(by, NOW, role))


def placed(chain: Chain, lines: str = "1 bp", by: str = "cust", role: Role = Role.ADMIN) -> Order:
    """The order, waiting for its approvals if it needs any."""
    order = ordered(asked_for(chain, lines, by, role))
    return replace(order, number="PL-000001")


def ordered(outcome: Order | Refusal) -> Order:
    """The order that a verb gave."""
    assert isinstance(outcome, Order), outcome
    return outcome


def code(outcome: Order | Refusal | None) -> str:
    """The code of a refusal, or the order's status."""
    assert outcome is not None
    return outcome.code if isinstance(outcome, Refusal) else outcome.status.value


def line(order: Order, product: str) -> Line:
    return next(line for line in order.lines if line.product.ref == product)


# What it is paid from -----------------------------------------------------------------------


def payer(text: str, account: UUID) -> Payer:
    """`limit=100 balance=20 reserved=30 card=2030-12`, all in minor units; without a limit it is
    unlimited. Cards, `,` between them: `2030-12`, `2030-12:off`, `2030-12:none` (cannot be stored); or
    just `card`, which has none."""
    words = dict(word.partition("=")[::2] for word in text.split())
    limit = int(words["limit"]) if "limit" in words else None
    cards = [card.partition(":") for card in words.get("card", "").split(",") if card]
    return Payer(
        account=Account(
            account, limit_of(limit), int(words.get("balance", "0")), int(words.get("reserved", "0"))
        ),
        payment_method=METHODS["card" if "card" in words else words.get("pays", "cash")],
        tokens=tuple(
            Token("none" if how == "none" else "sandbox", f"tok_{expires}", expires, how != "off")
            for expires, _, how in cards
        ),
    )


def payers(order: Order, text: str = "") -> Payers:
    """Those of the order's links from the buyer up, `<` between them; too few leaves the rest unlimited."""
    texts = [part.strip() for part in text.split("<")]
    return {
        link.tier: payer(texts[link.tier - 1] if link.tier <= len(texts) else "", link.account)
        for link in order.links
    }


# Its life -----------------------------------------------------------------------------------


def validated(order: Order, paid: str = "", at: datetime = NOW) -> Order:
    """The order after validation."""
    return validate(order, payers(order, paid), machine(at))


def approve(order: Order, who: str, paid: str = "", at: datetime = NOW) -> Order | Refusal:
    return deciding.approve(order, "", act(who, at), payers(order, paid))


def approved(order: Order, paid: str = "", at: datetime = NOW) -> Order:
    """The order after everybody's yes, the buyer's side first, and validation."""
    if not order.steps:
        return validated(order, paid, at)
    while pending := [step for step in order.steps if step.status is StepStatus.PENDING]:
        place = pending[0].tier
        order = ordered(approve(order, str(order.parties[place].ref), paid, at))
        if order.charging or order.checks:
            break
    return order


def with_all_yes(order: Order) -> Order:
    """The order as after everybody's yes, not validated yet."""
    steps = tuple(
        with_yes(step, "", How.SAID, act(str(order.parties[step.tier].ref))) for step in order.steps
    )
    return replace(order, steps=steps)


def played(order: Order, script: str, paid: str = "", at: datetime = NOW) -> Order | Refusal:
    """What becomes of the order in the end: `res approves, sub rejects, cust cancels`."""
    outcome: Order | Refusal = order
    for sentence in script.split(", "):
        who, verb = sentence.split()
        outcome = VERBS[verb](ordered(outcome), act(who, at), payers(order, paid))
    return outcome


VERBS: dict[str, Callable[[Order, Act, Payers], Order | Refusal]] = {
    "approves": lambda order, by, paid: deciding.approve(order, f"{by.by.name}: fine", by, paid),
    "rejects": lambda order, by, _: deciding.reject(order, "Too dear.", "Ask again in May.", by),
    "retries": deciding.retry,
    "releases": lambda order, by, paid: deciding.release(order, "They pay on Friday.", by, paid),
    "cancels": lambda order, by, _: deciding.cancel(order, "Changed our mind.", by),
}


def told(order: Order, *words: str, at: datetime = NOW) -> Order:
    """The order after its gateway was asked and said these words, each `state` or `state: reason`."""
    for each in words:
        state, _, reason = each.partition(": ")
        wished = wish(order)
        assert wished is not None, "nothing is asked of the gateway"
        charge = wished[0]
        if wished[1] != "look_up":
            order = asked(order, charge.id, machine(at))
        said = GatewayWord(state, reason=reason)  # type: ignore[arg-type]
        order = heard(order, charge.id, said, machine(at))
    return order


def vendors_said(order: Order, answer: Answer, *products: str, at: datetime = NOW) -> Order:
    """The order after this answer for these products (all that are with a vendor, if none is named)."""
    for sub in order.sub_orders:
        answers = {
            line.id: answer
            for line in order.sub_order_lines(sub.id)
            if line.state is LineState.PROVISIONING and (not products or line.product.ref in products)
        }
        if answers:
            order = answered(order, sub.id, answers, machine(at), at + timedelta(seconds=10))
    return order


def open_reservations(order: Order) -> dict[int, int]:
    """What is set aside, by tier of the link."""
    held = {link.tier: 0 for link in order.links}
    for reservation in order.reservations:
        if reservation.state == "open":
            held[reservation.tier] += reservation.amount
    return held


def events(order: Order) -> list[str]:
    """The facts since the order was placed, in order."""
    return [event.type.value for event in order.events]
