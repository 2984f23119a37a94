"""Files beside an import: its rejected rows, how far it got, and what its services are."""

import csv
import hashlib
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from apps.issues.models import Category, Severity
from apps.reports.formats import ImportRefused, RejectedRow

_HASH_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class ServiceChoice:
    """What a service of a file becomes when it is added."""

    category: str = Category.OTHER.value
    severity: str = Severity.MEDIUM.value
    group: str = ""


def read_categories(path: Path) -> dict[str, ServiceChoice]:
    """Return the choices of a mapping file by the service's code or name in lower case.

    Shapes: a JSON object {service: category}, or {service: {"category": …, "severity": …, "group": …}}.
    Errors: ImportRefused naming the file, the service and the value.
    """
    try:
        entries = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ImportRefused(f"categories: {path.name} cannot be read as JSON: {error}") from error
    if not isinstance(entries, dict):
        raise ImportRefused(f"categories: {path.name} must hold an object {{service: category}}")
    return {service.strip().lower(): _choice(service, entry) for service, entry in entries.items()}


def _choice(service: str, entry: object) -> ServiceChoice:
    values = entry if isinstance(entry, dict) else {"category": entry}
    for name, allowed in (("category", Category.values), ("severity", Severity.values)):
        if name in values and values[name] not in allowed:
            raise ImportRefused(f"categories: {service}: {name} {values[name]!r} is not one of {', '.join(allowed)}")
    try:
        return ServiceChoice(**values)
    except TypeError:
        raise ImportRefused(f"categories: {service}: only category, severity and group are known") from None


@dataclass(frozen=True)
class Checkpoint:
    """What an import had done at its last commit.

    `read`: rows of the file that were dealt with, good and bad. `rejected_bytes`: size of the file of rejected rows,
    so that rows rejected after the commit are not in it twice.
    """

    read: int = 0
    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    services_created: int = 0
    rejected_bytes: int = 0


class CheckpointFile:
    """Keeps the checkpoint of one file's import into one tenant, under the file's own hash and the import's choices.

    It is written after the commit that it tells of: a crash between the two repeats one chunk, which changes nothing.
    """

    def __init__(self, *, folder: Path, source_file: Path, key: tuple[str, ...]) -> None:
        digest = hashlib.blake2b("\x1f".join(key).encode(), digest_size=12)
        try:
            with source_file.open("rb") as file:
                while block := file.read(_HASH_BLOCK_BYTES):
                    digest.update(block)
        except OSError as error:
            raise ImportRefused(f"{source_file.name}: {error.strerror}") from error
        self.path = folder / f"{digest.hexdigest()}.json"

    def load(self) -> Checkpoint:
        """Return the checkpoint; the very start when there is none. Errors: ImportRefused for one that is damaged."""
        try:
            return Checkpoint(**orjson.loads(self.path.read_bytes()))
        except FileNotFoundError:
            return Checkpoint()
        except (orjson.JSONDecodeError, TypeError) as error:
            raise ImportRefused(f"{self.path} is damaged; delete it, and the import starts anew") from error

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the checkpoint at once, so that a crash leaves the old one or the new one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_bytes(orjson.dumps(asdict(checkpoint)))
        new.replace(self.path)

    def forget(self) -> None:
        """Remove the checkpoint: the import is through."""
        self.path.unlink(missing_ok=True)


class RejectedFile:
    """The rejected rows of an import as CSV (line, field, message, raw); exists only once there is one."""

    def __init__(self, path: Path, *, keep_bytes: int = 0) -> None:
        self.path = path
        self._keep_bytes = keep_bytes
        self._file = path.open("r+", encoding="utf-8", newline="") if keep_bytes and path.exists() else None
        if self._file is not None:
            self._file.truncate(keep_bytes)
            self._file.seek(0, os.SEEK_END)
        else:
            path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, rows: list[RejectedRow]) -> int:
        """Append rows and see that they are on the disk's way; return the file's size in bytes."""
        if rows and self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(RejectedRow._fields)
        if self._file is None:
            return 0
        csv.writer(self._file).writerows(rows)
        self._file.flush()
        return self._file.tell()
