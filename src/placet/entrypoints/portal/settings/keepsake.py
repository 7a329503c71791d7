"""A secret that is shown once: on the page that follows the one it was made on, and never again."""

from typing import Final

from django.http import HttpRequest

from placet.storage import sealing

NAME: Final = "keepsake"


def keep(request: HttpRequest, secret: str) -> None:
    """For the next page. Sessions are stored, so it is sealed."""
    request.session[NAME] = sealing.sealed(secret)


def taken(request: HttpRequest) -> str:
    """What was kept, gone with it; nothing where there is nothing."""
    return sealing.opened(request.session.pop(NAME, "")) or ""
