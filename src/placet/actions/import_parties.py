"""Lines of an import about who buys from the caller: organizations with their terms, and limits (R1, R61).

Each is found by its number in the caller's ERP or by its ref, and made or changed by the very acts that the
API and pages use.
"""

from datetime import datetime

from placet.actions.add_organization import add_organization
from placet.actions.change_contract import change_contract
from placet.actions.change_organization import OrganizationWishes, change_organization
from placet.domain.changes import SAME
from placet.domain.exchange import Cells, Outcome, about, refused
from placet.domain.exchange_lines import (
    BOOLEANS,
    DEFAULT,
    MISSING,
    THEIR_OWN,
    as_stated,
    differing,
    fixed_ones,
    made_ref,
    says_limit,
    wrong_cells,
    wrong_currency,
    wrong_limit,
)
from placet.domain.parties import Actor
from placet.domain.partners import Partner
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.terms import Terms, Wishes
from placet.domain.words import Exchanged, LineBecame, OrganizationStatus, PaymentMethod
from placet.storage import contracts, organizations, partners
from placet.storage.standing import hold


def import_organization(cells: Cells, by: Actor, at: datetime) -> Outcome:
    """A new organization below the caller, or what the line says otherwise of one that is there. What an
    organization says of itself (its name, its country) is its own to change once it is there."""
    name = about(Exchanged.ORGANIZATIONS, cells)
    hold()  # of two who bring the same one, the second finds it
    if refusal := wrong_cells(cells):
        return refused(name, refusal)
    known = _known(cells, by)
    became = _added(cells, by, at) if known is None else _changed(cells, known, by, at)
    return refused(name, became) if isinstance(became, Refusal) else Outcome(became[0], name, note=became[1])


Made = tuple[LineBecame, str] | Refusal


def _known(cells: Cells, by: Actor) -> Partner | None:
    found = partners.seen(by.organization, cells["ref"]) if "ref" in cells else None
    if found or "external_id" not in cells:
        return found
    terms = contracts.of_number(by.organization, cells["external_id"])
    return partners.seen(by.organization, str(terms.buyer.id)) if terms else None


def _added(cells: Cells, by: Actor, at: datetime) -> Made:
    if not {"ref", "external_id"} & cells.keys():
        return invalid(external_id=MISSING)
    seller = organizations.party(by.organization)
    above = seller.ref or str(seller.id)
    stated = as_stated(cells, seller=above, ref=made_ref(above, cells.get("external_id", "")))
    if isinstance(stated, Refusal):
        return stated
    added = add_organization(stated=stated, by=by, at=at)
    return added if isinstance(added, Refusal) else (LineBecame.CREATED, "")


def _changed(cells: Cells, known: Partner, by: Actor, at: datetime) -> Made:
    names = differing(cells, known, by.organization)
    left = [name for name in names if name in THEIR_OWN]
    names = [name for name in names if name not in THEIR_OWN]
    refusal = (
        fixed_ones(names)
        or _organization_changed(cells, names, known, by, at)
        or _contract_changed(cells, names, known, by, at)
    )
    if refusal:
        return refusal
    note = sentence("Left as it is, the organization's own: {left}.", left=", ".join(left)) if left else ""
    return LineBecame.UPDATED if names else LineBecame.UNCHANGED, note


def _organization_changed(
    cells: Cells, names: list[str], known: Partner, by: Actor, at: datetime
) -> Refusal | None:
    wishes = OrganizationWishes(
        status=OrganizationStatus(cells["status"]) if "status" in names else SAME,
        external_id=cells["external_id"] if "external_id" in names else SAME,
        order_approval=BOOLEANS[cells["order_approval"].casefold()] if "order_approval" in names else SAME,
    )
    if not wishes.members:
        return None
    became = change_organization(name=str(known.party.id), by=by, wishes=wishes, at=at)
    return became if isinstance(became, Refusal) else None


def _contract_changed(
    cells: Cells, names: list[str], known: Partner, by: Actor, at: datetime
) -> Refusal | None:
    if not {"payment_method", "price_list"}.intersection(names):
        return None
    if known.terms is None:
        return Refusal("forbidden")
    wishes = Wishes(
        payment_method=PaymentMethod(cells["payment_method"]) if "payment_method" in names else SAME,
        price_list=cells["price_list"] if "price_list" in names else SAME,
    )
    became = change_contract(contract=known.terms.id, by=by, wishes=wishes, at=at)
    return became if isinstance(became, Refusal) else None


# Limits ---------------------------------------------------------------------------------------


def import_limit(cells: Cells, by: Actor, at: datetime) -> Outcome:
    """The credit limit of the contract with that organization: an amount, `unlimited`, or `default` for what
    the caller's credit risk group grants (R61)."""
    name = about(Exchanged.LIMITS, cells)
    hold()
    terms = terms_of(cells, by)
    if isinstance(terms, Refusal):
        return refused(name, terms)
    if refusal := wrong_currency(cells, terms.currency):
        return refused(name, refusal)
    if "credit_limit" not in cells:
        return refused(name, invalid(credit_limit=MISSING))
    said = cells["credit_limit"]
    if refusal := wrong_limit(said, terms.currency):
        return refused(name, refusal)
    if says_limit(said, terms, by.organization):
        return Outcome(LineBecame.UNCHANGED, name)
    wishes = Wishes(credit_limit=None if said == DEFAULT else said, reason=cells.get("reason", ""))
    became = change_contract(contract=terms.id, by=by, wishes=wishes, at=at)
    return refused(name, became) if isinstance(became, Refusal) else Outcome(LineBecame.UPDATED, name)


def terms_of(cells: Cells, by: Actor) -> Terms | Refusal:
    """The contract that a line is about: with whom `organization` names, or who has that `external_id` in the
    caller's ERP; both must mean the same one."""
    number, named = cells.get("external_id"), cells.get("organization")
    if named is None:
        found = contracts.of_number(by.organization, number) if number else None
        return found or Refusal("unknown_organization")
    partner = partners.seen(by.organization, named)
    if partner is None:
        return Refusal("unknown_organization")
    if partner.terms is None:
        return Refusal("forbidden")
    if number is not None and partner.terms.external_id != number:
        return invalid(external_id=sentence("Is not the number of {named}.", named=named))
    return partner.terms
