"""Credit accounts: whose they are, what they hold, what moved them (R2, R60)."""

import pytest

from tests.api.callers import Caller
from tests.api.chains import chain

pytestmark = pytest.mark.usefixtures("committed")

OWN = """
caller  accounts
dist    dist-res
res     res-cust dist-res
cust    res-cust
far     far-rival
"""


@pytest.mark.parametrize("case", OWN.strip().splitlines()[1:])
def test_accounts_of_the_callers_own_links_only(case: str) -> None:
    """R2."""
    made, (caller, *links) = chain(), case.split()
    found = Caller(made.ref(caller)).items("/credit-accounts?limit=1")
    parties = [f"{account['seller']['ref']} {account['buyer']['ref']}" for account in found]
    assert parties == [" ".join(map(made.ref, link.split("-"))) for link in links]


def test_reads_as_the_contract_says() -> None:
    made = chain({"opening_balance": "20.00"})
    made.ordered("onsite")  # short: 20.00 + 100.00 is more than 100.00
    made.ordered()
    (account,) = made.dist.items("/credit-accounts")
    assert account == {
        "id": account["id"],
        "contract": made.organization("res", "res")["contract"]["id"],
        "seller": _party(made.organization("dist", "dist")),
        "buyer": _party(made.organization("res", "res")),
        "limit": {"amount": "100.00", "currency": "EUR"},
        "balance": {"amount": "20.00", "currency": "EUR"},
        "reserved": {"amount": "10.00", "currency": "EUR"},
        "available": {"amount": "70.00", "currency": "EUR"},
    }


def _party(organization: dict[str, str]) -> dict[str, str]:
    return {name: organization[name] for name in ("id", "ref", "name")}


def test_no_limit_has_nothing_that_is_available() -> None:
    (account,) = chain().cust.items("/credit-accounts")
    assert (account["limit"], account["available"]) == ("unlimited", None)


def test_entries_are_the_two_parties() -> None:
    made = chain({"opening_balance": "20.00"})
    (account,) = made.dist.items("/credit-accounts")
    path = f"/credit-accounts/{account['id']}/entries"
    (entry,) = made.dist.items(path)
    assert entry["kind"] == "opening"
    assert entry["amount"] == entry["balance"] == {"amount": "20.00", "currency": "EUR"}
    assert (entry["order"], entry["invoice"]) == (None, None)
    assert made.res.items(path) == [{name: value for name, value in entry.items() if name != "by"}]
    for stranger in ("cust", "far", "rival"):
        Caller(made.ref(stranger)).refused("GET", path, "not_found")
    made.dist.refused("GET", "/credit-accounts/nonsense/entries", "not_found")
    made.dist.refused("GET", f"{path}?cursor=bm9uc2Vuc2U=", "invalid")


def test_entries_come_in_pages_the_newest_first() -> None:
    made = chain({"opening_balance": "20.00"})
    account = made.dist.items("/credit-accounts")[0]
    for amount in ("1.00", "2.00"):
        made.dist.post("/payments", {"contract": account["contract"], "amount": amount})
    path = f"/credit-accounts/{account['id']}/entries"
    entries = made.dist.items(f"{path}?limit=1")
    assert entries == made.dist.get(path)["items"]
    assert [entry["balance"]["amount"] for entry in entries] == ["17.00", "19.00", "20.00"]
    assert [entry["kind"] for entry in entries] == ["payment", "payment", "opening"]
