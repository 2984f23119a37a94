import gzip
import io

import pytest
from django.core.management import CommandError, call_command

from apps.reports.management.commands import export_reports
from apps.reports.selectors import ExportFormat
from tests.reports.exports.conftest import expected, exported, read_back


@pytest.fixture
def run(city):
    def run(*arguments: str, **options: str) -> str:
        said = io.StringIO()
        call_command("export_reports", "--tenant", city.tenant.slug, *arguments, stdout=said, **options)
        return said.getvalue()

    return run


@pytest.mark.parametrize("chosen", ExportFormat)
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_holds_the_export(run, city, reports, tmp_path, chosen, packed):
    file = tmp_path / "reports"
    said = run("--format", chosen, "--output", str(file), *(["--gzip"] if packed else []))
    data = file.read_bytes()
    assert (gzip.decompress(data) if packed else data) == exported(city, format=chosen)
    assert f"{len(reports)} reports, {len(data):,} bytes" in said
    assert "rows/s" in said
    assert [each.name for each in tmp_path.iterdir()] == ["reports"]


def test_filters_and_fields_narrow_it(run, city, reports, tmp_path):
    file = tmp_path / "reports"
    window = ("--received-after", "2026-03-04T09:00", "--received-before", "2026-03-04T12:00:00-01:00")
    chosen = ("--status", "closed", "--severity", "high", "--issue", "2", "--fields", "received_at, attributes")
    run("--format", "ndjson", "--output", str(file), *window, *chosen)
    kept = [
        {name: row[name] for name in ("received_at", "attributes")}
        for row in expected(city)
        if row["status"] == "closed" and row["issue"] == 2 and "2026-03-04T09" <= row["received_at"] < "2026-03-04T13"
    ]
    assert kept
    assert read_back(file.read_bytes(), ExportFormat.NDJSON) == kept


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tenant", "nowhere"], "tenant: there is no tenant 'nowhere'"),
        (["--format", "xlsx"], "format: 'xlsx' is not one of: csv, ndjson, geojson"),
        (["--fields", "status,email"], "fields: 'email' is not a field; known: public_id"),
        (["--status", "opened"], "status: 'opened' is not one of"),
        (["--service-code", "none"], "service_code: there is no service 'none'"),
        (["--received-after", "soon"], "'soon' is not a date or time"),
        (["--received-after", "2026-03-01", "--received-before", "2026-02-01"], "received_before: must be later"),
        (["--issue", "0"], "issue: must be"),
    ],
)
def test_bad_arguments_are_named_and_leave_what_was_there(run, reports, tmp_path, arguments, message):
    file = tmp_path / "reports"
    file.write_text("of yesterday")
    with pytest.raises(CommandError, match=message):
        run("--output", str(file), *arguments)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("reports", "of yesterday")]


@pytest.mark.parametrize("place", ["nothing/here/reports", "."])
def test_a_place_that_takes_no_file_is_named(run, reports, tmp_path, place):
    with pytest.raises(CommandError, match="output: "):
        run("--output", str(tmp_path / place))
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_breaks_off_leaves_what_was_there(tmp_path):
    file = tmp_path / "reports"
    file.write_text("of yesterday")

    def stopped_halfway() -> None:
        with export_reports._destination(str(file)) as half:
            half.write(b"half of it")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped_halfway()
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("reports", "of yesterday")]


def test_standard_output_has_nothing_but_the_export(run, city, reports, capfdbinary):
    assert run("--format", "geojson") == ""
    written = capfdbinary.readouterr()
    assert written.out == exported(city, format=ExportFormat.GEOJSON)
    assert b"rows/s" in written.err
