"""The tables, as thin Django models: columns, constraints and indexes, no behaviour.

The main path reads and writes them by SQL (see `storage.orders`); the models serve migrations,
settings and plain look-ups. Money is a whole number of minor units in a `_minor` column, its
currency beside it or on the order's link. Ids are UUIDs (version 7, so that they sort by age).
A foreign key has no index of its own where another index begins with its column.
"""

from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT, KeyTextTransform
from django.db.models.functions import Coalesce, Now

from placet.domain import words
from placet.domain.moves import MOVES


def one_of(field: str, values: type[words.Word], name: str) -> models.CheckConstraint:
    """The column holds one of the field's standard words, and nothing else."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": [word.value for word in values]}), name=name)


def word(longest: int = 24) -> "models.CharField[str, str]":
    """A column for one of a closed set of words."""
    return models.CharField(max_length=longest)


def currency() -> "models.CharField[str, str]":
    """A column for an ISO 4217 code."""
    return models.CharField(max_length=3)


class Row(models.Model):
    """What every table with an id of its own has."""

    id = models.UUIDField(primary_key=True)

    class Meta:
        abstract = True


# Parties ------------------------------------------------------------------------------------


class Organization(Row):
    """A party (R1): its kind, its status as its seller set it, its own settings."""

    ref = models.CharField(max_length=100, null=True, unique=True)
    name = models.CharField(max_length=200)
    kind = word()
    status = word()
    country = models.CharField(max_length=2, default="")
    time_zone = models.CharField(max_length=64, default="UTC")
    multi_tier_approval = models.BooleanField(default=False)
    approval_order = word()
    offer_days = models.PositiveSmallIntegerField(default=30)
    retry_when_credit_frees = models.BooleanField(default=False, db_default=False)
    language = models.CharField(max_length=8, default="", db_default="")  # of mails to its contacts
    external_id = models.CharField(max_length=100, null=True)  # its own, where it has no seller
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "organization"
        constraints = [
            one_of("kind", words.Kind, "organization_kind"),
            one_of("status", words.OrganizationStatus, "organization_status"),
            one_of("approval_order", words.ApprovalOrder, "organization_approval_order"),
        ]
        indexes = [  # what lists of a seller's buyers are sorted by
            models.Index("name", "id", name="organization_by_name"),
            models.Index("status", "name", "id", name="organization_by_status"),
        ]


class Contact(Row):
    """A person to write to. At most one `bill_to` and one `primary` an organization (R6)."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254, default="", blank=True)
    is_primary = models.BooleanField(default=False)
    is_bill_to = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "contact"
        constraints = [
            models.UniqueConstraint("organization", condition=Q(is_primary=True), name="contact_one_primary"),
            models.UniqueConstraint("organization", condition=Q(is_bill_to=True), name="contact_one_bill_to"),
        ]


class User(AbstractBaseUser, Row):
    """A person who signs in; may work for several organizations. An empty language is the browser's, an
    empty time zone the organization's."""

    email = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=8, default="", db_default="")
    time_zone = models.CharField(max_length=64, default="", db_default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"

    class Meta:
        db_table = "user_account"


class Membership(models.Model):
    """A user's role in one organization."""

    pk = models.CompositePrimaryKey("user_id", "organization_id")
    user = models.ForeignKey(User, models.CASCADE)
    organization = models.ForeignKey(Organization, models.CASCADE)
    role = word()

    class Meta:
        db_table = "membership"
        constraints = [one_of("role", words.Role, "membership_role")]


class Invitation(Row):
    """Somebody asked to join an organization in a role. The link's token is kept as its SHA-256 alone."""

    organization = models.ForeignKey(Organization, models.CASCADE)
    email = models.CharField(max_length=254)
    role = word()
    digest = models.BinaryField(max_length=32, unique=True)
    by = models.JSONField()  # the actor
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "invitation"
        constraints = [
            one_of("role", words.Role, "invitation_role"),
            models.UniqueConstraint(
                "organization",
                "email",
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_open",
            ),
        ]


class ApiKey(Row):
    """A program's key, kept as its SHA-256 alone: a key is long and random, so no salt is needed."""

    organization = models.ForeignKey(Organization, models.CASCADE)
    name = models.CharField(max_length=100)
    role = word()
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=8, default="")
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "api_key"
        constraints = [one_of("role", words.Role, "api_key_role")]


# Catalog and prices -------------------------------------------------------------------------


class Vendor(Row):
    """Who makes a product; `connector` is how Placet reaches it."""

    ref = models.CharField(max_length=100, null=True, unique=True)
    name = models.CharField(max_length=200)
    connector = word()

    class Meta:
        db_table = "vendor"


class Product(Row):
    """An offer (R3)."""

    ref = models.CharField(max_length=100, null=True, unique=True)
    vendor = models.ForeignKey(Vendor, models.PROTECT)
    sku = models.CharField(max_length=100, default="")
    name = models.CharField(max_length=300)
    description = models.CharField(max_length=1000, default="", db_default="")
    product_type = word()
    billing_type = word()
    fulfilment = word()
    trial = models.BooleanField(default=False)
    term_months = models.PositiveSmallIntegerField(null=True)  # what is committed to; null: a billing period
    sandbox = models.JSONField(default=dict)

    class Meta:
        db_table = "product"
        constraints = [
            models.CheckConstraint(
                condition=Q(term_months__gte=1, term_months__lte=120), name="product_term"
            ),
            one_of("product_type", words.ProductType, "product_type"),
            one_of("billing_type", words.BillingType, "product_billing_type"),
            one_of("fulfilment", words.Fulfilment, "product_fulfilment"),
        ]
        indexes = [models.Index("name", "id", name="product_by_name")]


EQUAL, OVERLAPS = RangeOperators.EQUAL, RangeOperators.OVERLAPS
# An exclusion constraint's index finds a price too, in thrice the time, and the planner thinks it the
# cheaper one. What it is about is therefore written as expressions, which no look-up asks for.
THE_LIST = Coalesce("price_list", "price_list", output_field=models.UUIDField())
THE_PRODUCT = Coalesce("product", models.Value(UUID(int=0)), output_field=models.UUIDField())
"""A discount on everything is like one on a product that is not there: null is never equal to null."""


