"""Money and standing in the year: payments early and late, refunds, credits, cancelled invoices, limits,
suspensions."""

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction

from placet.actions.cancel_invoice import cancel_invoice
from placet.actions.change_contract import change_contract
from placet.actions.change_organization import OrganizationWishes, change_organization
from placet.actions.credit_invoice import credit_invoice
from placet.actions.record_payment import record_payment
from placet.actions.refund_payment import RefundRequest, refund_payment
from placet.domain.crediting import CreditWish
from placet.domain.refusals import Refusal
from placet.domain.terms import Wishes
from placet.domain.words import OrganizationStatus
from placet.storage import models
from tests.year.accounts import Account, Item, Line, Paper
from tests.year.life import Life
from tests.year.market import Firm, half_up


def _account(life: Life, wanted: Callable[[Account], bool]) -> Account | None:
    found = [account for account in life.books.accounts.values() if wanted(account)]
    return life.chance.choice(found) if found else None


def pay(life: Life, at: datetime) -> bool:
    """Somebody pays: what it owes, a part, too much, for one invoice."""
    account = _account(life, lambda a: a.balance > 0) if life.chance.random() < 0.95 else None
    account = account or life.chance.choice(list(life.books.accounts.values()))
    owed = max(account.balance, 100)
    amount = life.chance.choice([owed, owed, owed, owed // 2 + 1, owed // 7 + 1, owed + 12_34])
    _paid(life, account, amount, _a_debit(life, account) if life.chance.random() < 0.2 else None, at)
    return True


def settle_up(life: Life, at: datetime) -> bool:
    """Somebody pays all of it."""
    if not (account := _account(life, lambda a: a.balance > 0)):
        return False
    _paid(life, account, account.balance, None, at)
    return True


def _a_debit(life: Life, account: Account) -> Paper | None:
    found = [p for p in account.papers if p.kind == "debit" and not p.cancelled]
    return life.chance.choice(found) if found else None


def _paid(life: Life, account: Account, amount: int, named: Paper | None, at: datetime) -> None:
    buyer = account.buyer
    row = record_payment(
        contract=life.contracts[buyer.ref],
        amount=buyer.text(amount),
        invoice=named.id if named else None,
        note="",
        by=life.by(buyer.seller),
        at=at,
    )
    assert not isinstance(row, Refusal), row
    account.pay(amount, at, named).id = row["id"]


def refund(life: Life, at: datetime) -> bool:
    """A seller gives money back."""
    if not (account := _account(life, lambda a: a.refundable > 0)):
        return False
    paid = [item for item in account.sources if item.by_hand and item.id and account.refundable_of(item) > 0]
    of: Item | None = life.chance.choice([None, *paid])
    most = account.refundable_of(of) if of else account.refundable
    amount = life.chance.choice([most, most // 2 + 1, 1])
    text = account.buyer.text(amount)
    request = RefundRequest(life.contracts[account.buyer.ref], text, of.id if of else None, "Sorry.")
    row = refund_payment(request=request, by=life.by(account.buyer.seller), at=at)
    assert not isinstance(row, Refusal), row
    account.refund(amount, at, of)
    return True


def credit(life: Life, at: datetime) -> bool:
    """A seller credits a line, or a part of one."""
    account = _account(life, lambda a: any(_creditable(p) for p in a.papers))
    if not account:
        return False
    paper = life.chance.choice([p for p in account.papers if _creditable(p)])
    assert paper.id, "it was compared"
    [line] = life.chance.choices([line for line in paper.lines if sum(line.left[1:]) > 0])
    wish, back = _credit_of(life, account, paper, line)
    row = credit_invoice(
        invoice=paper.id, lines=[wish], reason="Sorry.", by=life.by(account.buyer.seller), at=at
    )
    assert not isinstance(row, Refusal), row
    life.books.fresh.append((account, account.bill([back], at, "credit")))
    account.settle()
    return True


def _credit_of(life: Life, account: Account, paper: Paper, line: Line) -> tuple[CreditWish, Line]:
    """All of a line, or a part of its quantity, or of its money."""
    quantity, net, tax = line.left
    quantity = max(0, quantity)
    assert paper.id, "it was compared"
    row = models.InvoiceLine.objects.get(
        invoice_id=paper.id, product__ref=line.offer.ref, subscription_id=line.sold
    )
    back = Line(line.offer, quantity, net, tax, line.sold, line.days, credits=line)
    way = life.chance.choice(["whole", "quantity", "net"])
    if way == "quantity" and quantity > 1:
        share = Fraction(1, line.quantity)
        back.quantity = 1
        back.net, back.tax = min(half_up(line.net * share), net), min(half_up(line.tax * share), tax)
        return CreditWish(str(row.id), quantity=1), back
    if way == "net" and net > 1:
        back.quantity, back.net = 0, net // 2
        back.tax = min(half_up(line.tax * Fraction(back.net, line.net)), tax)
        return CreditWish(str(row.id), net=account.buyer.text(back.net)), back
    return CreditWish(str(row.id)), back


def cancel_paper(life: Life, at: datetime) -> bool:
    """A seller takes a late invoice back."""
    account = _account(life, lambda a: any(_cancellable(a, p) for p in a.papers[-3:]))
    if not account:
        return False
    paper = life.chance.choice([p for p in account.papers[-3:] if _cancellable(account, p)])
    assert paper.id, "it was compared"
    by = life.by(account.buyer.seller)
    row = cancel_invoice(invoice=paper.id, reason="Wrong.", by=by, at=at)
    assert not isinstance(row, Refusal), row
    account.cancel(paper)
    return True


def limit(life: Life, at: datetime) -> bool:
    """A seller sets a limit."""
    account = life.chance.choice(list(life.books.accounts.values()))
    firm = account.buyer
    firm.limit = life.chance.choice([None, None, 10**8, 10**6, max(0, account.balance) + 10_000, 0])
    text = "unlimited" if firm.limit is None else firm.text(firm.limit)
    wishes = Wishes(credit_limit=text, reason="So.")
    contract = life.contracts[firm.ref]
    after = change_contract(contract=contract, by=life.by(firm.seller), wishes=wishes, at=at)
    assert not isinstance(after, Refusal), after
    return True


def stop(life: Life, at: datetime) -> bool:
    """A seller suspends somebody: what waits along it is cancelled."""
    firm = life.chance.choice(life.market.customers * 2 + life.market.resellers)
    if not firm.active:
        return False
    _set_status(life, firm, OrganizationStatus.SUSPENDED, at)
    firm.active = False
    for wanted in [w for w in life.wanted.values() if firm in w.buyer.chain and w.waits and not w.ends]:
        if wanted.state == "held":
            life.books.reserve(wanted.buyer, wanted.held, -1)
        life.closed(wanted)
    return True


def go(life: Life, at: datetime) -> bool:
    """A suspended one may go on."""
    stopped = [firm for firm in life.market.firms.values() if not firm.active]
    if not stopped:
        return False
    firm = life.chance.choice(stopped)
    _set_status(life, firm, OrganizationStatus.ACTIVE, at)
    firm.active = True
    return True


def _set_status(life: Life, firm: Firm, status: OrganizationStatus, at: datetime) -> None:
    wishes = OrganizationWishes(status=status)
    after = change_organization(name=firm.ref, by=life.by(firm.seller), wishes=wishes, at=at)
    assert not isinstance(after, Refusal), after


def _creditable(paper: Paper) -> bool:
    return paper.kind == "debit" and not paper.cancelled and any(sum(n.left[1:]) > 0 for n in paper.lines)


def _cancellable(account: Account, paper: Paper) -> bool:
    """Not credited, and nothing of it was given back in money."""
    drawn = any(paper is source and to in account.refunds for source, to in account.pairs)
    return not paper.cancelled and not paper.credited and not drawn
