"""Reports, the services they are about, and who sent them."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.identifiers import uuid7
from apps.issues.models import Category, Issue, Severity
from apps.reports.querysets import ReportManager
from apps.tenants.models import TenantModel


class Channel(models.TextChoices):
    """rules.Channel with the words people see."""

    WEB = "web", _("web form")
    API = "api", _("API")
    OPEN311 = "open311", _("Open311")
    PHONE = "phone", _("telephone")
    IMPORT = "import", _("import")
    FEED = "feed", _("feed")


class ReportStatus(models.TextChoices):
    """rules.ReportStatus with the words people see."""

    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class TriageState(models.TextChoices):
    """rules.TriageState with the words people see."""

    PENDING = "pending", _("waiting")
    CLAIMED = "claimed", _("in work")
    DONE = "done", _("done")


class Service(TenantModel):
    """A type of report that a tenant offers (Open311: service)."""

    code = models.CharField(_("code"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    group = models.CharField(_("group"), max_length=200, blank=True)
    category = models.CharField(_("category"), max_length=14, choices=Category.choices, default=Category.OTHER)
    default_severity = models.CharField(
        _("default severity"), max_length=8, choices=Severity.choices, default=Severity.MEDIUM
    )
    keywords = models.TextField(_("keywords"), blank=True, help_text=_("separated by commas"))
    attributes = models.JSONField(_("attributes"), default=list, blank=True, help_text=_("Open311 definition"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(TenantModel.Meta):
        db_table = "services"
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="uniq_services_tenant_code")]

    def __str__(self) -> str:
        return self.name


def new_public_id() -> uuid.UUID:
    """Return a report's public id, made before the row is."""
    return uuid7()


class Report(TenantModel):
    """One submission by a citizen, an app or a feed (Open311: service request)."""

    public_id = models.UUIDField(_("public id"), default=new_public_id, editable=False)
    issue = models.ForeignKey(
        Issue,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="reports",
        verbose_name=_("issue"),
    )
    service = models.ForeignKey(
        Service,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="reports",
        verbose_name=_("service"),
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, default=Channel.WEB)
    source = models.CharField(_("source"), max_length=100, blank=True)
    external_id = models.CharField(_("id at the source"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    category = models.CharField(_("category"), max_length=14, choices=Category.choices, blank=True)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices, blank=True)
    status = models.CharField(_("status"), max_length=6, choices=ReportStatus.choices, default=ReportStatus.OPEN)
    status_notes = models.TextField(_("status notes"), blank=True)
    lat = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    lng = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    cell = models.BigIntegerField(_("grid cell"), null=True, editable=False)
    address = models.CharField(_("address"), max_length=300, blank=True)
    address_id = models.CharField(_("address id"), max_length=100, blank=True)
    zipcode = models.CharField(_("zip code"), max_length=20, blank=True)
    media_url = models.CharField(_("media URL"), max_length=1_000, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    received_at = models.DateTimeField(_("received"))
    acknowledged_at = models.DateTimeField(_("acknowledged at the source"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated"))
    content_hash = models.CharField(max_length=32, blank=True, editable=False)
    promised_due = models.DateTimeField(_("promised by"), null=True, blank=True, editable=False)
    historic = models.BooleanField(
        _("historic"), default=False, editable=False, help_text=_("imported with its own times and status")
    )
    triage_state = models.CharField(
        _("triage"), max_length=8, choices=TriageState.choices, default=TriageState.PENDING, editable=False
    )
    triage_version = models.PositiveIntegerField(default=0, editable=False)
    triage_lease_until = models.DateTimeField(null=True, editable=False)

    objects = ReportManager()  # type: ignore[misc]

    class Meta(TenantModel.Meta):
        db_table = "reports"
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            # selectors.report_by_public_id.
            models.UniqueConstraint(fields=["tenant", "public_id"], name="uniq_reports_tenant_public_id"),
            # Imports and feeds: the same row of the same source is stored once.
            models.UniqueConstraint(
                fields=["tenant", "source", "external_id"],
                name="uniq_reports_tenant_external",
                condition=~models.Q(external_id=""),
            ),
            models.CheckConstraint(
                condition=models.Q(lat__isnull=True) | models.Q(lat__range=(-90, 90)), name="check_reports_lat"
            ),
            models.CheckConstraint(
                condition=models.Q(lng__isnull=True) | models.Q(lng__range=(-180, 180)), name="check_reports_lng"
            ),
        ]
        indexes = [
            # Newest reports first: /api/v1/reports/, the changelist, exports. With the columns that lists filter by,
            # so that a filter which few rows pass is decided without the table, and insights' days are counted so too.
            # Four indexes, one for each filter, were measured instead: 44 % more work for each row stored.
            models.Index(
                fields=["tenant", "-received_at", "-id"],
                include=["status", "category", "severity", "channel", "service"],
                name="idx_reports_received_cover",
            ),
            # The same list of one status: ?status=, Open311. Open reports are few and may all be old.
            models.Index(fields=["tenant", "status", "-received_at", "-id"], name="idx_reports_status_received"),
            # selectors.reports_stored_since: what came in lately over all tenants, so without one. Rows lie in the
            # order of their arrival: a summary of every 32 pages suffices, and costs the writing nothing.
            BrinIndex(fields=["created_at"], name="idx_reports_created", autosummarize=True, pages_per_range=32),
            # selectors.reports_of_issue, and closing the reports of resolved issues.
            models.Index(
                fields=["tenant", "issue", "-received_at"],
                name="idx_reports_tenant_issue",
                condition=models.Q(issue__isnull=False),
            ),
            # services.claim_for_triage and the sweep that looks for tenants with work.
            models.Index(
                fields=["tenant", "id"], name="idx_reports_untriaged", condition=~models.Q(triage_state="done")
            ),
            # grouping: classified reports that belong to no issue yet, oldest first.
            models.Index(
                fields=["tenant", "received_at", "id"],
                name="idx_reports_unplaced",
                condition=models.Q(triage_state="done", issue__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.description[:80] or self.address or str(self.public_id)


class ReporterContact(TenantModel):
    """Who sent a report; personal data lives here only."""

    report = models.ForeignKey(
        Report,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="contacts",
        verbose_name=_("report"),
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("telephone"), max_length=50, blank=True)

    class Meta(TenantModel.Meta):
        db_table = "reporter_contacts"
        verbose_name = _("reporter")
        verbose_name_plural = _("reporters")
        constraints = [models.UniqueConstraint(fields=["tenant", "report"], name="uniq_reporter_contacts_report")]

    def __str__(self) -> str:
        return self.name or self.email or self.phone


class ReportWords(TenantModel):
    """The words of a report's texts, filled seconds after they were written (core.search); read by search_reports()."""

    pk = models.CompositePrimaryKey("tenant_id", "report_id")
    # No foreign key: checking it for every row would cost as much as the row. A trigger removes what is gone.
    report_id = models.BigIntegerField()
    at = models.DateTimeField()
    words = SearchVectorField()

    class Meta(TenantModel.Meta):
        db_table = "report_words"
        indexes = [
            # search_reports(): /api/v1/reports/?search= and the changelist. Begins with the tenant in its own way:
            # each row carries a lexeme of its tenant, and every search asks for one.
            GinIndex(fields=["words"], name="idx_report_words_words"),
        ]


class ReportWordMark(TenantModel):
    """Reports whose texts are new or changed, a list a statement; written by triggers, taken away by the filling."""

    report_ids = ArrayField(models.BigIntegerField())

    class Meta(TenantModel.Meta):
        db_table = "report_word_marks"
