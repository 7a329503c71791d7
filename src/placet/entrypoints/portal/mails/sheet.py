"""What a mail says, before it is text or HTML: both are drawn from this, so that neither says more."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """A product of the order: how many, what it comes to for the reader if that is told, and what else there
    is to say of it."""

    name: str
    quantity: str
    amount: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """Where to go on: a page, which asks who is there. Following a link never decides anything."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """One of the mails that a digest stands for."""

    words: str
    at: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A mail's words, in its reader's language and customs. `lead` is what happened, `quote` what somebody
    said, `after` what can be done; `left_out` how many items the order has besides."""

    subject: str
    heading: str
    lead: tuple[str, ...] = ()
    quote: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    items: tuple[Item, ...] = ()
    left_out: int = 0
    gathered: tuple[Gathered, ...] = ()
    after: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()


def times(quantity: str, name: str) -> str:
    """So many of it."""
    return f"{quantity} \N{MULTIPLICATION SIGN} {name}"
