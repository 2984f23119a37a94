"""What the operations app may raise."""


class AlreadyRunning(Exception):
    """Another `run` of this clone holds its lock."""

    def __init__(self, *, pid: int | None, url: str) -> None:
        self.pid = pid
        self.url = url
        where = f" at {url}" if url else ""
        who = f" (process {pid})" if pid else ""
        super().__init__(f"this clone already runs{where}{who}: stop it there with Ctrl-C first")


class PortTaken(Exception):
    """No web server can listen where it was told to."""


class PreparationFailed(Exception):
    """A step before the processes start did not succeed; the message holds its output."""
