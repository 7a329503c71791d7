"""The demo's history: orders that really happened, each by requests that anyone can repeat with `curl`.

Every request carries an idempotency key, so that a demo which is started again finds its orders there
and places none twice. Those keys are kept for a week; a history that is older is left as it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Final
from urllib.parse import quote

import httpx
from rich.console import Console

from placet.actions.load_world import WorldErrors, load_world
from placet.domain.world.shape import read
from placet.entrypoints.cli.demo_books import books
from placet.entrypoints.cli.demo_desks import fill_desks
from placet.entrypoints.cli.demo_money import tell_money
from placet.entrypoints.cli.market import Json, Market, money


@dataclass(frozen=True, slots=True)
class Story:
    """An order of the demo: who buys what, and what each of those who are asked says, in order."""

    title: str
    buyer: str
    product: str
    quantity: int
    approvers: tuple[str, ...] = ()
    rejected_by: str = ""


MODELS: Final = (
    Story("2-tier: the distributor watches its reseller", "cust-b2", "office", 30, ("dist-a",)),
    Story("1-tier: a seller watches its own customer", "cust-c", "office", 10, ("first-c",)),
    Story("hybrid: both have a say, each at its own level", "cust-h", "office", 25, ("dist-a", "res-h")),
    Story(
        "five tiers, euro and pounds, the buyer's side first",
        "cust-u",
        "office",
        60,
        ("res-u", "dist-uk", "dist-w"),
    ),
)
OTHERS: Final = (
    Story("paid by card: charged once, then executed", "cust-card", "office", 5, ("res-card",)),
    Story("a bank that declines", "cust-no", "office", 3, ("res-no", "dist-a")),
    Story("rejected", "cust-h2", "office", 10, rejected_by="res-h"),
    Story("short of credit", "cust-low", "shield", 20),
    Story("made by hand: waits for the distributor", "cust-b2", "onsite", 1, ("dist-a",)),
    Story("a vendor that fails", "cust-b2", "broken", 1, ("dist-a",)),
    Story("waits for you: approve or reject it", "cust-b", "office", 2),
)


PEOPLE: Final = {
    "benas@birchwood.example": "its dashboard, customers, prices",
    "lina@birchwood.example": "accepts and rejects orders",
    "tomas@birchwood.example": "orders for customers",
    "books@birchwood.example": "invoices and payments",
    "viewer@birchwood.example": "only looks",
    "anna@amberline.example": "groups, policies, limits, catalog",
    "credit@amberline.example": "the approvals inbox",
    "books@amberline.example": "invoices, payments, credit",
    "birute@bluebell.example": "catalog, basket, its own orders",
    "hanna@heron.example": "has a say of its own",
    "kaisa@kestrel.example": "pays by card",
    "una@orbis.example": "in the middle of five tiers",
    "petra@ledgerly.example": "works for two",
}
"""Whom to sign in as, and what for."""

KEPT: Final = timedelta(days=6)
"""For so long a request that is sent again finds what it did."""


def after_ready(address: str) -> None:
    """Lets the demo's history happen at a Placet that is up, and tells of it and of who signs in."""
    console = Console(highlight=False, soft_wrap=True)
    market = Market(address)
    with _told(console, "The demo's orders could not all be played"):
        _history(console, market, datetime.now(UTC))
    with _told(console, "Who signs in could not be read"):
        _invite(console, market, address)
    market.close()


@contextmanager
def _told(console: Console, words: str) -> Iterator[None]:
    """What cannot be done is said, and the rest goes on."""
    try:
        yield
    except httpx.HTTPError as error:
        console.print(f"{words}: {error}", style="red", markup=False)


def _history(console: Console, market: Market, now: datetime) -> None:
    if market.get("cust-u", f"/orders?limit=1&placed_to={quote((now - KEPT).isoformat())}")["items"]:
        console.print("\nThe demo's history was played days ago.")
        return
    if not market.get("dist-a", "/invoices?limit=1")["items"]:
        _load_books(now)
    console.print("\n[bold]The three distribution models, and a chain of five[/bold]")
    for story in MODELS:
        tell(console, market, story)
    console.print("\n[bold]Other lives of orders[/bold]")
    for story in OTHERS:
        tell(console, market, story)
    tell_money(console, market)
    fill_desks(console, market, now.date())


