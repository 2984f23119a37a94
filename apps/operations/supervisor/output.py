"""One stream of lines from several processes, each line with its process's name in front."""

import threading
from typing import IO, TextIO

_COLOURS = (36, 33, 32, 35, 34, 31)  # ANSI foreground colours that read on light and dark terminals


class LinePrinter:
    """Writes whole lines to a stream; safe to use from several threads."""

    def __init__(self, stream: TextIO, *, width: int = 8) -> None:
        self._stream = stream
        self._width = width
        self._lock = threading.Lock()
        self._colours: dict[str, int] = {}
        self._coloured = stream.isatty()

    def line(self, name: str, text: str) -> None:
        """Write one line of the named process; a stream that is gone is no reason to stop."""
        head = f"{name:<{self._width}}|"
        if self._coloured:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            head = f"\x1b[{colour}m{head}\x1b[0m"
        try:
            with self._lock:
                self._stream.write(f"{head} {text}\n")
                self._stream.flush()
        except (OSError, ValueError):
            return

    def follow(self, name: str, output: IO[bytes]) -> threading.Thread:
        """Copy a process's output line by line until it closes it."""

        def copy() -> None:
            with output:
                for raw in output:
                    self.line(name, raw.decode(errors="replace").rstrip())

        thread = threading.Thread(target=copy, name=f"output of {name}", daemon=True)
        thread.start()
        return thread
