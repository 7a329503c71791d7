"""The API keeps its own description (contract §3): whatever is sent, nothing breaks, and every answer
has a status, a type and a shape that the description names."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.stories.crawling import ids_of_lists
from tests.stories.server import Server
from tests.stories.worlds import ROLES, card, customer, distributor, group, key, product, reseller, world

SCHEMATHESIS: Final = Path(sys.executable).parent / "schemathesis"

PROGRAMS: Final = (
    ("fuzz-b", "admin", "coverage,fuzzing", 20, 25),
    *(("fuzz-b", role, "fuzzing", 2, 9) for role in ROLES if role != "admin"),
    ("fuzz-a", "admin", "fuzzing", 2, 9),
    ("fuzz-c", "admin", "fuzzing", 2, 9),
)
"""Whose program, in which role; how it asks, how often each call and for how many seconds at most."""

CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
)
"""Not: that all which fits the description is accepted, and nothing else, because what is refused has
reasons that no description can state (what a product costs, who is below whom); not unsupported
methods, of which the contract says nothing."""

LEFT_OUT: Final = (
    *("add_webhook_endpoint", "change_webhook_endpoint", "rotate_webhook_secret"),
    *("add_schedule",),
)
"""Operations that are not called: webhooks and files would go out to addresses that were made up, or be
signed with secrets that their receiver does not know."""

WORLD = world(
    distributor("fuzz-a", multi_tier_approval=True),
    reseller("fuzz-b", "fuzz-a", card("tok_ok"), multi_tier_approval=True),
    customer("fuzz-c", "fuzz-b", {"order_approval": True}),
    reseller("fuzz-d", "fuzz-b"),
    prices={"fuzz-seat": "10.00", "fuzz-visit": "10.00"},
    products=[product("fuzz-visit", "manual")],
    groups=[group("fuzz-a", "fuzz-b"), group("fuzz-b", "fuzz-c")],
    told=["fuzz-b"],
    events=["order.placed"],
)


@pytest.fixture(scope="module")
def known(placet: Server) -> dict[str, list[str]]:
    """What the reseller knows, by the name under which a path or a body asks for it."""
    top, middle, buyer = (placet.client(ref) for ref in ("fuzz-a", "fuzz-b", "fuzz-c"))
    done = middle.place("fuzz-visit", customer="fuzz-c")
    for client in (top, middle):
        client.approve(done)
    top.act("execute", done)
    top.wait_for(done, "executed")
    waiting = [buyer.place("fuzz-seat", "fuzz-visit") for _ in range(5)]
    disposable = middle.post("/api-keys", {"name": "disposable", "role": "viewer"})
    own = {path: sorted(ids) for path, ids in ids_of_lists(middle).items()}
    cards = middle.items(f"/contracts/{own['/contracts'][0]}/tokens")
    groups = [middle.get(f"/credit-risk-groups/{id_}") for id_ in own["/credit-risk-groups"]]
    return {
        "order_id": [order["id"] for order in waiting],
        "sub_order": [order["sub_orders"][0]["id"] for order in waiting],
        "organization": ["fuzz-c", "fuzz-d"],
        "customer": ["fuzz-c", "fuzz-d"],
        "contract": own["/contracts"],
        "token": [token["id"] for token in cards],
        "account": own["/credit-accounts"],
        "group": own["/credit-risk-groups"],
        "policy": [policy["id"] for found in groups for policy in found["policies"]],
        "product": ["fuzz-seat", "fuzz-visit"],
        "vendor": ["fuzz-seat-vendor"],
        "price_list": ["fuzz-b-list"],
        "discount": [middle.post("/price-lists/fuzz-b-list/discounts", {"percent": 1})["id"]],
        "endpoint": own["/webhook-endpoints"],
        "delivery": own["/webhook-deliveries"],
        "key": [disposable["id"]],
    }


@pytest.mark.parametrize(
    ("ref", "role", "phases", "examples", "seconds"), PROGRAMS, ids=[f"{p[0]} {p[1]}" for p in PROGRAMS]
)
def test_whatever_is_sent(  # noqa: PLR0913, PLR0917 - a program
    placet: Server,
    known: dict[str, list[str]],
    tmp_path: Path,
    ref: str,
    role: str,
    phases: str,
    examples: int,
    seconds: int,
) -> None:
    """By schemathesis, with the key of each role, which knows what there is to know to a reseller."""
    config = tmp_path / "schemathesis.toml"
    config.write_text(configuration(known))
    run = subprocess.run(  # noqa: S603
        [
            *(SCHEMATHESIS, "--config-file", config, "--no-color"),
            *("run", f"{placet.address}/api/v1/openapi.json"),
            *("--header", f"Authorization: Bearer {key(ref, role)}"),
            *("--checks", ",".join(CHECKS)),
            *(f"--exclude-operation-id={name}" for name in LEFT_OUT),
            *("--phases", phases, "--max-time", str(seconds), "--max-examples", str(examples)),
            *("--generation-deterministic", "--warnings", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr
    print(f"\n{ref} {role}: {counted(run.stdout)}")  # noqa: T201
    assert placet.client(ref, role).get("/me")["role"] == role


def counted(output: str) -> str:
    """How much was tried, in schemathesis's own words."""
    return " ".join(line.strip() for line in output.splitlines() if "generated" in line or "Tested:" in line)


def test_head_over_the_wire(placet: Server) -> None:
    """No body comes, but its length is said; the connection is good for the next call."""
    client = placet.client("fuzz-b")
    for path in ("/me", "/orders?limit=200"):
        head, got = (client.call(method, path) for method in ("HEAD", "GET"))
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == str(len(got.content))


def configuration(known: dict[str, list[str]]) -> str:
    """Mostly what there is, sometimes what there is not."""
    lists = "".join(f"[dictionaries.{name}]\nvalues = {json.dumps(known[name])}\n" for name in known)
    bound = [f"path.{name}" for name in known] + [f"body.{name}" for name in known]
    bound += ["body.lines[*].product", "body.offers[*]"]
    names = {place: place.rpartition(".")[2].removesuffix("[*]") for place in bound}
    names["body.offers[*]"] = "product"
    parameters = "".join(
        f'"{place}" = {{ dictionary = "{name}", probability = 0.8 }}\n' for place, name in names.items()
    )
    return f"{lists}[parameters]\n{parameters}"
