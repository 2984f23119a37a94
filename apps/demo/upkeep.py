"""What autovacuum would do in a while, now: statistics for the planner and the visibility map for index-only scans."""

import psycopg
from django.apps import apps
from django.db import connections
from psycopg import sql

from apps.tenants.models import TenantModel


def tenant_tables() -> list[str]:
    """Return the tables of all domain models, whichever apps there are: a seeding may have filled any of them."""
    models = (model for model in apps.get_models() if issubclass(model, TenantModel) and model._meta.managed)
    return sorted(model._meta.db_table for model in models)


def vacuum_tables(*, analyze_only: bool = False) -> None:
    """VACUUM (ANALYZE) the domain's tables in the serving database as the role that owns them, or ANALYZE alone.

    Outside transactions only: VACUUM refuses to run inside one. Other sessions may read and write meanwhile.
    """
    parameters = connections["owner"].get_connection_params()
    parameters["dbname"] = connections["default"].settings_dict["NAME"]
    statement = sql.SQL("ANALYZE {}" if analyze_only else "VACUUM (ANALYZE) {}")
    with psycopg.connect(**parameters, autocommit=True) as connection:
        for table in tenant_tables():
            connection.execute(statement.format(sql.Identifier(table)))
