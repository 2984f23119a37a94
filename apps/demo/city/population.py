"""How many cities there are and how large each is: a few large ones, many small ones."""

from collections.abc import Iterator
from dataclasses import dataclass

from apps.demo.city.names import CityProfile, city_profile


@dataclass(frozen=True)
class CityOrder:
    """A city to be made, and how much is to happen in it."""

    profile: CityProfile
    problems: int
    reports: int


def plan_population(*, seed: int, tenants: int, problems: int, reports: int, first_city: int = 0) -> list[CityOrder]:
    """Share problems and reports among cities by Zipf's law, exactly, at least one problem and report each.

    The largest city is the one with the number `first_city`, the next one is the second largest, and so on.

    Errors: ValueError naming the number that is too small.
    """
    if reports < problems:
        raise ValueError(f"{reports} reports cannot be about {problems} problems: each problem needs a report")
    reports_each = zipf_sizes(total=reports, parts=tenants)
    problems_each = _problems_each(reports_each, problems)
    return [
        CityOrder(profile=city_profile(seed=seed, number=first_city + number), problems=some, reports=more)
        for number, (some, more) in enumerate(zip(problems_each, reports_each, strict=True))
    ]


def zipf_sizes(*, total: int, parts: int) -> list[int]:
    """Share a total among the parts, the n-th getting about 1/n of the first; each gets at least one.

    Fifty parts: the first has 22 % (PERFORMANCE.md's data set asks for about 20 %).
    Errors: ValueError when there are more parts than things to share.
    """
    if parts < 1 or total < parts:
        raise ValueError(f"{total} cannot be shared among {parts} tenants: each needs at least one")
    whole = sum(1.0 / rank for rank in range(1, parts + 1))
    sizes = [1 + int((total - parts) / rank / whole) for rank in range(1, parts + 1)]
    sizes[0] += total - sum(sizes)
    return sizes


def _problems_each(reports_each: list[int], problems: int) -> list[int]:
    """Give each city problems in proportion to its reports, at least one and not more than it has reports."""
    if problems < len(reports_each):
        raise ValueError(f"{problems} problems cannot be shared among {len(reports_each)} tenants: each needs one")
    total = sum(reports_each)
    sizes = [max(1, problems * reports // total) for reports in reports_each]
    for number in _again_and_again(len(sizes)):
        left = problems - sum(sizes)
        if not left:
            return sizes
        # Rounding has left a few too few, or the minimum of one has made a few too many.
        if left > 0 and sizes[number] < reports_each[number]:
            sizes[number] += 1
        elif left < 0 and sizes[number] > 1:
            sizes[number] -= 1
    raise AssertionError("the numbers are endless")


def _again_and_again(count: int) -> Iterator[int]:
    while True:
        yield from range(count)
