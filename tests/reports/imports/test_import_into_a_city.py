"""The whole way of a file into the table, by the command that staff use."""

import csv
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command

from apps.core.events import _handlers, subscribe
from apps.reports.events import ReportsChangedAtSource, ReportsStored
from apps.reports.formats import layout_of
from apps.reports.models import Report, Service
from apps.reports.services.import_reports import ImportOptions, import_reports
from apps.tenants.scoping import tenant_scope
from tests.reports.imports.conftest import as_csv, as_json, row

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    """Outputs of the test in a folder of its own, and small chunks so that there are several."""
    settings.VAR_DIR = tmp_path / "var"
    settings.BULK_CHUNK_SIZE = 10
    return settings.VAR_DIR


@pytest.fixture(autouse=True)
def events():
    """Collect the events of the import, in place of the pipeline that would follow it."""
    heard = []
    before = {kind: list(handlers) for kind, handlers in _handlers.items()}
    for kind in (ReportsStored, ReportsChangedAtSource):
        _handlers[kind].clear()
        subscribe(kind, heard.append)
    yield heard
    _handlers.clear()
    _handlers.update(before)


def many(count, **changes):
    return [row(service_request_id=f"N-{n}", **changes) for n in range(count)]


def run(path, *options, tenant="riverton"):
    call_command("import_reports", str(path), "--tenant", tenant, "--create-services", "--historic", *options)


def stored(city):
    with tenant_scope(city.id):
        return list(Report.objects.select_related("service").order_by("external_id"))


def test_historic_rows_keep_their_times_statuses_and_texts(city, write, events):
    run(write(as_csv([row()])))
    (report,) = stored(city)
    assert (report.source, report.channel, report.historic, report.status) == ("open311", "import", True, "closed")
    assert report.closed_at > report.received_at
    assert (report.description, report.status_notes) == (row()["description"], "Case closed. Filled.")
    assert report.service.code == "pothole-1"
    assert report.service.category == "other"
    assert report.cell is not None
    assert len(report.content_hash) == 32
    assert report.attributes == {"agency_responsible": "Public Works"}
    assert events == [ReportsStored(tenant_id=city.id, report_ids=[report.pk])]


def test_twice_is_the_same_as_once_in_any_container(city, write, events, capsys):
    run(write(as_csv(many(25))))
    first = stored(city)
    assert "25 rows read: 25 new, 0 changed, 0 unchanged, 0 rejected; 1 services added" in capsys.readouterr().out
    assert [len(event.report_ids) for event in events] == [10, 10, 5]
    run(write(as_json(many(25)), "again.json", packed=True))
    assert "0 new, 0 changed, 25 unchanged" in capsys.readouterr().out
    assert [(each.pk, each.updated_at) for each in stored(city)] == [(each.pk, each.updated_at) for each in first]
    assert len(events) == 3


def test_a_row_that_changed_at_the_source_is_followed(city, write, events):
    run(write(as_csv(many(12, status="open", updated_datetime="2024-03-01T09:00:00-05:00"))))
    changed = many(12, status="open", updated_datetime="2024-03-01T09:00:00-05:00")
    changed[3] = row(service_request_id="N-3")
    run(write(as_csv(changed)))
    closed = [each for each in stored(city) if each.status == "closed"]
    assert [each.external_id for each in closed] == ["N-3"]
    assert closed[0].closed_at == closed[0].updated_at
    assert events[-1] == ReportsChangedAtSource(tenant_id=city.id, report_ids=[closed[0].pk])


def test_an_id_that_comes_twice_in_a_file_is_one_report_of_its_last_row(city, write, capsys):
    run(write(as_csv([row(status="open"), row(), *many(20), row(status="open")])))
    assert "23 rows read: 21 new, 1 changed, 1 unchanged" in capsys.readouterr().out
    assert stored(city)[0].status == "open"


