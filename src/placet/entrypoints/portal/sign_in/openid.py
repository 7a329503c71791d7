"""Single sign-on by OpenID Connect: to the provider and back."""

from http import HTTPStatus
from typing import Any

import structlog
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from jwt import PyJWTError
from requests import RequestException

log = structlog.get_logger()


class Verifying(OpenIDConnectOAuth2Adapter):
    """Believes what the provider signed, also where it came from the provider itself."""

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            return jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (KeyError, ValueError, PyJWTError) as error:
            raise OAuth2Error("That is no signed word.") from error


def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Asks, then goes there. By a page, not by a redirect: the forms of our pages lead nowhere but to us, and
    browsers hold a form's redirects to that too."""
    answer = _known(OAuth2LoginView, request, provider_id)
    if not isinstance(answer, HttpResponseRedirect):
        return answer
    return render(request, "socialaccount/login_redirect.html", {"to": answer.url})


def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Comes back with the provider's word."""
    return _known(OAuth2CallbackView, request, provider_id)


def _known(view: type[Any], request: HttpRequest, provider_id: str) -> HttpResponse:
    if "\0" in provider_id:
        raise Http404
    try:
        answer: HttpResponse = view.adapter_view(Verifying(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except (RequestException, KeyError, ValueError):  # the provider is away, or talks nonsense
        log.warning("single_sign_on.failed", exc_info=True)
        return render(request, "socialaccount/authentication_error.html", status=HTTPStatus.BAD_GATEWAY)
    return answer
