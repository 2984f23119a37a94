"""Pages of a queryset: by cursor, at the same cost wherever they are, or by number."""

from apps.core.keyset.cursors import InvalidCursor
from apps.core.keyset.ordering import UnseekableOrdering
from apps.core.keyset.pages import CursorPage, NumberedPage, PageOutOfRange, numbered_page, seek_page

__all__ = [
    "CursorPage",
    "InvalidCursor",
    "NumberedPage",
    "PageOutOfRange",
    "UnseekableOrdering",
    "numbered_page",
    "seek_page",
]
