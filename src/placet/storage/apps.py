"""The one Django app: its models carry the label `placet`."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


class StorageConfig(AppConfig):
    """Placet's tables."""

    name = "placet.storage"
    label = "placet"

    def ready(self) -> None:
        """From now on every connection counts its statements."""
        connection_created.connect(_count, dispatch_uid="placet.tally")


def _count(connection: BaseDatabaseWrapper, **_: Any) -> None:  # noqa: ANN401 - whatever a signal brings
    from placet.storage import tally

    if tally.counted not in connection.execute_wrappers:  # it stays when the connection is made anew
        connection.execute_wrappers.append(tally.counted)
