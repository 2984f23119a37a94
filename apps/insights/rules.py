"""Decisions about figures. Standard library only."""

RESPONSE_WEIGHT = 0.4
RESOLUTION_WEIGHT = 0.6
ARCHIVE_AFTER_DAYS = 30  # an imported archive that ended longer ago is drawn up to its own end, not up to today
MONTHLY_FROM_DAYS = 400  # a longer span is drawn by month: a point for each day would be finer than a screen


def attainment(met: int, missed: int) -> float | None:
    """Return the share of promises kept, 0 to 1; None when none was due."""
    return met / (met + missed) if met + missed else None


def score(response: float | None, resolution: float | None) -> float | None:
    """Return 0 to 100: response attainment at weight 0.4, resolution at 0.6, over what is known; None for nothing.

    The weights are a choice of ours: a reporter cares most that the problem goes away.
    """
    parts = [
        (share, weight)
        for share, weight in ((response, RESPONSE_WEIGHT), (resolution, RESOLUTION_WEIGHT))
        if share is not None
    ]
    if not parts:
        return None
    return round(100 * sum(share * weight for share, weight in parts) / sum(weight for _, weight in parts), 1)
