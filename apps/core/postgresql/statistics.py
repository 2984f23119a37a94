"""Refresh the planner's statistics after a bulk load, as the role that owns the tables."""

import psycopg
from django.db import connections
from psycopg import sql

ANALYZE_FROM_ROWS = 5_000  # fewer rows are read quickly whatever the plan


def analyze_tables(*tables: str) -> None:
    """ANALYZE tables of the serving database on a connection of the owning role's own.

    Autovacuum does the same within minutes; until then the planner believes a newly loaded tenant to be empty and may
    read all of it for every thousand rows. Call it outside transactions, after loading more than some thousand rows.
    """
    parameters = connections["owner"].get_connection_params()
    parameters["dbname"] = connections["default"].settings_dict["NAME"]
    with psycopg.connect(**parameters, autocommit=True) as connection:
        for table in tables:
            connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
