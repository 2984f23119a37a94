"""Observability as a Django app."""

from django.apps import AppConfig

from apps.core.named_queries import name_queries


class ObservabilityConfig(AppConfig):
    """Health, metrics and profiles."""

    name = "apps.observability"
    label = "observability"

    def ready(self) -> None:
        """Name the queries of the apps below."""
        # The list imports models, which exist only now.
        from apps.observability.hot_queries import domain_queries  # noqa: PLC0415

        name_queries(domain_queries())