def valid_periods(table: str) -> list[models.constraints.BaseConstraint]:
    """Of one list, product and quantity, one holds at a time; it begins before it ends, and from 1 on."""
    period = models.Func("valid_from", "valid_to", function="tstzrange", output_field=DateTimeRangeField())
    return [
        ExclusionConstraint(
            name=f"{table}_one_at_a_time",
            expressions=[
                (THE_LIST, EQUAL),
                (THE_PRODUCT, EQUAL),
                ("min_quantity", EQUAL),
                (period, OVERLAPS),
            ],
        ),
        models.CheckConstraint(condition=Q(valid_from__lt=F("valid_to")), name=f"{table}_period"),
        models.CheckConstraint(condition=Q(min_quantity__gte=1), name=f"{table}_min_quantity"),
    ]


class PriceList(Row):
    """A seller's prices, or a markup over its own unit cost (R4)."""

    ref = models.CharField(max_length=100, null=True, unique=True)
    owner = models.ForeignKey(Organization, models.CASCADE)
    name = models.CharField(max_length=200, default="")
    currency = currency()
    markup_percent = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    valid_from = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)

    class Meta:
        db_table = "price_list"
        constraints = [
            models.CheckConstraint(
                condition=Q(markup_percent__isnull=True) | Q(markup_percent__gte=-100),
                name="price_list_markup",
            ),
            models.CheckConstraint(condition=Q(valid_from__lt=F("valid_to")), name="price_list_period"),
        ]


class Price(Row):
    """The unit price of one product on one list from a quantity on (R4), in whole minor units of the list's
    currency, while it is valid: from `valid_from`, and no longer at `valid_to`."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID())
    price_list = models.ForeignKey(PriceList, models.CASCADE, db_index=False)
    product = models.ForeignKey(Product, models.CASCADE, db_index=False)
    min_quantity = models.IntegerField(default=1)
    unit_minor = models.BigIntegerField()
    valid_from = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)

    class Meta:
        db_table = "price"
        constraints = [
            models.CheckConstraint(condition=Q(unit_minor__gte=0), name="price_not_negative"),
            *valid_periods("price"),
        ]
        indexes = [models.Index("price_list", "product", "min_quantity", name="price_of_product")]


class Discount(Row):
    """A percentage off what a line costs, from a quantity on (R7): of one product, or of everything on
    the list. Valid as a price is."""

    price_list = models.ForeignKey(PriceList, models.CASCADE, db_index=False)
    product = models.ForeignKey(Product, models.CASCADE, null=True, db_index=False)
    min_quantity = models.IntegerField(default=1)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    valid_from = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)

    class Meta:
        db_table = "discount"
        constraints = [
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="discount_percent"),
            *valid_periods("discount"),
        ]
        indexes = [models.Index("price_list", "product", name="discount_of_product")]


# Contracts and credit -----------------------------------------------------------------------


class Contract(Row):
    """The link between a seller and its buyer (R1). `ended_at` is null while it is in force.

    No constraint makes it one a buyer: several sellers for one buyer may come.
    """

    seller = models.ForeignKey(Organization, models.PROTECT, related_name="sells")
    buyer = models.ForeignKey(Organization, models.PROTECT, related_name="buys")
    external_id = models.CharField(max_length=100, null=True)
    currency = currency()
    price_list = models.ForeignKey(PriceList, models.PROTECT, null=True)
    payment_method = word()
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    payment_days = models.PositiveSmallIntegerField(default=30)
    order_approval = models.BooleanField()
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "contract"
        constraints = [
            one_of("payment_method", words.PaymentMethod, "contract_payment_method"),
            models.CheckConstraint(condition=~Q(seller=F("buyer")), name="contract_two_parties"),
            models.CheckConstraint(condition=Q(tax_rate__gte=0, tax_rate__lte=100), name="contract_tax_rate"),
            # external_id is the buyer's number in its seller's ERP (spec §1).
            models.UniqueConstraint("seller", "external_id", name="contract_external_id"),
        ]
        indexes = [models.Index("buyer", condition=Q(ended_at__isnull=True), name="contract_in_force")]


class CreditAccount(Row):
    """One a contract (R60, R61). A null `limit_minor` is unlimited.

    `limit_minor` is the limit in force; `limit_source` says where it comes from: the account's
    own word, or the seller's credit risk group's default (else 0). It is kept here, not looked
    up, so that locking this one row freezes everything that available credit depends on.
    """

    contract = models.OneToOneField(Contract, models.PROTECT, related_name="account")
    currency = currency()
    limit_minor = models.BigIntegerField(null=True)
    limit_source = word()
    balance_minor = models.BigIntegerField(default=0)
    reserved_minor = models.BigIntegerField(default=0)
    # Credit that settles the next invoice: payments and credit invoices that are not used up, a deposit
    # brought along. Kept here so that whoever locks the account knows whether there is any to look for.
    unused_minor = models.BigIntegerField(default=0, db_default=0)
    opening_open_minor = models.BigIntegerField(
        default=0, db_default=0
    )  # of the opening: owed still, or (< 0) unused
    retry_due_at = models.DateTimeField(null=True)  # credit was freed: orders that were short are tried

    class Meta:
        db_table = "credit_account"
        constraints = [
            one_of("limit_source", words.LimitSource, "credit_account_limit_source"),
            models.CheckConstraint(condition=Q(limit_minor__gte=0), name="credit_account_limit"),
            models.CheckConstraint(condition=Q(reserved_minor__gte=0), name="credit_account_reserved"),
            models.CheckConstraint(condition=Q(unused_minor__gte=0), name="credit_account_unused"),
        ]
        indexes = [
            models.Index(
                "retry_due_at", condition=Q(retry_due_at__isnull=False), name="credit_account_retry"
            ),
        ]


class AccountEntry(Row):
    """One movement of an account's balance: positive is owed more, negative is owed less (R60)."""

    account = models.ForeignKey(CreditAccount, models.PROTECT, db_index=False)
    seq = models.BigIntegerField(db_default=models.expressions.RawSQL("nextval('entry_seq')", ()))
    kind = word()
    amount_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    order_id = models.UUIDField(null=True)
    invoice_id = models.UUIDField(null=True)
    by = models.JSONField(null=True)
    note = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        db_table = "account_entry"
        constraints = [one_of("kind", words.EntryKind, "account_entry_kind")]
        indexes = [
            models.Index("account", "seq", name="account_entry_in_order"),
            models.Index("account", condition=Q(kind="opening"), name="account_entry_opening"),
        ]


