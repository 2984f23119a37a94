"""Give the serving role its rights on what the owning role has made."""

from typing import Any

from django.conf import settings
from django.db import connections


def grant_to_serving_role(*, using: str, **_: Any) -> None:
    """Grant rows and sequences, never the tables themselves: the serving role owns and alters nothing."""
    serving = settings.DATABASES["default"]["USER"]
    connection = connections[using]
    if connection.settings_dict["USER"] == serving:
        return
    role = connection.ops.quote_name(serving)
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        # Which migrations ran is the owner's to say; readiness only reads it.
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
