"""Every sentence about an order: what a page says of its chain, its checks, what comes next and what was.
Each is made of what the projection shows this viewer (R2, spec §13), so that none can say more.
"""

from placet.entrypoints.portal.orders.words.checks import checks
from placet.entrypoints.portal.orders.words.late import decided_meanwhile
from placet.entrypoints.portal.orders.words.messages import mail_answer, webhook_answer
from placet.entrypoints.portal.orders.words.status import LABELS, label, look
from placet.entrypoints.portal.orders.words.steps import steps
from placet.entrypoints.portal.orders.words.timeline import timeline
from placet.entrypoints.portal.orders.words.track import asking, buyer_name, track
from placet.entrypoints.portal.orders.words.verdict import not_done, to_go_on, verdict, warning
from placet.entrypoints.portal.orders.words.weighing import available_now, waits_beside, weighed

__all__ = [
    "LABELS",
    "asking",
    "available_now",
    "buyer_name",
    "checks",
    "decided_meanwhile",
    "label",
    "look",
    "mail_answer",
    "not_done",
    "steps",
    "timeline",
    "to_go_on",
    "track",
    "verdict",
    "waits_beside",
    "warning",
    "webhook_answer",
    "weighed",
]
