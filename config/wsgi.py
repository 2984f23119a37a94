"""The WSGI application that gunicorn serves: the fast lane of reads in front of Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_wsgi_application()

# Below this line the settings are there for whatever reads them when it is imported.
from django.conf import settings  # noqa: E402

from apps.observability.measures import observe_read  # noqa: E402
from apps.observability.middleware import request_id_of  # noqa: E402
from apps.rest.fast_lane.wsgi import FastLane  # noqa: E402

# Profiles are taken inside Django: with them on, the fast lane's door there is the only one.
application = (
    django_application
    if settings.SILK_ENABLED
    else FastLane(django_application, request_id=request_id_of, observe=observe_read)
)
