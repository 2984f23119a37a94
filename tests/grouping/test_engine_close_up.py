"""A batch in time order, without a database: what counts as open at that time."""

from datetime import UTC, datetime, timedelta

from apps.grouping.engine import Arrival, Decision, Placer
from apps.grouping.rules import GroupingChoices, issue_title, lock_parts
from apps.grouping.versions import CURRENT
from apps.reports.rules import grid_cell, neighbour_cells

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAT, LNG = 42.36, -71.06


class Batch:
    """Places one report after the other at one spot, or some metres north of it."""

    def __init__(self) -> None:
        self.placer = Placer(CURRENT, neighbour_cells)
        self.count = 0

    def place(
        self,
        hours: float,
        *,
        closed: float | None = None,
        historic: bool = True,
        north: float = 0,
        located: bool = True,
        may_join: bool = True,
    ) -> Decision:
        self.count += 1
        lat = LAT + north / 111_195
        traits = CURRENT.read_traits(
            lat=lat, lng=LNG, category="safety", service_code="p", service_name="Pothole", text="", address=""
        )
        closed_at = None if closed is None else NOON + closed * HOUR
        cell = grid_cell(lat, LNG) if located else None
        arrival = Arrival(
            self.count, traits if located else None, cell, NOON + hours * HOUR, closed_at, historic, may_join
        )
        return self.placer.place(arrival)


def test_reports_join_the_issue_made_earlier_in_the_same_batch() -> None:
    batch = Batch()
    first, second, far = batch.place(0), batch.place(1), batch.place(1, north=500)
    assert [(d.key, d.joined) for d in (first, second, far)] == [(-1, False), (-1, True), (-2, False)]


def test_an_issue_whose_reports_are_all_closed_takes_no_later_report() -> None:
    batch = Batch()
    assert batch.place(0, closed=2).key == batch.place(1, closed=3).key == batch.place(2.5, closed=4).key == -1
    assert batch.place(4).key == -2, "resolved when the last of its reports was closed"


def test_one_open_historic_report_keeps_the_issue_open() -> None:
    batch = Batch()
    batch.place(0, closed=2)
    batch.place(1)
    assert batch.place(30, closed=31).key == -1


def test_a_live_report_ignores_closing_times() -> None:
    batch = Batch()
    batch.place(0, closed=1, historic=False)
    assert batch.place(5, historic=False).joined


def test_a_report_that_comes_late_but_happened_before_joins_too() -> None:
    batch = Batch()
    batch.place(10)
    assert batch.place(2).joined


def test_without_a_place_or_against_the_tenants_choice_every_report_is_its_own() -> None:
    batch = Batch()
    batch.place(0)
    assert [batch.place(0, located=False).key, batch.place(0, located=False).key] == [-2, -3]
    alone = batch.place(0, may_join=False)
    assert (alone.key, alone.near_key) == (-4, -1), "what was refused is still told"


def test_a_refused_neighbour_is_named_with_its_score() -> None:
    batch = Batch()
    batch.place(0)
    decision = batch.place(1, north=43)
    assert not decision.joined
    assert decision.near_key == -1
    assert decision.features is not None
    assert decision.features.score < CURRENT.auto_threshold


def test_whoever_could_meet_shares_a_lock() -> None:
    points = [(LAT + i * 0.0013, LNG + j * 0.0017) for i in range(40) for j in range(40)]
    for lat, lng in points:
        mine = set(lock_parts(neighbour_cells(lat, lng)))
        for north, east in ((0.0009, 0.0), (0.0, 0.0012), (0.0009, -0.0012), (-0.0009, 0.0012)):
            assert mine & set(lock_parts(neighbour_cells(lat + north, lng + east)))
        assert len(mine) <= 6


def test_an_issue_is_named_by_words_or_by_service_and_place() -> None:
    assert issue_title(description=" Deep\n hole ", service_name="Pothole", address="1 Elm St") == "Deep hole"
    assert issue_title(description="", service_name="Pothole", address="1 Elm St") == "Pothole – 1 Elm St"
    form = "Make of the car: FORD | Color: BLUE"
    assert issue_title(description=form, service_name="Abandoned Vehicle", address="") == "Abandoned Vehicle"
    long = issue_title(description="word " * 50, service_name="", address="")
    assert len(long) <= 100
    assert long.endswith("word…")
    assert issue_title(description="", service_name="", address="")


def test_a_configuration_of_another_shape_keeps_the_defaults() -> None:
    assert GroupingChoices.read(None) == GroupingChoices.read({"separate_categories": 7}) == GroupingChoices()
    chosen = GroupingChoices.read({"automatic": False, "separate_categories": ["noise"]})
    assert chosen == GroupingChoices(automatic=False, separate_categories=frozenset({"noise"}))
    assert not chosen.may_join(category="safety", address="")


def test_what_a_form_could_not_locate_has_nothing_in_common() -> None:
    choices = GroupingChoices.read({"placeholder_addresses": ["1 City Hall Plz"]})
    assert not choices.may_join(category="other", address="1 City Hall PLZ, Boston, MA 02114")
    assert choices.may_join(category="other", address="11 City Hall Plz, Boston")
