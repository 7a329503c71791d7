"""Credit risk groups, their policies and members, over the API (R80-R84)."""

from typing import Any

import pytest

from tests.api.callers import Caller, Json
from tests.api.chains import Chain, chain

pytestmark = pytest.mark.usefixtures("committed")

GROUPS = "/credit-risk-groups"


def first(made: Chain) -> Json:
    """The distributor's group of the world: primary, empty, granting 50.00."""
    return made.dist.items(GROUPS)[0]


def path(group: Json) -> str:
    return f"{GROUPS}/{group['id']}"


# Groups -------------------------------------------------------------------------------------


def test_a_group_with_policies() -> None:
    """R80, R81: the most specific first, names by id or ref."""
    made = chain()
    vendor, offer = made.ref("bp-vendor"), made.ref("bp")
    product = made.dist.get(f"/products/{offer}")
    policies = [
        {"scope": "all"},
        {"scope": "vendor", "vendor": product["vendor"]["id"], "approve_above": "500"},
        {"scope": "offers", "vendor": vendor, "offers": [product["id"], offer], "approve_above": "0.125"},
    ]
    group = made.dist.post(GROUPS, {"name": "CR-A", "default_limit": "10.5", "policies": policies})
    assert [p["scope"] for p in group["policies"]] == ["offers", "vendor", "all"]
    assert [p["approve_above"] for p in group["policies"]] == ["0.125", "500.00", None]
    assert [[o["ref"] for o in p["offers"]] for p in group["policies"]] == [[offer], [], []]
    assert group["policies"][0]["vendor"]["ref"] == vendor
    assert (group["primary"], group["default_limit"], group["organizations"]) == (False, "10.50", 0)
    assert group["updated_by"] == f"{made.ref('dist')}'s admin"
    assert made.dist.get(path(group)) == group
    assert made.dist.items(f"{GROUPS}?limit=1")[0] == {k: v for k, v in group.items() if k != "members"}


def test_groups_are_their_owners_alone() -> None:
    made = chain()
    group = first(made)
    for program in (made.res, made.cust, made.far):
        for method, where, body in (
            ("GET", path(group), None),
            ("PATCH", path(group), {"name": "Mine"}),
            ("DELETE", f"{path(group)}?confirm=true", None),
            ("POST", f"{path(group)}/policies", {"scope": "all"}),
            ("PUT", f"{path(group)}/members/{made.ref('cust')}", None),
        ):
            program.refused(method, where, "not_found", body)
    assert [g["name"] for g in made.res.items(GROUPS)] == [f"CR-{made.ref('res')}"]
    assert made.cust.items(GROUPS) == []
    made.cust.refused("POST", GROUPS, "forbidden", {"name": "Mine"})


@pytest.mark.parametrize("role", ["approver", "buyer", "finance", "viewer"])
def test_everybody_reads_and_admins_change(role: str) -> None:
    made = chain()
    group, program = first(made), Caller(made.ref("dist"), role)
    assert program.get(path(group))["id"] == group["id"]
    for method, where in (
        ("POST", GROUPS),
        ("PATCH", path(group)),
        ("DELETE", path(group)),
        ("POST", f"{path(group)}/policies"),
        ("DELETE", f"{path(group)}/policies/none"),
        ("PUT", f"{path(group)}/members/{made.ref('res')}"),
        ("DELETE", f"{path(group)}/members/{made.ref('res')}"),
    ):
        program.refused(method, where, "forbidden", {"nonsense": 1})


def test_changes_are_signed() -> None:
    made = chain()
    group = first(made)
    assert group["updated_by"] == "test"
    changed = made.dist.patch(path(group), {"name": "Renamed", "default_limit": None})
    assert (changed["name"], changed["default_limit"]) == ("Renamed", None)
    assert changed["updated_by"] == f"{made.ref('dist')}'s admin"


