"""A reseller's figures and its product mix as they read (R102, R103, contract §3)."""

from datetime import date, timedelta

import pytest

from placet.entrypoints.api.dashboard import ProductMixShape, StatisticsShape
from tests.api.callers import Caller
from tests.api.chains import Chain, chain
from tests.api.worker import provision
from tests.domain.tables import cases

pytestmark = pytest.mark.usefixtures("committed")

MIX = "/dashboard/product-mix"
FIGURES = "/dashboard/statistics"


def sold(**terms: object) -> Chain:
    """A chain whose customer has bought two."""
    made = chain(res=terms)
    made.ordered(quantity=2)
    provision()
    return made


def test_statistics_read() -> None:
    """R102: money where the reseller buys, decimal text; counts; the moment they are of."""
    found = sold().res.get(FIGURES)
    StatisticsShape.model_validate(found)
    assert found.pop("as_of").endswith("Z")
    assert found == {
        "monthly_costs": {"amount": "20.00", "currency": "EUR"},
        "account_balance": {"amount": "20.00", "currency": "EUR"},
        "subscriptions_sold": 1,
        "licenses_sold": 2,
        "active_subscriptions": 1,
        "suspended_subscriptions": 0,
        "overdue_payments": {"amount": "0.00", "currency": "EUR"},
        "credit_limit": {"amount": "100.00", "currency": "EUR"},
        "available_credit": {"amount": "80.00", "currency": "EUR"},
    }


def test_unlimited_reads_as_in_credit_accounts() -> None:
    """Contract §3: `unlimited`, and then nothing, or rather anything, is available."""
    made = sold(credit_limit="unlimited")
    found = made.res.get(FIGURES)
    StatisticsShape.model_validate(found)
    [account] = made.res.items("/credit-accounts?limit=1")[-1:]
    assert (found["credit_limit"], found["available_credit"]) == (account["limit"], None)


def test_a_mix_reads() -> None:
    """R103: days, the total, slices with their share in percent."""
    made = sold()
    found = made.res.get(f"{MIX}?period=this_month&product_type=software_subscription&billing_type=monthly")
    ProductMixShape.model_validate(found)
    first, last = date.fromisoformat(found["from"]), date.fromisoformat(found["to"])
    assert (first.day, first.month) == (1, last.month)
    assert found["total"] == {"amount": "20.00", "currency": "EUR"}
    [slice_] = found["slices"]
    assert slice_["product"]["ref"] == made.ref("bp")
    assert (slice_["amount"], slice_["share"]) == (found["total"], 100)
    assert made.res.get(MIX) == made.res.get(f"{MIX}?product_type=&billing_type=") == found


def test_an_empty_mix_reads() -> None:
    """R103: no slices, and a total of 0 in the currency where it buys."""
    found = sold().res.get(f"{MIX}?period=last_3_months")
    ProductMixShape.model_validate(found)
    assert (found["slices"], found["total"]) == ([], {"amount": "0.00", "currency": "EUR"})
    first, last = date.fromisoformat(found["from"]), date.fromisoformat(found["to"])
    assert first.day == (last + timedelta(days=1)).day == 1
    assert (last.year * 12 + last.month) - (first.year * 12 + first.month) == 2


@cases("""
parameter     value
period        last_year
period        THIS_MONTH
product_type  licence
billing_type  weekly
""")
def test_a_word_of_nobody(parameter: str, value: str) -> None:
    """Contract §3: who may not look is told so (403) before what is wrong with the question (422)."""
    made = chain()
    path = f"{MIX}?{parameter}={value}"
    assert list(made.res.refused("GET", path, "invalid")["errors"]) == [parameter]
    for caller in ("dist", "cust"):
        Caller(made.ref(caller)).refused("GET", path, "forbidden")


@pytest.mark.parametrize("path", [FIGURES, MIX])
def test_who_may_look(path: str) -> None:
    """R102: every role of who buys and sells; not final buyers, not who buys from nobody."""
    made = chain()
    for role in ("admin", "approver", "buyer", "finance", "viewer"):
        assert Caller(made.ref("res"), role).get(path)
    for caller in ("dist", "cust", "far"):
        Caller(made.ref(caller)).refused("GET", path, "forbidden")
