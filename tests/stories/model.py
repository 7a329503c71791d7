"""Placet again, small and slow, written from the specification alone: what orders, steps and accounts
must be after anything that anybody does. Plain values; nothing of the real rules is used here.

One chain with two customers: `cust` and `also` buy from `res`, which buys from `dist`. A link is named
after who buys on it. Everybody's amounts are in cents, without tax.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

SELLER: Final = {"cust": "res", "also": "res", "res": "dist"}
COST: Final = {"bp": 1000, "ps": 500, "onsite": 10000}
VENDOR: Final = {"bp": "ms", "onsite": "ms", "ps": "adobe"}
MANUAL: Final = {"onsite"}
DEFAULT_LIMIT: Final = {"cust": 0, "also": 0, "res": 5000}
"""What a seller's group grants to who has no limit of its own (R61)."""

CLOSED: Final = {"executed", "rejected", "cancelled", "expired"}
GOES_ON: Final = {"planned", "unknown", "authorised"}


def chain(buyer: str) -> list[str]:
    """Everyone from the buyer up to the top seller."""
    return [buyer, *chain(SELLER[buyer])] if buyer in SELLER else [buyer]


def links(buyer: str) -> list[str]:
    """The links of the buyer's chain, its own first."""
    return chain(buyer)[:-1]


@dataclass(eq=False)
class Part:
    """Lines that go to their vendor together (R50)."""

    asked_at: datetime | None = None


@dataclass(eq=False)
class Line:
    """One product; `unsure`: its vendor never answered; `leaving`: to be cancelled if it was not made."""

    product: str
    quantity: int
    part: Part
    state: str = "waiting"
    unsure: bool = False
    leaving: bool = False

    def gross(self, link: str) -> int:
        """What it costs there: resellers take a fifth."""
        return COST[self.product] * self.quantity * (10 if link == "res" else 12) // 10


@dataclass(eq=False)
class Charge:
    """One card payer's payment, as far as it came; `told` is what the gateway was told to do with it last."""

    link: str
    amount: int
    lines: list[Line]
    state: str = "planned"
    told: str = ""


@dataclass(eq=False)
class Order:
    """One order. `short` are the links without enough credit at the last validation, `methods` how
    everybody paid then; `paid` is what cards paid for it."""

    buyer: str
    placer: str
    lines: list[Line]
    steps: dict[str, str]
    expires_at: datetime
    status: str = "pending_approval"
    short: list[str] = field(default_factory=list)
    released: set[str] = field(default_factory=set)
    methods: dict[str, str] = field(default_factory=dict)
    round: list[Charge] = field(default_factory=list)
    paid: dict[str, int] = field(default_factory=dict)
    refunds: list[tuple[str, int]] = field(default_factory=list)
    held: bool = False

    @property
    def charging(self) -> bool:
        """A card payment is under way."""
        return any(charge.state in GOES_ON for charge in self.round)

    def in_state(self, *states: str) -> list[Line]:
        """Its lines in these states."""
        return [line for line in self.lines if line.state in states]

    def amount(self, link: str) -> int:
        """What it costs on a link."""
        return sum(line.gross(link) for line in self.lines)


@dataclass
class Account:
    """One link's credit; no limit at all is `None`. `own`: the limit is not its seller's group's."""

    limit: int | None
    own: bool = True
    balance: int = 0
    reserved: int = 0