WRONG: list[tuple[str, Json]] = [
    ("name", {"name": ""}),
    ("name", {"name": "two\nlines"}),
    ("name", {"name": "CR-{word}-dist"}),
    ("default_limit", {"default_limit": "-1"}),
    ("default_limit", {"default_limit": 5}),
    ("default_limit", {"default_limit": "1.00001"}),
    ("primary", {"primary": "yes"}),
    ("members", {"members": []}),
    ("policies.0.scope", {"policies": [{"scope": "some"}]}),
    ("policies.1.vendor", {"policies": [{"scope": "all"}, {"scope": "vendor"}]}),
]


@pytest.mark.parametrize(("field", "body"), WRONG)
def test_what_is_wrong_is_named_by_its_field(field: str, body: Json) -> None:
    made = chain()
    body = {"name": "Another"} | body
    body["name"] = body["name"].replace("{word}", made.word)
    assert field in made.dist.refused("POST", GROUPS, "invalid", body)["errors"]
    assert len(made.dist.items(GROUPS)) == 1


def test_a_name_is_free_to_its_own_group_and_to_other_owners() -> None:
    made = chain()
    group = first(made)
    second = made.dist.post(GROUPS, {"name": "Second"})
    assert made.dist.patch(path(second), {"name": "Second"})
    assert "name" in made.dist.refused("PATCH", path(second), "invalid", {"name": group["name"]})["errors"]
    assert made.res.post(GROUPS, {"name": "Second"})


# What warns ---------------------------------------------------------------------------------


def test_making_another_group_primary_says_what_happens() -> None:
    """R83: one primary an owner; the old one's organizations stay."""
    made = chain()
    old = first(made)
    made.dist.put(f"{path(old)}/members/{made.ref('res')}")
    second = made.dist.post(GROUPS, {"name": "Second"})
    words = made.dist.refused("PATCH", path(second), "confirmation_required", {"primary": True})["detail"]
    assert words == (
        f"Newly added organizations will join Second. {old['name']} will no longer be the primary group;"
        " its organizations stay in it. To confirm, repeat this with confirm=true."
    )
    assert made.dist.get(path(old))["primary"] is True
    assert made.dist.patch(f"{path(second)}?confirm=true", {"primary": True})["primary"] is True
    kept = made.dist.get(path(old))
    assert (kept["primary"], kept["organizations"]) == (False, 1)
    assert made.res.items(GROUPS)[0]["primary"] is True  # another owner's


def test_making_it_so_again_or_no_longer_needs_no_word() -> None:
    made = chain()
    old = first(made)
    assert made.dist.patch(path(old), {"primary": True})["primary"] is True
    assert made.dist.patch(path(old), {"primary": False})["primary"] is False


def test_a_new_group_that_is_to_be_primary_warns_too() -> None:
    made = chain()
    body = {"name": "Second", "primary": True}
    made.dist.refused("POST", GROUPS, "confirmation_required", body)
    assert made.dist.post(f"{GROUPS}?confirm=true", body)["primary"] is True
    assert [(g["name"], g["primary"]) for g in made.dist.items(GROUPS)] == [
        ("Second", True),
        (f"CR-{made.ref('dist')}", False),
    ]


def test_removing_a_group_says_what_happens() -> None:
    """R83: its organizations are in none, and a default limit that was the group's is 0."""
    made = chain({"credit_limit": None})
    group = first(made)
    made.dist.put(f"{path(group)}/members/{made.ref('res')}")
    made.dist.post(f"{path(group)}/policies", {"scope": "all"})
    assert made.organization("dist", "res")["contract"]["credit_account"]["limit"]["amount"] == "50.00"
    words = made.dist.refused("DELETE", path(group), "confirmation_required")["detail"]
    assert words == (
        f"1 organization of {group['name']} will be in no credit risk group. Newly added organizations will"
        " join none. To confirm, repeat this with confirm=true."
    )
    assert made.dist.delete(f"{path(group)}?confirm=true")["organizations"] == 1
    made.dist.refused("GET", path(group), "not_found")
    left = made.organization("dist", "res")
    assert left["credit_risk_group"] is None
    assert left["contract"]["credit_account"]["limit"]["amount"] == "0.00"