def _load_books(now: datetime) -> None:
    """What was there before the history begins."""
    loaded = load_world(books(now.date()), source="demo books", now=now, progress=lambda *_: None)
    assert not isinstance(loaded, WorldErrors), loaded


def tell(console: Console, market: Market, story: Story) -> None:
    """Plays one story and prints what each of its parties saw."""
    body = {"lines": [{"product": story.product, "quantity": story.quantity}], "note": story.title}
    order = market.post(story.buyer, "/orders", body, once=f"demo {story.title}")
    console.print(f"\n[bold]{story.title}[/bold]")
    line = order["lines"][0]
    console.print(
        f"  {order['number']}  {order['customer']['name']} orders {line['quantity']} of "
        f"{line['product']['name']} for {money(order['total_amount'])}"
    )
    path = f"/orders/{order['id']}"
    for words in _decided(market, story, path):
        console.print(f"  {words}", markup=False)
    console.print(f"  {_outcome(market, story, path)}", markup=False)
    for approver in story.approvers:
        console.print(f"  {_risk(market, approver, path)}", markup=False)


def _decided(market: Market, story: Story, path: str) -> Iterator[str]:
    for approver in story.approvers:
        yield _asked(market.get(approver, path), "says yes")
        market.post(approver, f"{path}/approve", {"comment": "Demo."}, once="demo yes")
    if story.rejected_by:
        yield _asked(market.get(story.rejected_by, path), "says no")
        no = {"reason": "This year's budget is spent.", "note": "Second time this month."}
        market.post(story.rejected_by, f"{path}/reject", no, once="demo no")


def _asked(order: Json, says: str) -> str:
    step = next(step for step in order["approvals"] if "credit_risk_amount" in step)
    why = ", ".join(reason.get("group", reason["code"]) for reason in step["reasons"])
    who = f"{step['approver']['name']} (tier {step['tier']})"
    return f"asked     {who}: {money(step['credit_risk_amount'])} at its level, because of {why}; {says}"


def _outcome(market: Market, story: Story, path: str) -> str:
    order = market.at_rest(story.buyer, path)
    seen = market.get(order["seller"]["ref"], path)
    words = f"became    {seen['status_label']}"
    if seen["status"] in {"executed", "submitted"}:
        words += f", {seen['delivered']['lines']} of {seen['delivered']['of']} lines delivered"
    said = (seen["rejection"] or {}).get("reason") or seen.get("warning")
    return f"{words}: {said}" if said else words


def _risk(market: Market, approver: str, path: str) -> str:
    risk = market.get(approver, f"{path}/credit-risk")
    final = f", final {money(risk['final'])}" if "final" in risk else ""
    return f"risk      {approver}: estimated {money(risk['estimated'])}{final}"


def _invite(console: Console, market: Market, address: str) -> None:
    """Who signs in where, and how to go on by hand: with the order that still waits."""
    console.print(f"\n[bold]Sign in[/bold] at {address}; every password is [bold]demo[/bold]")
    for words in people():
        console.print(f"  {words}", markup=False)
    console.print("[bold]Or by program[/bold]")
    console.print(f"  API docs    {address}/api/v1/docs", markup=False)
    console.print("  API keys    demo-cust-b, demo-res-b, demo-dist-a, … (demo- and the organization's ref)")
    waiting = market.get("res-b", "/approvals")["items"]
    if waiting:
        console.print(f"  {waiting[0]['number']} waits for Birchwood IT. Say yes:")
        console.print(
            f'  curl -X POST -H "Authorization: Bearer demo-res-b" '
            f"{address}/api/v1/orders/{waiting[0]['id']}/approve",
            markup=False,
        )
    console.print()


def people() -> Iterator[str]:
    """A line each: address, role and organization as the world file has them, and what for."""
    world, _ = read(files("placet.entrypoints.cli").joinpath("demo_world.yaml").read_text(encoding="utf-8"))
    found = [(user, each) for each in world.organizations for user in each.users if user.email in PEOPLE]
    for user, organization in sorted(found, key=lambda pair: [*PEOPLE].index(pair[0].email)):
        yield f"{user.email:25} {user.role:9} {organization.name:23} {PEOPLE[user.email]}"
