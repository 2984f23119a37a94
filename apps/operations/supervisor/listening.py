"""The web server's listening socket, made by the supervisor: a restarted web server loses no connection that waits."""

import errno
import socket

from apps.operations.errors import PortTaken

DEFAULT_PORT = 8000
_PORTS_TRIED = 100
_BACKLOG = 2048  # gunicorn's own default


def listen(host: str, port: int | None) -> socket.socket:
    """Return a socket that listens on the port; without one on the first free from 8000 up.

    Errors: PortTaken naming the port, and the reason when the address cannot be listened on at all.
    """
    candidates = [port] if port is not None else list(range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TRIED))
    for candidate in candidates:
        try:
            return _listener(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise PortTaken(f"cannot listen on {host}:{candidate}: {error.strerror}") from error
    if port is not None:
        raise PortTaken(f"port {port} (WARDLINE_PORT) is taken: name another, or none to have a free one chosen")
    raise PortTaken(f"ports {candidates[0]} to {candidates[-1]} are all taken: name another in WARDLINE_PORT")


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Without this, the last run's closed connections would keep the port for a minute.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
