"""Loading world files (contract §2): what becomes of a good one, and every way to be a bad one."""

# ruff: noqa: E501 - the contract's lines are as long as they are, and a case is best read on one line

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth.hashers import check_password
from django.db import connection

from placet.actions.load_world import Problem, WorldErrors, WorldReport, load_world
from placet.domain.words import SUBSCRIBABLE, EventType
from placet.domain.world.ground import digest
from placet.entrypoints.cli.demo import PEOPLE, people
from placet.entrypoints.cli.demo_books import MONTHS, books
from placet.storage import db, models
from placet.storage.sealing import opened

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
DEMO = Path(__file__).parents[2] / "src/placet/entrypoints/cli/demo_world.yaml"

# The contract's own example, to the letter.
EXAMPLE = """\
organizations:
  - ref: dist-a                     # your own key; every other place refers to it
    name: Distributor A
    kind: distributor               # distributor | reseller | customer
    country: LV
    external_id: ERP-1001
    status: active                  # new | active | suspended | blocked
    multi_tier_approval: true       # R23
    time_zone: Europe/Riga
    approval_order: parallel        # parallel | buyer_first (R27), of a top seller
    contacts: [{name: Ann, email: ann@a.example, roles: [primary, bill_to]}]
    users:    [{email: ann@a.example, name: Ann, password: demo, role: admin}]   # roles: admin, approver, buyer, finance, viewer
    api_keys: [{name: erp, key: key-dist-a, role: admin}]   # for demos and tests; real keys are issued, shown once, stored hashed
  - ref: res-b
    name: Reseller B
    kind: reseller
    contract:                       # as the buyer
      seller: dist-a
      currency: EUR
      price_list: a-standard
      payment_method: cash          # cash | deposit | credit_card
      credit_limit: "1000.00"       # a decimal string, unlimited, or null: the group's default, else 0 (R61)
      opening_balance: "0.00"
      tax_rate: "0"                 # percent
      order_approval: false         # R20; default true for a customer, false for a reseller
      payment_days: 30
      tokens: [{gateway: sandbox, reference: tok_ok, expires: 2030-12, active: true}]
    api_keys: [{name: b, key: key-res-b, role: admin}]
  - ref: cust-b
    name: Customer B
    kind: customer
    contract: {seller: res-b, currency: EUR, price_list: b-retail, order_approval: true, credit_limit: unlimited}
    api_keys: [{name: c, key: key-cust-b, role: buyer}]
vendors:  [{ref: ms, name: Microsoft, connector: sandbox}]
products:
  - {ref: bp, vendor: ms, sku: CFQ7TTC0LCHC, name: Microsoft 365 Business Premium,
     product_type: software_subscription, billing_type: monthly, fulfilment: automatic}
  - {ref: onsite, vendor: ms, sku: SVC-1, name: On-site setup, product_type: service, billing_type: one_time, fulfilment: manual}
  - {ref: broken, vendor: ms, sku: X-1, name: Broken, product_type: esd, billing_type: one_time, fulfilment: automatic, sandbox: {outcome: fail}}
price_lists:
  - {ref: a-standard, owner: dist-a, currency: EUR, prices: {bp: "10.00", onsite: "100.00", broken: "5.00"}}
  - {ref: b-retail, owner: res-b, currency: EUR, markup_percent: "20"}
credit_risk_groups:
  - owner: dist-a
    name: CR-A
    primary: true
    members: [res-b]
    policies:
      - {scope: all}                                            # every offer needs approval
      - {scope: vendor, vendor: ms, approve_above: "500.00"}     # only above this amount
      - {scope: offers, vendor: ms, offers: [bp]}
webhook_endpoints:
  - {owner: dist-a, url: "http://127.0.0.1:9999/hook", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, events: [order.pending_approval, offer.provisioned]}
"""


def answer(text: str) -> WorldReport | WorldErrors:
    return load_world(text, source="world.yaml", now=NOW, progress=lambda _stage, _done, _total: None)


def loaded(text: str) -> WorldReport:
    report = answer(text)
    assert isinstance(report, WorldReport), report
    return report


def refused(text: str) -> list[Problem]:
    errors = answer(text)
    assert isinstance(errors, WorldErrors), errors
    return errors.problems


def edited(*edits: tuple[str, str]) -> str:
    """The example with some of its words changed, each of which stands there once."""
    text = EXAMPLE
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def tables() -> dict[str, list[Any]]:
    """Every row of every table, to tell whether anything has changed at all."""
    names = connection.introspection.table_names()
    return {name: db.fetch(f'SELECT t::text FROM "{name}" t ORDER BY 1') for name in names}  # noqa: S608


# A good file --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(EXAMPLE, id="yaml"),
        pytest.param(json.dumps(yaml.safe_load(EXAMPLE)), id="json in one line"),
        pytest.param(json.dumps(yaml.safe_load(EXAMPLE), indent="\t"), id="json with tabs"),
        pytest.param(yaml.safe_dump(yaml.safe_load(EXAMPLE)), id="yaml as machines write it"),
        pytest.param("\ufeff" + EXAMPLE.replace("\n", "\r\n"), id="from a Windows editor"),
    ],
)
def test_the_contracts_example_loads_as_it_stands(text: str) -> None:
    assert loaded(text) == WorldReport(created=27, unchanged=0, differences=[])

    dist, res, cust = (models.Organization.objects.get(ref=ref) for ref in ("dist-a", "res-b", "cust-b"))
    assert (dist.name, dist.kind, dist.country, dist.status) == (
        "Distributor A",
        "distributor",
        "LV",
        "active",
    )
    assert (dist.multi_tier_approval, dist.time_zone, dist.approval_order) == (
        True,
        "Europe/Riga",
        "parallel",
    )
    assert (res.multi_tier_approval, res.time_zone, res.country, res.offer_days) == (False, "UTC", "", 30)
    assert dist.created_at == NOW

    ann = models.Contact.objects.get(organization=dist)
    assert (ann.name, ann.email, ann.is_primary, ann.is_bill_to, ann.active) == (
        "Ann",
        "ann@a.example",
        True,
        True,
        True,
    )
    user = models.User.objects.get(email="ann@a.example")
    assert user.password.startswith("argon2")
    assert check_password("demo", user.password)
    assert models.Membership.objects.get(user=user).role == "admin"

    deal = models.Contract.objects.get(buyer=res)
    assert (deal.seller_id, deal.currency, deal.payment_method) == (dist.id, "EUR", "cash")
    assert (deal.tax_rate, deal.payment_days, deal.order_approval) == (Decimal(0), 30, False)
    assert models.PriceList.objects.get(contract=deal).ref == "a-standard"
    assert models.Contract.objects.get(buyer=cust).order_approval

    account = models.CreditAccount.objects.get(contract=deal)
    assert (account.limit_minor, account.limit_source, account.balance_minor) == (100_000, "own", 0)
    assert not models.AccountEntry.objects.exists()  # an opening balance of 0 is none
    unlimited = models.CreditAccount.objects.get(contract__buyer=cust)
    assert (unlimited.limit_minor, unlimited.limit_source) == (None, "own")
    token = models.PaymentToken.objects.get(contract=deal)
    assert (token.gateway, token.reference, token.expires, token.active) == (
        "sandbox",
        "tok_ok",
        "2030-12",
        True,
    )

    assert prices("a-standard") == {"bp": 1000, "onsite": 10_000, "broken": 500}
    assert models.PriceList.objects.get(ref="b-retail").markup_percent == 20
    assert models.Product.objects.get(ref="broken").sandbox == {"outcome": "fail"}

    group = models.CreditRiskGroup.objects.get(owner=dist)
    assert (group.name, group.primary, group.updated_by) == ("CR-A", True, "world.yaml")
    assert models.GroupMember.objects.get(group=group).organization_id == res.id
    assert {(policy.scope, policy.approve_above) for policy in models.Policy.objects.all()} == {
        ("all", None),
        ("vendor", Decimal(500)),
        ("offers", None),
    }
    assert models.PolicyOffer.objects.get().policy_id == models.Policy.objects.get(scope="offers").id
    endpoint = models.WebhookEndpoint.objects.get(owner=dist)
    secret = models.WebhookSecret.objects.get(endpoint=endpoint).sealed
    assert opened(secret) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert sorted(endpoint.events) == ["offer.provisioned", "order.pending_approval"]


