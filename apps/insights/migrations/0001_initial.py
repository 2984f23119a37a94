import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from apps.tenants.scoping import protect_tenant_rows


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DailyRollup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('day', models.DateField(verbose_name='day')),
                ('category', models.CharField(blank=True, choices=[('infrastructure', 'infrastructure'), ('sanitation', 'sanitation'), ('safety', 'safety'), ('noise', 'noise'), ('maintenance', 'maintenance'), ('other', 'other')], max_length=14, verbose_name='category')),
                ('severity', models.CharField(blank=True, choices=[('low', 'low'), ('medium', 'medium'), ('high', 'high'), ('critical', 'critical')], max_length=8, verbose_name='severity')),
                ('reports_received', models.PositiveIntegerField(default=0, verbose_name='reports received')),
                ('issues_opened', models.PositiveIntegerField(default=0, verbose_name='issues opened')),
                ('issues_resolved', models.PositiveIntegerField(default=0, verbose_name='issues resolved')),
                ('response_met', models.PositiveIntegerField(default=0, verbose_name='responses in time')),
                ('response_missed', models.PositiveIntegerField(default=0, verbose_name='responses late')),
                ('resolution_met', models.PositiveIntegerField(default=0, verbose_name='resolutions in time')),
                ('resolution_missed', models.PositiveIntegerField(default=0, verbose_name='resolutions late')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'daily rollup',
                'verbose_name_plural': 'daily rollups',
                'db_table': 'daily_rollups',
                'abstract': False,
                'base_manager_name': 'all_tenants',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'day', 'category', 'severity'), name='uniq_daily_rollups_day')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('all_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='IssueCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('status', models.CharField(choices=[('open', 'open'), ('acknowledged', 'acknowledged'), ('in_progress', 'in progress'), ('on_hold', 'on hold'), ('resolved', 'resolved'), ('closed', 'closed')], max_length=12, verbose_name='status')),
                ('category', models.CharField(choices=[('infrastructure', 'infrastructure'), ('sanitation', 'sanitation'), ('safety', 'safety'), ('noise', 'noise'), ('maintenance', 'maintenance'), ('other', 'other')], max_length=14, verbose_name='category')),
                ('severity', models.CharField(choices=[('low', 'low'), ('medium', 'medium'), ('high', 'high'), ('critical', 'critical')], max_length=8, verbose_name='severity')),
                ('issues', models.PositiveIntegerField(default=0, verbose_name='issues')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'issue count',
                'verbose_name_plural': 'issue counts',
                'db_table': 'issue_counts',
                'abstract': False,
                'base_manager_name': 'all_tenants',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'status', 'category', 'severity'), name='uniq_issue_counts_status')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('all_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='RollupMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('day', models.DateField()),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
            ],
            options={
                'db_table': 'rollup_marks',
                'abstract': False,
                'base_manager_name': 'all_tenants',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'id'], name='idx_rollup_marks_tenant')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('all_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='TenantScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('reports', models.PositiveBigIntegerField(default=0, verbose_name='reports')),
                ('issues', models.PositiveBigIntegerField(default=0, verbose_name='issues')),
                ('open_issues', models.PositiveBigIntegerField(default=0, verbose_name='open issues')),
                ('resolved_issues', models.PositiveBigIntegerField(default=0, verbose_name='resolved issues')),
                ('response_met', models.PositiveBigIntegerField(default=0, verbose_name='responses in time')),
                ('response_missed', models.PositiveBigIntegerField(default=0, verbose_name='responses late')),
                ('resolution_met', models.PositiveBigIntegerField(default=0, verbose_name='resolutions in time')),
                ('resolution_missed', models.PositiveBigIntegerField(default=0, verbose_name='resolutions late')),
                ('score', models.FloatField(null=True, verbose_name='score')),
                ('refreshed_at', models.DateTimeField(verbose_name='refreshed')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'tenant score',
                'verbose_name_plural': 'tenant scores',
                'db_table': 'tenant_scores',
                'abstract': False,
                'base_manager_name': 'all_tenants',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant',), name='uniq_tenant_scores_tenant')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('all_tenants', django.db.models.manager.Manager()),
            ],
        ),
        *protect_tenant_rows(
            "daily_rollups",
            "issue_counts",
            "tenant_scores",
            "rollup_marks",
        ),
    ]