class Merchant(Row):
    """A seller's account at a card gateway; the chosen one takes its buyers' cards, and who has chosen
    none is at the sandbox. The others stay for what was charged and is given back there. `account` is
    what the gateway calls it, empty where nobody asked. The key is sealed, or the operator's own: then
    `variable` names where it stands."""

    organization = models.ForeignKey(Organization, models.PROTECT)
    gateway = word()
    account = models.CharField(max_length=200, default="")
    sealed = models.TextField(default="")
    variable = models.CharField(max_length=100, default="")
    publishable_key = models.CharField(max_length=300, default="")
    hint = models.CharField(max_length=8, default="")
    mode = models.CharField(max_length=24, null=True)
    chosen = models.BooleanField()
    changed_by = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "merchant"
        constraints = [
            one_of("gateway", words.CardGateway, "merchant_gateway"),
            models.CheckConstraint(
                condition=Q(mode__isnull=True) | Q(mode__in=[mode.value for mode in words.CardMode]),
                name="merchant_mode",
            ),
            models.UniqueConstraint("organization", condition=Q(chosen=True), name="merchant_one_chosen"),
        ]


class CardSetup(Row):
    """A card that its owner is storing at its seller's gateway, or has (R47). `reference` is what the
    gateway calls it; `token_id` the card that came of it."""

    contract = models.ForeignKey(Contract, models.CASCADE)
    merchant = models.ForeignKey(Merchant, models.PROTECT, null=True, db_index=False)
    reference = models.CharField(max_length=200)
    token_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "card_setup"
        constraints = [models.UniqueConstraint("contract", "reference", name="card_setup_once")]


class Payment(Row):
    """Money that a seller got (R62, R64). Its entry on the account has the same id.

    A card's payment has its charge's id and its order: what its lines have not been billed for yet is
    `earmarked_minor`. `left_minor` is credit that settles whatever is owed next.
    """

    account = models.ForeignKey(CreditAccount, models.PROTECT)
    amount_minor = models.BigIntegerField()
    left_minor = models.BigIntegerField()
    earmarked_minor = models.BigIntegerField(default=0)
    order_id = models.UUIDField(null=True)
    invoice_id = models.UUIDField(null=True)  # which it names
    reference = models.CharField(max_length=100, null=True)  # what the seller's own books call it
    seller_id = models.UUIDField(null=True)  # whose books those are
    by = models.JSONField(null=True)
    note = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        db_table = "payment"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, left_minor__gte=0, earmarked_minor__gte=0),
                name="payment_amounts",
            ),
            models.CheckConstraint(
                condition=Q(reference__isnull=True, seller_id__isnull=True)
                | Q(reference__isnull=False, seller_id__isnull=False),
                name="payment_reference_of",
            ),
            models.UniqueConstraint(
                "seller_id", "reference", condition=Q(reference__isnull=False), name="payment_reference"
            ),
        ]


class Refund(Row):
    """Money that a seller gave back. Its entry on the account has the same id; a card's has its charge
    refund's, and no entry until the gateway has given it back (then `done_at` is set)."""

    account = models.ForeignKey(CreditAccount, models.PROTECT)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True)
    amount_minor = models.BigIntegerField()
    reason = models.TextField(default="")
    by = models.JSONField(null=True)  # null: an order's own, for lines that were not delivered (R53)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "refund"
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_amount")]


class Allocation(Row):
    """What settled what (R62), for ever: what is undone is a row with a negative amount.

    `source_id` is a payment or a credit invoice, `target_id` a debit invoice or a refund; the account's
    own id stands for its opening balance, on whichever side that is.
    """

    account = models.ForeignKey(CreditAccount, models.PROTECT, db_index=False)
    source_id = models.UUIDField()
    target_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "allocation"
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="allocation_amount")]
        indexes = [
            models.Index("source_id", name="allocation_source"),
            models.Index("target_id", name="allocation_target"),
        ]


class PaymentToken(Row):
    """A stored card of the buyer of a contract (R47): what the gateway knows it by, never the card."""

    contract = models.ForeignKey(Contract, models.CASCADE)
    gateway = word()
    merchant = models.ForeignKey("Merchant", models.PROTECT, null=True)  # whose account it was made at
    reference = models.CharField(max_length=200)
    expires = models.CharField(max_length=7)  # "2030-12": good to the end of that month
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payment_token"
        indexes = [models.Index("contract", name="payment_token_contract")]


# Credit risk --------------------------------------------------------------------------------


class CreditRiskGroup(Row):
    """An owner's set of organizations below it (R80). `default_limit` is a plain decimal, read in
    each member's own currency."""

    owner = models.ForeignKey(Organization, models.CASCADE)
    name = models.CharField(max_length=200)
    primary = models.BooleanField(default=False)
    default_limit = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    updated_by = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "credit_risk_group"
        constraints = [
            models.UniqueConstraint("owner", condition=Q(primary=True), name="credit_risk_group_one_primary"),
            models.UniqueConstraint("owner", "name", name="credit_risk_group_name"),
        ]


class GroupMember(models.Model):
    """An organization in a group: at most one group of an owner (R82)."""

    pk = models.CompositePrimaryKey("owner_id", "organization_id")
    owner = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    group = models.ForeignKey(CreditRiskGroup, models.CASCADE)

    class Meta:
        db_table = "group_member"


class Policy(Row):
    """Which offers of a group's members need the owner's approval (R81)."""

    group = models.ForeignKey(CreditRiskGroup, models.CASCADE)
    scope = word()
    vendor = models.ForeignKey(Vendor, models.CASCADE, null=True)
    approve_above = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "policy"
        constraints = [
            one_of("scope", words.Scope, "policy_scope"),
            models.CheckConstraint(
                condition=Q(scope="all", vendor__isnull=True) | Q(~Q(scope="all"), vendor__isnull=False),
                name="policy_vendor",
            ),
        ]


