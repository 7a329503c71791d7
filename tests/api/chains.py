"""A small world for the API's tests: one chain of three, and strangers beside it."""

from dataclasses import dataclass

from tests.api.callers import Caller, Json, load, unique
from tests.stories.worlds import customer, distributor, group, product, reseller, world


@dataclass
class Chain:
    """A distributor, its reseller, that one's customer, and a stranger with a reseller of its own."""

    word: str

    def __getattr__(self, ref: str) -> Caller:
        return Caller(self.ref(ref))

    def ref(self, name: str) -> str:
        """What an organization, a product or a list of this world is called everywhere."""
        return f"{self.word}-{name}"

    def organization(self, caller: str, name: str) -> Json:
        """One as another sees it."""
        return Caller(self.ref(caller)).get(f"/organizations/{self.ref(name)}")

    def contract(self, buyer: str) -> str:
        """The path of that buyer's contract."""
        return f"/contracts/{self.organization(buyer, buyer)['contract']['id']}"

    def ordered(self, name: str = "bp", quantity: int = 1, **more: object) -> Json:
        """The customer's order of one product."""
        line = {"product": self.ref(name), "quantity": quantity}
        return self.cust.post("/orders", {"lines": [line], **more})


def chain(res: Json | None = None, cust: Json | None = None, **more: object) -> Chain:
    """Such a world; `res` and `cust` are terms of their contracts. At the distributor `bp` costs 10.00,
    `onsite`, which is done by hand, 100.00. The distributor's group grants 50.00; it is primary, as is
    the reseller's, and both are empty."""
    made = Chain(unique("org"))
    top, seller, buyer, far, rival = map(made.ref, ("dist", "res", "cust", "far", "rival"))
    load(
        world(
            distributor(top),
            reseller(seller, top, {"credit_limit": "100.00", **(res or {})}, **more),
            customer(buyer, seller, cust, external_id="C-1"),
            distributor(far),
            reseller(rival, far),
            prices={made.ref("bp"): "10.00", made.ref("onsite"): "100.00"},
            products=[product(made.ref("onsite"), "manual", vendor=made.ref("bp-vendor"))],
            groups=[
                group(top, primary=True, default_limit="50.00", policies=[]),
                group(seller, primary=True, policies=[]),
            ],
        )
    )
    return made
