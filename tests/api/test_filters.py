"""Lists by what one looks for, beside what each resource's own tests say."""

import pytest

from tests.api.chains import Chain, chain
from tests.api.worker import provision
from tests.databases import kept
from tests.domain.tables import cases

pytestmark = pytest.mark.usefixtures("committed")


@kept
def sold() -> Chain:
    """A world that no test changes: one order was executed and billed, something paid and given back."""
    made = chain()
    made.ordered()
    provision()
    contract = made.contract("res").rpartition("/")[2]
    made.dist.post("/payments", {"contract": contract, "amount": "20.00"})
    made.dist.post("/refunds", {"contract": contract, "amount": "5.00", "reason": "Too much."})
    return made


@cases("""
path             wanted                               found
credit-accounts  partner=<dist>                       1
credit-accounts  partner=<cust>                       1
credit-accounts  partner=<rival>                      0
credit-accounts  -                                    2
payments         since=2020-01-01T00:00:00Z           1
payments         since=2099-01-01T00:00:00Z           0
payments         until=2020-01-01T00:00:00Z           0
payments         until=2099-01-01T00:00:00%2B01:00    1
refunds          since=2020-01-01T00:00:00Z           1
refunds          until=2020-01-01T00:00:00Z           0
<account>        kind=payment                         1
<account>        kind=opening                         0
<account>        since=2020-01-01T00:00:00Z           3
<account>        since=2099-01-01T00:00:00Z           0
<account>        until=2020-01-01T00:00:00Z           0
<list>           product=<bp>                         1
<list>           product=nothing                      0
<list>           -                                    2
invoices         issued_from=2020-01-01               2
invoices         issued_from=2099-01-01               0
invoices         issued_to=2020-01-01                 0
invoices         issued_to=2099-01-01&kind=credit     0
""")
def test_lists_by_what_one_looks_for(path: str, wanted: str, found: str) -> None:
    """As the reseller in the middle, who buys and sells; prices as the distributor."""
    made = sold()
    query = wanted.replace("<", made.ref("")).replace(">", "")
    if path == "<list>":
        rows = made.dist.items(f"/price-lists/{made.ref('dist')}-list/prices?{query}")
    else:
        [account] = made.res.items(f"/credit-accounts?partner={made.ref('dist')}")
        there = path.replace("<account>", f"credit-accounts/{account['id']}/entries")
        rows = made.res.items(f"/{there}?{query}")
    assert len(rows) == int(found)


def test_a_party_is_named_by_its_id_as_well() -> None:
    made = sold()
    id_ = made.organization("res", "cust")["id"]
    [account] = made.res.items(f"/credit-accounts?partner={id_}")
    assert account["buyer"]["ref"] == made.ref("cust")


@cases("""
path      wanted
payments  since=yesterday
payments  until=2026-01-01T00:00:00
invoices  issued_from=2026-13-01
invoices  issued_to=now
""")
def test_what_is_no_time_is_invalid(path: str, wanted: str) -> None:
    sold().res.refused("GET", f"/{path}?{wanted}", "invalid")
