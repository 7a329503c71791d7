"""Writing the new things of a world file, table by table, in batches."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from itertools import batched
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.hashers import make_password

from placet.domain import money
from placet.domain.credit import Limit, Unlimited
from placet.domain.merchants import HINT, mode_of
from placet.domain.order import Act, Event
from placet.domain.parties import Actor
from placet.domain.terms import Terms, limit_changed, with_limit
from placet.domain.words import EndpointStatus, EntryKind, Kind, LimitSource, Role
from placet.domain.world.ground import Ground, Match, digest
from placet.domain.world.matching import Thing, Things
from placet.domain.world.shape import (
    ContactRole,
    Contract,
    Organization,
)
from placet.storage import contracts, db, event_log, facts, models
from placet.storage.brought_along import bring_invoices
from placet.storage.sealing import sealed

Progress = Callable[[str, int, int], None]
"""Told a stage, how much of it is done, and how much there is."""

BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Settling:
    """The new things, what they stand on, and who says so and when."""

    new: Things
    ground: Ground
    source: str
    now: datetime
    ids: Mapping[str, Mapping[Match, UUID]]
    passwords: Mapping[str, str]

    def id(self, table: str, *match: object) -> UUID:
        """The id of a thing, new or not."""
        return self.ids[table][match]


def populate(new: Things, ground: Ground, *, source: str, now: datetime, progress: Progress) -> None:
    """Writes everything new. The caller has checked that it fits."""
    settling = Settling(new, ground, source, now, _ids(new, ground), _passwords(new, progress))
    for stage, save, rows in STAGES:
        _save(stage, save, list(rows(settling)), progress)
    bring_invoices(new.invoices, ids=settling.ids, source=source, now=now)
    _begin_numbers(settling)
    _grant_defaults(settling)
    _sign_groups(settling)


def _ids(new: Things, ground: Ground) -> dict[str, dict[Match, UUID]]:
    ids = {table.name: _ids_of(table.name, new, ground) for table in fields(new)}
    return ids | {"accounts": {thing.match: db.new_id() for thing in new.contracts}}


def _ids_of(table: str, new: Things, ground: Ground) -> dict[Match, UUID]:
    stood = getattr(ground.standing, table).items()
    there = {match: row["id"] for match, row in stood if "id" in row}
    return there | {thing.match: db.new_id() for thing in getattr(new, table)}


def _passwords(new: Things, progress: Progress) -> dict[str, str]:
    """What is kept of each password. Hashing is slow by intent, so one that the file gives to many is
    hashed once: that it is the same one is no secret that the file keeps."""
    every = {thing.entry.password for thing in new.users if thing.entry.password}
    kept: dict[str, str] = {}
    for password in every:
        kept[password] = make_password(password)
        progress("passwords", len(kept), len(every))
    return kept


def _save(stage: str, save: Callable[[Any], object], rows: list[Any], progress: Progress) -> None:
    for place, batch in enumerate(batched(rows, BATCH)):
        save(batch)
        progress(stage, place * BATCH + len(batch), len(rows))


# Catalog and prices -------------------------------------------------------------------------


def _vendors(settling: Settling) -> Iterator[models.Vendor]:
    for thing in settling.new.vendors:
        vendor = thing.entry
        yield models.Vendor(
            id=settling.id("vendors", vendor.ref),
            ref=vendor.ref,
            name=vendor.name,
            connector=vendor.connector.value,
        )


def _products(settling: Settling) -> Iterator[models.Product]:
    for thing in settling.new.products:
        product = thing.entry
        yield models.Product(
            id=settling.id("products", product.ref),
            ref=product.ref,
            vendor_id=settling.id("vendors", product.vendor),
            sku=product.sku,
            name=product.name,
            description=product.description,
            product_type=product.product_type.value,
            billing_type=product.billing_type.value,
            fulfilment=product.fulfilment.value,
            trial=product.trial,
            term_months=product.term_months,
            sandbox=product.sandbox.as_json() if product.sandbox else {},
        )


def _price_lists(settling: Settling) -> Iterator[models.PriceList]:
    for thing in settling.new.price_lists:
        listed = thing.entry
        zone = settling.ground.zones[listed.owner]
        yield models.PriceList(
            id=settling.id("price_lists", listed.ref),
            ref=listed.ref,
            owner_id=settling.id("organizations", listed.owner),
            name=listed.name,
            currency=listed.currency,
            markup_percent=listed.markup_percent,
            valid_from=listed.starts_at(zone),
            valid_to=listed.ends_at(zone),
        )


def _prices(settling: Settling) -> Iterator[models.Price]:
    for thing in settling.new.prices:
        dated = thing.entry
        yield models.Price(
            id=settling.id("prices", *thing.match),
            price_list_id=settling.id("price_lists", *thing.of),
            product_id=settling.id("products", dated.product),
            min_quantity=dated.entry.min_quantity,
            unit_minor=money.minor_units(dated.entry.price, settling.ground.lists[str(thing.of[0])].currency),
            valid_from=dated.starts_at,
            valid_to=dated.ends_at,
        )


def _discounts(settling: Settling) -> Iterator[models.Discount]:
    for thing in settling.new.discounts:
        dated = thing.entry
        yield models.Discount(
            id=settling.id("discounts", *thing.match),
            price_list_id=settling.id("price_lists", *thing.of),
            product_id=settling.id("products", dated.product) if dated.product else None,
            min_quantity=dated.entry.min_quantity,
            percent=dated.entry.percent,
            valid_from=dated.starts_at,
            valid_to=dated.ends_at,
        )


# Organizations and contracts ----------------------------------------------------------------


def _organizations(settling: Settling) -> Iterator[models.Organization]:
    for thing in settling.new.organizations:
        party = thing.entry
        yield models.Organization(
            id=settling.id("organizations", party.ref),
            ref=party.ref,
            name=party.name,
            kind=party.kind.value,
            status=party.status.value,
            country=party.country,
            time_zone=party.time_zone,
            language=party.language.value,
            multi_tier_approval=party.multi_tier_approval,
            approval_order=party.approval_order.value,
            offer_days=party.offer_days,
            retry_when_credit_frees=party.retry_when_credit_frees,
            external_id=None if party.contract else party.external_id,
            created_at=settling.now,
        )


def _deals(settling: Settling) -> Iterator[tuple[Organization, Contract]]:
    for thing in settling.new.contracts:
        assert thing.entry.contract, "only who buys is listed"
        yield thing.entry, thing.entry.contract


def _contracts(settling: Settling) -> Iterator[models.Contract]:
    for buyer, contract in _deals(settling):
        listed = contract.price_list
        yield models.Contract(
            id=settling.id("contracts", buyer.ref),
            seller_id=settling.id("organizations", contract.seller),
            buyer_id=settling.id("organizations", buyer.ref),
            external_id=buyer.external_id,
            currency=contract.currency,
            price_list_id=settling.id("price_lists", listed) if listed else None,
            payment_method=contract.payment_method.value,
            tax_rate=contract.tax_rate,
            payment_days=contract.payment_days,
            order_approval=buyer.order_approval,
            started_at=settling.now,
        )


def _accounts(settling: Settling) -> Iterator[models.CreditAccount]:
    for buyer, contract in _deals(settling):
        own = contract.credit_limit is not None
        opening = money.minor_units(contract.opening_balance, contract.currency)
        yield models.CreditAccount(
            id=settling.id("accounts", buyer.ref),
            contract_id=settling.id("contracts", buyer.ref),
            currency=contract.currency,
            limit_minor=_limit(settling.ground, buyer, contract),
            limit_source=(LimitSource.OWN if own else LimitSource.DEFAULT).value,
            balance_minor=opening,
            opening_open_minor=opening,
            unused_minor=max(0, -opening),
        )


def _limit(ground: Ground, buyer: Organization, contract: Contract) -> int | None:
    """The limit in force (R61): its own, else what the seller's group grants, else 0."""
    match contract.credit_limit:
        case Unlimited():
            return None
        case Decimal() as own:
            return money.minor_units(own, contract.currency)
        case None:
            return money.minor_units(ground.default_limit(contract.seller, buyer.ref), contract.currency)


