"""Django's settings, made of `Config`. Importing this module opens nothing and writes nothing.

`placet` commands find the database, the secret key and the public address before they start Django,
and pass them on in the environment; here it is only read.
"""

import os
from urllib.parse import urlsplit

from django.utils.csp import CSP

from placet.project import config, database, logs, single_sign_on

CONFIG = config.read(os.environ)

ROOT_URLCONF = "placet.project.urls"
WSGI_APPLICATION = "placet.project.wsgi.application"
INSTALLED_APPS = [
    "placet.entrypoints.portal",  # first: its templates are found before anybody else's
    "placet.storage",
    "django.contrib.postgres",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = [
    "placet.project.access.Access",
    "placet.project.middleware.content_length",
    "placet.project.middleware.wrong_method",
    "placet.entrypoints.api.limits.rate_limit",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "placet.project.middleware.known_host",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "placet.project.middleware.Pages",
    "allauth.account.middleware.AccountMiddleware",  # it insists on standing here; costs nothing
]
PAGE_MIDDLEWARE = [  # not for the API, which knows no sessions, forms or languages
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

DATABASES = {"default": database.django_settings(CONFIG)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = CONFIG.secret_key
SECRET_KEY_FALLBACKS = list(CONFIG.secret_key_fallbacks)
DEBUG = False
LOOPBACK_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
PUBLIC_URL = CONFIG.public_url.rstrip("/")
PUBLIC_HOSTS = [host] if (host := urlsplit(PUBLIC_URL).hostname) else []
ALLOWED_HOSTS = [*LOOPBACK_HOSTS, *PUBLIC_HOSTS, *CONFIG.allowed_hosts]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],  # the ticks and arrows within Tabler's stylesheet
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Cookies follow the scheme that people use; a plain-http trial on loopback must still sign in.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SESSION_COOKIE_SECURE else None
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # contract: bodies up to 1 MB

AUTH_USER_MODEL = "placet.User"
AUTHENTICATION_BACKENDS = ["placet.entrypoints.portal.sign_in.backend.People"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("MinimumLengthValidator", {"min_length": 10}),
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
        ("CommonPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "placet_session", "placet_csrf"

ACCOUNT_ADAPTER = "placet.entrypoints.portal.sign_in.adapters.Accounts"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an address is one that an admin invited
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # who guesses addresses sends no mail to strangers
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "30/m/ip,5/5m/key"}  # a company has one address
ALLAUTH_TRUSTED_PROXY_COUNT = CONFIG.trusted_proxies
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SESSION_COOKIE_SECURE else "http"
ACCOUNT_FORMS = {
    "login": "placet.entrypoints.portal.sign_in.forms.SignIn",
    "change_password": "placet.entrypoints.portal.sign_in.forms.ChangePassword",
    "set_password": "placet.entrypoints.portal.sign_in.forms.SetPassword",
    "reset_password": "placet.entrypoints.portal.sign_in.forms.ForgottenPassword",
    "reset_password_from_key": "placet.entrypoints.portal.sign_in.forms.PasswordByLink",
    "reauthenticate": "placet.entrypoints.portal.sign_in.forms.PasswordAgain",
}
MFA_FORMS = {
    "authenticate": "placet.entrypoints.portal.sign_in.forms.Code",
    "reauthenticate": "placet.entrypoints.portal.sign_in.forms.CodeAgain",
    "activate_totp": "placet.entrypoints.portal.sign_in.forms.AddApp",
    "deactivate_totp": "placet.entrypoints.portal.sign_in.forms.RemoveApp",
    "generate_recovery_codes": "placet.entrypoints.portal.sign_in.forms.NewCodes",
}
MFA_ADAPTER = "placet.entrypoints.portal.sign_in.adapters.SecondFactors"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Placet"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
SOCIALACCOUNT_ADAPTER = "placet.entrypoints.portal.sign_in.adapters.SingleSignOn"
SOCIALACCOUNT_PROVIDERS = single_sign_on.providers(CONFIG)

MAILERS = {"default": {"BACKEND": "placet.entrypoints.portal.sign_in.outbox.Outbox"}}
DEFAULT_FROM_EMAIL = CONFIG.mail_from

CACHES = {  # shared by all processes: rate limits of signing in must be
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entry",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "placet.entrypoints.portal.frame.shell.shell",
            ]
        },
    }
]
FORM_RENDERER = "placet.entrypoints.portal.frame.forms.Renderer"

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.memory.InMemoryStorage"},  # nothing is uploaded to stay
    "staticfiles": {"BACKEND": "placet.entrypoints.portal.frame.static_files.Dated"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 365 * 24 * 3600  # the addresses change with the content
WHITENOISE_IMMUTABLE_FILE_TEST = r"\?"  # by name none is: the mark stands behind

LOGGING_CONFIG = None  # structlog below, instead of Django's own
logs.set_up(CONFIG)
