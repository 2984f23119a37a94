"""How fast reports leave as a file, and how much memory that takes."""

import time
from pathlib import Path

import psutil

from apps.reports.selectors import ExportFormat, ExportOptions, open_export
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import active_tenants

_MEBIBYTE = 1024 * 1024


def time_export(*, format: str, rows: int) -> dict[str, float]:  # noqa: A002 - the export's own word
    """Export tenant after tenant until `rows` reports are out, and throw the bytes away.

    Returns rows, seconds, and the most mebibytes that the process held above what it held before.
    """
    process = psutil.Process()
    tenants = active_tenants()
    _export(tenants[-1].pk, format)  # what the first export of a process loads stays
    idle = process.memory_info().rss
    forgotten = _forget_peak()
    done, peak = 0, idle
    started = time.perf_counter()
    for tenant in tenants:
        done += _export(tenant.pk, format)
        peak = max(peak, process.memory_info().rss)
        if done >= rows:
            break
    seconds = time.perf_counter() - started
    return {"rows": done, "seconds": seconds, "mebibytes": ((_peak() if forgotten else peak) - idle) / _MEBIBYTE}


def _export(tenant_id: int, format: str) -> int:  # noqa: A002
    with tenant_scope(tenant_id), open_export(ExportOptions(format=ExportFormat(format))) as stream:
        for _ in stream:
            pass
        return stream.tally.rows


def _forget_peak() -> bool:
    """Ask Linux to begin anew with the process's peak; False where that cannot be asked."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _peak() -> int:
    """Return the most bytes that the process has held (proc(5), VmHWM, in kB)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