def _openings(settling: Settling) -> Iterator[models.AccountEntry]:
    for buyer, contract in _deals(settling):
        opening = money.minor_units(contract.opening_balance, contract.currency)
        by = Actor(settling.id("organizations", contract.seller), settling.source, "system", Role.VIEWER)
        if opening:
            yield models.AccountEntry(
                id=db.new_id(),
                account_id=settling.id("accounts", buyer.ref),
                kind=EntryKind.OPENING.value,
                amount_minor=opening,
                balance_minor=opening,
                by=by.as_json(),
                note="opening balance",
                at=settling.now,
            )


def _merchants(settling: Settling) -> Iterator[models.Merchant]:
    for thing in settling.new.card_gateways:
        account, owner = thing.entry, settling.id("organizations", *thing.of)
        secret = account.secret_key or ""
        yield models.Merchant(
            id=settling.id("card_gateways", *thing.match),
            organization_id=owner,
            gateway=account.gateway.value,
            sealed=sealed(secret),
            variable=account.secret_variable or "",
            publishable_key=account.publishable_key or "",
            hint=secret[-HINT:],
            mode=mode_of(secret),
            chosen=True,
            changed_by=Actor(owner, settling.source, "system", Role.VIEWER).as_json(),
            changed_at=settling.now,
        )


