"""Who must say yes: R20-R24, R27, R81."""

from decimal import Decimal
from itertools import permutations
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from placet.domain.approving import deciding_policy, policy_asks, required_approvals
from placet.domain.chain import Chain, Group, Policy
from placet.domain.pricing import line_prices
from placet.domain.words import Scope
from tests.domain.builders import PRODUCTS, chain, group, id_of, policy, request
from tests.domain.tables import cases

TOGGLES = """
approval                 pays                     placer  ->  asked
off                      cash                     cust        -
on                       cash                     cust        dist: customer_toggle
on < off                 cash                     cust        res: customer_toggle
off < on                 cash                     cust        -
off < on < on            cash                     cust        -
on < on < on             cash                     cust        res: customer_toggle
off < off                cash < card              cust        res: payment_method
on < off                 cash < card              cust        res: customer_toggle payment_method
off < on                 cash < card              cust        res: payment_method
on < off                 cash < deposit           cust        res: customer_toggle
off < off < off          cash < cash < card       cust        sub: payment_method
off < off < off          cash < card < cash       cust        res: payment_method
off < off < off          cash < card < card       cust        res: payment_method, sub: payment_method
on < off < off  cash < card < card  dist  res: customer_toggle payment_method, sub: payment_method
on < off < off < off     cash < cash < cash < card  cust      res: customer_toggle, mid: payment_method
off < off                card < cash              cust        -
off < off                card < cash              res         cust: payment_method
off < off                card < card              dist        cust: payment_method, res: payment_method
"""

GROUPS = """
policies                         ->  asked
res: all                             -
dist res: all                        dist
dist sub: all                        dist
dist cust: all                       dist
dist mid: all                        -
sub res: all                         sub
sub cust: all                        sub
sub sub: all                         -
res cust: all                        res
dist sub: offers ps | dist res: all  -
dist sub: all | dist res: offers ps  dist
dist res: offers ps | dist cust: all  -
dist res: all | dist cust: offers ps  dist
dist sub: all | sub res: all | res cust: all  res sub dist
dist sub: all | sub res: vendor adobe  dist
"""

ABOVE = """
lines                 policies                                          ->  asks
1 bp                  all                                                   yes
1 bp                  -                                                     no
1 bp                  vendor adobe                                          no
1 bp, 1 ps            vendor adobe                                          yes
1 bp                  vendor ms                                             yes
1 bp                  offers bp                                             yes
1 office              offers bp,ps                                          no
50 bp                 all above 500.00                                      no
51 bp                 all above 500.00                                      yes
25 bp, 25 ps          all above 500.00                                      no
25 bp, 26 ps          all above 500.00                                      yes
25 bp, 26 bp          all above 500.00                                      yes
1 bp                  all above 0                                           yes
100 trial             all above 0                                           no
100 trial             all                                                   yes
1 azure               vendor ms                                             yes
100 bp, 40 ps         all above 500.00; vendor ms above 2000.00             no
100 bp, 51 ps         all above 500.00; vendor ms above 2000.00             yes
201 bp                all above 500.00; vendor ms above 2000.00             yes
201 bp                offers bp above 5000.00; vendor ms above 2000.00      no
100 bp, 150 office    offers bp above 5000.00; vendor ms above 2000.00      no
100 bp, 201 office    offers bp above 5000.00; vendor ms above 2000.00      yes
1 bp                  all; offers bp above 500.00                           no
1 bp, 1 ps            all; offers bp above 500.00                           yes
1 bp                  all; vendor ms above 500.00                           no
30 bp                 vendor ms above 500.00; vendor ms above 200.00        yes
20 bp                 vendor ms above 500.00; vendor ms above 200.00        no
1 bp                  vendor ms above 500.00; vendor ms                     yes
1 bp                  offers bp,ps above 500.00; offers bp                  yes
"""

LEVELS = """
tax            approve_above  ->  asked
0              120.00             -
0              119.99             sub dist
0              100.00             sub dist
21 < 0 < 0     120.00             -
0 < 21 < 0     120.00             sub
0 < 0 < 21     120.00             dist
"""


def _asked(links: Chain, lines: str = "1 bp", placer: str = "cust") -> dict[str, str]:
    """Who is asked and why."""
    priced = [
        (PRODUCTS[line.product].id, line_prices(links, PRODUCTS[line.product], line.quantity) or ())
        for line in request(lines).lines
    ]
    parties = [links[0].buyer, *(link.seller.party for link in links)]
    required = required_approvals(links, priced, id_of(placer))
    return {
        str(parties[place].ref): " ".join(reason.code for reason in reasons)
        for place, reasons in required.items()
    }


@cases(TOGGLES)
def test_toggles_and_card_payers(approval: str, pays: str, placer: str, asked: str) -> None:
    """R20, R21, R22, R24: the toggle of the order's buyer counts, a card payer's own yes at any place."""
    links = chain(f"approval {approval}\npays {pays}")
    wanted = dict(part.split(": ") for part in asked.split(", ") if part)
    assert _asked(links, placer=placer) == wanted