def test_live_rows_enter_open_and_a_second_import_leaves_what_staff_did(city, write):
    path = write(as_csv(many(2)))
    options = ["import_reports", str(path), "--tenant", "riverton", "--create-services"]
    call_command(*options)
    assert {(each.status, each.historic, each.closed_at) for each in stored(city)} == {("open", False, None)}
    with tenant_scope(city.id):
        Report.objects.filter(external_id="N-1").update(status="closed", status_notes="done by us")
    call_command(*options)
    assert [each.status for each in stored(city)] == ["open", "closed"]


def test_rejected_rows_are_listed_with_line_field_message_and_text(city, write, var, capsys):
    run(write(as_csv([row(lat="91"), *many(12), row(requested_datetime="soon")]), "mixed.csv"))
    assert "14 rows read: 12 new, 0 changed, 0 unchanged, 2 rejected" in capsys.readouterr().out
    with (var / "rejected-mixed.csv-riverton.csv").open(newline="") as file:
        header, latitude, time = csv.reader(file)
    assert header == ["line", "field", "message", "raw"]
    assert latitude[:3] == ["2", "lat", "must be between -90 and 90"]
    assert latitude[3].startswith("A-1,closed")
    assert time[:3] == ["28", "received_at", "'soon' is not a time"]
    run(write(as_csv(many(12)), "mixed.csv"))
    assert not (var / "rejected-mixed.csv-riverton.csv").exists()


def test_without_create_services_a_row_of_an_unknown_service_is_rejected_by_name(city, write, var):
    with tenant_scope(city.id):
        known = Service.objects.create(code="hole", name="pothole hotline")
    rows = [row(service_name="Pothole Hotline"), row(service_request_id="A-2", service_code="x", service_name="Yeti")]
    call_command("import_reports", str(write(as_csv(rows))), "--tenant", "riverton")
    assert [(each.external_id, each.service_id) for each in stored(city)] == [("A-1", known.pk)]
    rejected = (var / "rejected-reports.dat-riverton.csv").read_text()
    assert "service,the tenant has no service 'x' (Yeti)" in rejected


def test_categories_of_added_services_come_from_a_mapping_file(city, write):
    choices = write(
        b'{"Pothole": {"category": "infrastructure", "severity": "high"}, "tree-1": "maintenance"}', "c.json"
    )
    rows = [row(), row(service_request_id="A-2", service_code="tree-1", service_name="Tree")]
    run(write(as_csv(rows)), "--categories", str(choices))
    assert [(each.service.category, each.service.default_severity) for each in stored(city)] == [
        ("infrastructure", "high"),
        ("maintenance", "medium"),
    ]
    with pytest.raises(CommandError, match="categories: Pothole: category 'holes' is not one of infrastructure"):
        run(write(as_csv(rows)), "--categories", str(write(b'{"Pothole": "holes"}', "c.json")))


def test_a_dry_run_checks_everything_and_writes_nothing(city, write, events, capsys, var):
    with tenant_scope(city.id):
        services = Service.objects.count()
    run(write(as_csv([*many(12), row(lat="x")])), "--dry-run")
    assert (
        "13 rows read: 12 would be imported, 0 changed, 0 unchanged, 1 rejected; 1 services" in capsys.readouterr().out
    )
    assert (stored(city), events) == ([], [])
    with tenant_scope(city.id):
        assert Service.objects.count() == services
    assert not (var / "imports").exists()


class Crash(Exception):
    """Stands for a power cut."""


@contextmanager
def crash_at_chunk(number):
    """Break the import off inside the transaction of a chunk, as a handler that fails would."""
    chunks = []

    def fail(event):
        chunks.append(event)
        if len(chunks) == number:
            raise Crash

    subscribe(ReportsStored, fail)
    with pytest.raises(Crash):
        yield
    _handlers[ReportsStored].remove(fail)


def test_a_crash_leaves_whole_chunks_and_resume_goes_on_behind_them(city, write, var, capsys):
    rows = many(45)
    rows[4]["lat"] = rows[14]["lat"] = rows[34]["lat"] = "north"
    path = write(as_csv(rows))
    with crash_at_chunk(3):
        run(path)
    assert len(stored(city)) == 18
    run(path, "--resume")
    out = capsys.readouterr().out
    assert "45 rows read: 42 new, 0 changed, 0 unchanged, 3 rejected" in out
    assert "of these 20 rows in the runs before" in out
    assert len(stored(city)) == 42
    rejected = list(csv.DictReader((var / "rejected-reports.dat-riverton.csv").open(newline="")))
    assert len(rejected) == 3
    assert not list((var / "imports").iterdir())


