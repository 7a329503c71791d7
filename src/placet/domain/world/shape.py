"""What a world file may say (contract §2), entry by entry, with what is meant where a key is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from placet.domain.credit import Unlimited
from placet.domain.validity import begins, ends
from placet.domain.words import (
    SUBSCRIBABLE,
    ApprovalOrder,
    BillingType,
    CardGateway,
    EventType,
    Fulfilment,
    InvoiceKind,
    InvoiceStatus,
    Kind,
    Language,
    OrganizationStatus,
    PaymentMethod,
    ProductType,
    Role,
    Scope,
    SubscriptionStatus,
    Word,
)
from placet.domain.world import keys, nodes
from placet.domain.world.keys import BAD, Bad, Entry, Mention, Notes, Spot, by_ref, entry, many, read_by, some
from placet.domain.world.nodes import Problem, composed

MOST_QUANTITY: Final = 1_000_000
"""Of what anybody can order (R12)."""


class ContactRole(Word):
    """R6."""

    PRIMARY = "primary"
    BILL_TO = "bill_to"


class Connector(Word):
    """How a vendor is reached: at once by the built-in sandbox, or by hand."""

    SANDBOX = "sandbox"
    MANUAL = "manual"


class Outcome(Word):
    """What the sandbox does with a product; `timeout` does the work and answers nothing the first time."""

    OK = "ok"
    FAIL = "fail"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Entry):
    """A person to write to (R6, R13)."""

    name: str = read_by(keys.text(200))
    email: str = read_by(keys.email_if_any, default="")
    roles: tuple[ContactRole, ...] = read_by(many(keys.one_of(ContactRole)), default=())
    active: bool = read_by(keys.flag, default=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Entry):
    """A person who signs in by e-mail address; the same person may stand under several organizations."""

    email: str = read_by(keys.email)
    name: str = read_by(keys.text(200))
    password: str | None = read_by(keys.password, default=None)
    role: Role = read_by(keys.one_of(Role))

    @property
    def sign_in(self) -> str:
        """The address as it is signed in with: small letters."""
        return self.email.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey(Entry):
    """A key for demos and tests, in the clear."""

    name: str = read_by(keys.text(100))
    key: str = read_by(keys.api_key)
    role: Role = read_by(keys.one_of(Role))


@dataclass(frozen=True, slots=True, kw_only=True)
class Token(Entry):
    """A stored card of a contract's buyer (R47)."""

    gateway: str = read_by(keys.gateway)
    reference: str = read_by(keys.code(200))
    expires: str = read_by(keys.month)
    active: bool = read_by(keys.flag, default=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Entry):
    """An organization as the buyer of its seller (R1). Amounts are in its currency."""

    seller: str = read_by(keys.to("organizations"))
    currency: str = read_by(keys.currency)
    price_list: str | None = read_by(keys.to("price_lists"), default=None)
    payment_method: PaymentMethod = read_by(keys.one_of(PaymentMethod), default=PaymentMethod.CASH)
    credit_limit: Decimal | Unlimited | None = read_by(keys.credit_limit, default=None)
    opening_balance: Decimal = read_by(keys.decimal, default=Decimal(0))
    tax_rate: Decimal = read_by(keys.within(Decimal(0), Decimal(100)), default=Decimal(0))
    order_approval: bool | None = read_by(keys.flag, default=None)
    payment_days: int = read_by(keys.whole(0, 3650), default=30)
    tokens: tuple[Token, ...] = read_by(many(entry(Token)), default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAccount(Entry):
    """Where a seller takes its buyers' cards (R49), and its account there. The key stands here, or in the
    environment under `secret_variable`: that is for who runs Placet to say."""

    gateway: CardGateway = read_by(keys.one_of(CardGateway))
    secret_key: str | None = read_by(keys.stripe_key, default=None)
    secret_variable: str | None = read_by(keys.key_variable, default=None)
    publishable_key: str | None = read_by(keys.publishable_key, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization(Entry):
    """A party (R1), with its people and programs, and its contract as a buyer."""

    ref: str = read_by(keys.own_ref("organizations"))
    name: str = read_by(keys.text(200))
    kind: Kind = read_by(keys.one_of(Kind))
    country: str = read_by(keys.country, default="")
    external_id: str | None = read_by(keys.code(100), default=None)  # at its seller; of who has none, its own
    status: OrganizationStatus = read_by(keys.one_of(OrganizationStatus), default=OrganizationStatus.ACTIVE)
    multi_tier_approval: bool = read_by(keys.flag, default=False)
    time_zone: str = read_by(keys.time_zone, default="UTC")
    language: Language = read_by(keys.one_of(Language), default=Language.EN)
    approval_order: ApprovalOrder = read_by(keys.one_of(ApprovalOrder), default=ApprovalOrder.PARALLEL)
    offer_days: int = read_by(keys.whole(0, 3650), default=30)
    retry_when_credit_frees: bool = read_by(keys.flag, default=False)
    contract: Contract | None = read_by(entry(Contract), default=None)
    card_gateway: CardAccount | None = read_by(entry(CardAccount), default=None)
    contacts: tuple[Contact, ...] = read_by(many(entry(Contact)), default=())
    users: tuple[User, ...] = read_by(many(entry(User)), default=())
    api_keys: tuple[ApiKey, ...] = read_by(many(entry(ApiKey)), default=())

    @property
    def order_approval(self) -> bool:
        """The toggle of its contract: unless stated, on for a customer and off for others (R20)."""
        stated = self.contract.order_approval if self.contract else None
        return self.kind is Kind.CUSTOMER if stated is None else stated


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor(Entry):
    """Who makes products."""

    ref: str = read_by(keys.own_ref("vendors"))
    name: str = read_by(keys.text(200))
    connector: Connector = read_by(keys.one_of(Connector))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox(Entry):
    """How the sandbox treats a product: `succeed_after` fails so often first."""

    outcome: Outcome = read_by(keys.one_of(Outcome), default=Outcome.OK)
    latency_ms: int = read_by(keys.whole(0, 60_000), default=0)
    succeed_after: int = read_by(keys.whole(0, 1000), default=0)

    def as_json(self) -> dict[str, str | int]:
        """What the file states, and the outcome in any case."""
        return {name: getattr(self, name) for name in self.lines} | {"outcome": self.outcome.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Entry):
    """An offer (R3)."""

    ref: str = read_by(keys.own_ref("products"))
    vendor: str = read_by(keys.to("vendors"))
    sku: str = read_by(keys.code(100), default="")
    name: str = read_by(keys.text(300))
    product_type: ProductType = read_by(keys.one_of(ProductType))
    billing_type: BillingType = read_by(keys.one_of(BillingType))
    fulfilment: Fulfilment = read_by(keys.one_of(Fulfilment))
    trial: bool = read_by(keys.flag, default=False)
    term_months: int | None = read_by(keys.whole(1, 120), default=None)
    description: str = read_by(keys.text(1000), default="")
    sandbox: Sandbox | None = read_by(entry(Sandbox), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting(Entry):
    """What is valid for a while. A day counts whole, in the owner's time zone: `valid_to` is the last one."""

    valid_from: datetime | date | None = read_by(keys.moment, default=None)
    valid_to: datetime | date | None = read_by(keys.moment, default=None)

    def starts_at(self, zone: str) -> datetime | None:
        """From when it is valid."""
        return begins(self.valid_from, zone)

    def ends_at(self, zone: str) -> datetime | None:
        """When it is no longer valid."""
        return ends(self.valid_to, zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price(Lasting):
    """A unit price from a quantity on (R4). One that is written as a plain number states nothing else."""

    price: Decimal = read_by(keys.amount)
    min_quantity: int = read_by(keys.whole(1, MOST_QUANTITY), default=1)

    def problem(self, name: str, reason: str) -> Problem:
        """Something is wrong with this key; a plain number has none."""
        return Entry.problem(self, name, reason) if self.lines else Problem(self.line, self.path, reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount(Lasting):
    """A percentage off, from a quantity on, of one product or of everything on the list (R7)."""

    product: str | None = read_by(keys.to("products"), default=None)
    percent: Decimal = read_by(keys.within(Decimal("0.0001"), Decimal(100)))
    min_quantity: int = read_by(keys.whole(1, MOST_QUANTITY), default=1)


def _prices(spot: Spot) -> tuple[Price, ...] | Bad:
    """A plain number, or a price with its quantity and period, or several of these."""
    if isinstance(spot.node, nodes.Scalar):
        amount = keys.amount(spot)
        if isinstance(amount, Bad):
            return BAD
        return (Price(path=spot.path, line=spot.line, lines={}, price=amount),)
    if isinstance(spot.node, nodes.Mapping):
        one = entry(Price)(spot)
        return BAD if isinstance(one, Bad) else (one,)
    return some(entry(Price))(spot)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList(Lasting):
    """A seller's prices, or a markup over its own unit cost (R4), and what is taken off lines (R7)."""

    ref: str = read_by(keys.own_ref("price_lists"))
    owner: str = read_by(keys.to("organizations"))
    currency: str = read_by(keys.currency)
    name: str = read_by(keys.text(200), default="")
    prices: tuple[tuple[Mention, tuple[Price, ...]], ...] = read_by(by_ref("products", _prices), default=())
    markup_percent: Decimal | None = read_by(keys.within(Decimal(-100), Decimal(99_999)), default=None)
    discounts: tuple[Discount, ...] = read_by(many(entry(Discount)), default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Entry):
    """Which offers of the group's members need its owner's approval (R81)."""

    scope: Scope = read_by(keys.one_of(Scope))
    vendor: str | None = read_by(keys.to("vendors"), default=None)
    offers: tuple[Mention, ...] = read_by(some(keys.mention("products")), default=())
    approve_above: Decimal | None = read_by(keys.within(Decimal(0), keys.LARGEST), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Entry):
    """A credit risk group (R80). `default_limit` is read in each member's currency (R61)."""

    owner: str = read_by(keys.to("organizations"))
    name: str = read_by(keys.text(200))
    primary: bool = read_by(keys.flag, default=False)
    default_limit: Decimal | None = read_by(keys.within(Decimal(0), keys.LARGEST), default=None)
    members: tuple[Mention, ...] = read_by(many(keys.mention("organizations")), default=())
    policies: tuple[Policy, ...] = read_by(many(entry(Policy)), default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Entry):
    """Where an organization wants to be told of which events (R91)."""

    owner: str = read_by(keys.to("organizations"))
    url: str = read_by(keys.url)
    secret: str = read_by(keys.webhook_secret)
    events: tuple[EventType, ...] = read_by(some(keys.one_of(SUBSCRIBABLE)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Entry):
    """What a customer has already (R70), by the prices that are valid when the file is loaded."""

    ref: str = read_by(keys.own_ref("subscriptions"))
    customer: str = read_by(keys.to("organizations"))
    product: str = read_by(keys.to("products"))
    quantity: int = read_by(keys.whole(1, MOST_QUANTITY))
    status: SubscriptionStatus = read_by(keys.one_of(SubscriptionStatus), default=SubscriptionStatus.ACTIVE)
    started_at: datetime | date = read_by(keys.moment)
    renews_on: date | None = read_by(keys.day, default=None)
    vendor_reference: str = read_by(keys.code(200), default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine(Entry):
    """What was billed or credited: amounts in the contract's currency, positive in either kind."""

    product: str = read_by(keys.to("products"))
    quantity: int = read_by(keys.whole(1, MOST_QUANTITY), default=1)
    net: Decimal = read_by(keys.amount)
    tax: Decimal = read_by(keys.amount, default=Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(Entry):
    """An invoice that somebody else's books have (R62), under the number that it has there. What of it is
    not open was paid. A credit invoice is unused when it comes."""

    seller: str = read_by(keys.to("organizations"))
    buyer: str = read_by(keys.to("organizations"))
    number: str = read_by(keys.code(40))
    kind: InvoiceKind = read_by(keys.one_of(InvoiceKind), default=InvoiceKind.DEBIT)
    issued_on: date = read_by(keys.day)
    due_on: date | None = read_by(keys.day, default=None)
    status: InvoiceStatus | None = read_by(keys.one_of(InvoiceStatus), default=None)
    open: Decimal | None = read_by(keys.amount, default=None)
    billed: tuple[InvoiceLine, ...] = read_by(some(entry(InvoiceLine)), key="lines")

    @property
    def total(self) -> Decimal:
        """Tax included."""
        return sum((line.net + line.tax for line in self.billed), Decimal(0))

    @property
    def still_open(self) -> Decimal:
        """What is open of it: unless stated, all of it, or nothing of one that was paid or cancelled."""
        closed = self.status in (InvoiceStatus.PAID, InvoiceStatus.CANCELLED)
        return (Decimal(0) if closed else self.total) if self.open is None else self.open


@dataclass(frozen=True, slots=True, kw_only=True)
class World(Entry):
    """A whole file."""

    organizations: tuple[Organization, ...] = read_by(many(entry(Organization)), default=())
    vendors: tuple[Vendor, ...] = read_by(many(entry(Vendor)), default=())
    products: tuple[Product, ...] = read_by(many(entry(Product)), default=())
    price_lists: tuple[PriceList, ...] = read_by(many(entry(PriceList)), default=())
    credit_risk_groups: tuple[Group, ...] = read_by(many(entry(Group)), default=())
    webhook_endpoints: tuple[Endpoint, ...] = read_by(many(entry(Endpoint)), default=())
    subscriptions: tuple[Subscription, ...] = read_by(many(entry(Subscription)), default=())
    invoices: tuple[Invoice, ...] = read_by(many(entry(Invoice)), default=())


_NOTHING = World(path="", line=1, lines={})


def read(text: str) -> tuple[World, Notes]:
    """The good entries of a file, and all that was noted on the way: problems of form, refs made and
    mentioned. A world with noted problems is good for finding more of them, not for loading."""
    notes = Notes()
    root = composed(text)
    if isinstance(root, Problem):
        notes.problems.append(root)
        return _NOTHING, notes
    world = entry(World)(Spot(root, root.line, "", notes))
    return (_NOTHING if world is BAD else world), notes


def stated(named: Entry) -> Mapping[str, object]:
    """What the file says of an entry, key by key; not what it leaves out."""
    return {name: getattr(named, name) for name in named.lines}
