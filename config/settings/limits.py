"""Sizes, rates and budgets that an operator may tune."""

from config.settings import environment as env

RATE_LIMIT_ENABLED = env.boolean("RATE_LIMIT_ENABLED", True)
RATE_LIMIT_PER_MINUTE = env.integer("RATE_LIMIT_PER_MINUTE", 100, minimum=1)
RATE_LIMIT_SEARCH_PER_MINUTE = env.integer("RATE_LIMIT_SEARCH_PER_MINUTE", 10, minimum=1)
RATE_LIMIT_FEEDS_PER_MINUTE = env.integer("RATE_LIMIT_FEEDS_PER_MINUTE", 5, minimum=1)
RATE_LIMIT_NETWORK_PER_HOUR = env.integer("RATE_LIMIT_NETWORK_PER_HOUR", 5, minimum=1)

BULK_CHUNK_SIZE = env.integer("BULK_CHUNK_SIZE", 5_000, minimum=1, maximum=100_000)
PAGINATION_DEFAULT_PAGE_SIZE = env.integer("PAGINATION_DEFAULT_PAGE_SIZE", 50, minimum=1, maximum=100)
PAGINATION_MAX_PAGE_SIZE = env.integer("PAGINATION_MAX_PAGE_SIZE", 100, minimum=1, maximum=1_000)
PAGINATION_MAX_CURSOR_SIZE = env.integer("PAGINATION_MAX_CURSOR_SIZE", 500, minimum=1, maximum=5_000)
QUERY_SLOW_THRESHOLD_MS = env.integer("QUERY_SLOW_THRESHOLD_MS", 100, minimum=1)

# A report's text may be 20,000 characters and its attributes as much again; a megabyte is refused before it is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024

WEB_WORKERS = env.integer("WEB_WORKERS", 2, minimum=1, maximum=256)
WEB_THREADS = env.integer("WEB_THREADS", 4, minimum=1, maximum=256)
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, maximum=10)

LLM_BASE_URL = env.url("LLM_BASE_URL", schemes=("http", "https"))
LLM_API_KEY = env.text("LLM_API_KEY")
LLM_MODEL = env.text("LLM_MODEL", "gpt-4o-mini")
LLM_BATCH_SIZE = env.integer("LLM_BATCH_SIZE", 20, minimum=1, maximum=100)
LLM_CONCURRENCY = env.integer("LLM_CONCURRENCY", 10, minimum=1, maximum=100)
# {"model": {"input": n, "cached": n, "output": n}}: micros of the provider's currency for a million tokens.
LLM_PRICES = env.document("LLM_PRICES")
LLM_TIMEOUT = env.decimal("LLM_TIMEOUT", 30.0, minimum=0.1, maximum=600)