class PolicyOffer(models.Model):
    """An offer that a policy of scope `offers` covers."""

    pk = models.CompositePrimaryKey("policy_id", "product_id")
    policy = models.ForeignKey(Policy, models.CASCADE)
    product = models.ForeignKey(Product, models.CASCADE)

    class Meta:
        db_table = "policy_offer"


# Orders -------------------------------------------------------------------------------------


class Order(Row):
    """One order. What was decided at submission stands in its links, lines and steps (R5)."""

    number = models.CharField(max_length=20, db_collation="C")  # so that its index finds beginnings, too
    kind = word()
    status = word()
    version = models.IntegerField()
    buyer = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    top_seller = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    placer_id = models.UUIDField()  # the organization that placed it
    placed_by = models.JSONField()
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    approval_order = word()
    subscription_id = models.UUIDField(null=True)  # what a change, a renewal or a cancellation is about
    change = models.JSONField(null=True)  # what it does to the subscription (R71)
    billing = models.JSONField(null=True)
    note = models.TextField(default="")
    warning = models.JSONField(null=True)  # {tier, text}: for the card payer and its seller
    rejection = models.JSONField(null=True)  # {reason, note, tier, at}
    released = models.JSONField(null=True)  # [{tier, by, reason, at}]: beyond the limit (R44)
    closed_at = models.DateTimeField(null=True)
    # what a world file calls the subscription that the order stands for, where it was never placed here
    imported_as = models.CharField(max_length=100, null=True)

    class Meta:
        db_table = "orders"
        constraints = [
            one_of("kind", words.OrderKind, "orders_kind"),
            one_of("status", words.OrderStatus, "orders_status"),
            models.UniqueConstraint("number", "top_seller", name="orders_number"),
            models.UniqueConstraint(
                "imported_as", condition=Q(imported_as__isnull=False), name="orders_imported_as"
            ),
            # each period is billed once (R71)
            models.UniqueConstraint(
                F("subscription_id"),
                KT("change__rest__0"),
                condition=Q(kind="renewal"),
                name="orders_one_renewal_a_period",
            ),
            # one open change of a subscription at a time (R71)
            models.UniqueConstraint(
                "subscription_id",
                condition=Q(
                    kind__in=["change", "cancel"], status__in=["pending_approval", "unexecuted", "submitted"]
                ),
                name="orders_one_open_change",
            ),
        ]
        indexes = [
            models.Index("buyer", "placed_at", "id", name="orders_of_buyer"),
            models.Index(
                "expires_at",
                condition=Q(status__in=["pending_approval", "unexecuted"]),
                name="orders_that_expire",
            ),
            models.Index("id", condition=Q(status="unexecuted"), name="orders_unexecuted"),
            models.Index("top_seller", "id", condition=Q(status="submitted"), name="orders_submitted"),
            models.Index(
                "buyer",
                condition=Q(status__in=["pending_approval", "unexecuted", "submitted"]),
                name="orders_open_of_buyer",
            ),
            models.Index(
                "id",
                include=["status"],
                condition=Q(status__in=["draft", "rejected", "cancelled", "expired"]),
                name="orders_of_rare_status",
            ),
            models.Index("id", condition=Q(warning__isnull=False), name="orders_warned"),
            models.Index(
                "closed_at", condition=Q(kind="change", status="executed"), name="orders_changes_done"
            ),
            models.Index(
                "subscription_id", condition=Q(subscription_id__isnull=False), name="orders_of_subscription"
            ),
        ]


class OrderLink(models.Model):
    """One contract of the order's chain, its terms and totals as frozen at submission (R5).

    `payment_method` is the one read at the last validation (R22).
    """

    pk = models.CompositePrimaryKey("order_id", "tier")
    order = models.ForeignKey(Order, models.CASCADE, db_index=False)
    tier = models.SmallIntegerField()
    contract = models.ForeignKey(Contract, models.PROTECT)
    account = models.ForeignKey(CreditAccount, models.PROTECT, db_index=False)
    seller = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    currency = currency()
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4)
    payment_method = word()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    placed_at = models.DateTimeField()  # the order's: a seller's list is read off its index, however long

    class Meta:
        db_table = "order_link"
        constraints = [
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor")), name="order_link_gross"
            )
        ]
        indexes = [models.Index("seller", "placed_at", "order", name="order_link_of_seller")]


class SubOrder(Row):
    """Lines that are delivered together (R50). Its status follows from theirs.

    `due_at` is when the worker looks at it next; null: nothing to do. A worker that takes it
    moves `due_at` ahead, so that one that dies loses nothing: the row simply falls due again.
    """

    order = models.ForeignKey(Order, models.CASCADE)
    position = models.SmallIntegerField()
    vendor = models.ForeignKey(Vendor, models.PROTECT, db_index=False)
    asked_at = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sub_order"
        indexes = [
            models.Index("due_at", condition=Q(due_at__isnull=False), name="sub_order_due"),
        ]


class OrderLine(Row):
    """A product and its quantity, with what of the product decides its fate frozen beside it."""

    order = models.ForeignKey(Order, models.CASCADE)
    position = models.SmallIntegerField()
    product = models.ForeignKey(Product, models.PROTECT, db_index=False)
    vendor = models.ForeignKey(Vendor, models.PROTECT, db_index=False)
    sub_order = models.ForeignKey(SubOrder, models.PROTECT, db_index=False)
    quantity = models.IntegerField()
    manual = models.BooleanField()
    trial = models.BooleanField()
    state = word()
    reason = models.TextField(default="")
    unanswered = models.BooleanField(default=False)
    cancelling = models.BooleanField(default=False)
    service_details = models.JSONField(null=True)
    subscription_id = models.UUIDField(null=True)

    class Meta:
        db_table = "order_line"
        constraints = [
            one_of("state", words.LineState, "order_line_state"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=1_000_000), name="order_line_quantity"
            ),
        ]


