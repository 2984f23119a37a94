"""What triage and grouping decided, for staff to read."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter

from apps.grouping.models import Placement
from apps.staff.base import ReadOnlyTenantAdmin
from apps.staff.columns import label_column, moment_column, shown
from apps.staff.drawing import NOTHING, SEVERITY_COLOURS
from apps.staff.filters import DaysFilter, by_choice
from apps.triage.models import BatchOutcome, Classification, ClassificationBatch

RUN_COLOURS = dict.fromkeys(BatchOutcome.values, "danger") | {"complete": "success", "partial": "warning"}


@admin.register(ClassificationBatch)
class ClassificationBatchAdmin(ReadOnlyTenantAdmin):
    """Triage's runs: what was asked, what it cost, what came back."""

    list_display = (
        *("started", "provider", "model", "item_count", "fallback_count", "result"),
        *("tokens_in", "tokens_out", "latency_ms"),
    )
    list_filter = (*by_choice("outcome"), ("started_at", DaysFilter))
    newest_by = "started_at"
    ordering = ("-started_at", "-id")

    started = moment_column("started_at", _("started"))
    result = label_column("outcome", _("outcome"), RUN_COLOURS)


@admin.register(Classification)
class ClassificationAdmin(ReadOnlyTenantAdmin):
    """Triage's answers, and people's corrections of them."""

    list_display = ("report", "method", "category", "shown_severity", "service", "confidence", "is_current", "answered")
    list_filter = (*by_choice("method", "category", "severity"), ("is_current", BooleanRadioFilter))
    list_select_related = ("report", "service")
    ordering = ("-id",)
    newest_by = "id"

    shown_severity = label_column("severity", _("severity"), SEVERITY_COLOURS)
    answered = moment_column("created_at", _("answered"))


@admin.register(Placement)
class PlacementAdmin(ReadOnlyTenantAdmin):
    """Which report belongs to which issue, and why."""

    list_display = ("report", "issue", "method", "shown_score", "algorithm_version", "decided", "undone")
    list_filter = by_choice("method")
    list_select_related = ("report", "issue")
    ordering = ("-id",)
    newest_by = "id"

    decided = moment_column("decided_at", _("decided"))
    undone = moment_column("undone_at", _("undone"))

    @shown(_("score"), ordering="score")
    def shown_score(self, placement: Placement) -> str:
        """Return the score to two digits."""
        return NOTHING if placement.score is None else f"{placement.score:.2f}"