def prices(ref: str) -> dict[str | None, int]:
    rows = models.Price.objects.filter(price_list__ref=ref).values_list("product__ref", "unit_minor")
    return dict(rows)


def test_api_keys_are_kept_as_digests_alone() -> None:
    loaded(EXAMPLE)
    kept = models.ApiKey.objects.get(name="b")
    assert (bytes(kept.digest), kept.role, kept.hint) == (digest("key-res-b"), "admin", "es-b")
    assert "key-res-b" not in str(tables()["api_key"])


def test_only_a_seller_without_a_seller_counts_orders() -> None:
    loaded(EXAMPLE)
    counted = {row["sequencename"] for row in db.fetch("SELECT sequencename FROM pg_sequences")}
    ids = {each.ref: each.id for each in models.Organization.objects.all()}
    assert {ref for ref, id_ in ids.items() if db.number_sequence(id_) in counted} == {"dist-a"}


MORE = """
organizations:
  - {ref: top, name: Top, kind: distributor, time_zone: Asia/Tokyo, offer_days: 7, approval_order: buyer_first}
  - ref: res
    name: Res
    kind: reseller
    external_id: 0017
    contract: {seller: top, currency: JPY, price_list: yen, payment_method: deposit, opening_balance: -500, tax_rate: 10}
    contacts:
      - {name: No Address, email: "", active: false}
      - {name: NO}
    users:
      - {email: Both@R.example, name: Both, role: viewer}
  - {ref: cust, name: Cust, kind: customer, contract: {seller: res, currency: JPY},
     users: [{email: both@r.example, name: Both, password: " sesame ", role: buyer}, {email: no@r.example, name: N, role: viewer}]}
vendors: [{ref: v, name: V, connector: manual}]
products:
  - {ref: p, vendor: v, name: P, product_type: usage, billing_type: usage, fulfilment: manual, trial: true,
     sandbox: {outcome: timeout, latency_ms: 20, succeed_after: 3}}
price_lists:
  - {ref: yen, owner: top, currency: JPY, name: Yen, prices: {p: 980}, valid_from: 2026-01-01, valid_to: 2026-12-31}
  - {ref: dinar, owner: top, currency: KWD, prices: {p: "0.125"}, valid_to: "2027-01-01T00:00:00+01:00"}
"""


def test_the_keys_beyond_the_example() -> None:
    """Optional keys, defaults (R20), days in the owner's time zone (R4), amounts of 0 and 3 decimals."""
    loaded(MORE)
    top = models.Organization.objects.get(ref="top")
    assert (top.offer_days, top.approval_order) == (7, "buyer_first")
    res, cust = (models.Contract.objects.get(buyer__ref=ref) for ref in ("res", "cust"))
    assert (res.external_id, res.tax_rate, res.order_approval, cust.order_approval) == (
        "0017",
        Decimal(10),
        False,
        True,
    )
    assert (cust.price_list_id, cust.payment_method, cust.payment_days) == (None, "cash", 30)
    yen, dinar = (models.PriceList.objects.get(ref=ref) for ref in ("yen", "dinar"))
    assert (yen.valid_from, yen.valid_to) == (
        datetime(2025, 12, 31, 15, tzinfo=UTC),
        datetime(2026, 12, 31, 15, tzinfo=UTC),
    )
    assert (dinar.valid_from, dinar.valid_to) == (None, datetime(2026, 12, 31, 23, tzinfo=UTC))
    assert (yen.name, prices("yen"), prices("dinar")) == ("Yen", {"p": 980}, {"p": 125})
    product = models.Product.objects.get(ref="p")
    assert (product.trial, product.sku) == (True, "")
    assert product.sandbox == {"outcome": "timeout", "latency_ms": 20, "succeed_after": 3}
    contacts = models.Contact.objects.order_by("id").values_list("name", "email", "active")
    assert list(contacts) == [("No Address", "", False), ("NO", "", True)]


def test_an_opening_balance_is_an_entry_of_its_account() -> None:
    """R60: the balance is the sum of the entries, and says where it comes from."""
    loaded(MORE)
    account = models.CreditAccount.objects.get(contract__buyer__ref="res")
    entry = models.AccountEntry.objects.get()
    assert (entry.account_id, entry.kind, entry.at) == (account.id, "opening", NOW)
    assert (entry.amount_minor, entry.balance_minor, account.balance_minor) == (-500, -500, -500)
    assert entry.by is not None
    assert entry.by["name"] == "world.yaml"


def test_one_person_may_work_for_several_organizations() -> None:
    loaded(MORE)
    both = models.User.objects.get(email="both@r.example")
    roles = models.Membership.objects.filter(user=both).values_list("organization__ref", "role")
    assert dict(roles) == {"res": "viewer", "cust": "buyer"}
    assert check_password(" sesame ", both.password)
    assert not check_password("", models.User.objects.get(email="no@r.example").password)


def test_a_bare_word_is_what_its_key_says() -> None:
    """YAML's guesses (NO is false, 0017 is 15) lose no fact."""
    loaded("organizations: [{ref: no, name: OFF, kind: distributor, country: NO}]")
    nor = models.Organization.objects.get(ref="no")
    assert (nor.name, nor.country) == ("OFF", "NO")


def test_json_may_escape_what_it_likes() -> None:
    name = "Smile \U0001f600 \\ud83d\\ude00 \u00e9"
    loaded(json.dumps({"organizations": [{"ref": "s", "name": name, "kind": "reseller"}]}))
    assert models.Organization.objects.get(ref="s").name == name