class OrderLinePrice(models.Model):
    """What one line costs on one link, in minor units of the link's currency (R7)."""

    pk = models.CompositePrimaryKey("order_id", "line_id", "tier")
    order = models.ForeignKey(Order, models.CASCADE, db_index=False)
    line = models.ForeignKey(OrderLine, models.CASCADE, db_index=False)
    tier = models.SmallIntegerField()
    unit_minor = models.BigIntegerField()
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    discount_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()

    class Meta:
        db_table = "order_line_price"
        constraints = [
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor")),
                name="order_line_price_gross",
            )
        ]


class Reservation(models.Model):
    """Credit set aside for one line of one order on one account (spec §1), once."""

    pk = models.CompositePrimaryKey("order_id", "line_id", "account_id")
    line = models.ForeignKey(OrderLine, models.CASCADE, db_index=False)
    account = models.ForeignKey(CreditAccount, models.PROTECT, db_index=False)
    order = models.ForeignKey(Order, models.CASCADE, db_index=False)
    amount_minor = models.BigIntegerField()
    state = word()

    class Meta:
        db_table = "reservation"
        constraints = [one_of("state", words.ReservationState, "reservation_state")]
        indexes = [
            models.Index("account", condition=Q(state="open"), name="reservation_open"),
        ]


class ApprovalStep(Row):
    """One approving organization's yes, no or silence on one order (R24). The policies that asked
    are named in `reasons`, not pointed at: a step outlives its group (R5)."""

    order = models.ForeignKey(Order, models.CASCADE, db_index=False)
    tier = models.SmallIntegerField()  # the approver's place: 0 is the buyer of the order
    approver = models.ForeignKey(Organization, models.PROTECT, db_index=False)
    status = word()
    reasons = models.JSONField()

    class Meta:
        db_table = "approval_step"
        constraints = [
            one_of("status", words.StepStatus, "approval_step_status"),
            models.UniqueConstraint("order", "tier", name="approval_step_one_each"),
        ]
        indexes = [
            models.Index("approver", "order", condition=Q(status="pending"), name="approval_step_pending"),
            models.Index(
                "approver",
                "order",
                condition=Q(status__in=["approved", "rejected"]),
                name="approval_step_decided",
            ),
        ]


class Decision(Row):
    """A yes or no under a step: by whom, for whom, how, when. A step that a card's failure opened
    again (R47) may gather several; the last one stands."""

    step = models.ForeignKey(ApprovalStep, models.CASCADE)
    organization_id = models.UUIDField()
    decision = word()
    by = models.JSONField()
    how = word()
    comment = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        db_table = "decision"
        constraints = [one_of("decision", words.Verdict, "decision_verdict")]
        indexes = [models.Index("organization_id", "id", name="decision_of_organization")]


class ValidationCheck(models.Model):
    """One check of one validation run (R40): what went in and what came out."""

    pk = models.CompositePrimaryKey("order_id", "run", "position")
    order = models.ForeignKey(Order, models.CASCADE, db_index=False)
    run = models.SmallIntegerField()
    position = models.SmallIntegerField()
    name = word()
    tier = models.SmallIntegerField(null=True)
    result = word()
    detail = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        db_table = "validation_check"
        constraints = [
            one_of("name", words.CheckName, "validation_check_name"),
            one_of("result", words.CheckResult, "validation_check_result"),
        ]


class ChargeAttempt(Row):
    """One attempt to charge one card payer for one order (R48). Its id is the key that the
    gateway sees, so that no attempt can ever be charged twice."""

    order = models.ForeignKey(Order, models.CASCADE, db_index=False)
    contract = models.ForeignKey(Contract, models.PROTECT, db_index=False)
    tier = models.SmallIntegerField()
    attempt = models.SmallIntegerField()
    gateway = word()
    merchant = models.ForeignKey(Merchant, models.PROTECT, null=True, db_index=False)
    token = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    currency = currency()
    state = word()
    reference = models.CharField(max_length=200, default="")
    reason = models.TextField(default="")
    starts = ArrayField(models.UUIDField())  # the lines that begin once it is captured
    tries = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # on the first attempt of a round: the errand of all

    class Meta:
        db_table = "charge_attempt"
        constraints = [
            one_of("state", words.ChargeState, "charge_attempt_state"),
            models.UniqueConstraint("order", "contract", "attempt", name="charge_attempt_key"),
        ]
        indexes = [
            models.Index("due_at", condition=Q(due_at__isnull=False), name="charge_attempt_due"),
        ]


class ChargeRefund(Row):
    """What a card gets back of a captured charge (R53). Its id is the gateway's key. One that the
    gateway refused has `failed_at` and `reason`, until a person has it tried again: `attempt` counts."""

    order = models.ForeignKey(Order, models.CASCADE)
    charge = models.ForeignKey(ChargeAttempt, models.CASCADE, db_index=False)
    amount_minor = models.BigIntegerField()
    attempt = models.SmallIntegerField(default=1)
    tries = models.SmallIntegerField(default=0)
    reason = models.TextField(default="")
    asked_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "charge_refund"
        indexes = [
            models.Index("due_at", condition=Q(due_at__isnull=False), name="charge_refund_due"),
        ]


# What orders leave behind -------------------------------------------------------------------


class Subscription(Row):
    """What a customer has (R70). `line_id` is the line that sold it: one line, one subscription.

    Its locked unit prices are those of `priced_line_id`, an order line of its own: the one that sold
    it, or the last one that priced it anew. A period runs from `period_from` until `renews_on`, which
    is the first day of the next one; both are null where nothing is billed again.
    """

    buyer = models.ForeignKey(Organization, models.PROTECT)
    product = models.ForeignKey(Product, models.PROTECT, db_index=False)
    order = models.ForeignKey(Order, models.PROTECT, db_index=False)
    line = models.OneToOneField(OrderLine, models.PROTECT)
    priced_line_id = models.UUIDField()
    status = word()
    quantity = models.IntegerField()
    trial = models.BooleanField(default=False)
    vendor_reference = models.CharField(max_length=200, default="")
    started_at = models.DateTimeField()
    period_from = models.DateField(null=True)
    renews_on = models.DateField(null=True)
    term_ends_on = models.DateField(null=True)
    suspended_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "subscription"
        constraints = [
            one_of("status", words.SubscriptionStatus, "subscription_status"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="subscription_quantity"),
            models.CheckConstraint(
                condition=Q(period_from__isnull=True) | Q(period_from__lt=F("renews_on")),
                name="subscription_period",
            ),
        ]
        indexes = [
            models.Index(
                "order",
                include=["status", "trial", "started_at", "line"],
                name="subscription_of_order",
            ),
            models.Index("started_at", "id", name="subscription_since"),  # a seller's list, however long
            models.Index(  # what is rare, for lists of it
                "status",
                "started_at",
                "id",
                condition=Q(status__in=["suspended", "pending_cancellation"]),
                name="subscription_rare",
            ),
            models.Index(
                "renews_on",
                condition=~Q(status="suspended") & Q(renews_on__isnull=False),
                name="subscription_due",
            ),
        ]