def test_removing_one_that_is_not_primary_warns_as_well() -> None:
    made = chain()
    group = made.dist.post(GROUPS, {"name": "Second"})
    words = made.dist.refused("DELETE", path(group), "confirmation_required")["detail"]
    assert words.startswith("0 organizations of Second will be in no credit risk group. To confirm")
    assert made.dist.delete(f"{path(group)}?confirm=true")


# Policies -----------------------------------------------------------------------------------


def test_policies_come_and_go() -> None:
    made = chain()
    group = first(made)
    policy = made.dist.post(f"{path(group)}/policies", {"scope": "all", "approve_above": "12.00"})
    assert (policy["scope"], policy["vendor"], policy["offers"]) == ("all", None, [])
    assert policy["approve_above"] == "12.00"
    assert made.dist.get(path(group))["policies"] == [policy]
    assert made.dist.delete(f"{path(group)}/policies/{policy['id']}")["policies"] == []
    made.dist.refused("DELETE", f"{path(group)}/policies/{policy['id']}", "not_found")


POLICIES: list[tuple[str, Json]] = [
    ("invalid vendor", {"scope": "all", "vendor": "{bp-vendor}"}),
    ("invalid offers", {"scope": "all", "offers": ["{bp}"]}),
    ("invalid vendor", {"scope": "vendor"}),
    ("invalid vendor", {"scope": "vendor", "vendor": "none"}),
    ("invalid offers", {"scope": "vendor", "vendor": "{bp-vendor}", "offers": ["{bp}"]}),
    ("invalid offers", {"scope": "offers", "vendor": "{bp-vendor}"}),
    ("invalid vendor", {"scope": "offers", "offers": ["{bp}"]}),
    ("unknown_product -", {"scope": "offers", "vendor": "{bp-vendor}", "offers": ["{bp}", "none"]}),
    ("invalid offers", {"scope": "offers", "vendor": "{other}", "offers": ["{bp}"]}),
    ("invalid approve_above", {"scope": "all", "approve_above": "-1"}),
    ("invalid members", {"scope": "all", "members": []}),
]


@pytest.mark.parametrize(("verdict", "body"), POLICIES)
def test_a_wrong_policy_is_not_added(verdict: str, body: Json) -> None:
    """R81."""
    made, (code, field) = chain(), verdict.split()
    made.dist.post("/vendors", {"ref": made.ref("other"), "name": "Other", "connector": "sandbox"})
    named = _named(body, made)
    no = made.dist.refused("POST", f"{path(first(made))}/policies", code, named)
    assert field == "-" or field in no["errors"]
    assert made.dist.get(path(first(made)))["policies"] == []


def _named(value: Any, made: Chain) -> Any:  # noqa: ANN401 - any JSON
    """`{bp}` is this world's."""
    match value:
        case dict():
            return {name: _named(each, made) for name, each in value.items()}
        case list():
            return [_named(each, made) for each in value]
        case str() if value.startswith("{"):
            return made.ref(value.strip("{}"))
        case _:
            return value


def test_a_policy_asks_from_now_on_and_never_reaches_back() -> None:
    """R5, R23, R81: and a step stays decidable when its group is gone."""
    made = chain(multi_tier_approval=True)  # the reseller's feature: its group has the customer
    group = made.res.items(GROUPS)[0]
    made.res.put(f"{path(group)}/members/{made.ref('cust')}")
    assert made.ordered("onsite", quantity=1, note="before")["status"] != "pending_approval"
    made.res.post(f"{path(group)}/policies", {"scope": "all", "approve_above": "12.00"})
    assert made.ordered()["status"] != "pending_approval"  # 12.00 to the customer: not above
    order = made.ordered(quantity=2)
    assert order["status"] == "pending_approval"
    made.res.delete(f"{path(group)}?confirm=true")
    approved = made.res.post(f"/orders/{order['id']}/approve")
    assert approved["approvals"][0]["reasons"] == [{"code": "credit_risk_policy", "group": group["name"]}]
    assert approved["approvals"][0]["status"] == "approved"