def test_aliases_stand_for_what_they_name() -> None:
    loaded("""
organizations:
  - {ref: a, name: A, kind: reseller, contacts: &people [{name: Ann, roles: [primary]}]}
  - {ref: b, name: B, kind: reseller, contacts: *people}
""")
    assert models.Contact.objects.filter(is_primary=True).count() == 2


def test_an_active_card_payer_without_a_token_is_a_fact() -> None:
    """R49: activation rules bind acts, not loading; R84 likewise."""
    loaded(
        edited(
            ("payment_method: cash  ", "payment_method: credit_card  "),
            ("      tokens: [{gateway: sandbox, reference: tok_ok, expires: 2030-12, active: true}]\n", ""),
            ("    kind: reseller\n", "    kind: reseller\n    status: suspended\n"),
        )
    )
    assert models.Contract.objects.get(buyer__ref="res-b").payment_method == "credit_card"
    assert models.GroupMember.objects.count() == 1


def test_progress_is_told_stage_by_stage() -> None:
    told: list[tuple[str, int, int]] = []
    load_world(EXAMPLE, source="", now=NOW, progress=lambda *stage: told.append(stage))
    assert ("organizations", 3, 3) in told
    assert ("prices", 3, 3) in told
    assert all(0 <= done <= total for _, done, total in told)


def test_two_thousand_customers_are_a_matter_of_seconds() -> None:
    told: list[tuple[str, int, int]] = []
    world = {
        "organizations": [{"ref": "d", "name": "D", "kind": "distributor"}, *map(customer, range(2000))],
        "price_lists": [{"ref": "l", "owner": "d", "currency": "EUR", "prices": {}}],
    }
    text = json.dumps(world, indent=1)
    begun = datetime.now(UTC)
    report = load_world(text, source="", now=NOW, progress=lambda *stage: told.append(stage))
    taken = datetime.now(UTC) - begun
    assert isinstance(report, WorldReport)
    assert report.created == 2 + 6 * 2000
    assert [done for stage, done, _ in told if stage == "contracts"] == [1000, 2000]
    assert taken.total_seconds() < 20  # two shared cores take two
    assert loaded(text) == WorldReport(0, 2 + 6 * 2000, [])


def customer(number: int) -> dict[str, Any]:
    return {
        "ref": f"c{number}",
        "name": f"Customer {number}",
        "kind": "customer",
        "contract": {"seller": "d", "currency": "EUR", "price_list": "l", "credit_limit": "unlimited"},
        "contacts": [{"name": "Who", "email": f"who@{number}.example", "roles": ["primary"]}],
        "users": [{"email": f"u@{number}.example", "name": "U", "password": "demo", "role": "buyer"}],
        "api_keys": [{"name": "key", "key": f"key-{number}", "role": "buyer"}],
    }


def test_the_demo_world_loads_again_and_again() -> None:
    text = DEMO.read_text(encoding="utf-8")
    assert loaded(text).differences == []
    assert loaded(text).created == 0
    kinds = models.Product.objects.values_list("fulfilment", "trial", "billing_type")
    assert {fulfilment for fulfilment, _, _ in kinds} == {"automatic", "manual"}
    assert any(trial for _, trial, _ in kinds)
    assert {each.payment_method for each in models.Contract.objects.all()} == {
        "cash",
        "deposit",
        "credit_card",
    }
    assert models.ApiKey.objects.filter(digest=digest("demo-dist-a")).exists()
    working = models.Membership.objects.values("organization").distinct().count()
    assert working == models.Organization.objects.count(), "everybody can be looked at"


@pytest.mark.parametrize(
    "today", [date(2026, 11, 22), date(2026, 12, 31), date(2027, 1, 1), date(2028, 2, 29)]
)
def test_what_the_demo_had_before_loads_on_any_day(today: date) -> None:
    """Every month that was billed stands in the books, and what is open is so much of it."""
    loaded(DEMO.read_text(encoding="utf-8"))
    now = datetime(today.year, today.month, today.day, 9, tzinfo=UTC)
    report = load_world(books(today), source="books", now=now, progress=lambda *_: None)
    assert isinstance(report, WorldReport), report
    own = models.Invoice.objects.filter(buyer__ref="res-b")
    months = {(each.year, each.month) for each in own.values_list("issued_on", flat=True)}
    assert len(months) == 1 + MONTHS
    assert (today.year, today.month) in months
    overdue = own.exclude(status="paid").filter(due_on__lt=today).values_list("open_minor", flat=True)
    assert list(overdue) == [1_860_00]
    renewals = models.Subscription.objects.values_list("renews_on", flat=True)
    assert all(each > today for each in renewals if each)


def test_whom_the_demo_tells_to_sign_in_as_is_there() -> None:
    loaded(DEMO.read_text(encoding="utf-8"))
    told = {tuple(words.split()[:2]) for words in people()}
    assert {email for email, _ in told} == {*PEOPLE}
    roles = models.Membership.objects.values_list("user__email", "role")
    assert told <= {*roles}


# A bad file ---------------------------------------------------------------------------------

DEEP = "members: " + "[" * 30 + "]" * 30
PRICED = 'prices: {bp: "10.00", onsite: "100.00", broken: "5.00"}'
RETAIL = 'owner: res-b, currency: EUR, markup_percent: "20"'
HOOK = "http://127.0.0.1:9999/hook"
SECRET = "secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
REF = "must be 1 to 100 letters, digits, dots, dashes or underscores, and no UUID"
MOMENT = "must be a day (2030-12-31) or a time with its offset (2030-12-31T12:00:00Z)"
EVENTS = f"must be one of {', '.join(SUBSCRIBABLE)}"
NO_COLOUR = (
    "unknown key; known are seller, currency, price_list, payment_method, credit_limit, "
    "opening_balance, tax_rate, order_approval, payment_days, tokens"
)
NO_COST = "dist-a buys from nobody, so there is no cost to mark up: it needs fixed prices"

