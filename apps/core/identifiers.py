"""Identifiers made by the application, so that a thing has its id before its row exists."""

import os
import time
from uuid import UUID


def uuid7(moment_seconds: float | None = None) -> UUID:
    """Return a UUID version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random bits.

    Ids made in order sort in order to the millisecond, which keeps b-tree inserts at the right edge.
    """
    milliseconds = int((time.time() if moment_seconds is None else moment_seconds) * 1000) & (2**48 - 1)
    random_bits = int.from_bytes(os.urandom(10))
    high = milliseconds << 80
    version_and_a = (0x7 << 76) | ((random_bits >> 62 & 0xFFF) << 64)
    variant_and_b = (0b10 << 62) | (random_bits & (2**62 - 1))
    return UUID(int=high | version_and_a | variant_and_b)
