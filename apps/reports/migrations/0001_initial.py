import apps.reports.models
import django.core.validators
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from apps.tenants.scoping import protect_tenant_rows, tenant_foreign_key


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('issues', '0001_initial'),
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Service',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('code', models.CharField(max_length=100, verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('group', models.CharField(blank=True, max_length=200, verbose_name='group')),
                ('category', models.CharField(choices=[('infrastructure', 'infrastructure'), ('sanitation', 'sanitation'), ('safety', 'safety'), ('noise', 'noise'), ('maintenance', 'maintenance'), ('other', 'other')], default='other', max_length=14, verbose_name='category')),
                ('default_severity', models.CharField(choices=[('low', 'low'), ('medium', 'medium'), ('high', 'high'), ('critical', 'critical')], default='medium', max_length=8, verbose_name='default severity')),
                ('keywords', models.TextField(blank=True, help_text='separated by commas', verbose_name='keywords')),
                ('attributes', models.JSONField(blank=True, default=list, help_text='Open311 definition', verbose_name='attributes')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'service',
                'verbose_name_plural': 'services',
                'db_table': 'services',
                'ordering': ['name'],
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
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('public_id', models.UUIDField(default=apps.reports.models.new_public_id, editable=False, verbose_name='public id')),
                ('channel', models.CharField(choices=[('web', 'web form'), ('api', 'API'), ('open311', 'Open311'), ('phone', 'telephone'), ('import', 'import'), ('feed', 'feed')], default='web', max_length=8, verbose_name='channel')),
                ('source', models.CharField(blank=True, max_length=100, verbose_name='source')),
                ('external_id', models.CharField(blank=True, max_length=200, verbose_name='id at the source')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('category', models.CharField(blank=True, choices=[('infrastructure', 'infrastructure'), ('sanitation', 'sanitation'), ('safety', 'safety'), ('noise', 'noise'), ('maintenance', 'maintenance'), ('other', 'other')], max_length=14, verbose_name='category')),
                ('severity', models.CharField(blank=True, choices=[('low', 'low'), ('medium', 'medium'), ('high', 'high'), ('critical', 'critical')], max_length=8, verbose_name='severity')),
                ('status', models.CharField(choices=[('open', 'open'), ('closed', 'closed')], default='open', max_length=6, verbose_name='status')),
                ('status_notes', models.TextField(blank=True, verbose_name='status notes')),
                ('lat', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)], verbose_name='latitude')),
                ('lng', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)], verbose_name='longitude')),
                ('cell', models.BigIntegerField(editable=False, null=True, verbose_name='grid cell')),
                ('address', models.CharField(blank=True, max_length=300, verbose_name='address')),
                ('address_id', models.CharField(blank=True, max_length=100, verbose_name='address id')),
                ('zipcode', models.CharField(blank=True, max_length=20, verbose_name='zip code')),
                ('media_url', models.CharField(blank=True, max_length=1000, verbose_name='media URL')),
                ('attributes', models.JSONField(blank=True, default=dict, verbose_name='attributes')),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True, verbose_name='acknowledged at the source')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('updated_at', models.DateTimeField(verbose_name='updated')),
                ('content_hash', models.CharField(blank=True, editable=False, max_length=32)),
                ('promised_due', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='promised by')),
                ('historic', models.BooleanField(default=False, editable=False, help_text='imported with its own times and status', verbose_name='historic')),
                ('triage_state', models.CharField(choices=[('pending', 'waiting'), ('claimed', 'in work'), ('done', 'done')], default='pending', editable=False, max_length=8, verbose_name='triage')),
                ('triage_version', models.PositiveIntegerField(default=0, editable=False)),
                ('triage_lease_until', models.DateTimeField(editable=False, null=True)),
                ('issue', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reports', to='issues.issue', verbose_name='issue')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
                ('service', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='reports.service', verbose_name='service')),
            ],
            options={
                'verbose_name': 'report',
                'verbose_name_plural': 'reports',
                'db_table': 'reports',
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
            name='ReporterContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, max_length=50, verbose_name='telephone')),
                ('report', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='reports.report', verbose_name='report')),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'reporter',
                'verbose_name_plural': 'reporters',
                'db_table': 'reporter_contacts',
                'abstract': False,
                'base_manager_name': 'all_tenants',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'report'), name='uniq_reporter_contacts_report')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('all_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.UniqueConstraint(fields=('tenant', 'code'), name='uniq_services_tenant_code'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['tenant', '-received_at', '-id'], name='idx_reports_tenant_received'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['tenant', 'status', '-received_at'], name='idx_reports_tenant_status'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('issue__isnull', False)), fields=['tenant', 'issue', '-received_at'], name='idx_reports_tenant_issue'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('triage_state', 'done'), _negated=True), fields=['tenant', 'id'], name='idx_reports_untriaged'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('issue__isnull', True), ('triage_state', 'done')), fields=['tenant', 'received_at', 'id'], name='idx_reports_unplaced'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('tenant', 'public_id'), name='uniq_reports_tenant_public_id'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('tenant', 'source', 'external_id'), name='uniq_reports_tenant_external'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('lat__isnull', True), ('lat__range', (-90, 90)), _connector='OR'), name='check_reports_lat'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('lng__isnull', True), ('lng__range', (-180, 180)), _connector='OR'), name='check_reports_lng'),
        ),
        *protect_tenant_rows(
            "services",
            "reports",
            "reporter_contacts",
        ),
        tenant_foreign_key("reports", "issue_id", "issues"),
        tenant_foreign_key("reports", "service_id", "services"),
        tenant_foreign_key("reporter_contacts", "report_id", "reports"),
    ]
