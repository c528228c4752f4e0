"""django-oauth-toolkit on SQLite, as durable as the issuer: write-ahead log, synchronous=FULL.

python django_oauth_toolkit.py PORT FOLDER GRANTS; what the load needs is written to FOLDER/peer.json. Tokens are opaque,
as they are by default. The secret of the client is kept plain here, which saves it a slow hash with each request.
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings

port, folder, grants = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
folder.mkdir(parents=True, exist_ok=True)
settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="a key of the benchmark, used nowhere else at all",
    ROOT_URLCONF="urls_of_the_benchmark",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "django.db",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    },
    OAUTH2_PROVIDER={"SCOPES": {"food:read": "Read", "food:write": "Write", "introspection": "Ask about tokens"}},
)
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.utils import timezone  # noqa: E402
from gunicorn.app.base import BaseApplication  # noqa: E402
from oauth2_provider.models import AccessToken, Application, RefreshToken  # noqa: E402

call_command("migrate", verbosity=0)
sys.modules["urls_of_the_benchmark"] = type(sys)("urls_of_the_benchmark")
sys.modules["urls_of_the_benchmark"].urlpatterns = [
    path("readyz", lambda _: HttpResponse()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]


def make_rows() -> dict:
    """The clients and the grants that the load uses."""
    user = get_user_model().objects.create(username="alex")
    service = {"client_id": "service", "client_secret": "a-secret-of-the-service-long-enough"}
    Application.objects.create(
        **service,
        user=user,
        hash_client_secret=False,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    public = Application.objects.create(
        client_id="public",
        user=user,
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris="https://client.example.com/callback",
    )
    tokens = []
    for at in range(grants):
        expires = timezone.now() + timedelta(hours=1)
        access = AccessToken.objects.create(
            user=user, application=public, token=f"access-{at}", expires=expires, scope="food:read food:write"
        )
        refresh = f"refresh-{at}"
        RefreshToken.objects.create(user=user, application=public, token=refresh, access_token=access)
        tokens.append(refresh)
    return {**service, "public_client_id": "public", "refresh_tokens": tokens}


class Server(BaseApplication):
    """Gunicorn with one process, as the load has one processor for it, and threads that keep connections open."""

    def load_config(self) -> None:
        options = {"bind": f"127.0.0.1:{port}", "workers": 1, "worker_class": "gthread", "threads": 8, "keepalive": 60}
        for name, value in {**options, "worker_connections": 1000, "loglevel": "error"}.items():
            self.cfg.set(name, value)

    def load(self):
        return get_wsgi_application()


told = folder / "peer.new"
told.write_text(json.dumps(make_rows()))
os.replace(told, folder / "peer.json")
django.db.connections.close_all()
Server().run()
