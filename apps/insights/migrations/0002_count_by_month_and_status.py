"""Figures by month, by present status and by promise; the span of a tenant's days.

Every day that has figures is marked, so that the next refresh of each tenant counts what the new columns say: exact,
from the raw rows. Until then dashboards show the figures they had, and say that they are behind.
"""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from apps.tenants.scoping import protect_tenant_rows

_SUMS = ("response_seconds", "resolution_seconds")
_PROMISES = (
    ("promised", "issues with a promise"),
    ("response_pending", "responses due"),
    ("response_stopped", "responses measured"),
    ("response_seconds", "seconds to response, sum"),
    ("resolution_pending", "resolutions due"),
    ("resolution_stopped", "resolutions measured"),
    ("resolution_seconds", "seconds to resolution, sum"),
)
_STATUSES = (
    ("now_open", "now open"),
    ("now_acknowledged", "now acknowledged"),
    ("now_in_progress", "now in progress"),
    ("now_on_hold", "now on hold"),
)
_MARK_EVERYTHING = """
SELECT set_config('app.scope', 'all', true);
UPDATE tenant_scores s SET first_day = d.first_day, last_day = d.last_day
FROM (SELECT tenant_id, min(day) AS first_day, max(day) AS last_day FROM daily_rollups GROUP BY tenant_id) d
WHERE d.tenant_id = s.tenant_id;
DELETE FROM tenant_scores WHERE first_day IS NULL;
INSERT INTO rollup_marks (tenant_id, created_at, day) SELECT DISTINCT tenant_id, now(), day FROM daily_rollups;
INSERT INTO monthly_rollups (tenant_id, created_at, month, category, severity,
    reports_received, issues_opened, issues_resolved, response_met, response_missed, resolution_met, resolution_missed,
    now_open, now_acknowledged, now_in_progress, now_on_hold, promised,
    response_pending, response_stopped, response_seconds, resolution_pending, resolution_stopped, resolution_seconds)
SELECT tenant_id, now(), date_trunc('month', day)::date, category, severity,
    sum(reports_received), sum(issues_opened), sum(issues_resolved), sum(response_met), sum(response_missed),
    sum(resolution_met), sum(resolution_missed), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM daily_rollups GROUP BY 1, 3, 4, 5;
SELECT set_config('app.scope', '', true);
"""


def _add(model, name, label):
    """Return the operation that adds one figure to a table."""
    kind = models.PositiveIntegerField
    if name in _SUMS or model == "tenantscore":
        kind = models.PositiveBigIntegerField
    return migrations.AddField(model, name, kind(default=0, verbose_name=label))


class Migration(migrations.Migration):

    dependencies = [
        ('insights', '0001_initial'),
        ('tenants', '0001_initial'),
    ]

    operations = [
        *(_add("dailyrollup", *figure) for figure in (*_STATUSES, *_PROMISES)),
        *(_add("tenantscore", *figure) for figure in _PROMISES),
        migrations.AddField("tenantscore", "first_day", models.DateField(null=True, verbose_name="first day")),
        migrations.AddField("tenantscore", "last_day", models.DateField(null=True, verbose_name="last day")),
        migrations.CreateModel(
            name='MonthlyRollup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('category', models.CharField(blank=True, choices=[('infrastructure', 'infrastructure'), ('sanitation', 'sanitation'), ('safety', 'safety'), ('noise', 'noise'), ('maintenance', 'maintenance'), ('other', 'other')], max_length=14, verbose_name='category')),
                ('severity', models.CharField(blank=True, choices=[('low', 'low'), ('medium', 'medium'), ('high', 'high'), ('critical', 'critical')], max_length=8, verbose_name='severity')),
                ('reports_received', models.PositiveIntegerField(default=0, verbose_name='reports received')),
                ('issues_opened', models.PositiveIntegerField(default=0, verbose_name='issues opened')),
                ('issues_resolved', models.PositiveIntegerField(default=0, verbose_name='issues resolved')),
                ('now_open', models.PositiveIntegerField(default=0, verbose_name='now open')),
                ('now_acknowledged', models.PositiveIntegerField(default=0, verbose_name='now acknowledged')),
                ('now_in_progress', models.PositiveIntegerField(default=0, verbose_name='now in progress')),
                ('now_on_hold', models.PositiveIntegerField(default=0, verbose_name='now on hold')),
                ('promised', models.PositiveIntegerField(default=0, verbose_name='issues with a promise')),
                ('response_met', models.PositiveIntegerField(default=0, verbose_name='responses in time')),
                ('response_missed', models.PositiveIntegerField(default=0, verbose_name='responses late')),
                ('response_pending', models.PositiveIntegerField(default=0, verbose_name='responses due')),
                ('response_stopped', models.PositiveIntegerField(default=0, verbose_name='responses measured')),
                ('response_seconds', models.PositiveBigIntegerField(default=0, verbose_name='seconds to response, sum')),
                ('resolution_met', models.PositiveIntegerField(default=0, verbose_name='resolutions in time')),
                ('resolution_missed', models.PositiveIntegerField(default=0, verbose_name='resolutions late')),
                ('resolution_pending', models.PositiveIntegerField(default=0, verbose_name='resolutions due')),
                ('resolution_stopped', models.PositiveIntegerField(default=0, verbose_name='resolutions measured')),
                ('resolution_seconds', models.PositiveBigIntegerField(default=0, verbose_name='seconds to resolution, sum')),
                ('month', models.DateField(verbose_name='month')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'monthly rollup',
                'verbose_name_plural': 'monthly rollups',
                'db_table': 'monthly_rollups',
                'abstract': False,
                'base_manager_name': 'all_tenants',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'month', 'category', 'severity'), name='uniq_monthly_rollups_month')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('all_tenants', django.db.models.manager.Manager()),
            ],
        ),
        *protect_tenant_rows("monthly_rollups"),
        migrations.RunSQL(_MARK_EVERYTHING, migrations.RunSQL.noop),
        migrations.AlterField("tenantscore", "first_day", models.DateField(verbose_name="first day")),
        migrations.AlterField("tenantscore", "last_day", models.DateField(verbose_name="last day")),
    ]