# What is changed in the example, to what -> the one problem's line, key (after the entry's path) and reason.
ONE_PROBLEM = [
    # keys and texts
    ("    country: LV\n", "    country: LV\n    colour: red\n", 6, "organizations[0].colour", "unknown key; did you mean country?"),
    ("    country: LV\n", "    country: LV\n    country: LT\n", 6, "organizations[0].country", "stands already on line 5"),
    ("webhook_endpoints:", "webhook_endpoint:", 52, "webhook_endpoint", "unknown key; did you mean webhook_endpoints?"),
    ("    name: Reseller B\n", "", 14, "organizations[1].name", "is missing"),
    ("    name: Reseller B\n", "    name:\n", 15, "organizations[1].name", "is missing"),
    ("    name: Reseller B\n", "    name: 42\n", 15, "organizations[1].name", "must be text: put it in quotes"),
    ("    name: Reseller B\n", "    name: [B]\n", 15, "organizations[1].name", "must be text"),
    ("    name: Reseller B\n", '    name: " "\n', 15, "organizations[1].name", "must not be empty"),
    ("    name: Reseller B\n", '    name: "B\\0"\n', 15, "organizations[1].name", "must be one line, without control characters"),
    ("    name: Reseller B\n", f"    name: {'B' * 201}\n", 15, "organizations[1].name", "must have at most 200 characters"),
    # words
    ("country: LV", "country: lv", 5, "organizations[0].country", "must be a country of ISO 3166: two capital letters"),
    ("    kind: distributor ", "    kind: agent ", 4, "organizations[0].kind", "must be one of distributor, reseller, customer"),
    ("    status: active", "    status: gone", 7, "organizations[0].status", "must be one of new, active, suspended, blocked"),
    ("Europe/Riga", "Europe/Rigga", 9, "organizations[0].time_zone", "must be a time zone such as Europe/Riga"),
    ("Europe/Riga", "Europe", 9, "organizations[0].time_zone", "must be a time zone such as Europe/Riga"),
    ("multi_tier_approval: true", "multi_tier_approval: yes", 8, "organizations[0].multi_tier_approval", "must be true or false"),
    ("order_approval: false", 'order_approval: "false"', 25, "organizations[1].contract.order_approval", "must be true or false"),
    ("approval_order: parallel", "approval_order: random", 10, "organizations[0].approval_order", "must be one of parallel, buyer_first"),
    ("connector: sandbox", "connector: ftp", 34, "vendors[0].connector", "must be one of sandbox, manual"),
    ("sandbox: {outcome: fail}", "sandbox: {latency_ms: 60001}", 39, "products[2].sandbox.latency_ms", "must be a whole number from 0 to 60000"),
    ("sandbox: {outcome: fail}", "sandbox: fail", 39, "products[2].sandbox", "must hold keys and values"),
    # refs
    ("- ref: cust-b\n", "- ref: res-b\n", 29, "organizations[2].ref", "res-b stands already on line 14"),
    ("- ref: cust-b\n", "- ref: cust b\n", 29, "organizations[2].ref", REF),
    ("- ref: cust-b\n", f"- ref: {'c' * 101}\n", 29, "organizations[2].ref", REF),
    ("- ref: cust-b\n", "- ref: 7d444840-9dc0-11d1-b245-5ffdce74fad2\n", 29, "organizations[2].ref", REF),
    ("- ref: cust-b\n", "- ref: 7D4448409DC011D1B2455FFDCE74FAD2\n", 29, "organizations[2].ref", REF),
    ("price_list: a-standard", "price_list: a-gold", 20, "organizations[1].contract.price_list", "there is no price list a-gold"),
    ("{ref: onsite, vendor: ms", "{ref: onsite, vendor: msft", 38, "products[1].vendor", "there is no vendor msft"),
    ('onsite: "100.00"', 'onsight: "100.00"', 41, "price_lists[0].prices.onsight", "there is no product onsight"),
    ("members: [res-b]", "members: [res-x]", 47, "credit_risk_groups[0].members[0]", "there is no organization res-x"),
    ("offers: [bp]", "offers: [bq]", 51, "credit_risk_groups[0].policies[2].offers[0]", "there is no product bq"),
    ("{owner: dist-a, url", "{owner: dist-z, url", 53, "webhook_endpoints[0].owner", "there is no organization dist-z"),
    # people and programs
    ("email: ann@a.example, roles", "email: änn@a.example, roles", 11, "organizations[0].contacts[0].email", "must be an e-mail address"),
    ("email: ann@a.example, roles", "email: ann, roles", 11, "organizations[0].contacts[0].email", "must be an e-mail address"),
    ("roles: [primary, bill_to]", "roles: [primary, boss]", 11, "organizations[0].contacts[0].roles[1]", "must be one of primary, bill_to"),
    ("bill_to]}]", "bill_to]},\n {name: Bob, roles: [primary]}]", 12, "organizations[0].contacts[1].roles", "Ann is primary already, on line 11"),
    ("bill_to]}]", "bill_to]},\n {name: Bob, roles: [bill_to]}]", 12, "organizations[0].contacts[1].roles", "Ann is bill_to already, on line 11"),
    ("password: demo, role: admin", "role: root", 12, "organizations[0].users[0].role", "must be one of admin, approver, buyer, finance, viewer"),
    ("password: demo, role: admin}", "role: admin}, {email: ANN@a.example, name: Ann, role: buyer}", 12, "organizations[0].users[1].email", "stands already on line 12"),
    ("    kind: customer\n", "    kind: customer\n    users: [{email: ann@a.example, name: Ann, password: x, role: buyer}]\n", 32, "organizations[2].users[0].password", "is another one on line 12"),
    ("key: key-res-b", "key: key-dist-a", 28, "organizations[1].api_keys[0].key", "stands already on line 13"),
    ("key: key-res-b", "key: key res b", 28, "organizations[1].api_keys[0].key", "must be 1 to 200 visible ASCII characters without spaces"),
    # contracts
    ("      currency: EUR\n", "      currency: eur\n", 19, "organizations[1].contract.currency", "must be a currency of ISO 4217"),
    ("      currency: EUR\n", "      currency: XAU\n", 19, "organizations[1].contract.currency", "must be a currency of ISO 4217"),
    ("price_list: a-standard", "price_list: b-retail", 20, "organizations[1].contract.price_list", "b-retail is a list of res-b, not of the seller"),
    ("payment_method: cash", "payment_method: cheque", 21, "organizations[1].contract.payment_method", "must be one of cash, deposit, credit_card"),
    ('limit: "1000.00"', 'limit: "1000.001"', 22, "organizations[1].contract.credit_limit", "1000.001 cannot be an amount: EUR has 2 decimals"),
    ('limit: "1000.00"', "limit: lots", 22, "organizations[1].contract.credit_limit", "must be a decimal from 0, unlimited, or null"),
    ('limit: "1000.00"', 'limit: "-1"', 22, "organizations[1].contract.credit_limit", "must be a decimal from 0, unlimited, or null"),
    ('limit: "1000.00"', 'limit: "99999999999999"', 22, "organizations[1].contract.credit_limit", "99999999999999 cannot be an amount: too large"),
    ('balance: "0.00"', "balance: 1e3", 23, "organizations[1].contract.opening_balance", "must be a decimal number"),
    ('balance: "0.00"', 'balance: "0.005"', 23, "organizations[1].contract.opening_balance", "0.005 cannot be an amount: EUR has 2 decimals"),
    ('tax_rate: "0"', 'tax_rate: "101"', 24, "organizations[1].contract.tax_rate", "must not be above 100"),
    ('tax_rate: "0"', 'tax_rate: "0.00001"', 24, "organizations[1].contract.tax_rate", "must have at most 4 decimals"),
    ("payment_days: 30", 'payment_days: "30"', 26, "organizations[1].contract.payment_days", "must be a whole number from 0 to 3650"),
    ("payment_days: 30", "payment_days: -1", 26, "organizations[1].contract.payment_days", "must be a whole number from 0 to 3650"),
    ("expires: 2030-12", "expires: 2030-13", 27, "organizations[1].contract.tokens[0].expires", "must be a month, written YYYY-MM"),
    ("expires: 2030-12", "expires: 12/2030", 27, "organizations[1].contract.tokens[0].expires", "must be a month, written YYYY-MM"),
    ("gateway: sandbox", "gateway: My Bank", 27, "organizations[1].contract.tokens[0].gateway", "must be the name of a gateway, such as sandbox"),
    # price lists
    ('onsite: "100.00"', 'onsite: "100.005"', 41, "price_lists[0].prices.onsite", "100.005 cannot be an amount: EUR has 2 decimals"),
    ('onsite: "100.00"', 'onsite: "-1"', 41, "price_lists[0].prices.onsite", "must not be negative"),
    ('onsite: "100.00"', "onsite: ~", 41, "price_lists[0].prices.onsite", "is missing"),
    ('onsite: "100.00"', 'bp: "100.00"', 41, "price_lists[0].prices.bp", "stands already on line 41"),
    (PRICED, 'markup_percent: "5"', 41, "price_lists[0].markup_percent", NO_COST),
    (f", {PRICED}", "", 41, "price_lists[0].prices", "is missing, and so is markup_percent: one of them is needed"),
    ('percent: "20"', 'percent: "-101"', 42, "price_lists[1].markup_percent", "must not be below -100"),
    ('percent: "20"', 'percent: "20", valid_from: 2026-02-02, valid_to: 2026-02-01', 42, "price_lists[1].valid_to", "must be after valid_from"),
    ('percent: "20"', 'percent: "20", valid_from: "2026-02-01T00:00:00"', 42, "price_lists[1].valid_from", MOMENT),
    ('percent: "20"', 'percent: "20", valid_to: 9999-12-31', 42, "price_lists[1].valid_to", MOMENT),
    # credit risk groups
    ("members: [res-b]", "members: [dist-a]", 47, "credit_risk_groups[0].members[0]", "dist-a is not below dist-a"),
    ("members: [res-b]", "members: [res-b, res-b]", 47, "credit_risk_groups[0].members[1]", "res-b is in CR-A already, on line 47"),
    ("webhook_e", "  - {owner: dist-a, name: CR-B, members: [res-b]}\nwebhook_e", 52, "credit_risk_groups[1].members[0]", "res-b is in CR-A already, on line 47"),
    ("webhook_e", "  - {owner: dist-a, name: CR-B, primary: true}\nwebhook_e", 52, "credit_risk_groups[1].primary", "CR-A is primary already, on line 44"),
    ("webhook_e", "  - {owner: dist-a, name: CR-A}\nwebhook_e", 52, "credit_risk_groups[1].name", "dist-a has this group already, on line 44"),
    ("webhook_e", "  - {owner: res-b, name: CR-B, members: [dist-a]}\nwebhook_e", 52, "credit_risk_groups[1].members[0]", "dist-a is not below res-b"),
    ("    members: [res-b]\n", '    members: [res-b]\n    default_limit: "0.001"\n', 48, "credit_risk_groups[0].default_limit", "0.001 cannot be an amount: EUR has 2 decimals"),
    ("{scope: all} ", "{scope: all, vendor: ms} ", 49, "credit_risk_groups[0].policies[0].vendor", "stands against scope all, which is every vendor's"),
    ("vendor: ms, approve", "approve", 50, "credit_risk_groups[0].policies[1].vendor", "is missing, which scope vendor needs"),
    ('above: "500.00"', "above: much", 50, "credit_risk_groups[0].policies[1].approve_above", "must be a decimal number"),
    (", offers: [bp]", "", 51, "credit_risk_groups[0].policies[2].offers", "is missing, which scope offers needs"),
    ("offers: [bp]", "offers: []", 51, "credit_risk_groups[0].policies[2].offers", "must not be empty"),
    ("{scope: all} ", "{scope: vendor, vendor: ms, offers: [bp]} ", 49, "credit_risk_groups[0].policies[0].offers", "stands against scope vendor"),
    # webhooks
    (HOOK, "ftp://127.0.0.1/hook", 53, "webhook_endpoints[0].url", "must be an http or https address"),
    (HOOK, "http://127.0.0.1:99999/hook", 53, "webhook_endpoints[0].url", "must be an http or https address"),
    (SECRET, "secret: hush", 53, "webhook_endpoints[0].secret", "must be whsec_ and the secret in base64"),
    ("events: [order.pending_approval, offer.provisioned]", "events: []", 53, "webhook_endpoints[0].events", "must not be empty"),
    # not a tree that can be read
    ("members: [res-b]", "members: [res-b", 48, "", "not YAML: did not find expected ',' or ']'"),
    ("members: [res-b]", DEEP, 47, "", "deeper than 20 levels"),
    ("members: [res-b]", "members: &a [*a]", 47, "", "*a refers to nothing that stands before it"),
    ("members: [res-b]", "members: !!set {res-b}", 47, "", "tags (tag:yaml.org,2002:set) are not read"),
    ("webhook_e", "---\nwebhook_e", 52, "", "a world file is one document: end it before ---"),
    ("CR-A", "CR\x00A", 45, "", "not YAML: control characters are not allowed"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "key", "reason"), ONE_PROBLEM)
