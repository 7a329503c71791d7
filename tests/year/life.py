"""The year as it stands: the market, its books, and every order that is not closed; who does something, and
how what came of it is compared."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.words import Role
from placet.storage import models
from tests.year.accounts import Account, Paper
from tests.year.books import Books, Difference, Sub, Wish
from tests.year.market import Cost, Firm, Market, Offer, Rate


@dataclass(eq=False)
class Bought:
    """A line of an order: what it costs on each link."""

    offer: Offer
    quantity: int
    rates: list[Rate]
    costs: list[Cost]


@dataclass(eq=False)
class Wanted:
    """An order that is not closed: of new lines, or about a subscription."""

    id: UUID
    buyer: Firm
    placed_at: datetime
    gross: list[int]
    lines: dict[UUID, Bought] = field(default_factory=dict)
    """By the order line's id; what is delivered or given up is taken out."""
    change: "Changing | None" = None
    state: str = "asked"
    """asked, short, held, going, failed."""

    @property
    def manual(self) -> bool:
        """Waits for the distributor to do it."""
        offers = [bought.offer for bought in self.lines.values()]
        return any(offer.manual for offer in ([self.change.wish.offer] if self.change else offers))

    @property
    def waits(self) -> bool:
        """Nothing of it has begun."""
        return self.state in {"asked", "short", "held"}

    @property
    def ends(self) -> bool:
        """The end or the pause of something goes on, whoever is suspended."""
        return self.change is not None and self.change.wish.does in {"cancel", "cancel_at_end", "suspend"}

    @property
    def held(self) -> list[int]:
        """What is set aside for it on each link, once it is accepted."""
        if self.change:
            return self.gross
        return [sum(b.costs[place].gross for b in self.lines.values()) for place in range(len(self.gross))]


@dataclass(eq=False)
class Changing:
    """What an order does to a subscription, and what that came to when it was placed."""

    sub: Sub
    wish: Wish
    frozen: Difference

    @property
    def lowers(self) -> bool:
        """Adds nothing that anybody owes."""
        if self.wish.does != "change":
            return True
        gross, fewer = self.frozen.gross, self.wish.quantity < self.sub.quantity
        return all(g <= 0 for g in gross) and (fewer or any(gross))


class Life:
    """One market, its books, and what goes on."""

    def __init__(self, market: Market, chance: Random) -> None:
        self.market, self.chance, self.books = market, chance, Books(market)
        self.wanted: dict[UUID, Wanted] = {}
        self.did: Counter[str] = Counter()
        self.keys = 0
        self._ids = dict(models.Organization.objects.values_list("ref", "id"))
        rows = models.Contract.objects.values_list("buyer__ref", "id")
        self.contracts = {str(ref): id_ for ref, id_ in rows}
        self._buyers = {id_: ref for ref, id_ in self.contracts.items()}
        self._seen = UUID(int=0)

    def by(self, firm: Firm | None) -> Actor:
        """Somebody of that organization."""
        assert firm, "somebody does it"
        return Actor(self._ids[firm.ref], firm.ref, "user", Role.ADMIN)

    def some(self, *states: str) -> Wanted | None:
        """An order in one of these states, if there is one."""
        found = [wanted for wanted in self.wanted.values() if wanted.state in states]
        return self.chance.choice(found) if found else None

    def closed(self, wanted: Wanted) -> None:
        """Nothing comes of the order any more."""
        del self.wanted[wanted.id]
        if wanted.change:
            wanted.change.sub.changing = False

    def compare(self) -> None:
        """Every new invoice is what the books say, and gets its id there."""
        rows = models.Invoice.objects.filter(id__gt=self._seen).order_by("id")
        new = {row.id: str(self._told(row)) for row in rows.prefetch_related("invoiceline_set")}
        papers = [(str(_kept(account, paper)), paper) for account, paper in self.books.fresh]
        same(sorted(new.values()), sorted(text for text, _ in papers), "new invoices")
        waiting: dict[str, list[Paper]] = {}
        for text, paper in papers:
            waiting.setdefault(text, []).append(paper)
        for id_, text in new.items():
            waiting[text].pop(0).id = id_
        self.books.fresh.clear()
        self._seen = max(new, default=self._seen)

    def _told(self, row: models.Invoice) -> tuple[Any, ...]:
        lines = [(n.subscription_id, n.quantity, n.net_minor, n.tax_minor) for n in row.invoiceline_set.all()]
        return (
            self._buyers[row.contract_id],
            row.kind,
            (row.issued_on, row.due_on),
            row.net_minor,
            row.tax_minor,
            sorted(lines, key=str),
        )


def _kept(account: Account, paper: Paper) -> tuple[Any, ...]:
    lines = [(line.sold, line.quantity, line.net, line.tax) for line in paper.lines]
    days = paper.issued_on, paper.due_on
    return (account.buyer.ref, paper.kind, days, paper.net, paper.tax, sorted(lines, key=str))


def done(outcome: Order | Refusal) -> Order:
    """The order as it became; a no fails the year."""
    assert isinstance(outcome, Order), outcome
    return outcome


def same(found: object, kept: object, what: str) -> None:
    """The product and the books agree."""
    assert found == kept, f"{what}: Placet has {found}, the books have {kept}"
