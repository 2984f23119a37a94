"""Lists read as flat rows by one prepared statement, for those that are asked for thousands of times a minute."""

from apps.core.flat.lists import Choice, Column, Condition, FlatList, Narrowed
from apps.core.flat.pages import count_rows, read_page, read_rows
from apps.core.flat.values import NotReadable, aware_time, boolean, one_of, whole_number

__all__ = [
    "Choice",
    "Column",
    "Condition",
    "FlatList",
    "Narrowed",
    "NotReadable",
    "aware_time",
    "boolean",
    "count_rows",
    "one_of",
    "read_page",
    "read_rows",
    "whole_number",
]