class UsageRecord(Row):
    """What a usage subscription used on a day (R71), as its top seller imported it: once for its `key`.
    `billed_line_id` is the order line that billed it."""

    top_seller = models.ForeignKey(Organization, models.PROTECT, db_index=False)
    key = models.CharField(max_length=200)
    subscription = models.ForeignKey(Subscription, models.PROTECT, db_index=False)
    used_on = models.DateField()
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    by = models.JSONField()
    imported_at = models.DateTimeField()
    billed_line_id = models.UUIDField(null=True)

    class Meta:
        db_table = "usage_record"
        constraints = [
            models.UniqueConstraint("top_seller", "key", name="usage_record_key"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="usage_record_quantity"),
        ]
        indexes = [
            models.Index(
                "subscription", condition=Q(billed_line_id__isnull=True), name="usage_record_unbilled"
            ),
        ]


class Invoice(Row):
    """What a buyer is billed, or credited, on one link (R62); amounts are positive in either kind. The
    number comes later, without gaps. `open_minor` is what is still to be paid of a debit invoice, and
    what is not used up yet of a credit invoice."""

    number = models.CharField(max_length=40, null=True)
    kind = word()
    status = word()
    seller = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    contract = models.ForeignKey(Contract, models.PROTECT, db_index=False)
    order = models.ForeignKey(Order, models.PROTECT, null=True)
    sub_order_id = models.UUIDField(null=True)
    currency = currency()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    open_minor = models.BigIntegerField()
    issued_at = models.DateTimeField()
    issued_on = models.DateField()
    due_on = models.DateField()
    serial = models.BigIntegerField(null=True)  # of a number that was given here, not brought along
    reason = models.TextField(default="", db_default="")  # why credited or cancelled, told to both parties
    cancelled_at = models.DateTimeField(null=True)
    external_number = models.CharField(max_length=100, null=True)  # in the seller's own books

    class Meta:
        db_table = "invoice"
        constraints = [
            one_of("kind", words.InvoiceKind, "invoice_kind"),
            one_of("status", words.InvoiceStatus, "invoice_status"),
            models.UniqueConstraint(
                "seller", "number", condition=Q(number__isnull=False), name="invoice_number"
            ),
            models.UniqueConstraint(
                "seller",
                "external_number",
                condition=Q(external_number__isnull=False),
                name="invoice_external_number",
            ),
            models.CheckConstraint(condition=Q(open_minor__gte=0), name="invoice_open"),
        ]
        indexes = [
            models.Index(
                "contract",
                "issued_on",
                "id",
                include=["kind", "due_on", "open_minor"],
                condition=Q(status="unpaid"),
                name="invoice_unpaid",
            ),
            models.Index(  # what dashboards add up (R102, R103), without a look at the rows
                "contract",
                "issued_on",
                include=["id", "kind", "net_minor"],
                condition=~Q(status="cancelled"),
                name="invoice_of_contract",
            ),
            models.Index("issued_at", "id", condition=Q(number__isnull=True), name="invoice_to_number"),
            # each party's list, by date
            models.Index("seller", "issued_on", "id", name="invoice_of_seller"),
            models.Index("buyer", "issued_on", "id", name="invoice_of_buyer"),
            models.Index(  # the few among a seller's many
                "seller",
                "issued_on",
                "id",
                condition=Q(kind="credit") | Q(status="cancelled"),
                name="invoice_taken_back",
            ),
        ]


class InvoiceCounter(models.Model):
    """The last number that a seller's invoices were given: locked by whoever numbers, never by whoever
    invoices."""

    seller = models.OneToOneField(Organization, models.CASCADE, primary_key=True)
    begins_at = models.BigIntegerField(default=1)
    last = models.BigIntegerField(default=0)

    class Meta:
        db_table = "invoice_counter"


