"""Issues, what staff do to them, and the departments that do it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.issues.querysets import IssueManager
from apps.issues.rules import OPEN_STATUSES
from apps.tenants.models import TenantModel

__all__ = [
    "OPEN_STATUSES",
    "Category",
    "Comment",
    "Department",
    "EventKind",
    "Issue",
    "IssueEvent",
    "IssueNumber",
    "IssueStatus",
    "IssueWordMark",
    "IssueWords",
    "Severity",
]


class Category(models.TextChoices):
    """rules.Category with the words people see."""

    INFRASTRUCTURE = "infrastructure", _("infrastructure")
    SANITATION = "sanitation", _("sanitation")
    SAFETY = "safety", _("safety")
    NOISE = "noise", _("noise")
    MAINTENANCE = "maintenance", _("maintenance")
    OTHER = "other", _("other")


class Severity(models.TextChoices):
    """rules.Severity with the words people see."""

    LOW = "low", _("low")
    MEDIUM = "medium", _("medium")
    HIGH = "high", _("high")
    CRITICAL = "critical", _("critical")


class IssueStatus(models.TextChoices):
    """rules.IssueStatus with the words people see."""

    OPEN = "open", _("open")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    IN_PROGRESS = "in_progress", _("in progress")
    ON_HOLD = "on_hold", _("on hold")
    RESOLVED = "resolved", _("resolved")
    CLOSED = "closed", _("closed")


class EventKind(models.TextChoices):
    """What a line of an issue's timeline tells."""

    OPENED = "opened", _("opened")
    REPORTS_ADDED = "reports_added", _("reports added")
    REPORTS_REMOVED = "reports_removed", _("reports removed")
    STATUS = "status", _("status changed")
    SEVERITY = "severity", _("severity changed")
    CATEGORY = "category", _("category changed")
    ASSIGNMENT = "assignment", _("assigned")
    COMMENT = "comment", _("commented")


class Department(TenantModel):
    """Who works on issues of some kind."""

    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("e-mail"), blank=True)

    class Meta(TenantModel.Meta):
        db_table = "departments"
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="uniq_departments_tenant_name")]

    def __str__(self) -> str:
        return self.name


class IssueNumber(TenantModel):
    """The last issue number that a tenant has given out; the row's lock keeps numbers without gaps or doubles."""

    last_number = models.PositiveBigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        db_table = "issue_numbers"
        constraints = [models.UniqueConstraint(fields=["tenant"], name="uniq_issue_numbers_tenant")]