def test_a_bad_file_names_the_line_the_key_and_the_reason(
    old: str, new: str, line: int, key: str, reason: str
) -> None:
    assert refused(edited((old, new))) == [Problem(line, key, reason)]


SEVERAL_PROBLEMS = [
    (
        "a circle",
        [("      seller: dist-a\n", "      seller: res-b\n")],
        [
            (18, "organizations[1].contract.seller", "the chain of contracts leads back to res-b"),
            (20, "organizations[1].contract.price_list", "a-standard is a list of dist-a, not of the seller"),
        ],
    ),
    (
        "a circle of two, by way of a customer that sells",
        [("      seller: dist-a\n", "      seller: cust-b\n")],
        [
            (18, "organizations[1].contract.seller", "cust-b is a customer, which sells to nobody"),
            (18, "organizations[1].contract.seller", "the chain of contracts leads back to res-b"),
            (20, "organizations[1].contract.price_list", "a-standard is a list of dist-a, not of the seller"),
            (32, "organizations[2].contract.seller", "the chain of contracts leads back to cust-b"),
        ],
    ),
    (
        "a seller that is nowhere",
        [("      seller: dist-a\n", "      seller: dist-x\n")],
        [
            (18, "organizations[1].contract.seller", "there is no organization dist-x"),
            (20, "organizations[1].contract.price_list", "a-standard is a list of dist-a, not of the seller"),
        ],
    ),
    (
        "another currency than the list's, and than the cost's",
        [("      currency: EUR\n", "      currency: JPY\n")],
        [
            (20, "organizations[1].contract.price_list", "a-standard is in EUR, the contract in JPY"),
            (42, "price_lists[1].markup_percent", "res-b buys in JPY: a markup on that cannot be in EUR"),
        ],
    ),
    (
        "a list of a customer",
        [(RETAIL, RETAIL.replace("res-b", "cust-b"))],
        [
            (32, "organizations[2].contract.price_list", "b-retail is a list of cust-b, not of the seller"),
            (42, "price_lists[1].owner", "cust-b is a customer, which sells to nobody"),
        ],
    ),
    (
        "a policy over another vendor's offer",
        [
            ("connector: sandbox}]", "connector: sandbox}, {ref: v, name: V, connector: manual}]"),
            ("vendor: ms, offers: [bp]", "vendor: v, offers: [bp, onsite]"),
        ],
        [
            (51, "credit_risk_groups[0].policies[2].offers[0]", "bp is an offer of ms, not of v"),
            (51, "credit_risk_groups[0].policies[2].offers[1]", "onsite is an offer of ms, not of v"),
        ],
    ),
    (
        "one number for two buyers",
        [
            ("    kind: reseller\n", "    kind: reseller\n    external_id: N1\n"),
            (
                "vendors: ",
                "  - {ref: x, name: X, kind: reseller, external_id: N1, contract: {seller: dist-a, currency: EUR}}\nvendors: ",
            ),
        ],
        [(35, "organizations[3].external_id", "is the number of res-b at dist-a, on line 14")],
    ),
    (
        "everything at once, the broken entry's references too",
        [
            ("Europe/Riga", "Mars"),
            ("      price_list: a-standard\n", "      price_list: a-gold\n      colour: red\n"),
            ("product_type: service", "product_type: favour"),
            ("{ref: onsite, vendor: ms", "{ref: onsite, vendor: msft"),
            ("offer.provisioned]", "offer.delivered]"),
        ],
        [
            (9, "organizations[0].time_zone", "must be a time zone such as Europe/Riga"),
            (20, "organizations[1].contract.price_list", "there is no price list a-gold"),
            (
                21,
                "organizations[1].contract.colour",
                NO_COLOUR,
            ),
            (
                39,
                "products[1].product_type",
                "must be one of software_subscription, reserved_instance, esd, usage, service",
            ),
            (39, "products[1].vendor", "there is no vendor msft"),
            (
                54,
                "webhook_endpoints[0].events[1]",
                EVENTS,
            ),
        ],
    ),
]


