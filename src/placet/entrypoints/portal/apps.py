"""The portal as a Django app: its templates, tags, static files and translations are found by it."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Pages; no tables."""

    name = "placet.entrypoints.portal"
    label = "portal"