class Issue(TenantModel):
    """One problem in the world that one or more reports describe."""

    number = models.PositiveBigIntegerField(_("number"), editable=False)
    title = models.CharField(_("title"), max_length=200)
    status = models.CharField(_("status"), max_length=12, choices=IssueStatus.choices, default=IssueStatus.OPEN)
    category = models.CharField(_("category"), max_length=14, choices=Category.choices, default=Category.OTHER)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices, default=Severity.MEDIUM)
    # The code only: services live a floor above, with the reports that name them.
    service_code = models.CharField(_("service code"), max_length=100, blank=True)
    department = models.ForeignKey(
        Department,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="issues",
        verbose_name=_("department"),
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("assignee"),
    )
    lat = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    lng = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    cell = models.BigIntegerField(_("grid cell"), null=True, editable=False)
    address = models.CharField(_("address"), max_length=300, blank=True)
    report_count = models.PositiveIntegerField(_("reports"), default=0, editable=False)
    first_report_at = models.DateTimeField(_("first report"))
    last_report_at = models.DateTimeField(_("last report"))
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, db_constraint=False, db_index=False, related_name="+"
    )
    historic = models.BooleanField(
        _("historic"), default=False, help_text=_("status and times follow the imported reports")
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = IssueManager()  # type: ignore[misc]

    class Meta(TenantModel.Meta):
        db_table = "issues"
        verbose_name = _("issue")
        verbose_name_plural = _("issues")
        constraints = [
            # selectors.issue_by_number, and no number twice.
            models.UniqueConstraint(fields=["tenant", "number"], name="uniq_issues_tenant_number"),
            models.CheckConstraint(
                condition=models.Q(lat__isnull=True) | models.Q(lat__range=(-90, 90)), name="check_issues_lat"
            ),
            models.CheckConstraint(
                condition=models.Q(lng__isnull=True) | models.Q(lng__range=(-180, 180)), name="check_issues_lng"
            ),
        ]
        indexes = [
            # Newest issues first: /api/v1/issues/, the changelist, the portal. With what the lists filter by, so that
            # a department without issues is found to have none without the table, and insights' days are counted so.
            models.Index(
                fields=["tenant", "-first_report_at", "-id"],
                include=["status", "category", "severity", "department", "assignee", "merged_into"],
                name="idx_issues_first_cover",
            ),
            # Open issues, newest first: where staff start, ?open=true, the portal's list and map.
            models.Index(
                fields=["tenant", "-first_report_at", "-id"],
                name="idx_issues_open_first",
                condition=models.Q(status__in=["open", "acknowledged", "in_progress", "on_hold"]),
            ),
            # selectors.open_issue_count and the open list by category: covers the count without the table.
            models.Index(
                fields=["tenant", "category", "severity"],
                name="idx_issues_open_category",
                condition=models.Q(status__in=["open", "acknowledged", "in_progress", "on_hold"]),
            ),
            # grouping: candidate issues in the nine cells around a report, latest first.
            models.Index(
                fields=["tenant", "cell", "-last_report_at"],
                name="idx_issues_tenant_cell",
                condition=models.Q(cell__isnull=False, merged_into__isnull=True),
            ),
            # insights: what was resolved on a day.
            models.Index(
                fields=["tenant", "resolved_at"],
                name="idx_issues_tenant_resolved",
                condition=models.Q(resolved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"


class IssueEvent(TenantModel):
    """A line of an issue's timeline: appended, never edited."""

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="events"
    )
    at = models.DateTimeField(_("at"))
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, db_index=False, related_name="+"
    )
    before = models.JSONField(_("before"), default=dict, blank=True)
    after = models.JSONField(_("after"), default=dict, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta(TenantModel.Meta):
        db_table = "issue_events"
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline")
        ordering = ["at", "id"]
        indexes = [
            # selectors.timeline: one issue's entries in order.
            models.Index(fields=["tenant", "issue", "at"], name="idx_issue_events_issue_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"


class Comment(TenantModel):
    """What staff write on an issue; public comments are shown to reporters."""

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="comments"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, db_index=False, related_name="+"
    )
    text = models.TextField(_("text"), max_length=10_000)
    is_public = models.BooleanField(_("public"), default=False)

    class Meta(TenantModel.Meta):
        db_table = "comments"
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["created_at", "id"]
        indexes = [
            # selectors.comments_of: one issue's comments in order.
            models.Index(fields=["tenant", "issue", "created_at"], name="idx_comments_issue_created"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class IssueWords(TenantModel):
    """The words of an issue's texts, filled seconds after they were written; read by search_issues() (core.search)."""

    pk = models.CompositePrimaryKey("tenant_id", "issue_id")
    # No foreign key: checking it for every row would cost as much as the row. A trigger removes what is gone.
    issue_id = models.BigIntegerField()
    at = models.DateTimeField()
    words = SearchVectorField()

    class Meta(TenantModel.Meta):
        db_table = "issue_words"
        indexes = [
            # search_issues(): /api/v1/issues/?search= and the changelist. Begins with the tenant in its own way:
            # each row carries a lexeme of its tenant, and every search asks for one.
            GinIndex(fields=["words"], name="idx_issue_words_words"),
        ]


class IssueWordMark(TenantModel):
    """Issues whose texts are new or changed, a list a statement; written by triggers, taken away by the filling."""

    issue_ids = ArrayField(models.BigIntegerField())

    class Meta(TenantModel.Meta):
        db_table = "issue_word_marks"
