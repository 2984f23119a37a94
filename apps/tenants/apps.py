from django.apps import AppConfig
from django.db.models.signals import post_migrate

from apps.core.postgresql.grants import grant_to_serving_role


class TenantsConfig(AppConfig):
    name = "apps.tenants"
    verbose_name = "Tenants"

    def ready(self) -> None:
        # Sent once for each app with models, after all of them are migrated; one of them is enough.
        post_migrate.connect(grant_to_serving_role, sender=self)
