"""What watches the product: query profiles for staff, and who may read the metrics."""

from config.settings import environment as env

# Off: silk has no middleware and no pages, and costs nothing.
SILK_ENABLED = env.boolean("SILK_ENABLED", False)
SILK_SAMPLE_PERCENT = env.decimal("SILK_SAMPLE_PERCENT", 10.0, minimum=0, maximum=100)
SILKY_AUTHENTICATION = True
SILKY_AUTHORISATION = True
SILKY_META = False
SILKY_MAX_RECORDED_REQUESTS = 10_000
# A monitoring system's bearer token; without one only staff (and, in development, this machine) may read metrics.
METRICS_TOKEN = env.text("METRICS_TOKEN", pattern=r"\S{16,}")