@pytest.mark.parametrize(
    ("edits", "expected"), [pytest.param(edits, found, id=name) for name, edits, found in SEVERAL_PROBLEMS]
)
def test_all_problems_are_named(edits: list[tuple[str, str]], expected: list[tuple[int, str, str]]) -> None:
    assert refused(edited(*edits)) == [Problem(*each) for each in expected]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem(1, "", "the file is empty")),
        ("# nothing\n", Problem(1, "", "the file is empty")),
        ("- a\n- b\n", Problem(1, "", "must hold keys and values")),
        ("organizations: 5\n", Problem(1, "organizations", "must be a list")),
        ("? [a]\n: b\n", Problem(1, "", "a key must be a word")),
        (
            'organizations: ["\\ud83d"]',
            Problem(1, "", "not YAML: found invalid Unicode character escape code"),
        ),
    ],
)
def test_a_file_that_is_no_world(text: str, problem: Problem) -> None:
    assert refused(text) == [problem]


def test_a_small_file_cannot_grow_into_a_large_one() -> None:
    levels = "\n".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 9))
    assert refused(f"x0: &x0 [a]\n{levels}\n") == [
        Problem(8, "", "more than 5000000 entries, aliases counted in full")
    ]


def test_a_chain_has_an_end() -> None:
    """No order follows a chain further than fifty tiers, so none may be longer."""
    parties = [{"ref": f"r{n}", "name": "R", "kind": "reseller"} for n in range(53)]
    for above, party in enumerate(parties[1:]):
        party |= {"contract": {"seller": f"r{above}", "currency": "EUR"}}  # type: ignore[dict-item]
    assert [problem.reason for problem in refused(yaml.safe_dump({"organizations": parties}))] == [
        "the chain of contracts has more than 50 tiers"
    ] * 2
    assert loaded(yaml.safe_dump({"organizations": parties[:51]})).created == 51 + 50


def test_a_bad_file_changes_nothing() -> None:
    loaded(EXAMPLE)
    before = tables()
    refused(
        edited(
            ("    name: Reseller B\n", "    name: Another\n"),
            ("- ref: cust-b\n", "- ref: cust-new\n"),
            ('onsite: "100.00"', "onsite: dear"),
        )
    )
    assert tables() == before


# Loading again ------------------------------------------------------------------------------


def test_loading_again_is_harmless() -> None:
    for text in (EXAMPLE, MORE):
        loaded(text)
        before = tables()
        again = loaded(text)
        assert (again.created, again.differences) == (0, [])
        assert tables() == before


DIFFERENCES = [
    (("    external_id: ERP-1001\n", "    external_id: ERP-2\n"), "organization dist-a: external_id is ERP-2 in the file, ERP-1001 in the database"),
    (("    name: Reseller B\n", "    name: B\n"), "organization res-b: name is B in the file, Reseller B in the database"),
    (("    kind: reseller\n", "    kind: reseller\n    status: blocked\n"), "organization res-b: status is blocked in the file, active in the database"),
    (("multi_tier_approval: true", "multi_tier_approval: false"), "organization dist-a: multi_tier_approval is false in the file, true in the database"),
    (("roles: [primary, bill_to]", "roles: []"), "contact Ann of dist-a: roles is none in the file, bill_to, primary in the database"),
    (("name: Ann, password: demo, role: admin", "name: Ann, role: viewer"), "user ann@a.example of dist-a: role is viewer in the file, admin in the database"),
    (("name: b, key: key-res-b, role: admin", "name: b, key: key-res-b, role: buyer"), "API key b of res-b: role is buyer in the file, admin in the database"),
    (('limit: "1000.00"', "limit: unlimited"), "contract of res-b with dist-a: credit_limit is unlimited in the file, 1000.00 in the database"),
    (('limit: "1000.00"', "limit: null"), "contract of res-b with dist-a: credit_limit is none in the file, 1000.00 in the database"),
    (("credit_limit: unlimited}", 'credit_limit: "5"}'), "contract of cust-b with res-b: credit_limit is 5 in the file, unlimited in the database"),
    (('balance: "0.00"', 'balance: "1.00"'), "contract of res-b with dist-a: opening_balance is 1.00 in the file, 0.00 in the database"),
    (('tax_rate: "0"', 'tax_rate: "21"'), "contract of res-b with dist-a: tax_rate is 21 in the file, 0 in the database"),
    (("payment_method: cash", "payment_method: deposit"), "contract of res-b with dist-a: payment_method is deposit in the file, cash in the database"),
    (("order_approval: true", "order_approval: false"), "contract of cust-b with res-b: order_approval is false in the file, true in the database"),
    (("expires: 2030-12", "expires: 2031-01"), "token tok_ok of res-b: expires is 2031-01 in the file, 2030-12 in the database"),
    (("connector: sandbox", "connector: manual"), "vendor ms: connector is manual in the file, sandbox in the database"),
    (("sandbox: {outcome: fail}", "sandbox: {succeed_after: 2}"), "product broken: sandbox is succeed_after 2, outcome ok in the file, outcome fail in the database"),
    (('onsite: "100.00"', 'onsite: "99.00"'), "price of onsite in a-standard: price is 99.00 in the file, 100.00 in the database"),
    (('percent: "20"', 'percent: "12.5"'), "price list b-retail: markup_percent is 12.5 in the file, 20 in the database"),
    (("primary: true", "primary: false"), "credit risk group CR-A of dist-a: primary is false in the file, true in the database"),
    (("    members: [res-b]\n", "    members: [res-b]\n    default_limit: 5\n"), "credit risk group CR-A of dist-a: default_limit is 5 in the file, none in the database"),
    ((SECRET, "secret: whsec_TGFTd0xhU3dMYVN3TGFTd0xhU3dMYVN3"), f"webhook endpoint {HOOK} of dist-a: the database has another secret"),
    (("offer.provisioned]", "order.placed]"), f"webhook endpoint {HOOK} of dist-a: events is order.pending_approval, order.placed in the file, offer.provisioned, order.pending_approval in the database"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "difference"), DIFFERENCES)
