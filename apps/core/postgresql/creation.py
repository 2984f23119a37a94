"""Test databases start from template0, so that nobody's session in another template is in the way."""

from django.db.backends.postgresql.creation import DatabaseCreation as DjangoDatabaseCreation


class DatabaseCreation(DjangoDatabaseCreation):
    """Creates databases in the server's own collation."""

    def sql_table_creation_suffix(self) -> str:
        """Return the options of CREATE DATABASE."""
        return str(super().sql_table_creation_suffix() or "WITH TEMPLATE template0")
