"""Nobody asks for e-mails, prefixes or slugs by a pattern: Django's second index of each is written and never read.

Any of them is found by its unique constraint's own index.
"""

from django.db import migrations

INDEXES = (
    ("api_keys_prefix_8bd1f38a_like", "api_keys", "prefix"),
    ("tenants_slug_01bfd60f_like", "tenants", "slug"),
    ("users_email_0ea73cca_like", "users", "email"),
)


class Migration(migrations.Migration):
    # Small tables, but sign-in reads them: no lock that could wait behind a long transaction and hold up all others.
    atomic = False

    dependencies = [("tenants", "0002_policies_that_plan_well")]

    operations = [
        migrations.RunSQL(
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} ({column} varchar_pattern_ops)",
        )
        for name, table, column in INDEXES
    ]
