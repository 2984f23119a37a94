"""Places agree with addresses, times with rhythms, and citizens with themselves but not with each other."""

import math
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import combinations
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from apps.demo.city import SEVERITIES, City, CityReport, city_profile, draw_city, services
from apps.demo.city.catalogue import everyone
from apps.issues.models import Category, Severity
from apps.reports.catalogue import DEFAULT_SERVICES
from apps.reports.models import Channel, ReportStatus
from apps.reports.rules import ADDRESS_MAX, DESCRIPTION_MAX

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def city() -> City:
    return draw_city(profile=city_profile(seed=5, number=0), seed=5, until=UNTIL)


@pytest.fixture(scope="module")
def reports(city) -> list[CityReport]:
    return list(city.reports(problems=3_600, reports=10_000))


@pytest.fixture(scope="module")
def by_problem(reports) -> dict[int, list[CityReport]]:
    grouped = defaultdict(list)
    for each in reports:
        grouped[each.problem.number].append(each)
    return grouped


def metres_between(city: City, one: CityReport, other: CityReport) -> float:
    return math.dist(city.plan.metres(one.lat, one.lng), city.plan.metres(other.lat, other.lng))


def test_the_catalogue_speaks_the_products_words():
    assert {kind.category for kind in services()} == set(Category.values)
    assert set(SEVERITIES) == set(Severity.values) >= {kind.default_severity for kind in services()}
    assert len({kind.code for kind in services()}) == len(services()) >= 24


def test_services_that_every_tenant_has_keep_their_category():
    given = {service["code"]: service["category"] for service in DEFAULT_SERVICES}
    assert {kind.code: kind.category for kind in services() if kind.code in given}.items() <= given.items()


def test_every_phrase_can_be_filled():
    slots = {"street", "cross", "district", "address", "park", "landmark", "stake", "since", *everyone()}
    for kind in services():
        book = kind.phrases
        known = slots | set(book.facts) | {"thing", "detail"}
        facts = [value for options in book.facts.values() for values in options for value in values]
        sentences = (*book.thing, *book.short, *book.opening, *book.detail, *book.german, *book.spanish, *facts)
        for sentence in (*sentences, *(line for lines in book.stakes.values() for line in lines)):
            assert set(re.findall(r"{(\w+)}", sentence)) <= known, (kind.code, sentence)


def test_texts_are_many_and_complete(reports):
    texts = [each.description for each in reports]
    assert len(set(texts)) / len(texts) >= 0.9
    assert not [text for text in texts if "{" in text or "  " in text or text != text.strip()]
    words = [len(text.split()) for text in texts]
    assert 10 <= median(words) <= 24  # Boston's median is 14
    assert min(words) <= 3
    assert max(words) >= 45
    assert all(len(each.description) <= DESCRIPTION_MAX and len(each.address) <= ADDRESS_MAX for each in reports)


def test_citizens_tell_of_the_same_problem_in_different_words(by_problem):
    alike, pairs = 0, 0
    for group in by_problem.values():
        for one, other in combinations(group[:4], 2):
            pairs += 1
            alike += one.description.lower() == other.description.lower()
    assert pairs > 3_000
    assert alike / pairs < 0.02


def test_addresses_agree_with_coordinates(city, reports):
    both = [each for each in reports if each.address and each.lat is not None]
    apart = [math.dist(city.plan.metres(each.lat, each.lng), city.plan.locate(each.address)) for each in both]
    assert median(apart) < 20
    assert max(apart) < 320  # the widest GPS error and two plots
    assert all(each.lat is not None or each.address for each in reports)
    assert 0.03 < sum(each.lat is None for each in reports) / len(reports) < 0.07


def test_texts_name_the_street_of_the_problem(city, reports):
    wrong = 0
    for each in reports:
        place = each.problem.place
        named = [name for name in city.plan.by_name if re.search(rf"\b{name}\b", each.description)]
        wrong += any(name not in (place.street.name, place.cross.name) for name in named)
    assert wrong == 0


def test_duplicates_are_as_far_apart_as_measured(city, by_problem):
    metres, hours = [], []
    for group in by_problem.values():
        first = min(group, key=lambda each: each.received_at)
        for each in group:
            if each is first or None in (each.lat, first.lat):
                continue
            metres.append(metres_between(city, first, each))
            if not (each.problem.service.quick or each.problem.stormy):
                hours.append((each.received_at - first.received_at).total_seconds() / 3600)
    metres.sort()
    assert 7 <= median(metres) <= 14
    assert 85 <= metres[int(0.95 * len(metres))] <= 145
    assert 15 <= median(hours) <= 60  # 41 h where nobody solves the problem before


