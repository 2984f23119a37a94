"""Words of texts in a table beside the one that holds them: fast to search under row-level security, cheap to write.

PostgreSQL will not use a text index under a policy: `@@` might leak what it sees, so it runs after the policy, row by
row. And a text index on a table that is written to all the time costs three quarters of its speed. So the words live
in a table of their own, which is filled seconds later from marks that triggers leave (see schema.py), and read by one
function that takes the tenant from the transaction's settings and answers ids alone (see finding.py).
"""

from apps.core.search.filling import Filled, fill_words, rebuild_words, words_behind
from apps.core.search.finding import SEARCH_DEPTH, Found, find_rows, narrow_to_matches, search_condition
from apps.core.search.tables import SearchedTable

__all__ = [
    "SEARCH_DEPTH",
    "Filled",
    "Found",
    "SearchedTable",
    "fill_words",
    "find_rows",
    "narrow_to_matches",
    "rebuild_words",
    "search_condition",
    "words_behind",
]
