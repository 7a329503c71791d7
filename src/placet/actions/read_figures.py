"""Figures for whoever watches over a Placet."""

from datetime import datetime
from typing import Final

from placet.storage import db, figures
from placet.storage.figures import Figures

PATIENCE: Final = 3000
"""Milliseconds that one statement may take: watching must not weigh on what is watched."""


@db.transaction
def read_figures(*, at: datetime) -> Figures:
    """Orders, queues and what waits, as they are now."""
    figures.limit_time(PATIENCE)
    return figures.read(at)
