"""Django's PostgreSQL backend with settings that are local to each transaction (see base.py)."""
