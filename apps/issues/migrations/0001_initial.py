import django.core.validators
import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

from apps.tenants.scoping import protect_tenant_rows, tenant_foreign_key


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'department',
                'verbose_name_plural': 'departments',
                'db_table': 'departments',
                'abstract': False,
                'base_manager_name': 'all_tenants',
                'default_manager_name': 'objects',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('all_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Issue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('number', models.PositiveBigIntegerField(editable=False, verbose_name='number')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('status', models.CharField(choices=[('open', 'open'), ('acknowledged', 'acknowledged'), ('in_progress', 'in progress'), ('on_hold', 'on hold'), ('resolved', 'resolved'), ('closed', 'closed')], default='open', max_length=12, verbose_name='status')),
                ('category', models.CharField(choices=[('infrastructure', 'infrastructure'), ('sanitation', 'sanitation'), ('safety', 'safety'), ('noise', 'noise'), ('maintenance', 'maintenance'), ('other', 'other')], default='other', max_length=14, verbose_name='category')),
                ('severity', models.CharField(choices=[('low', 'low'), ('medium', 'medium'), ('high', 'high'), ('critical', 'critical')], default='medium', max_length=8, verbose_name='severity')),
                ('service_code', models.CharField(blank=True, max_length=100, verbose_name='service code')),
                ('lat', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)], verbose_name='latitude')),
                ('lng', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)], verbose_name='longitude')),
                ('cell', models.BigIntegerField(editable=False, null=True, verbose_name='grid cell')),
                ('address', models.CharField(blank=True, max_length=300, verbose_name='address')),
                ('report_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='reports')),
                ('first_report_at', models.DateTimeField(verbose_name='first report')),
                ('last_report_at', models.DateTimeField(verbose_name='last report')),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True, verbose_name='acknowledged')),
                ('resolved_at', models.DateTimeField(blank=True, null=True, verbose_name='resolved')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('historic', models.BooleanField(default=False, help_text='status and times follow the imported reports', verbose_name='historic')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                ('assignee', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='assignee')),
                ('department', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='issues', to='issues.department', verbose_name='department')),
                ('merged_into', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='issues.issue')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'issue',
                'verbose_name_plural': 'issues',
                'db_table': 'issues',
                'abstract': False,
                'base_manager_name': 'all_tenants',
                'default_manager_name': 'objects',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('all_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('text', models.TextField(max_length=10000, verbose_name='text')),
                ('is_public', models.BooleanField(default=False, verbose_name='public')),
                ('author', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
                ('issue', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='issues.issue')),
            ],
            options={
                'verbose_name': 'comment',
                'verbose_name_plural': 'comments',
                'db_table': 'comments',
                'ordering': ['created_at', 'id'],
                'abstract': False,
                'base_manager_name': 'all_tenants',
                'default_manager_name': 'objects',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('all_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='IssueEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('kind', models.CharField(choices=[('opened', 'opened'), ('reports_added', 'reports added'), ('reports_removed', 'reports removed'), ('status', 'status changed'), ('severity', 'severity changed'), ('category', 'category changed'), ('assignment', 'assigned'), ('comment', 'commented')], max_length=20, verbose_name='kind')),
                ('before', models.JSONField(blank=True, default=dict, verbose_name='before')),
                ('after', models.JSONField(blank=True, default=dict, verbose_name='after')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('actor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issue', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='issues.issue')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'timeline entry',
                'verbose_name_plural': 'timeline',
                'db_table': 'issue_events',
                'ordering': ['at', 'id'],
                'abstract': False,
                'base_manager_name': 'all_tenants',
                'default_manager_name': 'objects',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('all_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='IssueNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('last_number', models.PositiveBigIntegerField(default=0)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
            ],
            options={
                'db_table': 'issue_numbers',
                'abstract': False,
                'base_manager_name': 'all_tenants',
                'default_manager_name': 'objects',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('all_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.UniqueConstraint(fields=('tenant', 'name'), name='uniq_departments_tenant_name'),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(fields=['tenant', '-first_report_at', '-id'], name='idx_issues_tenant_first'),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(fields=['tenant', 'status', '-first_report_at'], name='idx_issues_tenant_status'),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(condition=models.Q(('status__in', ['open', 'acknowledged', 'in_progress', 'on_hold'])), fields=['tenant', 'category', 'severity'], name='idx_issues_open_category'),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(condition=models.Q(('cell__isnull', False), ('merged_into__isnull', True)), fields=['tenant', 'cell', '-last_report_at'], name='idx_issues_tenant_cell'),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(condition=models.Q(('resolved_at__isnull', False)), fields=['tenant', 'resolved_at'], name='idx_issues_tenant_resolved'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.UniqueConstraint(fields=('tenant', 'number'), name='uniq_issues_tenant_number'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('lat__isnull', True), ('lat__range', (-90, 90)), _connector='OR'), name='check_issues_lat'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('lng__isnull', True), ('lng__range', (-180, 180)), _connector='OR'), name='check_issues_lng'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(fields=['tenant', 'issue', 'created_at'], name='idx_comments_issue_created'),
        ),
        migrations.AddIndex(
            model_name='issueevent',
            index=models.Index(fields=['tenant', 'issue', 'at'], name='idx_issue_events_issue_at'),
        ),
        migrations.AddConstraint(
            model_name='issuenumber',
            constraint=models.UniqueConstraint(fields=('tenant',), name='uniq_issue_numbers_tenant'),
        ),
        *protect_tenant_rows(
            "departments",
            "issue_numbers",
            "issues",
            "issue_events",
            "comments",
        ),
        tenant_foreign_key("issues", "department_id", "departments"),
        tenant_foreign_key("issues", "merged_into_id", "issues"),
        tenant_foreign_key("issue_events", "issue_id", "issues"),
        tenant_foreign_key("comments", "issue_id", "issues"),
    ]
