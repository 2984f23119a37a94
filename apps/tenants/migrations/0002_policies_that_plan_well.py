"""Give the policies that exist the form of apps.tenants.scoping.POLICY; the same rows pass.

A change of the catalogue alone: no row is read, each table is locked for a moment. Tables made later get the new form
from protect_tenant_rows().
"""

from django.db import migrations

from apps.tenants.scoping import POLICY

BEFORE = (
    "tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::bigint) "
    "OR (SELECT current_setting('app.scope', true)) = 'all'"
)


def reworded(policy: str) -> str:
    """Return the statement that gives every tenant_rows policy of the schema these words."""
    quoted = policy.replace("'", "''")
    return f"""
        DO $$
        DECLARE found record;
        BEGIN
            FOR found IN SELECT tablename FROM pg_policies WHERE schemaname = 'public' AND policyname = 'tenant_rows'
            LOOP
                EXECUTE format('ALTER POLICY tenant_rows ON %I USING ({quoted}) WITH CHECK ({quoted})', found.tablename);
            END LOOP;
        END $$
    """


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [migrations.RunSQL(reworded(POLICY), reworded(BEFORE))]
