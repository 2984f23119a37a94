"""Every index is named by rule and stands in its app's ledger."""

import re

from tests.architecture.house import ROOT, app_of, our_models


def indexes():
    for model in our_models():
        for index in model._meta.indexes:
            yield model, index.name


def test_index_names_tell_their_table():
    wrong = [
        name for model, name in indexes() if not re.match(rf"idx_{model._meta.db_table[:5]}", name) or len(name) > 30
    ]
    assert wrong == []


def test_every_index_stands_in_the_ledger_of_its_app():
    missing = []
    for model, name in indexes():
        ledger = ROOT / "apps" / app_of(model) / "README.md"
        if not ledger.exists() or f"`{name}`" not in ledger.read_text():
            missing.append(f"{ledger.relative_to(ROOT)}: {name}")
    assert missing == []


def test_no_implicit_index_on_a_foreign_key():
    implicit = [
        f"{model._meta.db_table}.{field.name}"
        for model in our_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.db_index and hasattr(model, "all_tenants")
    ]
    assert implicit == []
