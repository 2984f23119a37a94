"""Keep the embedded servers alive while the product runs."""

import time
from dataclasses import dataclass

from apps.core.embedded.errors import EmbeddedServerError
from apps.core.embedded.services import ServicesStarted, embedded_servers, ensure_services, running_servers
from apps.operations.supervisor.output import LinePrinter

_LOOK_SECONDS = 1.0
_PAUSE_AFTER_FAILURE_SECONDS = 5.0


@dataclass
class ServerWatch:
    """Starts an embedded server again that was killed; external ones are somebody else's to watch."""

    services: ServicesStarted
    printer: LinePrinter
    next_look: float = 0.0

    def look(self) -> None:
        """Look at the servers once a second at most, and start those that are gone."""
        if time.monotonic() < self.next_look:
            return
        var = self.services.addresses.var
        missing = set(embedded_servers()) - set(running_servers(var))
        try:
            if missing:
                self.printer.line("run", f"{' and '.join(sorted(missing))} died: starting again")
                ensure_services(var)
            self.next_look = time.monotonic() + _LOOK_SECONDS
        except EmbeddedServerError as error:
            self.printer.line("run", str(error))
            self.next_look = time.monotonic() + _PAUSE_AFTER_FAILURE_SECONDS
