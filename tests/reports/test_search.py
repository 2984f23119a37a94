"""Texts are found by their words: by their own tenant alone, newest first, soon after they were written."""

import threading
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from apps.core.search import SEARCH_DEPTH, find_rows, search_condition
from apps.issues.models import Issue
from apps.issues.services import fill_issue_words, open_issues
from apps.pipeline.services import read_words_backlog, tenants_behind
from apps.reports.models import Report, ReportWordMark, ReportWords
from apps.reports.searched import REPORT_SEARCH
from apps.reports.services import NewReport, fill_report_words, rebuild_report_words, store_batch
from apps.tenants.models import Tenant
from apps.tenants.scoping import no_tenant, tenant_scope
from tests.conftest import MOMENT
from tests.rest.conftest import new_issue


def store(city, *texts, received_at=MOMENT, **values):
    reports = [NewReport(external_id="", description=text, received_at=received_at, **values) for text in texts]
    return store_batch(tenant_id=city.id, reports=reports).inserted_ids


def find(text, wanted=50, **values):
    return sorted(find_rows(REPORT_SEARCH, text, wanted=wanted, **values).ids)


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def test_a_report_is_found_by_its_words_once_they_are_read(in_city):
    pothole, lamp = store(in_city, "Two deep potholes", "The lamp is out", address="12 Maple Street")
    assert find("pothole") == []
    assert tenants_behind()["pipeline.read_words"] == [in_city.id]
    assert read_words_backlog(tenant_id=in_city.id) == 2
    assert tenants_behind()["pipeline.read_words"] == []
    assert find("pothole") == [pothole]
    assert find("maple") == [pothole, lamp]
    assert find('"deep potholes" -lamp') == [pothole]
    assert find("lamp or pothole") == [pothole, lamp]
    assert find("deep lamp") == find("the is") == find("") == find("'; DROP TABLE reports --") == []


def test_an_issue_is_found_by_its_title_and_address(in_city):
    (issue,) = open_issues(tenant_id=in_city.id, issues=[new_issue(title="Flooded underpass", address="9 Elm St")])
    fill_issue_words(tenant_id=in_city.id)
    assert [each.pk for each in Issue.objects.matching("flooding elm", rows=50)] == [issue]


def test_a_corrected_text_is_found_by_its_new_words_and_a_removed_one_no_more(in_city):
    corrected, removed = store(in_city, "A giraffe in the park", "A zebra in the park")
    fill_report_words(tenant_id=in_city.id)
    Report.objects.filter(pk=corrected).update(description="A heron in the park")
    Report.objects.filter(pk=removed).delete()
    assert (find("zebra"), ReportWords.objects.count()) == ([], 1)
    assert fill_report_words(tenant_id=in_city.id).written == 1
    assert (find("giraffe"), find("heron"), find("zebra"), find("park")) == ([], [corrected], [], [corrected])
    assert ReportWords.objects.count() == 1
    # What no search depends on leaves no mark.
    Report.objects.update(status="closed", updated_at=MOMENT)
    assert ReportWordMark.objects.count() == 0


def test_nobody_finds_another_tenants_words(in_city, other_city):
    (own,) = store(in_city, "A giraffe here")
    fill_report_words(tenant_id=in_city.id)
    with tenant_scope(other_city.id):
        store(other_city, "A heron there")
        fill_report_words(tenant_id=other_city.id)
        assert find("giraffe") == []
        assert ReportWords.all_tenants.count() == 1
        # Not by asking for the other tenant's lexeme either, from the newest rows or from the index.
        for lexeme in (f"@{in_city.id}", f"@{in_city.id}:24314"):
            for wanted in (1, SEARCH_DEPTH):
                asked = f"SELECT search_reports(('giraff | ''{lexeme}''')::tsquery, %s, NULL)"
                assert sql(asked, wanted) == [([],)]
    with no_tenant():
        assert sql("SELECT search_reports('giraff'::tsquery, 10, NULL)") == [([],)]
        assert sql("SELECT count(*) FROM report_words") == [(0,)]
    assert find("giraffe") == [own]


def test_the_function_that_reads_behind_the_policy_is_closed_to_others(db):
    rows = sql(
        "SELECT proname, prosecdef, provolatile::text, proconfig, has_function_privilege('public', oid, 'EXECUTE') "
        "FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY proname"
    )
    pinned = ["search_path=pg_catalog, pg_temp"]
    assert rows == [(name, True, "s", pinned, False) for name in ("search_issues", "search_reports")]
    with pytest.raises(ProgrammingError), transaction.atomic():
        sql("ALTER FUNCTION search_reports(tsquery, integer, timestamptz) SECURITY INVOKER")


def test_words_are_written_for_the_own_tenant_only(in_city, other_city):
    values = f"({other_city.id}, now(), 1, now(), '')"
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"INSERT INTO report_words (tenant_id, created_at, report_id, at, words) VALUES {values}")


