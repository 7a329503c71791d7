"""A statement of account on paper: to the two parties of the contract."""

from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.statement import Movement, Statement
from placet.domain.words import EntryKind
from placet.entrypoints.documents.paper import DASH, Paper, amount, figure
from placet.storage import statements
from placet.storage.db import Row

NAMES: Final = {
    EntryKind.OPENING: "Balance brought along",
    EntryKind.INVOICE: "Invoice",
    EntryKind.CREDIT_INVOICE: "Credit invoice",
    EntryKind.CANCELLATION: "Invoice cancelled",
    EntryKind.PAYMENT: "Payment",
    EntryKind.REFUND: "Refund",
}

LONGEST_NOTE: Final = 300
"""Letters of a note that are printed: a row that is higher than a page cannot be."""

AGES: Final = ("Not due yet", "Up to 30 days", "Up to 60 days", "Up to 90 days", "Over 90 days")


def statement_pdf(contract: UUID, statement: Statement, at: datetime) -> bytes:
    """The PDF of a statement of the contract's account."""
    parties = statements.parties(contract)
    currency = parties["currency"]
    paper = Paper("Statement of account", parties["seller"], f"{parties['seller']} · {parties['buyer']}", at)
    paper.columns(("Seller", _named(parties, "seller")), ("Buyer", _named(parties, "buyer")))
    paper.facts(
        ("Period", f"{statement.first} {DASH} {statement.last}"),
        ("Opening balance", amount(statement.opening, currency)),
        ("Closing balance", amount(statement.closing, currency)),
    )
    _movements(paper, statement, currency)
    _open(paper, statement, currency)
    return paper.bytes()


def _named(parties: Row, side: str) -> list[str]:
    return [parties[side], *filter(None, [parties[f"{side}_country"]])]


def _movements(paper: Paper, statement: Statement, currency: str) -> None:
    with paper.rows((24, 90, 30, 30), "LLRR") as table:
        table.row(("Date", "What moved the account", f"Amount, {currency}", f"Balance, {currency}"))
        table.row((str(statement.first), "Opening balance", "", figure(statement.opening, currency)))
        for each in statement.movements:
            table.row(
                (str(each.on), _what(each), figure(each.amount, currency), figure(each.balance, currency))
            )
        table.row((str(statement.last), "Closing balance", "", figure(statement.closing, currency)))
    paper.ln(8)


def _what(movement: Movement) -> str:
    of = movement.number or (f"order {movement.order}" if movement.order else "")
    return "\n".join(filter(None, [f"{NAMES[movement.kind]} {of}".strip(), _short(movement.note)]))


def _short(note: str) -> str:
    """In one paragraph, and cut off where it is too long; the whole of it stands in the statement's JSON."""
    words = " ".join(note.split())
    return words if len(words) <= LONGEST_NOTE else f"{words[: LONGEST_NOTE - 1]}…"


def _open(paper: Paper, statement: Statement, currency: str) -> None:
    paper.type(11, "B")
    paper.cell(0, 7, f"Open on {statement.last}", new_x="LMARGIN", new_y="NEXT")
    paper.ln(1)
    if statement.invoices:
        with paper.rows((40, 28, 28, 26, 26, 26), "LLLRRR") as table:
            table.row(("Invoice", "Date", "Due", "Days overdue", f"Total, {currency}", f"Open, {currency}"))
            for each in statement.invoices:
                overdue = each.overdue(statement.last)
                table.row(
                    (
                        each.number or "number follows",
                        str(each.issued_on),
                        str(each.due_on),
                        str(overdue or DASH),
                        figure(each.total, currency),
                        figure(each.open, currency),
                    )
                )
        paper.ln(6)
    ages = [(name, amount(age, currency)) for name, age in zip(AGES, statement.ages, strict=True)]
    paper.facts(*ages)
    unused = [("Paid or credited, not used yet", amount(-statement.unused, currency))]
    paper.sums(
        ("Open", amount(statement.open, currency)),
        *(unused if statement.unused else []),
        (_outcome(statement.closing), amount(abs(statement.closing), currency)),
    )


def _outcome(closing: int) -> str:
    """Who owes whom, for the buyer that reads it."""
    return "You owe" if closing >= 0 else "In your favour"
