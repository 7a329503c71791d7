"""Organizations: who sees which, who may change what, and how new ones come (R1, R20-R22, R49, R82, R83)."""

import pytest

from placet.storage import models
from tests.api.callers import Caller, Json, load, unique
from tests.api.chains import Chain, chain
from tests.stories.worlds import card, distributor, reseller, world

pytestmark = pytest.mark.usefixtures("committed")


def new(chain_: Chain, seller: str = "dist", contract: Json | None = None, **more: object) -> Json:
    """A reseller to add; `contract` is on top of the usual one."""
    terms = {"seller": chain_.ref(seller), "currency": "EUR", "price_list": chain_.ref(f"{seller}-list")}
    made = {"ref": chain_.ref("new"), "name": "New", "kind": "reseller"}
    return made | {"contract": terms | (contract or {})} | more


# Seeing -------------------------------------------------------------------------------------

SEEN = """
caller  organization  tier      terms
dist    res           direct    yes
dist    cust          indirect  no
res     cust          direct    yes
res     res           -         yes
cust    cust          -         yes
dist    dist          -         none
res     dist          stranger  -
cust    res           stranger  -
far     res           stranger  -
rival   cust          stranger  -
dist    nobody        stranger  -
"""


@pytest.mark.parametrize("case", SEEN.strip().splitlines()[1:])
def test_who_sees_whom_and_whose_terms(case: str) -> None:
    """R1, R2: itself and everyone below; terms and toggle only the contract's two parties."""
    made, (caller, name, tier, terms) = chain(), case.split()
    if tier == "stranger":
        Caller(made.ref(caller)).refused("GET", f"/organizations/{made.ref(name)}", "not_found")
        return
    seen = made.organization(caller, name)
    assert seen["tier"] == (None if tier == "-" else tier)
    own = {"contract", "order_approval", "contacts"}
    assert own & seen.keys() == (set() if terms == "no" else own)
    assert bool(seen.get("contract")) is (terms == "yes")


def test_who_has_no_seller_has_a_number_of_its_own() -> None:
    """It reads it; who buys from it does not see it at all (R2)."""
    word = unique("top")
    load(world(distributor(word, external_id="ERP-1001"), reseller(f"{word}-res", word), prices={}))
    assert Caller(word).get(f"/organizations/{word}")["external_id"] == "ERP-1001"
    assert Caller(word).get(f"/organizations/{word}-res")["external_id"] is None
    Caller(f"{word}-res").refused("GET", f"/organizations/{word}", "not_found")


def test_reads_as_the_contract_says() -> None:
    made = chain()
    seen = made.organization("res", "cust")
    assert {
        name: seen[name] for name in ("ref", "name", "kind", "status", "country", "external_id", "tier")
    } == {
        "ref": made.ref("cust"),
        "name": f"Org {made.ref('cust')}",
        "kind": "customer",
        "status": "active",
        "country": "LV",
        "external_id": "C-1",
        "tier": "direct",
    }
    assert seen["credit_risk_group"] is None
    assert seen["order_approval"] == {"stored": False, "required": False, "locked": False, "reason": None}
    contract = seen["contract"]
    assert contract["seller"]["ref"] == made.ref("res")
    assert contract["price_list"]["ref"] == made.ref("res-list")
    terms = {name: contract[name] for name in ("currency", "payment_method", "tax_rate", "payment_days")}
    assert terms == {"currency": "EUR", "payment_method": "cash", "tax_rate": "0", "payment_days": 30}
    assert contract["credit_account"]["limit"] == "unlimited"
    assert made.res.get(f"/organizations/{seen['id']}") == seen  # by id as by ref


def test_a_group_is_the_viewers_own() -> None:
    """R82: the distributor's group is not its reseller's to know, nor the other way round."""
    made = chain()
    (groups,) = made.dist.items("/credit-risk-groups")
    made.dist.put(f"/credit-risk-groups/{groups['id']}/members/{made.ref('cust')}")
    assert made.organization("dist", "cust")["credit_risk_group"] == {
        "id": groups["id"],
        "name": groups["name"],
    }
    assert made.organization("res", "cust")["credit_risk_group"] is None


LISTED = """
query                   of dist
                        cust new res
?tier=direct            new res
?tier=indirect          cust
?kind=customer          cust
?status=new             new
?status=active&q=ORG    cust res
?q=c-1                  cust
?q=%25                  -
"""


