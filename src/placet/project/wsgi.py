"""The WSGI application, for `placet web` or any other WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "placet.project.settings")
application = get_wsgi_application()
