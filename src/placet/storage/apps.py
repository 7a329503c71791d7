"""The one Django app: its models carry the label `placet`."""

from django.apps import AppConfig


class StorageConfig(AppConfig):
    """Placet's tables."""

    name = "placet.storage"
    label = "placet"
