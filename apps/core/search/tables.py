"""What is searched, and the names of what that takes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchedTable:
    """A table whose texts are searched.

    `table` has the columns id and tenant_id; `texts` are its text columns, `at` the time by which its list is ordered,
    `singular` begins the names of what stands beside it. Names are ours, never a client's: they go into SQL as they
    are.
    """

    table: str
    singular: str
    texts: tuple[str, ...]
    at: str

    @property
    def words(self) -> str:
        """The table of words: (tenant_id, key) → at, words."""
        return f"{self.singular}_words"

    @property
    def marks(self) -> str:
        """The table of what is still to be read: lists of ids."""
        return f"{self.singular}_word_marks"

    @property
    def key(self) -> str:
        """The column of `words` that holds the row's id."""
        return f"{self.singular}_id"

    @property
    def keys(self) -> str:
        """The column of `marks` that holds the rows' ids."""
        return f"{self.singular}_ids"

    @property
    def function(self) -> str:
        """The function that finds rows."""
        return f"search_{self.table}"