# Members ------------------------------------------------------------------------------------


def test_members_are_put_and_taken_by_id_or_ref() -> None:
    made = chain()
    group = first(made)
    cust = made.organization("dist", "cust")["id"]
    joined = made.dist.put(f"{path(group)}/members/{made.ref('res')}")
    assert [member["ref"] for member in joined["members"]] == [made.ref("res")]
    assert made.dist.put(f"{path(group)}/members/{cust}")["organizations"] == 2
    assert made.dist.put(f"{path(group)}/members/{cust}")["organizations"] == 2  # it is there
    assert made.dist.delete(f"{path(group)}/members/{made.ref('cust')}")["organizations"] == 1
    made.dist.refused("DELETE", f"{path(group)}/members/{cust}", "not_found")


def test_only_who_is_below() -> None:
    made = chain()
    for stranger in ("dist", "far", "rival", "nobody"):
        made.dist.refused("PUT", f"{path(first(made))}/members/{made.ref(stranger)}", "not_found")


def test_one_group_of_an_owner_at_a_time() -> None:
    """R82: PUT does not move."""
    made = chain()
    group, second = first(made), made.dist.post(GROUPS, {"name": "Second"})
    made.dist.put(f"{path(group)}/members/{made.ref('res')}")
    no = made.dist.refused("PUT", f"{path(second)}/members/{made.ref('res')}", "in_another_group")
    assert no["detail"] == f"Org {made.ref('res')} is in {group['name']}."
    assert made.dist.get(path(second))["members"] == []
    made.dist.refused("DELETE", f"{path(second)}/members/{made.ref('res')}", "not_found")


@pytest.mark.parametrize("status", ["suspended", "blocked"])
def test_a_stopped_one_is_not_added_but_stays(status: str) -> None:
    """R84."""
    made = chain()
    res = f"{path(first(made))}/members/{made.ref('res')}"
    made.dist.patch(f"/organizations/{made.ref('res')}", {"status": status})
    no = made.dist.refused("PUT", res, "organization_not_active")
    words = f"Org {made.ref('res')} is {status}. {status.title()} organizations cannot be added"
    assert no["detail"] == f"{words} to a credit risk group."
    made.dist.patch(f"/organizations/{made.ref('res')}", {"status": "active"})
    made.dist.put(res)
    made.dist.patch(f"/organizations/{made.ref('res')}", {"status": status})
    assert made.dist.put(res)["organizations"] == 1


def test_default_limits_follow_the_group() -> None:
    """R61: of direct buyers without a limit of their own, told to both parties with why."""
    made = chain({"credit_limit": None}, {"credit_limit": None})
    group = first(made)
    for name in ("res", "cust"):
        made.dist.put(f"{path(group)}/members/{made.ref(name)}")
    made.dist.patch(path(group), {"default_limit": "0.005"})
    made.dist.delete(f"{path(group)}/members/{made.ref('res')}")
    told = [event["data"] for event in made.res.told(3)]
    changes = [(d["previous_limit"]["amount"], d["limit"]["amount"], d["reason"]) for d in told]
    moved = "The organization's credit risk group was changed."
    assert changes == [
        ("0.00", "50.00", moved),
        ("50.00", "0.01", "The default limit of the credit risk group was changed."),  # R7: half-up
        ("0.01", "0.00", moved),
    ]
    assert made.cust.items("/events") == []  # its seller is the reseller, whose group it is not in