def test_a_difference_is_told_and_nothing_overwritten(edit: tuple[str, str], difference: str) -> None:
    loaded(EXAMPLE)
    before = tables()
    report = loaded(edited(edit))
    assert (report.created, report.unchanged, report.differences) == (0, 27, [difference])
    assert tables() == before


def test_what_a_file_leaves_out_is_no_difference() -> None:
    loaded(EXAMPLE)
    models.Organization.objects.update(status="suspended", offer_days=3)
    models.Contract.objects.update(payment_days=10)
    silent = edited(
        ("    status: active                  # new | active | suspended | blocked\n", ""),
        ("      payment_days: 30\n", ""),
    )
    assert loaded(silent) == WorldReport(0, 27, [])


def test_a_revoked_key_stays_revoked() -> None:
    loaded(EXAMPLE)
    models.ApiKey.objects.filter(name="c").update(revoked_at=NOW)
    assert loaded(EXAMPLE).differences == [
        "API key c of cust-b: revoked is false in the file, true in the database"
    ]


def test_the_key_of_another_organization_stays_there() -> None:
    loaded(EXAMPLE)
    report = loaded(edited(("key: key-res-b", "key: key-other"), ("key: key-cust-b", "key: key-res-b")))
    assert report.created == 1
    assert (
        "API key c of cust-b: organization is cust-b in the file, res-b in the database" in report.differences
    )


SECOND = """
organizations:
  - {ref: dist-a, name: Distributor A, kind: distributor,
     contacts: [{name: Eve, roles: [primary]}], users: [{email: eve@a.example, name: Eve, role: viewer}],
     contract: {seller: res-b, currency: EUR}}
  - {ref: res-b, name: Reseller B, kind: reseller,
     contract: {seller: dist-a, currency: EUR, tokens: [{gateway: sandbox, reference: tok_2, expires: 2031-01}]}}
  - {ref: cust-2, name: Customer 2, kind: customer, contract: {seller: res-b, currency: EUR, price_list: b-retail}}
products:
  - {ref: new, vendor: ms, name: New, product_type: esd, billing_type: one_time, fulfilment: automatic}
price_lists:
  - {ref: a-standard, owner: dist-a, currency: EUR, prices: {new: "7.00", bp: "11.00"}}
credit_risk_groups:
  - {owner: dist-a, name: CR-B, primary: true, members: [res-b, cust-2], policies: [{scope: offers, vendor: ms, offers: [new]}]}
  - {owner: dist-a, name: CR-A, policies: [{scope: vendor, vendor: ms}]}
"""


def test_a_world_may_be_split_in_files() -> None:
    """A second file refers to what the first one made, adds to it, and changes none of it."""
    loaded(EXAMPLE)
    report = loaded(SECOND)
    assert report.differences == [
        "price of bp in a-standard: price is 11.00 in the file, 10.00 in the database",
        "res-b as a member below dist-a: group is CR-B in the file, CR-A in the database",
        "contact Eve of dist-a: is primary in the file, somebody else in the database",
        "credit risk group CR-B of dist-a: is primary in the file, another group in the database",
        "contract of dist-a with res-b: stands in the file, not in the database",
    ]
    assert models.Contract.objects.get(buyer__ref="cust-2").seller_id == organization("res-b").id
    assert prices("a-standard") == {"bp": 1000, "onsite": 10_000, "broken": 500, "new": 700}
    assert models.Contact.objects.filter(organization__ref="dist-a", is_primary=True).get().name == "Ann"
    assert models.PaymentToken.objects.count() == 2
    groups = {group.name: group for group in models.CreditRiskGroup.objects.all()}
    assert (groups["CR-A"].primary, groups["CR-B"].primary) == (True, False)
    members = models.GroupMember.objects.values_list("organization__ref", "group__name")
    assert dict(members) == {"res-b": "CR-A", "cust-2": "CR-B"}
    assert models.Policy.objects.filter(group=groups["CR-A"]).count() == 4
    assert not models.Contract.objects.filter(buyer__ref="dist-a").exists()


def organization(ref: str) -> models.Organization:
    return models.Organization.objects.get(ref=ref)


def test_what_would_contradict_the_database_is_a_problem() -> None:
    loaded(edited(("    kind: reseller\n", "    kind: reseller\n    external_id: N1\n")))
    assert refused("""
organizations:
  - {ref: x, name: X, kind: reseller, external_id: N1, contract: {seller: dist-a, currency: USD, price_list: a-standard}}
  - {ref: y, name: Y, kind: reseller, contract: {seller: cust-b, currency: EUR}}
price_lists:
  - {ref: more, owner: dist-a, currency: EUR, markup_percent: 3}
credit_risk_groups:
  - {owner: res-b, name: G, members: [dist-a, x], policies: [{scope: offers, vendor: ms, offers: [nothing]}]}
""") == [
        Problem(3, "organizations[0].contract.price_list", "a-standard is in EUR, the contract in USD"),
        Problem(3, "organizations[0].external_id", "is the number of res-b at dist-a, in the database"),
        Problem(4, "organizations[1].contract.seller", "cust-b is a customer, which sells to nobody"),
        Problem(6, "price_lists[0].markup_percent", NO_COST),
        Problem(8, "credit_risk_groups[0].members[0]", "dist-a is not below res-b"),
        Problem(8, "credit_risk_groups[0].members[1]", "x is not below res-b"),
        Problem(8, "credit_risk_groups[0].policies[0].offers[0]", "there is no product nothing"),
    ]


