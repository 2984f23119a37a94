from django.apps import AppConfig

from apps.core.events import subscribe


class PipelineConfig(AppConfig):
    name = "apps.pipeline"
    verbose_name = "Pipeline"

    def ready(self) -> None:
        """Connect the handlers once every app's models are there."""
        # The list imports models, which exist only now.
        from apps.pipeline.handlers import REACTIONS  # noqa: PLC0415

        for event_type, handlers in REACTIONS:
            for handler in handlers:
                subscribe(event_type, handler)