@pytest.mark.parametrize("case", LISTED.strip("\n").splitlines()[1:])
def test_filters(case: str) -> None:
    made, query, found = chain(), case[:24].strip(), case[24:].split()
    made.dist.post("/organizations", new(made, status="new"))
    listed = sorted(one["ref"] for one in made.dist.items(f"/organizations{query}"))
    assert listed == ([] if found == ["-"] else [made.ref(name) for name in found])


def test_pages_go_on_where_they_ended() -> None:
    made = chain()
    made.dist.post("/organizations", new(made))
    whole = made.dist.get("/organizations")
    assert [one["ref"] for one in whole["items"]] == [made.ref(name) for name in ("new", "cust", "res")]
    assert whole["next_cursor"] is None
    assert made.dist.items("/organizations?limit=1") == whole["items"]
    made.dist.refused("GET", "/organizations?cursor=bm9uc2Vuc2U=", "invalid")


def test_a_final_buyer_has_nobody_below() -> None:
    assert chain().cust.items("/organizations") == []


# Adding -------------------------------------------------------------------------------------


def test_adds_one_as_in_a_world_file() -> None:
    """Contract §3: with its contract, contacts, people and keys; the key works at once."""
    made = chain()
    secret = f"{made.word}-secret"
    added = made.dist.post(
        "/organizations",
        new(
            made,
            country="LV",
            external_id="ERP-9",
            time_zone="Europe/Riga",
            multi_tier_approval=True,
            contacts=[{"name": "Ann", "email": "ann@a.example", "roles": ["primary", "bill_to"]}],
            users=[{"email": f"{made.word}@a.example", "name": "Ann", "password": "demo", "role": "admin"}],
            api_keys=[{"name": "erp", "key": secret, "role": "viewer"}],
            contract={
                "credit_limit": "1000.00",
                "opening_balance": "12.50",
                "tax_rate": "21.5",
                "payment_days": 14,
                "payment_method": "deposit",
                "order_approval": True,
            },
        ),
    )
    assert (added["external_id"], added["tier"], added["status"]) == ("ERP-9", "direct", "active")
    assert added["order_approval"]["stored"] is True
    contract, account = added["contract"], added["contract"]["credit_account"]
    assert (contract["tax_rate"], contract["payment_days"]) == ("21.5", 14)
    assert contract["price_list"]["ref"] == made.ref("dist-list")
    assert account["balance"] == {"amount": "12.50", "currency": "EUR"}
    assert account["available"] == {"amount": "987.50", "currency": "EUR"}
    (opening,) = made.dist.items(f"/credit-accounts/{account['id']}/entries")
    assert (opening["kind"], opening["amount"]["amount"]) == ("opening", "12.50")
    program = Caller(made.ref("new"), secret=secret)
    assert program.get("/me")["organization"]["id"] == added["id"]
    assert program.get(f"/organizations/{added['id']}")["contacts"] == added["contacts"]


def test_the_new_ones_ids_serve_as_refs_do() -> None:
    made = chain()
    seller = made.organization("dist", "dist")["id"]
    price_list = made.organization("dist", "res")["contract"]["price_list"]["id"]
    added = made.dist.post("/organizations", new(made, contract={"seller": seller, "price_list": price_list}))
    assert added["contract"]["price_list"]["id"] == price_list


def test_the_same_request_twice_adds_one() -> None:
    """R14."""
    made = chain()
    first = made.dist.post("/organizations", new(made), Idempotency_Key="k")
    assert made.dist.post("/organizations", new(made), Idempotency_Key="k") == first


def test_a_seller_below_may_be_added_to() -> None:
    """The caller or an organization below it is the seller; the terms are the two parties' own."""
    made = chain()
    added = made.dist.post("/organizations", new(made, "res", kind="customer"))
    assert added["tier"] == "indirect"
    assert "contract" not in added
    assert made.organization("res", "new")["contract"]["seller"]["ref"] == made.ref("res")
    assert made.organization("res", "new")["order_approval"]["stored"] is True  # R20: a customer's is on


def test_joins_the_primary_group_of_every_owner_above() -> None:
    """R83, and R61: a limit of no one's own is the seller's group's default."""
    made = chain()
    direct = made.dist.post("/organizations", new(made))
    assert direct["credit_risk_group"]["name"] == f"CR-{made.ref('dist')}"
    assert direct["contract"]["credit_account"]["limit"]["amount"] == "50.00"
    below = made.res.post("/organizations", new(made, "res", ref=made.ref("low")))
    assert below["credit_risk_group"]["name"] == f"CR-{made.ref('res')}"
    assert below["contract"]["credit_account"]["limit"]["amount"] == "0.00"
    assert made.organization("dist", "low")["credit_risk_group"] == direct["credit_risk_group"]
    (group_,) = made.dist.items("/credit-risk-groups")
    assert (group_["organizations"], group_["updated_by"]) == (2, f"{made.ref('res')}'s admin")