def test_what_belongs_to_a_contract_or_list_that_stands_otherwise_is_not_added() -> None:
    loaded(EXAMPLE)
    report = loaded("""
organizations:
  - {ref: dist-z, name: Z, kind: distributor}
  - {ref: res-b, name: Reseller B, kind: reseller,
     contract: {seller: dist-z, currency: EUR, tokens: [{gateway: sandbox, reference: tok_2, expires: 2031-01}]}}
products:
  - {ref: new, vendor: ms, name: New, product_type: esd, billing_type: one_time, fulfilment: automatic}
price_lists:
  - {ref: a-standard, owner: dist-a, currency: JPY, prices: {new: "7"}}
""")
    assert report.created == 2
    assert report.differences == [
        "price list a-standard: currency is JPY in the file, EUR in the database",
        "contract of res-b with dist-z: seller is dist-z in the file, dist-a in the database",
    ]
    assert models.PaymentToken.objects.count() == 1


# Default limits (R61) -----------------------------------------------------------------------

GROUPED = """
organizations:
  - {ref: top, name: Top, kind: distributor}
  - {ref: euro, name: Euro, kind: reseller, contract: {seller: top, currency: EUR}}
  - {ref: yen, name: Yen, kind: reseller, contract: {seller: top, currency: JPY, credit_limit: null}}
  - {ref: own, name: Own, kind: reseller, contract: {seller: top, currency: EUR, credit_limit: 3}}
  - {ref: free, name: Free, kind: reseller, contract: {seller: top, currency: EUR, credit_limit: unlimited}}
  - {ref: alone, name: Alone, kind: reseller, contract: {seller: top, currency: EUR}}
  - {ref: below, name: Below, kind: customer, contract: {seller: euro, currency: EUR}}
credit_risk_groups:
  - {owner: top, name: G, default_limit: "50000.00", members: [euro, yen, own, free, below]}
  - {owner: top, name: None, members: []}
"""


def limits() -> dict[str | None, tuple[int | None, str]]:
    accounts = models.CreditAccount.objects.values_list("contract__buyer__ref", "limit_minor", "limit_source")
    return {ref: (limit, source) for ref, limit, source in accounts}


def test_a_groups_default_limit_is_read_in_each_members_currency() -> None:
    """R61: only the group of the contract's own seller counts, and only without a limit of its own."""
    loaded(GROUPED)
    assert limits() == {
        "euro": (5_000_000, "default"),
        "yen": (50_000, "default"),
        "own": (300, "own"),
        "free": (None, "own"),
        "alone": (0, "default"),
        "below": (0, "default"),
    }


def test_joining_a_group_by_a_second_file_brings_its_default_limit() -> None:
    loaded(GROUPED)
    join = "credit_risk_groups: [{owner: top, name: G, members: [alone, euro]}, {owner: euro, name: H, default_limit: 7, members: [below]}]"
    assert loaded(join).differences == []
    assert limits()["alone"] == (5_000_000, "default")
    assert limits()["below"] == (700, "default")
    assert limits()["own"] == (300, "own")
    told = models.Event.objects.filter(type=EventType.CREDIT_LIMIT_CHANGED)
    changes = [(fact.detail["buyer"]["ref"], fact.detail["limit"]["amount"]) for fact in told]
    assert sorted(changes) == [("alone", "50000.00"), ("below", "7.00")]  # R61, R90: both parties are told


def test_a_default_limit_must_be_an_amount_of_every_direct_members_currency() -> None:
    problem = Problem(
        11, "credit_risk_groups[0].default_limit", "0.50 cannot be an amount: JPY has 0 decimals"
    )
    assert refused(GROUPED.replace("50000.00", "0.50")) == [problem]


SELLER = """
organizations:
  - ref: dist-k
    name: Distributor K
    kind: distributor
    card_gateway: {STATED}
"""

STATED_GATEWAYS = [
    ("{gateway: sandbox}", "sandbox", "", "", None),
    ("{gateway: none}", "none", "", "", None),
    ("{gateway: stripe, secret_key: sk_test_abcd}", "stripe", "sk_test_abcd", "", "test"),
    (
        "{gateway: stripe, secret_key: rk_live_abcd, publishable_key: pk_live_1}",
        "stripe",
        "rk_live_abcd",
        "",
        "live",
    ),
    ("{gateway: stripe, secret_variable: PLACET_CARD_KEY_K}", "stripe", "", "PLACET_CARD_KEY_K", None),
]


@pytest.mark.parametrize(("stated", "gateway", "secret", "variable", "mode"), STATED_GATEWAYS)
def test_where_a_seller_takes_cards(
    stated: str, gateway: str, secret: str, variable: str, mode: str | None
) -> None:
    """R49: the key is sealed, or stands in the environment; the same file again finds it as it stands."""
    text = SELLER.replace("{STATED}", stated)
    assert loaded(text).differences == []
    row = models.Merchant.objects.get(organization__ref="dist-k")
    assert (row.gateway, row.variable, row.mode, row.chosen) == (gateway, variable, mode, True)
    assert (opened(row.sealed), row.hint) == (secret, secret[-4:])
    assert not secret or secret not in row.sealed
    again = loaded(text)
    assert (again.created, again.differences) == (0, [])
    other = loaded(text.replace("sk_test_abcd", "sk_test_efgh"))
    words = ["card gateway of dist-k: the database has another secret"] if "sk_test" in stated else []
    assert other.differences == words


WRONG_GATEWAYS = [
    ("{gateway: paypal}", "gateway", "must be one of sandbox, stripe, none"),
    ("{gateway: stripe}", "secret_key", "needed: it, or else secret_variable"),
    (
        "{gateway: stripe, secret_key: sk_test_1, secret_variable: PLACET_CARD_KEY_K}",
        "secret_key",
        "needed: it, or else secret_variable",
    ),
    (
        "{gateway: stripe, secret_key: hunter2}",
        "secret_key",
        "must be a secret key of Stripe, sk_test_… or sk_live_…",
    ),
    (
        "{gateway: stripe, secret_variable: PATH}",
        "secret_variable",
        "must be the name of a variable, PLACET_CARD_KEY_… in capitals",
    ),
    ("{gateway: none, secret_key: sk_test_1}", "secret_key", "none needs no key"),
    ("{gateway: sandbox, publishable_key: pk_test_1}", "publishable_key", "sandbox needs no key"),
]


@pytest.mark.parametrize(("stated", "key", "reason"), WRONG_GATEWAYS)
def test_a_card_gateway_that_cannot_be(stated: str, key: str, reason: str) -> None:
    found = answer(SELLER.replace("{STATED}", stated))
    assert isinstance(found, WorldErrors)
    assert [(each.key, each.reason) for each in found.problems] == [
        (f"organizations[0].card_gateway.{key}", reason)
    ]


def test_a_customer_takes_no_cards() -> None:
    found = answer(
        SELLER.replace("{STATED}", "{gateway: none}").replace("kind: distributor", "kind: customer")
    )
    assert isinstance(found, WorldErrors)
    assert "a customer takes no cards" in [each.reason for each in found.problems]
