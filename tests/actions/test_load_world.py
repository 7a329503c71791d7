"""Loading world files (contract §2): what becomes of a good one, and every way to be a bad one."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth.hashers import check_password
from django.db import connection

from placet.actions.load_world import Problem, WorldErrors, WorldReport, load_world
from placet.domain.world.ground import digest
from placet.storage import db, models

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
"""  # noqa: E501 - as the contract has it


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
    assert (dist.name, dist.kind, dist.country, dist.status) == ("Distributor A", "distributor", "LV", "active")
    assert (dist.multi_tier_approval, dist.time_zone, dist.approval_order) == (True, "Europe/Riga", "parallel")
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
    assert (deal.tax_rate, deal.payment_days, deal.order_approval) == (0, 30, False)
    assert models.PriceList.objects.get(id=deal.price_list_id).ref == "a-standard"
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
    assert endpoint.secret == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
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
"""  # noqa: E501


def test_the_keys_beyond_the_example() -> None:
    """Optional keys, defaults (R20), days in the owner's time zone (R4), amounts of 0 and 3 decimals."""
    loaded(MORE)
    top = models.Organization.objects.get(ref="top")
    assert (top.offer_days, top.approval_order) == (7, "buyer_first")
    res, cust = (models.Contract.objects.get(buyer__ref=ref) for ref in ("res", "cust"))
    assert (res.external_id, res.tax_rate, res.order_approval, cust.order_approval) == ("0017", 10, False, True)
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
    assert {each.payment_method for each in models.Contract.objects.all()} == {"cash", "deposit", "credit_card"}
    assert models.ApiKey.objects.filter(digest=digest("demo-dist-a")).exists()
