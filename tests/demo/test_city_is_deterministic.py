"""The same seed invents the same city, on every machine and in every process."""

import hashlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from apps.demo.city import City, city_profile, draw_city, plan_population, zipf_sizes
from apps.demo.city.problems import numbers_in_order

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)
ROOT = Path(__file__).parent.parent.parent
_PRINT = """
from tests.demo.test_city_is_deterministic import fingerprint
print(fingerprint())
"""


def city(seed: int = 5, number: int = 0) -> City:
    return draw_city(profile=city_profile(seed=seed, number=number), seed=seed, until=UNTIL)


def fingerprint() -> str:
    rows = [each._replace(problem=None) for each in city().reports(problems=60, reports=200)]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_another_process_with_another_hash_seed_invents_the_same(hash_seed):
    environment = {"PYTHONHASHSEED": hash_seed, "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", _PRINT], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == fingerprint(), done.stderr


def test_another_seed_invents_another_city():
    texts = [{each.description for each in city(seed).reports(problems=60, reports=100)} for seed in (5, 6)]
    assert len(texts[0] & texts[1]) < 10


def test_reports_come_in_order_and_exactly_as_many_as_asked_for():
    for problems, reports in ((1, 1), (1, 40), (2, 3), (70, 70), (333, 1_000)):
        rows = list(city().reports(problems=problems, reports=reports))
        assert len(rows) == reports
        assert len({each.problem.number for each in rows}) == problems
        assert [each.received_at for each in rows] == sorted(each.received_at for each in rows)
        assert len({each.external_id for each in rows}) == len({each.public_id for each in rows}) == reports


def test_a_larger_city_keeps_the_problems_and_reports_of_the_smaller_one():
    small = {each.external_id: each for each in city().reports(problems=100, reports=300)}
    large = {each.external_id: each for each in city().reports(problems=150, reports=900)}
    shared = small.keys() & large.keys()
    assert len(shared) > 280  # rounding moves a few from one problem to another
    for name in shared:
        assert small[name]._replace(problem=None) == large[name]._replace(problem=None)


def test_reports_stream_without_making_all_of_them():
    first = list(islice(city().reports(problems=20_000, reports=10_000_000), 5))
    assert first[0].received_at < UNTIL - timedelta(days=720)


@pytest.mark.parametrize("count", [1, 2, 3, 10, 233, 1_000])
def test_numbers_come_in_order_of_their_shares(count):
    pairs = list(numbers_in_order(count, offset=12_345_678_901_234))
    assert sorted(number for number, _ in pairs) == list(range(count))
    shares = [share for _, share in pairs]
    assert shares == sorted(shares)


def test_tenants_are_skewed_and_add_up():
    orders = plan_population(seed=1, tenants=50, problems=100_000, reports=1_000_000)
    assert sum(order.reports for order in orders) == 1_000_000
    assert sum(order.problems for order in orders) == 100_000
    assert 0.18 < orders[0].reports / 1_000_000 < 0.24
    assert orders[0].reports > 10 * orders[20].reports
    assert all(1 <= order.problems <= order.reports for order in orders)
    assert len({order.profile.slug for order in orders}) == 50
    assert len({order.profile.timezone for order in orders}) > 5


def test_many_cities_have_different_names_and_the_first_do_not_change():
    slugs = [city_profile(seed=3, number=number).slug for number in range(400)]
    assert len(set(slugs)) == 400
    assert [city_profile(seed=9, number=number).slug for number in range(14)] == slugs[:14]


@pytest.mark.parametrize(
    ("tenants", "problems", "reports"),
    [(3, 5, 4), (5, 4, 9), (2, 1, 1), (0, 5, 5)],
    ids=["reports", "few", "one", "none"],
)
def test_impossible_sizes_are_refused(tenants, problems, reports):
    with pytest.raises(ValueError, match=r"\d"):
        plan_population(seed=1, tenants=tenants, problems=problems, reports=reports)


@pytest.mark.parametrize(("problems", "reports"), [(3, 3), (3, 4), (100, 101), (7, 700)])
def test_tight_sizes_are_met_exactly(problems, reports):
    orders = plan_population(seed=1, tenants=3, problems=problems, reports=reports)
    assert sum(order.problems for order in orders) == problems
    assert all(order.problems <= order.reports for order in orders)
    assert zipf_sizes(total=3, parts=3) == [1, 1, 1]
