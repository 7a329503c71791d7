"""Sign-in by OpenID Connect, as allauth wants to be told."""

from typing import Any
from urllib.parse import urlsplit

from placet.project.config import Config, ConfigError

PROVIDER = "sso"
"""What the provider is called in addresses."""


def providers(config: Config) -> dict[str, Any]:
    """The entry of `SOCIALACCOUNT_PROVIDERS`: one provider, or none.

    Raises:
        ConfigError: half of it is set, or the issuer could be impersonated.
    """
    if not config.oidc_issuer:
        return {}
    if not (config.oidc_client_id and config.oidc_client_secret):
        raise ConfigError("PLACET_OIDC_ISSUER needs PLACET_OIDC_CLIENT_ID and PLACET_OIDC_CLIENT_SECRET too.")
    if not _trustworthy(config.oidc_issuer):
        raise ConfigError("PLACET_OIDC_ISSUER must be an https address.")
    app = {
        "provider_id": PROVIDER,
        "name": config.oidc_name,
        "client_id": config.oidc_client_id,
        "secret": config.oidc_client_secret,
        "settings": {"server_url": config.oidc_issuer.rstrip("/")},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


def _trustworthy(issuer: str) -> bool:
    """What comes over TLS from the issuer is the issuer's; on loopback too."""
    parts = urlsplit(issuer)
    return parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1", "::1"}
