"""`make demo`: the main job with a real worker in a database that is gone afterwards, and its words when it fails."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.db import connections

from apps.demo.city import CityOrder, city_profile
from apps.demo.errors import DemoRefused, StageStuck
from apps.demo.main_job import Summary, run_main_job
from apps.demo.throwaway import forget_keys, other_redis_database, throwaway_environment
from apps.demo.worker import WorkerLog

FULL = {"reports": 9, "classified": 9, "issues": 4, "placements": 9, "sla_metrics": 4, "rollup_days": 3}


def summary(**changes: dict[str, int]) -> Summary:
    values = {"counts": FULL, "dashboard": {"reports": 9}, "raw": {"reports": 9}, "staff": {"resolved": 1}} | changes
    return Summary(triage={}, grouping={}, **values)


@pytest.fixture
def undisturbed() -> Iterator[None]:
    """One test at a time may make throw-away databases: they are one a clone, and test processes are several."""
    with (settings.VAR_DIR / "demo-tests.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def databases() -> list[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'wardline_demo_%'")
        return [name for (name,) in cursor.fetchall()]


# The child's servers are those of the tests; its settings are the product's.
def run_demo(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"WARDLINE_ENV": "development"}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo_run", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_every_stage_does_its_work_and_nothing_is_left_behind(undisturbed):
    done = run_demo("--reports=120", "--issues=60", "--live=14")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((Path(settings.VAR_DIR) / "demo-summary.json").read_text())
    assert found["reports"] == found["classified"] == found["placements"] == 134
    assert 0 < found["issues"] == found["sla_metrics"] <= 134
    assert found["rollup_days"] > 30
    assert found["dashboard"] == found["raw"] | found["dashboard"]
    assert found["raw"]["resolved_issues"] >= found["staff"]["resolutions measured"] > 0
    assert 0.4 < found["triage"]["category"] <= 1.0
    assert databases() == []
    with redis.Redis.from_url(other_redis_database(settings.REDIS_URL)) as client:
        assert client.dbsize() == 0


def test_a_stage_that_does_not_move_is_named_with_the_workers_last_words(db, tmp_path):
    log = WorkerLog(tmp_path / "worker.log")
    log.path.write_text("first\n" * 30 + "no route to the queue\n")
    order = CityOrder(profile=city_profile(seed=5, number=0), problems=3, reports=5)
    with pytest.raises(StageStuck, match=r"triage is stuck: 6 left.*(?s:.*)no route to the queue"):
        run_main_job(
            order=order, seed=5, live=1, last_words=log.last_lines, say=lambda line: None, patience_seconds=0.3
        )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"counts": FULL | {"issues": 0}}, "issues is 0"),
        ({"counts": FULL | {"classified": 8}}, "classified is 8, reports is 9"),
        ({"dashboard": {"reports": 7}}, "the dashboard says reports 7, the raw rows say 9"),
        ({"staff": {"resolved": 0}}, "staff: resolved is 0"),
    ],
)
def test_a_job_half_done_says_what_is_missing(changes, message):
    assert summary().problems() == []
    assert summary(**changes).problems() == [message]


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_the_database_goes_even_when_the_job_breaks_and_leftovers_go_with_the_next(undisturbed):
    def make_one(error: type[Exception] | None = None) -> str:
        with throwaway_environment(settings.VAR_DIR) as environment:
            name = urlsplit(environment["DATABASE_URL"]).path.lstrip("/")
            assert databases() == [name]
            if error:
                raise error
        return name

    with pytest.raises(ZeroDivisionError):
        make_one(ZeroDivisionError)
    assert databases() == []
    name = make_one()
    with connections["owner"].cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    make_one()
    assert databases() == []


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_two_runs_of_one_clone_do_not_meet(undisturbed):
    with throwaway_environment(settings.VAR_DIR), pytest.raises(DemoRefused, match="another run"):  # noqa: SIM117
        with throwaway_environment(settings.VAR_DIR):
            pass


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("unix:///run/v.sock?db=0", "unix:///run/v.sock?db=7"),
        ("unix:///run/v.sock?password=x&db=3", "unix:///run/v.sock?password=x&db=7"),
        ("redis://user:pw@host:6379/0", "redis://user:pw@host:6379/7"),
        ("rediss://host", "rediss://host/7"),
    ],
)
def test_the_demo_has_a_redis_database_of_its_own(url, expected):
    assert other_redis_database(url) == expected


def test_only_the_products_keys_are_forgotten(undisturbed):
    url = other_redis_database(settings.REDIS_URL)
    with redis.Redis.from_url(url) as client:
        client.mset({"wardline:1:cached": 1, "wardline:celery:queue": 1, "somebody:else": 1})
        assert forget_keys(url) == 2
        assert client.keys() == [b"somebody:else"]
        client.delete("somebody:else")
