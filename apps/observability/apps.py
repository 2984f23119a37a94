"""Observability as a Django app."""

from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    """Health, metrics and profiles."""

    name = "apps.observability"
    label = "observability"
