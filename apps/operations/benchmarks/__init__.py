"""Performance suites: each measures the product beside its limit, interleaved, in one run."""
