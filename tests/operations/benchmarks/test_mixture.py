"""The mixture is what it says, and rates are compared round by round."""

from collections import Counter
from typing import Any

import pytest

from apps.operations.benchmarks.inside.mixed import mixed_requests
from apps.operations.benchmarks.inside.visitors import Visitor
from apps.operations.benchmarks.load.generator import LoadResult
from apps.operations.benchmarks.load.requests import Address
from apps.operations.benchmarks.race import Contender, LoadRefused, compare, refuse_errors
from apps.operations.benchmarks.servers.gunicorn import Server

USERS: list[Visitor] = [
    {
        "key": f"key-{tenant}-{user}",
        "tenant_id": tenant,
        "reports": 1_000 // tenant,
        "issues": [[number, 3] for number in range(9)],
    }
    for tenant in range(1, 51)
    for user in range(2)
]


def kind(request: dict[str, Any]) -> str:
    if request["document"] is not None:
        return "write"
    if "dashboard" in request["path"]:
        return "dashboard"
    return "list" if "?" in request["path"] or request["path"].endswith(("reports/", "issues/")) else "detail"


def test_parts_of_the_mixture_and_its_thousand_urls() -> None:
    drawn = mixed_requests(users=USERS, count=50_000, seed=1, writes=True)
    shares = {name: count / 500 for name, count in Counter(map(kind, drawn)).items()}
    assert shares == pytest.approx({"list": 70, "detail": 15, "dashboard": 10, "write": 5}, abs=1)
    urls = Counter((each["key"][:6], each["path"]) for each in drawn if each["document"] is None)
    assert 700 <= len(urls) <= 1_000
    # Zipf: the first of fifty tenants gets 1 ÷ (1 + 1/2 + … + 1/50) of the requests.
    first = sum(each["key"].startswith("key-1-") for each in drawn)
    assert first / len(drawn) == pytest.approx(0.222, abs=0.01)


def test_without_writes_their_part_is_lists() -> None:
    kinds = Counter(kind(each) for each in mixed_requests(users=USERS, count=5_000, seed=1, writes=False))
    assert kinds["write"] == 0
    assert kinds["list"] / 50 == pytest.approx(75, abs=2)


def contender(*rounds: tuple[int, ...]) -> Contender:
    turns = [[LoadResult(requests=requests, seconds=1.0) for requests in each] for each in rounds]
    return Contender("x", Server("x", Address("localhost", 1), ()), [b""], turns=turns)


def test_ratio_is_of_each_round_and_the_median_round_counts() -> None:
    # The second round was disturbed for both alike, the third for one.
    found = compare(contender((50, 70), (20, 40), (90, 90)), contender((100, 140), (40, 80), (100, 100)))
    assert (found.rate, found.limit, found.ratio) == (60, 100, 0.5)
    assert found.spread == pytest.approx(0.4 / 0.5)


@pytest.mark.parametrize(
    "load",
    [
        LoadResult(requests=10, errors=1, statuses={"200": 10}),
        LoadResult(requests=10, refused=1, statuses={"200": 10}),
        LoadResult(requests=10, statuses={"200": 9, "302": 1}),
        LoadResult(),
    ],
)
def test_a_load_that_was_not_answered_as_wanted_measures_nothing(load: LoadResult) -> None:
    with pytest.raises(LoadRefused, match="bare view"):
        refuse_errors("bare view", load, statuses=frozenset(("200",)))
    refuse_errors("bare view", LoadResult(requests=1, statuses={"200": 1}), statuses=frozenset(("200",)))