@pytest.mark.parametrize("status", ["suspended", "blocked"])
def test_a_stopped_one_joins_no_group(status: str) -> None:
    """R84."""
    made = chain()
    added = made.dist.post("/organizations", new(made, status=status))
    assert (added["status"], added["credit_risk_group"]) == (status, None)
    assert added["contract"]["credit_account"]["limit"]["amount"] == "0.00"


GOOD_CARD = {"gateway": "sandbox", "reference": "tok_ok", "expires": "2099-12"}
ACTIVATED = [
    ("active", [GOOD_CARD], True),
    ("active", [], False),
    ("active", [GOOD_CARD | {"active": False}], False),
    ("active", [GOOD_CARD | {"expires": "2020-01"}], False),
    ("active", [GOOD_CARD | {"gateway": "none"}], False),  # R49: no tokenisation counts as no token
    ("new", [], True),
]


@pytest.mark.parametrize(("status", "tokens", "allowed"), ACTIVATED)
def test_an_active_card_payer_needs_a_card(status: str, tokens: list[Json], allowed: bool) -> None:  # noqa: FBT001
    """R49, with R47's words."""
    made = chain()
    body = new(made, status=status, contract={"payment_method": "credit_card", "tokens": tokens})
    if allowed:
        assert made.dist.post("/organizations", body)["status"] == status
        return
    no = made.dist.refused("POST", "/organizations", "no_active_token", body)
    assert no["detail"] == (
        "Your payment method does not support this action. Please contact your distributor."
    )
    made.dist.refused("GET", f"/organizations/{made.ref('new')}", "not_found")


WRONG: dict[str, Json] = {
    "ref": {"ref": "org nr 1"},
    "kind": {"kind": "shop"},
    "country": {"country": "lv"},
    "time_zone": {"time_zone": "Riga"},
    "status": {"status": "gone"},
    "colour": {"colour": "red"},
    "contacts.0.email": {"contacts": [{"name": "Ann", "email": "nowhere"}]},
    "contacts.1.roles": {"contacts": [{"name": n, "roles": ["primary"]} for n in "AB"]},
    "users.0.role": {"users": [{"email": "a@a.example", "name": "A", "role": "king"}]},
    "contract": {"contract": None},
    "contract.currency": {"contract": {"currency": "EURO"}},
    "contract.credit_limit": {"contract": {"credit_limit": "10.005"}},
    "contract.opening_balance": {"contract": {"opening_balance": "much"}},
    "contract.tax_rate": {"contract": {"tax_rate": "101"}},
    "contract.payment_days": {"contract": {"payment_days": -1}},
    "contract.price_list": {"contract": {"currency": "USD"}},
    "contract.tokens.0.expires": {"contract": {"tokens": [GOOD_CARD | {"expires": "soon"}]}},
}


@pytest.mark.parametrize("field", WRONG)
def test_what_is_wrong_is_named_by_its_field(field: str) -> None:
    made = chain()
    body = new(made) | {name: value for name, value in WRONG[field].items() if name != "contract"}
    if "contract" in WRONG[field]:
        terms = WRONG[field]["contract"]
        body["contract"] = None if terms is None else body["contract"] | terms
    assert field in made.dist.refused("POST", "/organizations", "invalid", body)["errors"]
    made.dist.refused("GET", f"/organizations/{body['ref']}".replace(" ", "%20"), "not_found")


def test_what_stands_already_is_not_made_again() -> None:
    made = chain()
    body = new(made, external_id="E-1", api_keys=[{"name": "k", "key": f"{made.word}-k", "role": "viewer"}])
    made.dist.post("/organizations", body)
    errors = made.dist.refused("POST", "/organizations", "invalid", body)["errors"]
    assert errors == {"ref": "is taken", "api_keys.0.key": "is in use"}
    other = new(made, ref=made.ref("other"), external_id="E-1")
    assert "external_id" in made.dist.refused("POST", "/organizations", "invalid", other)["errors"]


def test_anothers_price_list_is_as_unknown_as_none() -> None:
    """R2."""
    made = chain()
    for name in ("far-list", "res-list", "none"):
        body = new(made, contract={"price_list": made.ref(name)})
        errors = made.dist.refused("POST", "/organizations", "invalid", body)["errors"]
        assert errors == {"contract.price_list": f"Org {made.ref('dist')} has no such price list."}


