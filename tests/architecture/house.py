"""What the architecture tests share: the floors as the contract file draws them, and our models."""

import configparser
import re
from pathlib import Path

from django.apps import apps
from django.db.models import Model

ROOT = Path(__file__).parent.parent.parent


def floors() -> dict[str, int]:
    """Return each app's floor, counted from the top, read from the import contract."""
    contract = configparser.ConfigParser()
    contract.read(ROOT / ".importlinter")
    lines = contract["importlinter:contract:floors"]["layers"].split("\n")
    return {
        name.strip(" ()"): floor for floor, line in enumerate(filter(None, lines)) for name in re.split(r"[|:]", line)
    }


def app_of(model: type[Model]) -> str:
    return model.__module__.split(".")[1]


def our_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("apps.")]


def sources(*folders: str) -> list[Path]:
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts and "__pycache__" not in path.parts
    )