def test_outages_are_reported_within_the_hour(by_problem):
    minutes = [
        (each.received_at - each.problem.opened_at).total_seconds() / 60
        for group in by_problem.values()
        for each in group
        if each.problem.service.code == "power-outage" and each.received_at > each.problem.opened_at
    ]
    assert minutes
    assert median(minutes) < 60


def test_storms_are_seen_in_a_day_and_a_place(city, reports):
    falls = Counter(
        each.problem.opened_at.date() for each in reports if each.problem.service.code in ("tree", "flooding")
    )
    storm_days = Counter(each.problem.opened_at.date() for each in reports if each.problem.stormy)
    (day, count), *_ = falls.most_common(1)
    assert count > 8 * median(falls.values())
    assert day in storm_days
    worst = max(city.calendar.storms, key=lambda storm: storm.force * storm.hours)
    near = [
        each.problem for each in reports if each.problem.stormy and each.problem.opened_at >= UNTIL.replace(year=2024)
    ]
    assert median(min(math.dist(p.place.point, s.centre) for s in city.calendar.storms) for p in near) < 1_200
    assert worst.hours >= 8


def test_some_places_come_again_and_again(by_problem):
    for code in ("illegal-dumping", "loud-music"):
        cells = Counter(
            (round(group[0].problem.place.point[0] / 250), round(group[0].problem.place.point[1] / 250))
            for group in by_problem.values()
            if group[0].problem.service.code == code
        )
        assert cells.most_common(1)[0][1] > 4 * sum(cells.values()) / len(cells)


@pytest.mark.parametrize("number", [0, 3])
def test_the_day_and_the_year_are_local(number):
    profile = city_profile(seed=5, number=number)
    zone = ZoneInfo(profile.timezone)
    far = draw_city(profile=profile, seed=5, until=UNTIL)
    opened = [(p.service, p.opened_at.astimezone(zone)) for p in far.source.problems(count=5_000, reports=5_000)]
    music = [at for service, at in opened if service.code == "loud-music"]
    assert sum(at.hour >= 20 or at.hour < 4 for at in music) / len(music) > 0.6
    assert sum(at.weekday() >= 5 for at in music) / len(music) > 0.4
    garbage = [at for service, at in opened if service.code == "missed-collection"]
    assert sum(6 <= at.hour < 14 for at in garbage) / len(garbage) > 0.6
    snow = Counter(at.month for service, at in opened if service.code == "snow")
    winter, summer = (12, 1, 2), (6, 7, 8)
    cold, warm = (winter, summer) if profile.lat > 0 else (summer, winter)
    assert sum(snow[month] for month in cold) > 0.6 * sum(snow.values())
    assert not any(snow[month] for month in warm)


def test_answers_follow_severity_and_never_precede_the_report(reports):
    hours = defaultdict(list)
    for each in reports:
        timeline = each.problem.timeline
        if timeline.resolved_at:
            hours[each.problem.severity].append((timeline.resolved_at - each.problem.opened_at).total_seconds() / 3600)
        assert each.acknowledged_at is None or each.acknowledged_at >= each.received_at
        assert each.closed_at is None or each.closed_at >= (each.acknowledged_at or each.received_at)
        assert (each.status == "closed") is (each.closed_at is not None)
        assert each.received_at < UNTIL
        assert each.closed_at is None or each.closed_at <= UNTIL
    medians = [median(hours[severity]) for severity in SEVERITIES]
    assert medians == sorted(medians, reverse=True)
    statuses = Counter(each.problem.timeline.status for each in reports)
    assert {"open", "acknowledged", "in_progress", "on_hold", "closed"} <= statuses.keys()


def test_channels_languages_and_vague_texts_are_mixed(reports):
    total = len(reports)
    assert {each.channel for each in reports} <= set(Channel.values)
    assert {each.status for each in reports} == set(ReportStatus.values)
    assert 0.012 < sum(each.vague for each in reports) / total < 0.03
    assert sum("ß" in each.description.lower() or "straße" in each.description.lower() for each in reports)
    assert sum("¿" in each.description or "árbol" in each.description.lower() for each in reports)
    chosen = [each for each in reports if each.service_code]
    wrong = [each for each in chosen if each.service_code != each.problem.service.code]
    assert 0.5 < len(chosen) / total < 0.75
    assert 0.02 < len(wrong) / len(chosen) < 0.12


def test_live_reports_are_open_and_of_now(city):
    now = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
    live = list(city.live_reports(count=30, at=now))
    assert {each.received_at for each in live} == {now}
    assert {each.status for each in live} == {"open"}
    assert len({each.problem.number for each in live}) == 30
    assert len({each.description for each in live}) > 27
