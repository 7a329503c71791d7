"""Secrets that must be had again (a card gateway's key), sealed before they are stored.

The key of the seal is derived from `PLACET_SECRET_KEY`. After that one was changed, what was sealed under
an older one opens with it in `PLACET_SECRET_KEY_FALLBACKS`, until `placet reseal` has sealed it anew.
"""

import base64
from functools import lru_cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE: Final = b"placet: sealed secrets, 1"
"""What makes these keys different from all others that are derived of the same secret."""


def sealed(secret: str) -> str:
    """The secret as it may be stored; another text each time. An empty one stays empty."""
    return _seals().encrypt(secret.encode()).decode() if secret else ""


def opened(text: str) -> str | None:
    """The secret again; `None` where none of our keys opens it."""
    if not text:
        return ""
    try:
        return _seals().decrypt(text.encode()).decode()
    except InvalidToken:
        return None


def resealed(text: str) -> str | None:
    """The same secret under the newest key; `None` where none of our keys opens it."""
    secret = opened(text)
    return None if secret is None else sealed(secret)


def _seals() -> MultiFernet:
    return _seals_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _seals_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE)
    return base64.urlsafe_b64encode(derive.derive(key.encode()))
