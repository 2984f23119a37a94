"""Each answer carries the id that its log lines carry."""

import logging

import pytest
from django.test import Client


def test_a_proxys_id_is_kept_and_logged(db: None, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        response = Client().get("/health/live", headers={"X-Request-ID": "edge-7f3a.0001"})
    assert response["X-Request-ID"] == "edge-7f3a.0001"
    assert any("edge-7f3a.0001" in str(record.msg) for record in caplog.records)


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "forged\nlog line", 'a"b{c}d;e', "ids with spaces"])
def test_an_id_that_could_forge_a_log_line_is_replaced(db: None, given: str) -> None:
    answered = Client().get("/health/live", headers={"X-Request-ID": given})["X-Request-ID"]
    assert answered != given
    assert len(answered) == 36
