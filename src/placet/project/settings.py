"""Django's settings, made of `Config`. Importing this module opens nothing and writes nothing.

`placet` commands find the database, the secret key and the public address before they start Django,
and pass them on in the environment; here it is only read.
"""

import os

from django.utils.csp import CSP

from placet.project import config, database, logs

CONFIG = config.read(os.environ)

ROOT_URLCONF = "placet.project.urls"
WSGI_APPLICATION = "placet.project.wsgi.application"
INSTALLED_APPS = ["django.contrib.postgres", "placet.storage"]
MIDDLEWARE = [
    "placet.project.middleware.content_length",
    "placet.project.middleware.wrong_method",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

DATABASES = {"default": database.django_settings(CONFIG)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = CONFIG.secret_key
SECRET_KEY_FALLBACKS = list(CONFIG.secret_key_fallbacks)
DEBUG = False
LOOPBACK_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [*LOOPBACK_HOSTS, *CONFIG.allowed_hosts]
PUBLIC_URL = CONFIG.public_url.rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

SECURE_CSP = {
    "default-src": [CSP.SELF],
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

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
STATIC_URL = "static/"

LOGGING_CONFIG = None  # structlog below, instead of Django's own
logs.set_up(CONFIG)