class InvoiceLine(Row):
    """One delivered line, billed (R62). What is billed for a time says for which: from `period_from`
    until the day before `period_until`, and of which subscription."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, db_index=False)
    line_id = models.UUIDField(null=True)
    subscription_id = models.UUIDField(null=True)
    product = models.ForeignKey(Product, models.PROTECT, db_index=False)
    quantity = models.IntegerField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    period_from = models.DateField(null=True)
    period_until = models.DateField(null=True)
    description = models.CharField(max_length=200, default="")
    credits_id = models.UUIDField(null=True)  # the debit line that a credit line takes back

    class Meta:
        db_table = "invoice_line"
        indexes = [
            models.Index("invoice", include=["product", "net_minor"], name="invoice_line_of_invoice"),
            models.Index(
                "subscription_id", condition=Q(subscription_id__isnull=False), name="invoice_line_of_sub"
            ),
            models.Index("credits_id", condition=Q(credits_id__isnull=False), name="invoice_line_credits"),
        ]


# Ordering by hand ---------------------------------------------------------------------------


class Basket(Row):
    """A draft of an order (R10): what one person, acting for one organization, wants to order for a buyer.
    Nobody else reads it. `order` is what it became: it becomes one order, once."""

    user = models.ForeignKey(User, models.CASCADE)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    buyer = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    version = models.IntegerField(default=1, db_default=1)
    billing = models.JSONField(null=True)
    note = models.TextField(default="", db_default="")
    order = models.OneToOneField(Order, models.CASCADE, null=True)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "basket"
        constraints = [
            models.UniqueConstraint(
                "user", "organization", "buyer", condition=Q(order__isnull=True), name="basket_one_open"
            ),
        ]


class BasketLine(Row):
    """A product in a basket. One that was removed stays until the next one is, so that it can come back."""

    basket = models.ForeignKey(Basket, models.CASCADE, db_index=False)
    product = models.ForeignKey(Product, models.CASCADE, db_index=False)
    quantity = models.IntegerField()
    service_details = models.JSONField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "basket_line"
        constraints = [
            models.UniqueConstraint("basket", "product", name="basket_line_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=1_000_000), name="basket_line_quantity"
            ),
        ]


class StatusAddress(models.Model):
    """What became of an order's status address (R10), where somebody revoked or renewed it: only links of
    this generation count, and none once it is revoked. No row: the first link, which counts."""

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True)
    generation = models.SmallIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True)
    by = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "status_address"


# Telling ------------------------------------------------------------------------------------


class Event(Row):
    """A fact, recorded neutral in the transaction that made it true (R90).

    `seen_by` are the organizations that may know of it. `seq` grows; `xact` tells a reader which
    rows may still be overtaken by an earlier number that has not committed yet. A fact that moved
    an order says from where to where, and the database holds it to the allowed moves.
    """

    seq = models.BigIntegerField(db_default=models.expressions.RawSQL("nextval('event_seq')", ()))
    xact = models.BigIntegerField(
        db_default=models.expressions.RawSQL("(pg_current_xact_id()::text::bigint)", ())
    )
    type = word(40)
    schema = models.SmallIntegerField(default=1)
    order = models.ForeignKey(Order, models.CASCADE, null=True)
    seen_by = ArrayField(models.UUIDField())
    from_status = models.CharField(max_length=24, null=True)
    to_status = models.CharField(max_length=24, null=True)
    by = models.JSONField(null=True)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        db_table = "event"
        constraints = [
            one_of("type", words.EventType, "event_type"),
            models.CheckConstraint(
                condition=Q(to_status__isnull=True)
                # a renewal is done as it is made (R71)
                | Q(from_status__isnull=True, to_status__in=["pending_approval", "executed"])
                | models.Q(
                    *(
                        Q(from_status=before.value, to_status=after.value)
                        for before, afters in MOVES.items()
                        for after in sorted(afters)
                    ),
                    _connector=Q.OR,
                ),
                name="event_allowed_move",
            ),
        ]
        indexes = [
            models.Index("seq", name="event_in_order"),
            # Whoever knows of few facts among many has them looked up. New ones are put into the index some
            # at a time: a small pile, because whoever looks has to go through it.
            GinIndex(fields=["seen_by"], name="event_seen_by", gin_pending_list_limit=256),
            models.Index(
                KeyTextTransform("contract", "detail"),
                condition=Q(type="credit.limit_changed"),
                name="event_limits",
            ),
        ]


class WebhookEndpoint(Row):
    """Where an organization wants to be told (R91).

    `failing_since`: nothing has got through since then. `slow`: the last answer took long. Whoever takes or
    settles deliveries of an endpoint, or changes it, has locked its row: so they know how many are on the
    way, and in which order the next ones go.
    """

    owner = models.ForeignKey(Organization, models.CASCADE)
    url = models.CharField(max_length=2000)
    events = ArrayField(models.CharField(max_length=40))
    status = word()
    failing_since = models.DateTimeField(null=True)
    slow = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(null=True)  # since when it wants these events

    class Meta:
        db_table = "webhook_endpoint"
        constraints = [one_of("status", words.EndpointStatus, "webhook_endpoint_status")]


class WebhookSecret(Row):
    """What an endpoint's messages are signed with (R91), sealed. After a rotation the one before signs
    beside it until it ends."""

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE)
    sealed = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_secret"
        constraints = [
            models.UniqueConstraint("endpoint", condition=Q(ends_at__isnull=True), name="webhook_secret_one"),
        ]


class Delivery(Row):
    """One event on its way to one endpoint. Its id is the `webhook-id`, the same on every retry.

    Deliveries of one `lane` (an order, else a contract, else the event itself) go to an endpoint one after
    the other, by the events' numbers. One that is `taken` is on the way until `due_at`; one that is pending
    and never due stands behind an earlier one of its lane.
    """

    event = models.ForeignKey(Event, models.CASCADE, db_index=False)
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, db_index=False)
    lane = models.UUIDField()
    seq = models.BigIntegerField()
    status = word()
    tries = models.SmallIntegerField(default=0)
    taken = models.BooleanField(default=False, db_default=False)
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "delivery"
        constraints = [one_of("status", words.DeliveryStatus, "delivery_status")]
        indexes = [
            models.Index("endpoint", "due_at", condition=Q(due_at__isnull=False), name="delivery_due"),
            models.Index("endpoint", "lane", "seq", condition=Q(status="pending"), name="delivery_in_order"),
            models.Index("endpoint", condition=Q(taken=True), name="delivery_taken"),
            models.Index("endpoint", "created_at", "id", name="delivery_by_age"),
            models.Index("event", name="delivery_of_event"),
        ]


class DeliveryAttempt(Row):
    """One try and its answer (R91)."""

    delivery = models.ForeignKey(Delivery, models.CASCADE)
    at = models.DateTimeField()
    milliseconds = models.IntegerField()
    status_code = models.SmallIntegerField(null=True)
    answer = models.TextField(default="")

    class Meta:
        db_table = "delivery_attempt"


class Notice(models.Model):
    """A fact that people are to be told of by mail (R93), until they are written: the worker's errand."""

    event = models.OneToOneField(Event, models.CASCADE, primary_key=True)
    due_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "notice"
        indexes = [models.Index("due_at", name="notice_due")]


class MailChoice(models.Model):
    """How a person wants mails of one kind, where that is not at once."""

    pk = models.CompositePrimaryKey("user_id", "kind")
    user = models.ForeignKey(User, models.CASCADE, db_index=False)
    kind = word(40)
    pace = word()

    class Meta:
        db_table = "mail_choice"
        constraints = [
            one_of("kind", words.MailKind, "mail_choice_kind"),
            one_of("pace", words.MailPace, "mail_choice_pace"),
        ]