@pytest.fixture
def long_history(in_city):
    """Three years of weeks, ten reports each: all of them in a street, one a week a fallen tree, snow in winter."""
    ids = {}
    for week in range(156):
        at = MOMENT - timedelta(weeks=week)
        snow = " in the snow" if at.month in (1, 2) else ""
        texts = [f"Street number {week} blocked{snow}"] * 9 + [f"A tree fell in week{week}"]
        for report_id in store(in_city, *texts, received_at=at, address="Long Street"):
            ids.setdefault(week, []).append(report_id)
    while fill_report_words(tenant_id=in_city.id).marks:
        pass
    return ids


def newest(ids, count, starting=None):
    rows = Report.objects.filter(pk__in=ids, **({"received_at__lte": starting} if starting else {}))
    return list(rows.order_by("-received_at", "-id").values_list("pk", flat=True)[:count])


def test_common_rare_and_seasonal_words_are_found_newest_first(long_history):
    all_ids = list(Report.objects.values_list("pk", flat=True))
    texts = dict(Report.objects.values_list("pk", "description"))
    words = {"street": all_ids}
    words |= {word: [pk for pk in all_ids if word in texts[pk].split()] for word in ("tree", "snow", "week155")}
    for word, matching in words.items():
        for starting in (None, MOMENT - timedelta(weeks=30), MOMENT - timedelta(weeks=154)):
            for wanted in (1, 60, 1_100, SEARCH_DEPTH):
                found = find_rows(REPORT_SEARCH, word, wanted=wanted, starting=starting)
                expected = newest(matching, wanted, starting)
                assert sorted(found.ids) == sorted(expected), (word, starting, wanted)
                assert found.complete is (len(newest(matching, SEARCH_DEPTH, starting)) < wanted)


def test_another_filter_makes_the_search_go_further_back(long_history):
    oldest = long_history[150]
    Report.objects.filter(pk__in=oldest).update(severity="critical")
    kept = Report.objects.filter(severity="critical").matching("street", rows=5)
    assert {report.pk for report in kept} == set(oldest)


def test_a_condition_for_hand_written_lists_finds_the_same(long_history):
    statement = f"SELECT count(*) FROM reports AS row WHERE {search_condition(REPORT_SEARCH)}"
    assert sql(statement, "snow") == [(len(find("snow", wanted=SEARCH_DEPTH)),)]


def test_words_are_stemmed_in_the_tenants_language(in_city):
    Tenant.objects.filter(pk=in_city.id).update(language="de")
    (found,) = store(in_city, "Viele Schlaglöcher auf der Straße")
    fill_report_words(tenant_id=in_city.id)
    assert find("schlaglöchern") == [found]
    Tenant.objects.filter(pk=in_city.id).update(language="eo")
    after = rebuild_report_words(tenant_id=in_city.id, after=0)
    assert find("schlaglöchern") == []
    assert find("SCHLAGLÖCHER") == [found]
    assert rebuild_report_words(tenant_id=in_city.id, after=after) is None


def test_a_rebuild_finds_what_was_missed_and_forgets_what_is_gone(in_city):
    kept, gone = store(in_city, "A giraffe", "A zebra")
    ReportWordMark.objects.all().delete()
    ReportWords.objects.create(report_id=gone + 1_000, at=MOMENT, words="")
    assert rebuild_report_words(tenant_id=in_city.id, after=0) == gone
    assert rebuild_report_words(tenant_id=in_city.id, after=gone) is None
    assert find("giraffe") == [kept]
    assert set(ReportWords.objects.values_list("report_id", flat=True)) == {kept, gone}


def test_a_long_text_is_read_as_far_as_it_goes(in_city):
    (found,) = store(in_city, "giraffe " + " ".join(f"w{number}" for number in range(200_000)))
    assert fill_report_words(tenant_id=in_city.id).written == 1
    assert find("giraffe") == [found]


@pytest.mark.django_db(transaction=True)
def test_a_report_committed_late_is_not_passed_over(in_city):
    """Its id is lower than one that was read before it could be seen."""
    stored, may_commit = threading.Event(), threading.Event()

    def commit_late():
        with tenant_scope(in_city.id), transaction.atomic():
            store(in_city, "A giraffe, late")
            stored.set()
            assert may_commit.wait(20)
        connection.close()

    writer = threading.Thread(target=commit_late)
    writer.start()
    assert stored.wait(20)
    (second,) = store(in_city, "A giraffe, early")
    while fill_report_words(tenant_id=in_city.id).marks:
        pass
    assert find("giraffe") == [second]
    may_commit.set()
    writer.join()
    while fill_report_words(tenant_id=in_city.id).marks:
        pass
    first, last = find("giraffe")
    assert first < second == last


def test_words_written_while_their_report_was_removed_go_again(in_city):
    """As a filling leaves them that had read the text before it was gone."""
    (report,) = store(in_city, "A giraffe")
    fill_report_words(tenant_id=in_city.id)
    Report.objects.all().delete()
    ReportWords.objects.create(report_id=report, at=MOMENT, words="giraff")
    filled = fill_report_words(tenant_id=in_city.id)
    assert (filled.marks, filled.rows, filled.written) == (1, 0, 1)
    assert ReportWords.objects.count() == 0
