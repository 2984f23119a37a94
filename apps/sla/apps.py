from django.apps import AppConfig


class SLAConfig(AppConfig):
    name = "apps.sla"
    verbose_name = "Service levels"