class Mail(Row):
    """A mail on its way (R93). Due until it is sent or given up; one that waits for its reader's digest has a
    `gather_at` instead, and then the digest that it went into.

    `event` is the fact that it tells of, `person` who has the account that it goes to, `chosen` why it goes
    there, `from_name` in whose name it comes, if not in Placet's.
    """

    kind = word(40)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(default="")
    organization = models.ForeignKey(Organization, models.CASCADE, null=True)
    order = models.ForeignKey(Order, models.CASCADE, null=True)
    event = models.ForeignKey(Event, models.CASCADE, null=True, db_index=False)
    person = models.ForeignKey(User, models.CASCADE, null=True, db_index=False)
    chosen = models.CharField(max_length=24, null=True)
    from_name = models.CharField(max_length=200, default="", db_default="")
    reply_to = models.CharField(max_length=254, default="", db_default="")
    gather_at = models.DateTimeField(null=True)
    gathered_in = models.ForeignKey("self", models.SET_NULL, null=True, db_index=False)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0, db_default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, default="", db_default="")

    class Meta:
        db_table = "mail"
        constraints = [
            one_of("kind", words.MailKind, "mail_kind"),
            models.CheckConstraint(
                condition=Q(chosen__isnull=True) | Q(chosen__in=[word.value for word in words.Chosen]),
                name="mail_chosen",
            ),
            models.UniqueConstraint("event", "kind", "to", name="mail_once"),
        ]
        indexes = [
            models.Index("due_at", condition=Q(due_at__isnull=False), name="mail_due"),
            models.Index("person", "gather_at", condition=Q(gather_at__isnull=False), name="mail_to_gather"),
        ]


# Exchange with ERPs --------------------------------------------------------------------------


class ExchangeSchedule(Row):
    """A regular exchange of an organization's with an address of its own: every so many hours, or each day at
    an hour of its time zone. `sealed` is what its requests sign in with; `told_until` what the last export
    that went through was whole up to."""

    organization = models.ForeignKey(Organization, models.CASCADE)
    way = word()
    kind = word()
    format = word()
    url = models.CharField(max_length=2000)
    sealed = models.TextField(default="", db_default="")
    every_hours = models.SmallIntegerField(null=True)
    hour = models.SmallIntegerField(null=True)
    status = word()
    failures = models.SmallIntegerField(default=0, db_default=0)
    told_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    by = models.JSONField()  # the actor
    created_at = models.DateTimeField()

    class Meta:
        db_table = "exchange_schedule"
        constraints = [
            one_of("way", words.ExchangeWay, "exchange_schedule_way"),
            one_of("kind", words.Exchanged, "exchange_schedule_kind"),
            one_of("format", words.ExchangeFormat, "exchange_schedule_format"),
            one_of("status", words.ScheduleStatus, "exchange_schedule_status"),
            models.CheckConstraint(
                condition=Q(every_hours__gte=1, every_hours__lte=168, hour__isnull=True)
                | Q(hour__gte=0, hour__lte=23, every_hours__isnull=True),
                name="exchange_schedule_when",
            ),
        ]
        indexes = [
            models.Index("due_at", condition=Q(due_at__isnull=False), name="exchange_schedule_due"),
        ]


class ExchangeRun(Row):
    """One exchange: an import with what was sent until all of it is done, or a scheduled export.

    Due until it is done. `lines_done` lines are in the report; whoever goes on begins behind them.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, db_index=False)
    schedule = models.ForeignKey(ExchangeSchedule, models.SET_NULL, null=True, db_index=False)
    way = word()
    kind = word()
    format = word()
    dry_run = models.BooleanField(default=False, db_default=False)
    status = word()
    source = models.CharField(max_length=200, default="", db_default="")
    content = models.TextField(null=True)
    lines = models.IntegerField(default=0, db_default=0)
    lines_done = models.IntegerField(default=0, db_default=0)
    created = models.IntegerField(default=0, db_default=0)
    updated = models.IntegerField(default=0, db_default=0)
    unchanged = models.IntegerField(default=0, db_default=0)
    refused = models.IntegerField(default=0, db_default=0)
    error = models.CharField(max_length=500, default="", db_default="")
    by = models.JSONField()  # the actor
    role = word()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "exchange_run"
        constraints = [
            one_of("way", words.ExchangeWay, "exchange_run_way"),
            one_of("kind", words.Exchanged, "exchange_run_kind"),
            one_of("format", words.ExchangeFormat, "exchange_run_format"),
            one_of("status", words.RunStatus, "exchange_run_status"),
            one_of("role", words.Role, "exchange_run_role"),
        ]
        indexes = [
            models.Index("organization", "id", name="exchange_run_of"),
            models.Index("schedule", "id", name="exchange_run_by"),
            models.Index("due_at", condition=Q(due_at__isnull=False), name="exchange_run_due"),
            models.Index("created_at", condition=Q(content__isnull=False), name="exchange_run_content"),
        ]


class ExchangeLine(models.Model):
    """What became of one line of an import. `about` is what the line calls the thing."""

    pk = models.CompositePrimaryKey("run_id", "line")
    run = models.ForeignKey(ExchangeRun, models.CASCADE, db_index=False)
    line = models.IntegerField()
    about = models.CharField(max_length=200, default="", db_default="")
    became = word()
    code = models.CharField(max_length=40, default="", db_default="")
    field = models.CharField(max_length=100, default="", db_default="")
    words = models.CharField(max_length=1000, default="", db_default="")
    said = models.JSONField(null=True)  # the words' pattern and values, for other languages

    class Meta:
        db_table = "exchange_line"
        constraints = [one_of("became", words.LineBecame, "exchange_line_became")]


class CacheEntry(models.Model):
    """What all web processes share for a while: how often somebody tried to sign in. Django's own shape."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField()

    class Meta:
        db_table = "cache_entry"
        indexes = [models.Index("expires", name="cache_entry_age")]


class IdempotencyKey(models.Model):
    """A request that was answered: the same again gets the same answer (R14)."""

    pk = models.CompositePrimaryKey("organization_id", "path", "key")
    organization_id = models.UUIDField()
    path = models.CharField(max_length=200)
    key = models.CharField(max_length=300)
    request_digest = models.BinaryField(max_length=32)
    status = models.SmallIntegerField()
    response = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "idempotency_key"
        indexes = [models.Index("created_at", name="idempotency_key_age")]