def _tokens(settling: Settling) -> Iterator[models.PaymentToken]:
    for thing in settling.new.tokens:
        token = thing.entry
        yield models.PaymentToken(
            id=settling.id("tokens", *thing.match),
            contract_id=settling.id("contracts", *thing.of),
            gateway=token.gateway,
            reference=token.reference,
            expires=token.expires,
            active=token.active,
            created_at=settling.now,
        )


# People and programs ------------------------------------------------------------------------


def _contacts(settling: Settling) -> Iterator[models.Contact]:
    for thing in settling.new.contacts:
        contact = thing.entry
        yield models.Contact(
            id=settling.id("contacts", *thing.match),
            organization_id=settling.id("organizations", *thing.of),
            name=contact.name,
            email=contact.email,
            is_primary=ContactRole.PRIMARY in contact.roles,
            is_bill_to=ContactRole.BILL_TO in contact.roles,
            active=contact.active,
            created_at=settling.now,
        )


def _users(settling: Settling) -> Iterator[models.User]:
    for thing in settling.new.users:
        user = thing.entry
        yield models.User(
            id=settling.id("users", user.sign_in),
            email=user.sign_in,
            name=user.name,
            password=settling.passwords[user.password] if user.password else make_password(None),
            created_at=settling.now,
        )


def _memberships(settling: Settling) -> Iterator[models.Membership]:
    for thing in settling.new.memberships:
        yield models.Membership(
            user_id=settling.id("users", thing.entry.sign_in),
            organization_id=settling.id("organizations", *thing.of),
            role=thing.entry.role.value,
        )


def _api_keys(settling: Settling) -> Iterator[models.ApiKey]:
    for thing in settling.new.api_keys:
        api_key = thing.entry
        yield models.ApiKey(
            id=settling.id("api_keys", *thing.match),
            organization_id=settling.id("organizations", *thing.of),
            name=api_key.name,
            role=api_key.role.value,
            digest=digest(api_key.key),
            hint=api_key.key[-4:],
            created_at=settling.now,
        )


# Credit risk and webhooks -------------------------------------------------------------------


def _groups(settling: Settling) -> Iterator[models.CreditRiskGroup]:
    for thing in settling.new.groups:
        group = thing.entry
        yield models.CreditRiskGroup(
            id=settling.id("groups", *thing.match),
            owner_id=settling.id("organizations", group.owner),
            name=group.name,
            primary=group.primary,
            default_limit=group.default_limit,
            created_at=settling.now,
            updated_at=settling.now,
            updated_by=settling.source,
        )


def _policies(settling: Settling) -> Iterator[models.Policy]:
    for thing in settling.new.policies:
        policy = thing.entry
        yield models.Policy(
            id=settling.id("policies", *thing.match),
            group_id=settling.id("groups", *thing.of),
            scope=policy.scope.value,
            vendor_id=settling.id("vendors", policy.vendor) if policy.vendor else None,
            approve_above=policy.approve_above,
            created_at=settling.now,
        )


def _policy_offers(settling: Settling) -> Iterator[models.PolicyOffer]:
    for thing in settling.new.policies:
        for ref in sorted({offer.ref for offer in thing.entry.offers}):
            yield models.PolicyOffer(
                policy_id=settling.id("policies", *thing.match), product_id=settling.id("products", ref)
            )


def _members(settling: Settling) -> Iterator[models.GroupMember]:
    for thing in settling.new.members:
        owner, organization = thing.match
        yield models.GroupMember(
            owner_id=settling.id("organizations", owner),
            organization_id=settling.id("organizations", organization),
            group_id=settling.id("groups", *thing.of),
        )


def _endpoints(settling: Settling) -> Iterator[models.WebhookEndpoint]:
    for thing in settling.new.endpoints:
        endpoint = thing.entry
        yield models.WebhookEndpoint(
            id=settling.id("endpoints", *thing.match),
            owner_id=settling.id("organizations", endpoint.owner),
            url=endpoint.url,
            events=sorted({event.value for event in endpoint.events}),
            status=EndpointStatus.ACTIVE.value,
            created_at=settling.now,
        )