@pytest.mark.parametrize("seller", ["far", "rival", "nobody"])
def test_a_stranger_cannot_be_the_seller(seller: str) -> None:
    made = chain()
    made.dist.refused("POST", "/organizations", "unknown_organization", new(made, seller))


def test_a_customer_sells_to_nobody() -> None:
    made = chain()
    body = new(made, "cust", contract={"price_list": None})
    assert "contract.seller" in made.res.refused("POST", "/organizations", "invalid", body)["errors"]
    made.cust.refused("POST", "/organizations", "forbidden", body)
    made.cust.refused("POST", "/organizations", "forbidden", {"nonsense": 1})  # 403 before 422


@pytest.mark.parametrize("role", ["approver", "buyer", "finance", "viewer"])
def test_only_admins_add_and_change(role: str) -> None:
    made = chain()
    program = Caller(made.ref("dist"), role)
    program.refused("POST", "/organizations", "forbidden", new(made))
    program.refused("PATCH", f"/organizations/{made.ref('res')}", "forbidden", {"status": "suspended"})


# Changing -----------------------------------------------------------------------------------

MAY_CHANGE = """
caller  organization  status     order_approval  external_id  contacts   credit_risk_group
dist    res           yes        yes             yes          yes        yes
dist    cust          forbidden  forbidden       forbidden    forbidden  yes
res     cust          yes        yes             yes          yes        yes
res     res           forbidden  forbidden       forbidden    yes        forbidden
cust    cust          forbidden  forbidden       forbidden    yes        forbidden
far     res           not_found  not_found       not_found    not_found  not_found
res     dist          not_found  not_found       not_found    not_found  not_found
"""
SOME = {
    "status": "active",
    "order_approval": True,
    "external_id": "X-1",
    "contacts": [{"name": "Ann", "email": "ann@a.example", "roles": ["bill_to"], "active": True}],
    "credit_risk_group": None,
}


@pytest.mark.parametrize("case", MAY_CHANGE.strip().splitlines()[1:])
def test_who_may_change_what(case: str) -> None:
    made, (caller, name, *verdicts) = chain(), case.split()
    program, path = Caller(made.ref(caller)), f"/organizations/{made.ref(name)}"
    for member, verdict in zip(SOME, verdicts, strict=True):
        if verdict == "yes":
            assert program.patch(path, {member: SOME[member]})["id"]
        else:
            program.refused("PATCH", path, verdict, {member: SOME[member]})
            program.refused("PATCH", path, verdict, {member: {"nonsense": 1}})  # before 422


WRONG_CHANGES = {
    "status": "gone",
    "order_approval": "yes",
    "external_id": " ",
    "credit_risk_group": "nothing of ours",
    "contacts": [{"name": "A", "roles": ["primary"]}, {"name": "B", "roles": ["primary"]}],
    "name": "Another",
}


@pytest.mark.parametrize("member", WRONG_CHANGES)
def test_a_wrong_change_changes_nothing(member: str) -> None:
    made = chain()
    before = made.organization("dist", "res")
    body = {"external_id": "X-1", member: WRONG_CHANGES[member]}
    errors = made.dist.refused("PATCH", f"/organizations/{made.ref('res')}", "invalid", body)["errors"]
    assert list(errors) == [member]
    assert made.organization("dist", "res") == before


def test_nobody_becomes_new_again() -> None:
    made = chain()
    made.dist.post("/organizations", new(made, status="new"))
    path = f"/organizations/{made.ref('new')}"
    assert made.dist.patch(path, {"status": "new"})["status"] == "new"
    assert made.dist.patch(path, {"status": "active"})["status"] == "active"
    made.dist.refused("PATCH", path, "invalid", {"status": "new"})


def test_a_number_is_unique_to_its_seller() -> None:
    made = chain()
    made.dist.post("/organizations", new(made, external_id="E-1"))
    path = f"/organizations/{made.ref('res')}"
    made.dist.refused("PATCH", path, "invalid", {"external_id": "E-1"})
    assert made.dist.patch(path, {"external_id": "E-2"})["external_id"] == "E-2"
    assert made.dist.patch(path, {"external_id": "E-2"})["external_id"] == "E-2"  # its own
    assert made.dist.patch(path, {"external_id": None})["external_id"] is None
    assert made.res.patch(f"/organizations/{made.ref('cust')}", {"external_id": "E-1"})  # another seller's


