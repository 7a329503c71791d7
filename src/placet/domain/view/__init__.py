"""The one projection (R2, spec §13): an order as one party of its chain may see it.

Pages, API, webhooks, e-mails and exports all render an order through here. A field that the viewer
may not see is absent. Money of a link is shown to that link's two parties and to nobody else.
"""

from placet.domain.view.judged import credit_risk, credit_risk_amount, line_risk, shortfall
from placet.domain.view.past import as_of, history
from placet.domain.view.rendering import change_preview, preview, public, render, sold_to, summary
from placet.domain.view.seeing import Json, View, status_label, timestamp, view_of

__all__ = [
    "Json",
    "View",
    "as_of",
    "change_preview",
    "credit_risk",
    "credit_risk_amount",
    "history",
    "line_risk",
    "preview",
    "public",
    "render",
    "shortfall",
    "sold_to",
    "status_label",
    "summary",
    "timestamp",
    "view_of",
]