def _secrets(settling: Settling) -> Iterator[models.WebhookSecret]:
    for thing in settling.new.endpoints:
        endpoint = settling.id("endpoints", *thing.match)
        yield models.WebhookSecret(id=db.new_id(), endpoint_id=endpoint, sealed=sealed(thing.entry.secret))


STAGES: Final[tuple[tuple[str, Callable[[Any], object], Callable[[Settling], Iterable[Any]]], ...]] = (
    ("vendors", models.Vendor.objects.bulk_create, _vendors),
    ("products", models.Product.objects.bulk_create, _products),
    ("organizations", models.Organization.objects.bulk_create, _organizations),
    ("price lists", models.PriceList.objects.bulk_create, _price_lists),
    ("prices", models.Price.objects.bulk_create, _prices),
    ("discounts", models.Discount.objects.bulk_create, _discounts),
    ("contracts", models.Contract.objects.bulk_create, _contracts),
    ("credit accounts", models.CreditAccount.objects.bulk_create, _accounts),
    ("opening balances", models.AccountEntry.objects.bulk_create, _openings),
    ("card gateways", models.Merchant.objects.bulk_create, _merchants),
    ("payment tokens", models.PaymentToken.objects.bulk_create, _tokens),
    ("contacts", models.Contact.objects.bulk_create, _contacts),
    ("users", models.User.objects.bulk_create, _users),
    ("memberships", models.Membership.objects.bulk_create, _memberships),
    ("API keys", models.ApiKey.objects.bulk_create, _api_keys),
    ("credit risk groups", models.CreditRiskGroup.objects.bulk_create, _groups),
    ("policies", models.Policy.objects.bulk_create, _policies),
    ("offers of policies", models.PolicyOffer.objects.bulk_create, _policy_offers),
    ("members of groups", models.GroupMember.objects.bulk_create, _members),
    ("webhook endpoints", models.WebhookEndpoint.objects.bulk_create, _endpoints),
    ("secrets of webhooks", models.WebhookSecret.objects.bulk_create, _secrets),
)
"""In the order in which rows need one another."""


# What follows from the new things -----------------------------------------------------------


def _begin_numbers(settling: Settling) -> None:
    """Who sells and buys from nobody counts the orders below it (spec §13)."""
    for thing in settling.new.organizations:
        if thing.entry.contract is None and thing.entry.kind is not Kind.CUSTOMER:
            db.create_number_sequence(settling.id("organizations", thing.entry.ref))


GRANTED: Final = "A world file put the organization into a credit risk group."


def _grant_defaults(settling: Settling) -> None:
    """Who stood without a limit of its own and joins a group of its seller gets that group's; both of
    them are told (R61, R90)."""
    granted = dict(_granted(settling))
    stood = contracts.several(list(granted))
    before = [terms for terms in stood if terms.account.source is LimitSource.DEFAULT]
    facts.lock_accounts([terms.account.standing.id for terms in before])
    after = [with_limit(terms, Limit(granted[terms.id]), LimitSource.DEFAULT) for terms in before]
    contracts.save_limits(after)
    pairs = zip(before, after, strict=True)
    event_log.record([event for was, now in pairs for event in _told(settling, was, now)])


def _granted(settling: Settling) -> Iterator[tuple[UUID, int]]:
    stood = settling.ground.standing.contracts
    for thing in settling.new.members:
        contract = stood.get((thing.entry.ref,))
        if contract and contract["seller"] == thing.of[0]:
            limit = settling.ground.default_limit(contract["seller"], thing.entry.ref)
            yield contract["id"], money.minor_units(limit, contract["currency"])


def _told(settling: Settling, was: Terms, now: Terms) -> Iterable[Event]:
    by = Actor(was.seller.id, settling.source, "system", Role.VIEWER)
    return limit_changed(was, now, GRANTED, Act(by, settling.now, db.new_id))


SIGN: Final = "UPDATE credit_risk_group SET updated_at = %(at)s, updated_by = %(by)s WHERE id = ANY(%(ids)s)"


def _sign_groups(settling: Settling) -> None:
    """Groups that got a member or a policy say when, and of which file (R80)."""
    grown: list[Thing[Any]] = [*settling.new.members, *settling.new.policies]
    ids = {settling.id("groups", *thing.of) for thing in grown}
    db.fetch(SIGN, {"at": settling.now, "by": settling.source, "ids": list(ids)})
