"""The API as another program uses it: one key, one organization, plain JSON."""

import time
from collections.abc import Callable
from typing import Any, Final

import httpx

Json = dict[str, Any]

PATIENCE: Final = 20.0
"""Seconds within which what should happen must have happened; the machine may be busy."""


def until[T](look: Callable[[], T | None], what: str) -> T:
    """What `look` finds, as soon as it finds anything."""
    give_up_at = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < give_up_at, f"still waiting until {what}"
        time.sleep(0.03)
    return found


class Client:
    """One organization's program. Reads and acts answer JSON, and fail the test unless they succeed;
    `refused` expects a no."""

    def __init__(self, address: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=f"{address}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            trust_env=False,
            timeout=PATIENCE,
        )

    def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """The bare answer. A header's name is written with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._http.request(method, path, json=body, headers=named)

    def get(self, path: str) -> Json:
        """What stands there."""
        return self._done(self.call("GET", path))

    def items(self, path: str) -> list[Json]:
        """All of a list, however many pages it has."""
        page = self.get(path)
        found: list[Json] = page["items"]
        while page["next_cursor"]:
            joint = "&" if "?" in path else "?"
            page = self.get(f"{path}{joint}cursor={page['next_cursor']}")
            found += page["items"]
        return found

    def post(self, path: str, body: object = None, **headers: str) -> Json:
        """An act, done."""
        return self._done(self.call("POST", path, {} if body is None else body, **headers))

    def patch(self, path: str, body: object) -> Json:
        """A change, made."""
        return self._done(self.call("PATCH", path, body))

    def refused(self, method: str, path: str, body: object = None, **headers: str) -> Json:
        """A no, as the problem that it is (RFC 9457)."""
        answer = self.call(method, path, body, **headers)
        assert answer.is_client_error, f"{method} {path} answered {answer.status_code}: {answer.text}"
        assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
        problem: Json = answer.json()
        assert problem["status"] == answer.status_code
        return problem

    # Orders -----------------------------------------------------------------------------------

    def place(self, *products: str, quantity: int = 1, **more: object) -> Json:
        """An order of these products, each as often; `customer` for one on behalf."""
        lines = [{"product": product, "quantity": quantity} for product in products]
        return self.post("/orders", {"lines": lines, **more})

    def read(self, order: Json) -> Json:
        """The order as it is now."""
        return self.get(f"/orders/{order['id']}")

    def act(self, verb: str, order: Json, **body: object) -> Json:
        """One verb on an order: the order as it became."""
        return self.post(f"/orders/{order['id']}/{verb}", body)

    def cannot(self, verb: str, order: Json, **body: object) -> Json:
        """A verb that is refused, and why."""
        return self.refused("POST", f"/orders/{order['id']}/{verb}", body)

    def approve(self, order: Json, comment: str = "") -> Json:
        """This organization's yes."""
        return self.act("approve", order, comment=comment)

    def wait_for(self, order: Json, status: str) -> Json:
        """The order, once it has this status."""

        def there() -> Json | None:
            now = self.read(order)
            return now if now["status"] == status else None

        return until(there, f"{order['number']} is {status}")

    def account(self, seller: str, buyer: str) -> Json:
        """The credit account between these two, by their refs."""
        found = self.items("/credit-accounts")
        return next(a for a in found if (a["seller"]["ref"], a["buyer"]["ref"]) == (seller, buyer))

    def close(self) -> None:
        """Hangs up."""
        self._http.close()

    def _done(self, answer: httpx.Response) -> Json:
        request = f"{answer.request.method} {answer.request.url.path}"
        assert answer.is_success, f"{request} answered {answer.status_code}: {answer.text}"
        body: Json = answer.json()
        return body
