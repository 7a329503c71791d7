"""What a policy can be, and what needs a second yes: R80, R81, R83."""

from datetime import date
from decimal import Decimal

import pytest

from placet.domain.credit_risk import (
    GroupPolicy,
    Offer,
    PolicyWish,
    RiskGroup,
    decimal_text,
    makes_primary,
    removes,
    wrong_policy,
)
from placet.domain.words import Scope
from tests.domain.builders import PRODUCTS, id_of, named, party
from tests.domain.tables import cases

WISHES = """
scope   vendor  offers     ->  refused          fields
all     -       -              -                -
all     ms      -              invalid          vendor
all     -       bp             invalid          offers
vendor  ms      -              -                -
vendor  -       -              invalid          vendor
vendor  nobody  -              invalid          vendor
vendor  ms      bp             invalid          offers
offers  ms      bp             -                -
offers  ms      bp office      -                -
offers  ms      -              invalid          offers
offers  -       bp             invalid          vendor
offers  -       -              invalid          vendor offers
offers  ms      nothing        unknown_product  -
offers  ms      bp nothing     unknown_product  -
offers  ms      ps             invalid          offers
offers  ms      bp ps          invalid          offers
"""

AMOUNTS = """
amount   ->  text
500          500.00
500.5        500.50
500.5000     500.50
0            0.00
12.345       12.345
1E+3         1000.00
"""


@cases(WISHES)
def test_what_fits_together_in_a_policy(
    scope: str, vendor: str, offers: str, refused: str, fields: str
) -> None:
    """R81: with one vendor the scope can be narrowed to offers of that vendor."""
    wish = PolicyWish(Scope(scope), vendor or None, tuple(offers.split()), None)
    vendors = {name: id_of(name) for name in ("ms", "adobe", "acme")}
    known = {name: Offer(each.id, each.vendor.id) for name, each in PRODUCTS.items()}
    answer = wrong_policy(wish, vendors, known, "policies.0.")
    assert (answer.code if answer else "") == refused
    errors = answer.facts.get("errors", {}) if answer else {}
    assert [field.removeprefix("policies.0.") for field in errors] == fields.split()


@cases(AMOUNTS)
def test_an_amount_of_no_known_currency(amount: str, text: str) -> None:
    assert decimal_text(Decimal(amount)) == text
    assert decimal_text(None) is None


def _group(members: int, *, primary: bool) -> RiskGroup:
    policy = GroupPolicy(
        id_of("policy"), Scope.OFFERS, named("ms"), (named("bp"),), Decimal(500), date(2026, 11, 1)
    )
    return RiskGroup(
        id=id_of("group"),
        owner=id_of("dist"),
        name="CR-A",
        primary=primary,
        default_limit=Decimal("1000.0000"),
        created_on=date(2026, 11, 1),
        updated_on=date(2026, 11, 22),
        updated_by="Ann",
        policies=(policy,),
        members=tuple(party(f"org{index}") for index in range(members)),
    )


@pytest.mark.parametrize(
    ("members", "primary", "words"),
    [
        (1, False, "1 organization of CR-A will be in no credit risk group."),
        (3, False, "3 organizations of CR-A will be in no credit risk group."),
        (0, True, "Newly added organizations will join none."),
    ],
)
def test_removing_a_group_says_what_happens(members: int, primary: bool, words: str) -> None:  # noqa: FBT001
    """R83."""
    asked = removes(_group(members, primary=primary))
    assert asked.code == "confirmation_required"
    assert asked.words.endswith(f"{words} To confirm, repeat this with confirm=true.")


def test_making_a_group_primary_says_what_happens() -> None:
    """R83."""
    assert makes_primary("CR-A", None).words.startswith(
        "Newly added organizations will join CR-A. To confirm"
    )
    assert (
        "CR-B will no longer be the primary group; its organizations stay in it."
        in makes_primary("CR-A", "CR-B").words
    )


def test_a_group_reads_whole_or_as_a_row() -> None:
    """R80."""
    group = _group(2, primary=True)
    assert (group.row_json()["organizations"], group.row_json()["default_limit"]) == (2, "1000.00")
    assert "members" not in group.row_json()
    assert [member["ref"] for member in group.as_json()["members"]] == ["org0", "org1"]
    assert group.row_json()["policies"] == [
        {
            "id": str(id_of("policy")),
            "scope": "offers",
            "vendor": named("ms").as_json(),
            "offers": [named("bp").as_json()],
            "approve_above": "500.00",
            "created_on": "2026-11-01",
        }
    ]
