"""What the API's description says of partners, contracts, accounts and groups is what they read as."""

import pytest
from ninja import Schema

from placet.entrypoints.api import contracts, credit_accounts, credit_risk_groups, organizations
from tests.api.callers import Json
from tests.api.chains import Chain, chain
from tests.stories.worlds import card

pytestmark = pytest.mark.usefixtures("committed")


def answers(made: Chain) -> list[tuple[type[Schema], Json]]:
    """Every kind of answer, each to somebody who sees the most and somebody who sees less."""
    res = made.contract("res")
    account = made.dist.items("/credit-accounts")[0]["id"]
    group = made.dist.items("/credit-risk-groups")[0]["id"]
    policy = {"scope": "offers", "vendor": made.ref("bp-vendor"), "offers": [made.ref("bp")]}
    return [
        (organizations.OrganizationsShape, made.dist.get("/organizations")),
        (organizations.OrganizationsShape, made.cust.get("/organizations")),
        (organizations.OrganizationShape, made.organization("dist", "dist")),
        (organizations.OrganizationShape, made.organization("dist", "cust")),
        (organizations.OrganizationShape, made.organization("cust", "cust")),
        (contracts.ContractShape, made.dist.get(res)),
        (contracts.TokensShape, made.dist.get(f"{res}/tokens")),
        (credit_accounts.AccountsShape, made.res.get("/credit-accounts")),
        (credit_accounts.EntriesShape, made.dist.get(f"/credit-accounts/{account}/entries")),
        (credit_accounts.EntriesShape, made.res.get(f"/credit-accounts/{account}/entries")),
        (credit_risk_groups.PolicyShape, made.dist.post(f"/credit-risk-groups/{group}/policies", policy)),
        (
            credit_risk_groups.GroupShape,
            made.dist.put(f"/credit-risk-groups/{group}/members/{made.ref('res')}"),
        ),
        (credit_risk_groups.GroupsShape, made.dist.get("/credit-risk-groups")),
    ]


def test_answers_are_as_described() -> None:
    """Nothing that is not described, nothing described that is missing."""
    for shape, answer in answers(chain({"opening_balance": "1.00", **card("tok_ok")})):
        read = shape.model_validate(answer).model_dump(mode="json", exclude_unset=True)
        assert read == answer
