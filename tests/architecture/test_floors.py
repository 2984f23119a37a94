"""The holes that import contracts do not see."""

import grimp
import pytest

from tests.architecture.house import app_of, floors, our_models

ENTRIES = {"services", "selectors", "models", "errors", "events", "tags", "scoping"}


def test_foreign_keys_follow_the_floors():
    floor = floors()
    upward = [
        f"{model.__name__}.{field.name} → {field.related_model.__name__}"
        for model in our_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model.__module__.startswith("apps.")
        if app_of(field.related_model) != app_of(model) and floor[app_of(field.related_model)] <= floor[app_of(model)]
    ]
    assert upward == []


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("apps")


def test_other_apps_are_entered_by_their_front_doors(graph):
    private = []
    for importer in graph.modules:
        own = importer.split(".")[1:2]
        for imported in graph.find_modules_directly_imported_by(importer):
            parts = imported.split(".")
            if len(parts) < 3 or [parts[1]] == own or parts[1] == "core" or "migrations" in importer:
                continue
            if parts[2] not in ENTRIES:
                private.append(f"{importer} → {imported}")
    assert sorted(private) == []