def test_contacts_are_replaced_and_the_oldest_stays_the_oldest() -> None:
    """R6; R13 asks for the oldest contact."""
    made, path = chain(), ""
    path = f"/organizations/{made.ref('res')}"
    ann = {"name": "Ann", "email": "ann@a.example", "roles": ["bill_to"], "active": True}
    bob = {"name": "Bob", "email": "bob@a.example", "roles": ["primary"], "active": True}
    assert made.dist.patch(path, {"contacts": [ann, bob]})["contacts"] == [ann, bob]
    swapped = [bob | {"roles": ["bill_to"], "active": False}, ann | {"roles": ["primary"], "name": "Anna"}]
    assert made.res.patch(path, {"contacts": swapped})["contacts"] == swapped[::-1]
    assert made.dist.patch(path, {"contacts": []})["contacts"] == []
    assert not models.Contact.objects.filter(organization__ref=made.ref("res")).exists()


def test_activating_a_card_payer_takes_a_card() -> None:
    """R49: for acts; a world may hold an active one without."""
    made = chain({"payment_method": "credit_card"})
    path = f"/organizations/{made.ref('res')}"
    assert made.dist.patch(path, {"status": "active"})["status"] == "active"  # it was: no activation
    made.dist.patch(path, {"status": "suspended"})
    made.dist.refused("PATCH", path, "no_active_token", {"status": "active"})
    contract = made.organization("res", "res")["contract"]["id"]
    made.res.post(f"/contracts/{contract}/tokens", GOOD_CARD)
    assert made.dist.patch(path, {"status": "active"})["status"] == "active"


def test_a_card_payers_customers_toggle_is_locked_and_keeps_its_value() -> None:
    """R21, R22: and comes back into force when the reseller no longer pays by card."""
    made = chain(card("tok_ok"))
    path = f"/organizations/{made.ref('cust')}"
    toggle = made.organization("res", "cust")["order_approval"]
    words = f"Org {made.ref('res')} pays by credit card, so every order of its customers needs its approval."
    assert toggle == {"stored": False, "required": True, "locked": True, "reason": words}
    assert made.organization("cust", "cust")["order_approval"] == toggle | {
        "reason": f"Every order needs the approval of Org {made.ref('res')}."
    }  # how its seller pays is not a customer's to know
    made.res.refused("PATCH", path, "approval_locked", {"order_approval": True})
    contract = made.organization("dist", "res")["contract"]["id"]
    made.dist.patch(f"/contracts/{contract}", {"payment_method": "cash"})
    unlocked = made.organization("res", "cust")["order_approval"]
    assert unlocked == {"stored": False, "required": False, "locked": False, "reason": None}
    assert made.res.patch(path, {"order_approval": True})["order_approval"]["required"] is True


def test_a_group_is_changed_in_place() -> None:
    """R82: a change moves it, null takes it out; R61: the default limit follows."""
    made = chain({"credit_limit": None})
    path = f"/organizations/{made.ref('res')}"
    (first,) = made.dist.items("/credit-risk-groups")
    second = made.dist.post("/credit-risk-groups", {"name": "Second", "default_limit": "70.00"})
    for group_, limit in ((first["id"], "50.00"), (second["id"], "70.00"), (None, "0.00")):
        changed = made.dist.patch(path, {"credit_risk_group": group_})
        assert (changed["credit_risk_group"] or {}).get("id") == group_
        assert changed["contract"]["credit_account"]["limit"]["amount"] == limit
    made.res.refused(
        "PATCH", f"/organizations/{made.ref('cust')}", "invalid", {"credit_risk_group": first["id"]}
    )


@pytest.mark.parametrize("status", ["suspended", "blocked"])
def test_a_stopped_one_is_not_added_but_stays(status: str) -> None:
    """R84, in the words of its button."""
    made = chain()
    path = f"/organizations/{made.ref('res')}"
    group_ = made.dist.items("/credit-risk-groups")[0]["id"]
    both = {"status": status, "credit_risk_group": group_}
    no = made.dist.refused("PATCH", path, "organization_not_active", both)
    assert no["detail"] == (
        f"Org {made.ref('res')} is {status}. {status.title()} organizations cannot be added"
        " to a credit risk group."
    )
    assert made.organization("dist", "res")["status"] == "active"
    made.dist.patch(path, {"credit_risk_group": group_})
    assert made.dist.patch(path, both)["credit_risk_group"]["id"] == group_
