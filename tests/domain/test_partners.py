"""What ends with a suspension, and who can be added to a group: R72, R84."""

from placet.domain.partners import ends_with_suspension, not_addable
from placet.domain.refusals import Refusal
from placet.domain.words import OrganizationStatus
from tests.domain.builders import party
from tests.domain.stages import STAGES
from tests.domain.tables import cases

SUSPENDED = """
stage                ->  ends
pending                  yes
declined                 yes
without a token          yes
charging                 no
short for cust           yes
manual                   yes
manual, one begun        no
manual, charging         no
provisioning             no
failed                   no
executed                 no
rejected by res          no
cancelled                no
expired                  no
"""

ADDED = """
status     ->  refused
new            -
active         -
suspended      Res is suspended. Suspended organizations cannot be added to a credit risk group.
blocked        Res is blocked. Blocked organizations cannot be added to a credit risk group.
"""


@cases(SUSPENDED)
def test_what_waits_ends_with_a_suspension(stage: str, ends: str) -> None:
    """R72: and what has begun is finished; while a card is charged, the gateway's word comes first (R48)."""
    assert ends_with_suspension(STAGES[stage]()) is (ends == "yes")


@cases(ADDED)
def test_who_cannot_be_added_to_a_group(status: str, refused: str) -> None:
    """R84: the answer has the words of the button."""
    answer = not_addable(party("res", OrganizationStatus(status)))
    assert answer == (Refusal("organization_not_active", refused) if refused else None)
