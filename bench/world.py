"""The bench world: one distributor and many resellers with a customer each, so that no single credit
account is the queue. Every order needs two approvals: the customer's toggle asks its reseller (R20),
the credit risk policy asks the distributor (R23)."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import to_json

CHAINS: Final = 40
PRODUCT: Final = "bench-suite"
LIMIT: Final = "900000000000.00"
"""Wide enough for every order of a run: the check is made, and passes."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One customer → reseller → distributor, by the keys that act for them."""

    customer: str
    reseller: str
    distributor: str

    def as_json(self) -> list[str]:
        """For the load generator."""
        return [self.customer, self.reseller, self.distributor]


def chains() -> list[Chain]:
    """All chains of the world; they meet only in their distributor."""
    return [Chain(f"bench-key-c{n:02}", f"bench-key-r{n:02}", "bench-key-d") for n in range(CHAINS)]


def document() -> bytes:
    """The world file."""
    return to_json(
        {
            "organizations": [
                _distributor(),
                *(o for n in range(CHAINS) for o in (_reseller(n), _customer(n))),
            ],
            "vendors": [{"ref": "bench-vendor", "name": "Bench Vendor", "connector": "sandbox"}],
            "products": [_product()],
            "price_lists": [
                {"ref": "bench-list", "owner": "bench-d", "currency": "EUR", "prices": {PRODUCT: "10.00"}},
                *(_retail(n) for n in range(CHAINS)),
            ],
            "credit_risk_groups": [
                {
                    "owner": "bench-d",
                    "name": "Bench",
                    "members": [f"bench-r{n:02}" for n in range(CHAINS)],
                    "policies": [{"scope": "all"}],
                }
            ],
        }
    )


def _distributor() -> dict[str, Any]:
    return {
        "ref": "bench-d",
        "name": "Bench Distributor",
        "kind": "distributor",
        "country": "LV",
        "time_zone": "Europe/Riga",
        "multi_tier_approval": True,
        "api_keys": [{"name": "bench", "key": "bench-key-d", "role": "admin"}],
    }


def _reseller(n: int) -> dict[str, Any]:
    return {
        "ref": f"bench-r{n:02}",
        "name": f"Bench Reseller {n:02}",
        "kind": "reseller",
        "country": "LV",
        "time_zone": "Europe/Riga",
        "contract": {
            "seller": "bench-d",
            "currency": "EUR",
            "price_list": "bench-list",
            "tax_rate": "21",
            "credit_limit": LIMIT,
        },
        "api_keys": [{"name": "bench", "key": f"bench-key-r{n:02}", "role": "admin"}],
    }


def _customer(n: int) -> dict[str, Any]:
    return {
        "ref": f"bench-c{n:02}",
        "name": f"Bench Customer {n:02}",
        "kind": "customer",
        "country": "LV",
        "contract": {
            "seller": f"bench-r{n:02}",
            "currency": "EUR",
            "price_list": f"bench-retail-{n:02}",
            "tax_rate": "21",
            "order_approval": True,
            "credit_limit": LIMIT,
        },
        "api_keys": [{"name": "bench", "key": f"bench-key-c{n:02}", "role": "buyer"}],
    }


def _product() -> dict[str, Any]:
    return {
        "ref": PRODUCT,
        "vendor": "bench-vendor",
        "sku": "BENCH-1",
        "name": "Bench Suite",
        "product_type": "software_subscription",
        "billing_type": "monthly",
        "fulfilment": "automatic",
    }


def _retail(n: int) -> dict[str, Any]:
    return {
        "ref": f"bench-retail-{n:02}",
        "owner": f"bench-r{n:02}",
        "currency": "EUR",
        "markup_percent": "20",
    }
