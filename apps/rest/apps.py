from django.apps import AppConfig

from apps.core.named_queries import name_queries


class RestConfig(AppConfig):
    name = "apps.rest"
    verbose_name = "REST API"

    def ready(self) -> None:
        """Name the queries of the lists."""
        # The lists import models, which exist only now.
        from apps.rest.named_lists import list_queries  # noqa: PLC0415

        name_queries(list_queries())
