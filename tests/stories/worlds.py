"""World files for stories, in a few words (contract §2).

Everybody has one key a role: `key-REF-ROLE`. Every seller has one price list: the top seller's own
prices, everyone else's cost and 20 percent. Credit is unlimited where nothing else is said.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

Json = dict[str, Any]

ROLES: Final = ("admin", "approver", "buyer", "finance", "viewer")
MARKUP: Final = "20"


def key(ref: str, role: str = "admin") -> str:
    """The API key of an organization's program in that role."""
    return f"key-{ref}-{role}"


def secret(ref: str) -> str:
    """What an organization's webhooks are signed with."""
    return "whsec_" + base64.b64encode(ref.ljust(24, ".").encode()).decode()


def distributor(ref: str, **more: object) -> Json:
    """Buys from nobody."""
    return _organization(ref, "distributor", more)


def reseller(ref: str, seller: str, contract: Json | None = None, **more: object) -> Json:
    """Buys and sells."""
    return _organization(ref, "reseller", {"contract": _contract(seller, contract), **more})


def customer(ref: str, seller: str, contract: Json | None = None, **more: object) -> Json:
    """Buys for itself. Its orders need no approval of its reseller unless the contract says so."""
    quiet = {"order_approval": False, **(contract or {})}
    return _organization(ref, "customer", {"contract": _contract(seller, quiet), **more})


def card(reference: str, expires: str = "2099-12", **more: object) -> Json:
    """A contract paid by this card."""
    stored = {"gateway": "sandbox", "reference": reference, "expires": expires, **more}
    return {"payment_method": "credit_card", "tokens": [stored]}


def product(ref: str, fulfilment: str = "automatic", *, vendor: str = "", **sandbox: object) -> Json:
    """A licence by the month; `sandbox` says how its vendor behaves."""
    return {
        "ref": ref,
        "vendor": vendor or f"{ref}-vendor",
        "sku": f"SKU-{ref}",
        "name": f"Product {ref}",
        "product_type": "software_subscription",
        "billing_type": "monthly",
        "fulfilment": fulfilment,
        **({"sandbox": sandbox} if sandbox else {}),
    }


def world(  # noqa: PLR0913 - what a world consists of
    *organizations: Json,
    prices: Mapping[str, str],
    products: Iterable[Json] = (),
    groups: Iterable[Json] = (),
    told: Iterable[str] = (),
    events: Iterable[str] = ("order.pending_approval", "offer.provisioned"),
    markups: Mapping[str, str] | None = None,
    subscriptions: Iterable[Json] = (),
) -> str:
    """A world file.

    Args:
        organizations: all of them.
        prices: what each product costs at every top seller.
        products: those of them that are not simply `product(ref)`; and any without a price.
        groups: credit risk groups.
        told: who has a webhook endpoint, at `{hooks}/REF`.
        events: what it is told there.
        markups: percentages of sellers that do not take 20.
        subscriptions: what customers have already.
    """
    known = {made["ref"]: made for made in products}
    catalog = [known.get(ref) or product(ref) for ref in {**prices, **known}]
    return json.dumps(
        {
            "organizations": organizations,
            "vendors": [
                {"ref": ref, "name": f"Vendor {ref}", "connector": "sandbox"}
                for ref in {made["vendor"] for made in catalog}
            ],
            "products": catalog,
            "price_lists": [_prices(one, prices, markups or {}) for one in _sellers(organizations)],
            "credit_risk_groups": list(groups),
            "webhook_endpoints": [
                {"owner": ref, "url": f"{{hooks}}/{ref}", "secret": secret(ref), "events": list(events)}
                for ref in told
            ],
            "subscriptions": list(subscriptions),
        }
    )


def group(owner: str, *members: str, **more: object) -> Json:
    """A credit risk group whose owner wants to approve every offer."""
    return {"owner": owner, "name": f"CR-{owner}", "members": members, "policies": [{"scope": "all"}], **more}


def _organization(ref: str, kind: str, more: Mapping[str, object]) -> Json:
    keys = [{"name": f"{ref}'s {role}", "key": key(ref, role), "role": role} for role in ROLES]
    return {"ref": ref, "name": f"Org {ref}", "kind": kind, "country": "LV", "api_keys": keys, **more}


def _contract(seller: str, terms: Json | None) -> Json:
    usual = {"seller": seller, "currency": "EUR", "price_list": f"{seller}-list", "credit_limit": "unlimited"}
    return usual | (terms or {})


def _sellers(organizations: Iterable[Json]) -> list[Json]:
    return [one for one in organizations if one["kind"] != "customer"]


def _prices(seller: Json, prices: Mapping[str, str], markups: Mapping[str, str]) -> Json:
    own = {"ref": f"{seller['ref']}-list", "owner": seller["ref"], "currency": "EUR"}
    if "contract" not in seller:
        return own | {"prices": prices}
    return own | {"markup_percent": markups.get(seller["ref"], MARKUP)}
