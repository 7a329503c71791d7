"""Who must say yes to an order (R20-R27, R81)."""

from collections import defaultdict
from decimal import Decimal
from uuid import UUID

from placet.domain import money
from placet.domain.chain import Chain, Group, Policy
from placet.domain.order import Price, Reason
from placet.domain.words import PaymentMethod, Scope, Why

SPECIFICITY = {Scope.OFFERS: 0, Scope.VENDOR: 1, Scope.ALL: 2}


def required_approvals(
    chain: Chain, lines: list[tuple[UUID, tuple[Price, ...]]], placer: UUID
) -> dict[int, tuple[Reason, ...]]:
    """Who must approve, by place in the chain, each with all of its reasons (R24).

    `lines` are (product, prices by link). Place 0 is the buyer: it is only asked when somebody
    else ordered at the expense of its card (R22).
    """
    asked: dict[int, list[Reason]] = defaultdict(list)
    if chain[0].order_approval:
        asked[1].append(Reason(Why.CUSTOMER_TOGGLE))
    for place in card_payers(chain):
        if place > 0 or chain[0].buyer.id != placer:
            asked[place].append(Reason(Why.PAYMENT_METHOD))
    for place, group in deciding_groups(chain).items():
        amounts = [(product, prices[place - 1].gross) for product, prices in lines]
        if policy_asks(group, amounts, chain[place - 1].currency):
            asked[place].append(Reason(Why.CREDIT_RISK_POLICY, group.name))
    return {place: tuple(reasons) for place, reasons in sorted(asked.items())}


def card_payers(chain: Chain) -> tuple[int, ...]:
    """The places of those who pay their seller by card (R21)."""
    return tuple(
        place for place, link in enumerate(chain) if link.payment_method is PaymentMethod.CREDIT_CARD
    )


def deciding_groups(chain: Chain) -> dict[int, Group]:
    """For each seller with the feature on, by place: the group of the nearest organization below it
    that is in one of its groups (R23)."""
    found: dict[int, Group] = {}
    for place, link in enumerate(chain, start=1):
        if not link.seller.multi_tier_approval:
            continue
        below = (chain[index].buyer.id for index in range(place - 1, -1, -1))
        group = next((link.seller.groups[id_] for id_ in below if id_ in link.seller.groups), None)
        if group is not None:
            found[place] = group
    return found


def policy_asks(group: Group, amounts: list[tuple[UUID, int]], currency: str) -> bool:
    """Whether the deciding policy of at least one line wants the owner's approval (R23, R81).

    `amounts` are (product, gross at the owner's level in minor units). Above an amount means the
    sum of the lines that this policy decides, strictly above.
    """
    decided: dict[UUID, int] = defaultdict(int)
    policies = {policy.id: policy for policy in group.policies}
    for product, gross in amounts:
        if (policy := deciding_policy(group.policies, product)) is not None:
            decided[policy.id] += gross
    return any(_asks(policies[id_], total, currency) for id_, total in decided.items())


def deciding_policy(policies: tuple[Policy, ...], product: UUID) -> Policy | None:
    """The most specific policy that covers the product; at one level the strictest (R81)."""
    covering = (policy for policy in policies if product in policy.covers)
    return min(covering, key=_strictness, default=None)


def _strictness(policy: Policy) -> tuple[int, Decimal, str]:
    always = Decimal(-1)
    above = always if policy.above is None else policy.above
    return (SPECIFICITY[policy.scope], above, str(policy.id))


def _asks(policy: Policy, total: int, currency: str) -> bool:
    if policy.above is None:
        return True
    return Decimal(total).scaleb(-money.exponent(currency)) > policy.above
