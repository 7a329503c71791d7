"""What a line of an import asks for, kind by kind: read out of its cells, and compared with what stands.

An empty cell says nothing: what it is about stays as it is.
"""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from placet.domain import money
from placet.domain.credit import Unlimited
from placet.domain.exchange import Cells, text_at
from placet.domain.partners import Partner
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.terms import Terms
from placet.domain.words import Kind, LimitSource, OrganizationStatus, PaymentMethod, Word

MISSING: Final = sentence("Is missing.")
UNLIMITED: Final = "unlimited"
DEFAULT: Final = "default"
"""The limit that the seller's credit risk group grants (R61)."""


# Organizations --------------------------------------------------------------------------------

NEEDED: Final = ("name", "kind", "currency")
"""What a new organization cannot be without."""
CONTRACT: Final = ("currency", "price_list", "payment_method", "tax_rate")
THEIR_OWN: Final = ("name", "country", "time_zone")
"""What an organization says of itself: taken when it is made, and then its own to change."""
FIXED: Final = ("ref", "kind", "currency", "tax_rate", "payment_days")
"""What stays as it was made."""

WORDS: Final[Mapping[str, type[Word]]] = {
    "kind": Kind,
    "status": OrganizationStatus,
    "payment_method": PaymentMethod,
}


def wrong_cells(cells: Cells) -> Refusal | None:
    """What of a line about an organization nobody can have meant."""
    errors = {}
    for name, words in WORDS.items():
        if (text := cells.get(name)) and text not in set(words):
            errors[name] = sentence("Must be one of {words}.", words=", ".join(words))
    if (text := cells.get("currency")) and not money.is_currency(text):
        errors["currency"] = sentence("Not a currency of ISO 4217.")
    if (text := cells.get("order_approval")) and text.casefold() not in BOOLEANS:
        errors["order_approval"] = sentence("Must be true or false.")
    if (text := cells.get("payment_days")) and not (text.isascii() and text.isdecimal() and len(text) < 5):  # noqa: PLR2004
        errors["payment_days"] = sentence("Must be a whole number.")
    return invalid(**errors) if errors else None


BOOLEANS: Final = {"true": True, "false": False}


def as_stated(cells: Cells, *, seller: str, ref: str) -> dict[str, Any] | Refusal:
    """A new organization as an entry of a world file would say it, with that ref where the line has none."""
    if errors := {name: MISSING for name in NEEDED if name not in cells}:
        return invalid(**errors)
    contract: dict[str, Any] = {"seller": seller}
    contract |= {name: cells[name] for name in CONTRACT if name in cells}
    if "payment_days" in cells:
        contract["payment_days"] = int(cells["payment_days"])
    if "order_approval" in cells:
        contract["order_approval"] = BOOLEANS[cells["order_approval"].casefold()]
    own = ("name", "kind", "country", "external_id", "status", "time_zone")
    return {"ref": cells.get("ref", ref), **{n: cells[n] for n in own if n in cells}, "contract": contract}


def made_ref(seller: str, number: str) -> str:
    """A ref for who comes with a number alone: its seller's ref, and the number as refs may be written."""
    return f"{seller}-{re.sub(r'[^A-Za-z0-9._-]', '-', number)}"[:100]


def differing(cells: Cells, partner: Partner, viewer: UUID) -> list[str]:
    """The columns that say something else than what stands of that organization, as far as the viewer sees
    it."""
    shown = partner.as_json(viewer)
    standing = {
        "ref": partner.party.ref or "",
        **{name: text_at(shown, name) for name in ("name", "kind", "status", "country", "external_id")},
        **{name: text_at(shown, f"contract.{name}") for name in (*CONTRACT, "payment_days")},
        "order_approval": text_at(shown, "order_approval.stored"),
    }
    if text_at(shown, "contract.price_list.id") == cells.get("price_list"):
        del standing["price_list"]
    return [
        name
        for name, text in cells.items()
        if name in standing and _normal(name, text) != _normal(name, standing[name])
    ]


def _normal(name: str, text: str) -> str | Decimal:
    """What is written in several ways, in one of them."""
    if name == "order_approval":
        return text.casefold()
    if name not in {"tax_rate", "payment_days"}:
        return text.strip()
    plain = text.isascii() and text.replace(".", "", 1).isdecimal()
    return Decimal(text) if plain else text


def fixed_ones(names: Collection[str]) -> Refusal | None:
    """What a line would change that cannot be."""
    words = sentence("Stays as it was made.")
    errors = {name: words for name in names if name in FIXED}
    return invalid(**errors) if errors else None


# Limits ---------------------------------------------------------------------------------------


def limit_text(terms: Terms, viewer: UUID) -> str:
    """What is said of a contract's limit in a file: an amount, `unlimited`, or `default`, which is for its
    seller to know."""
    if terms.account.source is LimitSource.DEFAULT and viewer == terms.seller.id:
        return DEFAULT
    limit = terms.account.standing.limit
    return UNLIMITED if isinstance(limit, Unlimited) else money.text(limit.minor, terms.currency)


def wrong_limit(text: str, currency: str) -> Refusal | None:
    """What a file says of a limit and nobody can have meant."""
    if text in {UNLIMITED, DEFAULT}:
        return None
    try:
        money.parsed(text, currency)
    except ValueError as error:
        return invalid(
            credit_limit=sentence("Must be an amount, “unlimited” or “default” ({why}).", why=error)
        )
    return None


def says_limit(text: str, terms: Terms, viewer: UUID) -> bool:
    """Whether a file's word is what stands already."""
    stands = limit_text(terms, viewer)
    if text == stands or stands in {UNLIMITED, DEFAULT}:
        return text == stands
    try:
        return money.parsed(text, terms.currency) == money.parsed(stands, terms.currency)
    except ValueError:
        return False


def wrong_currency(cells: Cells, currency: str) -> Refusal | None:
    """A file that names another currency than the contract's means another amount."""
    said = cells.get("currency", currency)
    if said == currency:
        return None
    return invalid(currency=sentence("The contract is in {currency}.", currency=currency))


# Payments -------------------------------------------------------------------------------------


def same_payment(cells: Cells, row: Mapping[str, Any]) -> Refusal | None:
    """A payment that is booked does not change: why the line says another one, if it does."""
    currency = row["currency"]
    if refusal := wrong_currency(cells, currency):
        return refusal
    try:
        minor = money.parsed(cells.get("amount", ""), currency)
    except ValueError as error:
        return invalid(amount=str(error))
    if minor == row["amount_minor"]:
        return None
    booked = money.Money(row["amount_minor"], currency)
    return Refusal("reference_taken", sentence("It is booked already, with {amount}.", amount=booked))