@cases(GROUPS)
def test_the_group_of_the_nearest_member_below_counts(policies: str, asked: str) -> None:
    """R23, in a chain cust < res < sub < dist."""
    groups: dict[str, dict[str, str]] = {}
    for part in policies.split(" | "):
        owner, _, rest = part.partition(" ")
        member, _, text = rest.partition(": ")
        if text:
            groups.setdefault(owner, {})[member] = text
    links = chain("list 10.00 < 10.00 < 10.00", groups=groups)
    assert list(_asked(links)) == asked.split()


def test_without_the_feature_groups_ask_nothing() -> None:
    """R23."""
    groups = {"dist": {"sub": "all"}, "sub": {"res": "all"}}
    links = chain("list 10.00 < 10.00 < 10.00", groups=groups, without_feature=["dist"])
    assert _asked(links) == {"sub": "credit_risk_policy"}


@cases(ABOVE)
def test_the_deciding_policy_of_a_line_asks(lines: str, policies: str, asks: str) -> None:
    """R81: the most specific decides, at one level the strictest; amounts are summed over the lines that
    it decides, and asked for strictly above. A unit costs 10.00."""
    groups = {"dist": {"cust": policies}}
    assert ("dist" in _asked(chain("list 10.00", groups=groups), lines)) is (asks == "yes")


@cases(LEVELS)
def test_amounts_are_gross_and_of_the_owners_level(tax: str, approve_above: str, asked: str) -> None:
    """R81: ten at 12.00 on the two upper links, tax included; the customer pays 1200.00."""
    groups = {owner: {"cust": f"all above {approve_above}"} for owner in ("sub", "dist")}
    links = chain(f"list 120.00 < 12.00 < 12.00\ntax {tax}", groups=groups)
    assert list(_asked(links, "10 bp")) == asked.split()


def test_one_step_has_all_its_reasons_and_names_the_group() -> None:
    """R24, R5."""
    links = chain("approval on < off\npays cash < card\nlist 10.00 < 10.00", groups={"res": {"cust": "all"}})
    priced = [(PRODUCTS["bp"].id, line_prices(links, PRODUCTS["bp"], 1) or ())]
    (reasons,) = required_approvals(links, priced, id_of("cust")).values()
    assert [reason.as_json() for reason in reasons] == [
        {"code": "customer_toggle"},
        {"code": "payment_method"},
        {"code": "credit_risk_policy", "group": "CR-res"},
    ]


def test_five_tiers_all_ask() -> None:
    """Any depth: cust < res < sub < mid < low < dist."""
    links = chain(
        "list +10% < +10% < +10% < +10% < 10.00\npays cash < cash < card\napproval on < off",
        groups={owner: {"cust": "all"} for owner in ("res", "sub", "mid", "low", "dist")},
    )
    assert list(_asked(links)) == ["res", "sub", "mid", "low", "dist"]


def test_amounts_are_read_in_the_owners_selling_currency() -> None:
    """R81: 500 is yen where the owner sells in yen."""
    groups = {"dist": {"cust": "all above 500"}}
    assert _asked(chain("list 501\ncurrency JPY", groups=groups)) == {"dist": "credit_risk_policy"}
    assert _asked(chain("list 500\ncurrency JPY", groups=groups)) == {}
    assert _asked(chain("list 501.00\ncurrency EUR", groups=groups)) == {"dist": "credit_risk_policy"}


BP = PRODUCTS["bp"].id
POLICIES = st.lists(
    st.sampled_from(
        [
            policy(scope + above)
            for scope in ("all", "vendor ms", "offers bp", "offers bp,ps", "vendor adobe")
            for above in ("", " above 0", " above 100.00", " above 200.00")
        ]
    ),
    max_size=6,
    unique_by=lambda each: each.id,
)


def _asks(policies: list[Policy], *amounts: tuple[UUID, int]) -> bool:
    return policy_asks(Group(id_of("group"), "CR", tuple(policies)), list(amounts), "EUR")


@given(POLICIES, st.integers(0, 30_000), st.integers(0, 30_000))
def test_more_of_the_same_never_needs_fewer_approvals(policies: list[Policy], less: int, more: int) -> None:
    less, more = sorted((less, more))
    assert _asks(policies, (BP, more)) or not _asks(policies, (BP, less))


@given(POLICIES, st.integers(0, 30_000), st.integers(0, 30_000))
def test_another_line_never_takes_an_approval_away(policies: list[Policy], one: int, other: int) -> None:
    for second in (PRODUCTS["ps"].id, PRODUCTS["office"].id):
        assert _asks(policies, (BP, one), (second, other)) or not _asks(policies, (BP, one))


@given(POLICIES, st.sampled_from(list(Scope)))
def test_of_one_level_the_strictest_decides(policies: list[Policy], scope: Scope) -> None:
    same = [each for each in policies if each.scope is scope and BP in each.covers]
    decides = deciding_policy(tuple(same), BP)
    if not same:
        assert decides is None
        return
    assert decides is not None
    always = any(each.above is None for each in same)
    lowest = min((each.above for each in same if each.above is not None), default=Decimal(0))
    assert decides.above == (None if always else lowest)


def test_the_order_of_policies_does_not_matter() -> None:
    policies = group(
        "dist", "all; vendor ms above 500.00; offers bp above 10.00; offers bp above 20.00"
    ).policies
    chosen = {deciding_policy(each, BP) for each in permutations(policies)}
    assert chosen == {policy("offers bp above 10.00")}
