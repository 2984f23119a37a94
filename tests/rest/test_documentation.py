"""The schema is valid and complete, and its pages ask nothing of another server."""

import re

import pytest
import yaml
from django.core.management import call_command
from django.urls import reverse

from tests.rest.test_outsiders_get_nothing import ROUTES


def test_the_schema_is_valid_and_knows_every_route(tmp_path, db):
    file = tmp_path / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(file))
    paths = yaml.safe_load(file.read_text())["paths"]
    assert {re.sub(r"{\w+}", "{}", path) for path in paths} == {
        re.sub(r"<[^>]+>", "{}", route.template) for route in ROUTES
    }
    operations = [operation for path in paths.values() for operation in path.values()]
    assert all("application/problem+json" in each["responses"]["401"]["content"] for each in operations)
    assert all(each["summary"] for each in operations)


def test_the_schema_is_served_to_anybody(db, anonymous):
    served = anonymous.get("/api/schema/?format=json")
    assert served.status_code == 200
    assert served.json()["info"]["title"] == "Wardline"


@pytest.mark.parametrize("name", ["rest:docs", "rest:redoc"])
def test_pages_load_only_from_here_under_a_strict_policy(db, anonymous, name):
    page = anonymous.get(reverse(name))
    text = page.content.decode()
    assert page.status_code == 200
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", text)
    assert not re.findall(r"<script(?![^>]*\bsrc=)", text)
    policy = page["Content-Security-Policy"]
    scripts = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert "unsafe" not in scripts