class Model:
    """The whole small world. Every verb answers `ok` or the code of its refusal."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.orders: list[Order] = []
        self.accounts = {link: Account(None) for link in SELLER}
        self.methods = dict.fromkeys(SELLER, "cash")
        self.cards = dict.fromkeys(SELLER, 0)
        self.toggles = {"cust": True, "also": False, "res": False}
        self.above: int | None = None
        self.stopped: set[str] = set()

    # Placing (R11, R12, R20-R26) ------------------------------------------------------------

    def place(self, buyer: str, placer: str, wanted: Iterable[tuple[str, int]]) -> str:
        """A new order, the last of `orders`."""
        if self.stopped & {*chain(buyer)}:
            return "organization_not_active"
        parts = {vendor: Part() for vendor in VENDOR.values()}
        lines = [Line(product, quantity, parts[VENDOR[product]]) for product, quantity in wanted]
        order = Order(buyer, placer, lines, {}, self.at + timedelta(days=30))
        order.steps = dict.fromkeys(self._asked(order), "pending")
        if placer in order.steps:
            order.steps[placer] = "approved"
        self.orders.append(order)
        self._went_on(order)
        return "ok"

    def _asked(self, order: Order) -> list[str]:
        asked = [SELLER[order.buyer]] if self.toggles[order.buyer] else []
        for payer in links(order.buyer):
            own = payer == order.buyer == order.placer
            if self.methods[payer] == "credit_card" and not own:
                asked.append(payer)
        if self.above is not None and (not self.above or order.amount("res") > self.above):
            asked.append("dist")
        return asked

    # Validation (R40-R48) -------------------------------------------------------------------

    def _went_on(self, order: Order) -> None:
        """With the last yes."""
        if all(step == "approved" for step in order.steps.values()):
            self._validate(order)

    def _validate(self, order: Order) -> None:
        chained = links(order.buyer)
        order.methods = {link: self.methods[link] for link in chained}
        payers = [link for link in chained if self.methods[link] == "credit_card"]
        order.short = [link for link in chained if self._is_short(order, link)]
        if order.short:
            order.status = "unexecuted"
        elif unasked := [payer for payer in payers if not _said_yes(order, payer)]:
            _open_again(order, unasked)
        elif any(line.product in MANUAL for line in order.lines):
            self._hold(order)
            order.status = "submitted"
        elif without := [payer for payer in payers if not self.cards[payer]]:
            _open_again(order, without)
        elif payers:
            self._hold(order)
            order.status = "pending_approval"
            self._charge(order, payers, order.lines)
        else:
            self._hold(order)
            order.status = "submitted"
            _start(order, order.lines)

    def _is_short(self, order: Order, link: str) -> bool:
        account = self.accounts[link]
        if account.limit is None or link in order.released:
            return False
        return order.amount(link) > account.limit - account.balance - account.reserved

    def _hold(self, order: Order) -> None:
        order.held = True
        for line in order.in_state("waiting"):
            self._reserve(order, line, 1)

    def _let_go(self, order: Order) -> None:
        """Of everything that is held for what may still be delivered."""
        if order.held:
            for line in order.in_state("waiting", "provisioning", "failed"):
                self._reserve(order, line, -1)
        order.held = False

    def _reserve(self, order: Order, line: Line, sign: int) -> None:
        for link in links(order.buyer):
            self.accounts[link].reserved += sign * line.gross(link)

    # Deciding (R30-R35) ---------------------------------------------------------------------

    def approve(self, order: Order, who: str) -> str:
        """A partner's yes."""
        no = self._undecidable(order, who, "approved")
        if no:
            return no if no != "again" else "ok"
        by_card = self.methods.get(who) == "credit_card" and not self.cards[who]
        if by_card and not any(line.product in MANUAL for line in order.lines):
            return "no_active_token"
        order.steps[who] = "approved"
        self._went_on(order)
        return "ok"

    def reject(self, order: Order, who: str) -> str:
        """A partner's no."""
        no = self._undecidable(order, who, "rejected")
        if no:
            return no if no != "again" else "ok"
        order.steps[who] = "rejected"
        self._end(order, "rejected")
        return "ok"

    def _undecidable(self, order: Order, who: str, word: str) -> str:
        step = order.steps.get(who)
        if step is None:
            return "forbidden"
        if step in {"approved", "rejected"}:
            return "again" if step == word else "already_decided"
        if order.status in CLOSED:
            return "order_closed"
        return "payment_in_progress" if order.charging else ""

    # The other verbs (spec §8) --------------------------------------------------------------

    def retry(self, order: Order, who: str) -> str:
        """Validation again."""
        if no := self._refusal(order, "retry", who):
            return no
        self._validate(order)
        return "insufficient_credit" if order.status == "unexecuted" else "ok"

    def release(self, order: Order, who: str) -> str:
        """The order passes beyond the limit of the link where `who` sells."""
        if no := self._refusal(order, "release", who):
            return no
        order.released |= {link for link in links(order.buyer) if SELLER[link] == who}
        self._validate(order)
        return "ok"

    def cancel(self, order: Order, who: str) -> str:
        """A withdrawal: of the whole order, or of what has not begun."""
        if no := self._refusal(order, "cancel", who):
            return no
        if order.status == "submitted":
            self._cancel_lines(order, order.in_state("waiting", "failed"))
        else:
            self._end(order, "cancelled")
        return "ok"

    def execute(self, order: Order, who: str, chosen: list[Line]) -> str:
        """The top seller's part: these lines, or all that wait."""
        if no := self._refusal(order, "execute", who):
            return no
        if any(line.state != "waiting" for line in chosen):
            return "wrong_status"
        chosen = chosen or order.in_state("waiting")
        payers = [link for link in links(order.buyer) if self._owes(order, link)]
        if any(not self.cards[payer] for payer in payers):
            return "no_active_token"
        if payers:
            self._charge(order, payers, chosen)
        else:
            _start(order, chosen)
        return "ok"

    def _owes(self, order: Order, link: str) -> bool:
        by_card = order.methods[link] == self.methods[link] == "credit_card"
        return by_card and link not in order.paid

    def retry_part(self, order: Order, part: Part, who: str) -> str:
        """Failed lines go to their vendor again (R53)."""
        failed = [line for line in order.in_state("failed") if line.part is part]
        if no := _not_the_top_sellers(order, who) or ("" if failed else "wrong_status"):
            return no
        for line in failed:
            line.state, line.leaving = "provisioning", False
        part.asked_at = None
        return "ok"

    def cancel_part(self, order: Order, part: Part, who: str) -> str:
        """What was not delivered together is given up (R53)."""
        own = [line for line in order.lines if line.part is part]
        going = any(line.state == "provisioning" for line in own)
        leaving = [line for line in own if line.state in {"waiting", "failed"}]
        if no := _not_the_top_sellers(order, who) or ("wrong_status" if going or not leaving else ""):
            return no
        self._cancel_lines(order, leaving)
        return "ok"

    def _cancel_lines(self, order: Order, lines: list[Line]) -> None:
        self._given_up(order, [line for line in lines if not line.unsure])
        for line in lines:
            if line.unsure:  # only once its vendor says that it does not have it (R52)
                line.state, line.leaving, line.part.asked_at = "provisioning", True, None
        self._close_if_done(order)

    def _given_up(self, order: Order, lines: list[Line]) -> None:
        for line in lines:
            self._reserve(order, line, -1)
            line.state, line.unsure, line.leaving = "cancelled", False, False
        if lines:
            order.refunds += [(link, sum(line.gross(link) for line in lines)) for link in order.paid]

    def _close_if_done(self, order: Order) -> None:
        if order.status == "submitted" and not order.in_state("waiting", "provisioning", "failed"):
            order.status = "executed" if order.in_state("delivered") else "cancelled"

    def _end(self, order: Order, status: str) -> None:
        self._let_go(order)
        order.status = status
        for line in order.in_state("waiting", "failed"):
            line.state = "cancelled"
        order.steps = {who: "moot" if step == "pending" else step for who, step in order.steps.items()}

    # Who may (the table of spec §8) ---------------------------------------------------------

    def may(self, order: Order, verb: str) -> set[str]:
        """Who may use a verb now."""
        seller, short = SELLER[order.buyer], {who for link in order.short for who in (link, SELLER[link])}
        if order.charging:
            return set()
        match order.status, verb:
            case "pending_approval", "approve" | "reject":
                return {who for who, step in order.steps.items() if step == "pending"}
            case "pending_approval", "cancel":
                return {order.buyer, seller, order.placer}
            case "unexecuted", "retry":
                return {seller} | short
            case "unexecuted", "cancel":
                return {seller, order.buyer} | short
            case "unexecuted", "release":
                return {SELLER[link] for link in order.short}
            case "submitted", "execute":
                return {"dist"} if order.in_state("waiting") else set()
            case "submitted", "cancel":
                return {"dist"} if order.in_state("waiting", "failed") else set()
        return set()

    def _refusal(self, order: Order, verb: str, who: str) -> str:
        may = self.may(order, verb)
        if who in may:
            return ""
        ever = {"execute": {"dist"}, "release": {*chain(order.buyer)} - {order.buyer}}
        if may or who not in ever.get(verb, {*chain(order.buyer)}):
            return "forbidden"
        if order.status in CLOSED:
            return "order_closed"
        return "payment_in_progress" if order.charging else "wrong_status"

    # Vendors (R52, R53) ---------------------------------------------------------------------

    def vendors_say(self, answers: dict[str, str]) -> None:
        """Every vendor says `made`, `no` or nothing (`silence`), by product, to all that is with it. One
        that is looked up says `no` for what it does not have."""
        for order in self.orders:
            for line in order.in_state("provisioning"):
                line.part.asked_at = line.part.asked_at or self.at
                self._vendor_said(order, line, answers[line.product])
            self._close_if_done(order)

    def _vendor_said(self, order: Order, line: Line, answer: str) -> None:
        asked_at = line.part.asked_at
        assert asked_at is not None
        if answer == "made":
            self._bill(order, line)
        elif answer == "no" and line.leaving:
            self._given_up(order, [line])
        elif answer == "no":
            line.state, line.unsure = "failed", False
        elif self.at >= asked_at + timedelta(hours=1):
            line.state, line.unsure, line.leaving = "failed", True, False

    def _bill(self, order: Order, line: Line) -> None:
        self._reserve(order, line, -1)
        for link in links(order.buyer):
            self.accounts[link].balance += line.gross(link)
        line.state, line.unsure, line.leaving = "delivered", False, False

    # Cards (R48, R49, R53) ------------------------------------------------------------------

    def _charge(self, order: Order, payers: list[str], lines: list[Line]) -> None:
        wanted = [line for line in order.lines if line.state != "cancelled"]
        order.round = [Charge(link, sum(line.gross(link) for line in wanted), lines) for link in payers]

    def question(self, order: Order) -> tuple[Charge, str] | None:
        """What the gateway is asked next."""
        first = {state: charge for charge in reversed(order.round) for state in [charge.state]}
        if "unknown" in first:
            return first["unknown"], "look_up"
        if "declined" in first:
            return (first["authorised"], "void") if "authorised" in first else None
        if "planned" in first:
            return first["planned"], "authorise"
        return (first["authorised"], "capture") if "authorised" in first else None

    def gateway_says(self, order: Order, word: str) -> None:
        """Its word on that question."""
        asked = self.question(order)
        assert asked is not None
        charge, question = asked
        charge.told = charge.told if question == "look_up" else question
        charge.state = {"absent": "planned"}.get(word, word)
        states = {each.state for each in order.round}
        if states == {"captured"}:
            self._paid(order)
        elif "declined" in states and not states & {"unknown", "authorised"}:
            self._unpaid(order)

    def _paid(self, order: Order) -> None:
        for charge in order.round:
            self.accounts[charge.link].balance -= charge.amount
            order.paid[charge.link] = charge.amount
        order.status = "submitted"
        _start(order, order.round[0].lines)
        order.round = []

    def _unpaid(self, order: Order) -> None:
        declined = [charge.link for charge in order.round if charge.state == "declined"]
        for charge in order.round:
            if charge.state == "captured":  # another payer's no came after it: it goes back
                self.accounts[charge.link].balance -= charge.amount
                order.refunds.append((charge.link, charge.amount))
        order.round = []
        if self.stopped & {*chain(order.buyer)}:
            self._end(order, "cancelled")
        elif order.status != "submitted":
            self._let_go(order)
            _open_again(order, declined)

    def refund(self) -> None:
        """Everything that is to go back has gone back."""
        for order in self.orders:
            for link, amount in order.refunds:
                self.accounts[link].balance += amount
            order.refunds = []

    # Settings -------------------------------------------------------------------------------

    def expire(self) -> None:
        """Offers do not hold any longer (R5)."""
        for order in self.orders:
            waits = order.status in {"pending_approval", "unexecuted"} and not order.charging
            if waits and order.expires_at <= self.at:
                self._end(order, "expired")

    def limit(self, link: str, limit: str | None) -> str:
        """The seller's word on a limit: cents, `unlimited`, or none of its own (R61)."""
        account = self.accounts[link]
        account.own = limit is not None
        account.limit = DEFAULT_LIMIT[link] if limit is None else None if limit == "unlimited" else int(limit)
        return "ok"

    def pay(self, link: str, amount: int) -> None:
        """The seller got money (R65)."""
        self.accounts[link].balance -= amount

    def toggle(self, buyer: str, *, on: bool) -> str:
        """Whether its seller approves a customer's orders (R20-R22)."""
        if self.methods.get(SELLER[buyer]) == "credit_card":
            return "approval_locked"
        self.toggles[buyer] = on
        return "ok"

    def method(self, link: str, method: str) -> str:
        """How a buyer pays (R22)."""
        if method != self.methods[link]:
            if any(c.state in GOES_ON for o in self.orders for c in o.round if c.link == link):
                return "payment_in_progress"
            if method == "credit_card" and not self.cards[link]:
                return "no_active_token"
        self.methods[link] = method
        return "ok"

    def stop(self, who: str) -> str:
        """A suspension (R72)."""
        self.stopped.add(who)
        for order in self.orders:
            untouched = not order.in_state("provisioning", "delivered", "failed")
            waits = order.status in {"pending_approval", "unexecuted"}
            if order.charging or who not in chain(order.buyer):
                continue
            if waits or (order.status == "submitted" and untouched):
                self._end(order, "cancelled")
        return "ok"

    def resume(self, who: str) -> str:
        """Active again; a card payer only with a card (R49)."""
        if who in self.stopped and self.methods.get(who) == "credit_card" and not self.cards[who]:
            return "no_active_token"
        self.stopped.discard(who)
        return "ok"


def _said_yes(order: Order, payer: str) -> bool:
    return order.steps.get(payer, "approved" if payer == order.buyer == order.placer else "") == "approved"


def _open_again(order: Order, payers: list[str]) -> None:
    order.status = "pending_approval"
    order.steps |= dict.fromkeys(payers, "pending")


def _start(order: Order, lines: list[Line]) -> None:
    """These lines, those of them that still wait, go to their vendors, apart from others (R50)."""
    going = [line for line in lines if line.state == "waiting"]
    for part in {line.part for line in going}:
        own = [line for line in order.lines if line.part is part]
        apart = Part() if any(line not in going for line in own) else part
        for line in own:
            if line in going:
                line.part, line.state = apart, "provisioning"


def _not_the_top_sellers(order: Order, who: str) -> str:
    if who != "dist":
        return "forbidden"
    if order.status in CLOSED:
        return "order_closed"
    if order.charging:
        return "payment_in_progress"
    return "" if order.status == "submitted" else "wrong_status"
