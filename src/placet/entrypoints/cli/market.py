"""The demo's organizations as their programs see Placet: over its API, each with its own key."""

import time
from typing import Any, Final

import httpx

Json = dict[str, Any]

PATIENCE: Final = 20.0
"""Seconds to wait for the worker."""
AT_REST: Final = frozenset({"executed", "rejected", "cancelled", "expired", "unexecuted"})


class Market:
    """The demo's organizations, each with its own key."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=f"{address}/api/v1", timeout=PATIENCE)

    def get(self, organization: str, path: str) -> Json:
        """What that organization reads there."""
        return self._answer(self._http.get(path, headers=self._key(organization)))

    def post(self, organization: str, path: str, body: Json, once: str) -> Json:
        """What it is answered, the first time and ever after."""
        headers = {**self._key(organization), "Idempotency-Key": once}
        return self._answer(self._http.post(path, json=body, headers=headers))

    def close(self) -> None:
        """Lets go of the connections."""
        self._http.close()

    def at_rest(self, buyer: str, path: str) -> Json:
        """The order once the worker is done with it, or as it is when patience ends."""
        until = time.monotonic() + PATIENCE
        while True:
            order = self.get(buyer, path)
            going = any(line["delivery_status"] == "provisioning" for line in order["lines"])
            quiet = order["status"] in AT_REST or (order["status"] == "submitted" and not going)
            if quiet or not self._charging(order, path) or time.monotonic() > until:
                return order
            time.sleep(0.1)

    def _charging(self, order: Json, path: str) -> bool:
        """Whether something is still under way: with a vendor, or with a card (which the payer sees)."""
        if order["status"] == "submitted":
            return True
        seen = self.get(order["seller"]["ref"], path)
        return bool((seen.get("payment") or {}).get("status") == "in_progress")

    @staticmethod
    def _key(organization: str) -> dict[str, str]:
        return {"Authorization": f"Bearer demo-{organization}"}

    @staticmethod
    def _answer(response: httpx.Response) -> Json:
        response.raise_for_status()
        answer: Json = response.json()
        return answer


def money(amount: Json) -> str:
    """As people read it."""
    return f"{amount['amount']} {amount['currency']}"
