"""Load over HTTP from a process of its own, in pure Python: one tool for the product and for its limit."""
