"""What a bulk write may raise."""

from django.db import DataError
from django.db.transaction import TransactionManagementError


class UnknownTable(LookupError):
    """No model of this project has that table."""


class UnknownColumn(LookupError):
    """The table has no such column."""


class TransactionRequired(TransactionManagementError):
    """A bulk write outside transaction.atomic(): half of its chunks could stay behind."""


class BulkDataError(DataError):
    """A row that the table cannot take; says which row (counted from 1) and, where known, which column."""

    def __init__(self, message: str, *, row: int, column: str | None = None) -> None:
        place = f"row {row}" + (f", column {column}" if column else "")
        super().__init__(f"{place}: {message}")
        self.row = row
        self.column = column
