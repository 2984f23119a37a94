"""The embedded PostgreSQL's settings: sized for one small machine, safe by default."""

import os
from pathlib import Path

import psutil

_MEGABYTE = 1024 * 1024
_SHARED_BUFFERS_MB = 512
# Parallel queries keep hash tables in /dev/shm; containers often have 64 MB of it, and a full one fails the query.
_SHARED_MEMORY_NEEDED_MB = 256

_TEMPLATE = """\
# Written anew at each start of the embedded server; put your own settings into postgresql.auto.conf (ALTER SYSTEM).
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = {shared_buffers_mb}MB
effective_cache_size = {cache_mb}MB
work_mem = 16MB
maintenance_work_mem = 128MB
dynamic_shared_memory_type = {dynamic_memory}
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
# Compiling a plan costs more than these short queries take.
jit = off
track_io_timing = on
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
# Even without fsync a commit has left the process before it is confirmed: kill -9 loses nothing.
synchronous_commit = on
fsync = {fsync}
full_page_writes = {fsync}
"""


def configuration(*, sockets: Path, durable: bool) -> str:
    """Return the settings as a file's text; the path is a plain one, which `embedded_addresses` sees to."""
    memory_mb = psutil.virtual_memory().total // _MEGABYTE
    return _TEMPLATE.format(
        sockets=sockets,
        shared_buffers_mb=min(_SHARED_BUFFERS_MB, max(32, memory_mb // 4)),
        cache_mb=max(64, memory_mb // 2),
        dynamic_memory="posix" if _shared_memory_mb() >= _SHARED_MEMORY_NEEDED_MB else "mmap",
        fsync="on" if durable else "off",
    )


def _shared_memory_mb() -> int:
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize // _MEGABYTE