def test_resume_forgets_rejected_rows_written_behind_the_last_checkpoint(city, write, var):
    rows = many(30)
    rows[4]["lat"] = rows[14]["lat"] = "north"
    path = write(as_csv(rows))
    with tenant_scope(city.id), pytest.raises(Crash):
        import_reports(tenant=city.tenant, path=path, layout=layout_of("open311"), options=HISTORIC, progress=_stop)
    (checkpoint,) = (var / "imports").iterdir()
    with (var / "rejected-reports.dat-riverton.csv").open("a") as file:
        file.write("15,lat,written just before the power went,raw\n")
    run(path, "--resume")
    lines = [each["line"] for each in csv.DictReader((var / "rejected-reports.dat-riverton.csv").open(newline=""))]
    assert len(lines) == len(set(lines)) == 2
    assert not checkpoint.exists()


HISTORIC = ImportOptions(source="open311", historic=True, create_services=True)


def _stop(_rows):
    raise Crash


def test_limit_reads_in_parts_and_resume_continues(city, write):
    path = write(as_csv(many(30)))
    for expected in (12, 24, 30, 30):
        run(path, "--limit", "12", "--resume")
        assert len(stored(city)) == expected


def test_a_file_that_breaks_off_fails_but_keeps_what_was_committed(city, write):
    text = as_json(many(25))
    with pytest.raises(CommandError, match=r"is not JSON behind record 24: .*the 20 rows before are dealt with"):
        run(write(text[:-100]))
    assert len(stored(city)) == 20


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"\x89PNG\r\n\x1a\n", [], "PNG picture"),
        (b"", [], "is empty"),
        (as_csv([row()]).split(b"\r\n")[0], [], "holds no reports"),
        (as_csv([row(lat="91")]), [], "no row could be imported"),
        (as_csv([row()]), ["--format", "yaml"], "unknown format 'yaml'; known are: open311, boston_crm"),
        (as_csv([row()]), ["--format", "csv", "--map", "lat"], "'lat' is not of the form field=column"),
        (as_csv([row()]), ["--tenant", "nowhere"], "there is no tenant 'nowhere'"),
        (as_csv([row()]), ["--limit", "0"], "must be a whole number from 1"),
        (as_csv([row()]), ["--categories", "absent.json"], "categories: absent.json cannot be read"),
    ],
)
def test_what_cannot_be_imported_is_one_clear_error_and_nothing_is_written(city, write, content, options, message):
    with pytest.raises(CommandError, match=message):
        run(write(content), *options)
    assert stored(city) == []


def test_a_service_column_that_never_repeats_is_refused(city, write, settings):
    settings.BULK_CHUNK_SIZE = 5_000
    rows = [row(service_request_id=str(n), service_code=f"code {n}") for n in range(2_001)]
    with pytest.raises(CommandError, match="more than 2,000 services"):
        run(write(as_csv(rows)))
    assert stored(city) == []


def test_another_city_sees_nothing_and_may_import_the_same_ids(city, other_city, write):
    path = write(as_csv(many(3)))
    run(path)
    assert stored(other_city) == []
    run(path, tenant="hillford")
    assert len(stored(other_city)) == len(stored(city)) == 3
    assert {each.pk for each in stored(city)}.isdisjoint(each.pk for each in stored(other_city))
    with tenant_scope(other_city.id):
        assert Service.objects.filter(code="pothole-1").count() == 1


def test_a_chunk_takes_the_same_number_of_queries_whatever_its_size(
    city, write, settings, django_assert_max_num_queries
):
    settings.BULK_CHUNK_SIZE = 5_000
    path = write(as_csv(many(400)))
    # services, the service added, read back, temporary table, COPY, INSERT, DROP, savepoints
    with django_assert_max_num_queries(14):
        run(path)
