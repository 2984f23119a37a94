"""A tenant comes with what it needs to work, or not at all."""

import pytest
from django.core.management import CommandError, call_command

from apps.reports.models import Service
from apps.sla.models import SLAPolicy
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope


def test_a_new_tenant_has_services_policies_and_a_calendar(db, capsys):
    call_command("create_tenant", "boston", "--name", "Boston", "--timezone", "America/New_York")
    tenant = Tenant.objects.get(slug="boston")
    with tenant_scope(tenant.pk):
        assert Service.objects.count() >= 10
        assert SLAPolicy.objects.exists()
    assert "created tenant boston" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["admin", "--name", "A"], "slug"),
        (["v2", "--name", "A"], "slug"),
        (["Bad Slug", "--name", "A"], "slug"),
        (["x-", "--name", "A"], "slug"),
        (["ok", "--name", " "], "name"),
        (["ok", "--name", "A", "--timezone", "Mars/Olympus"], "timezone"),
        (["ok", "--name", "A", "--timezone", "../etc/passwd"], "timezone"),
    ],
)
def test_a_tenant_that_cannot_be_names_the_field_and_leaves_nothing(db, arguments, field):
    with pytest.raises(CommandError, match=f"^{field}: "):
        call_command("create_tenant", *arguments)
    assert not Tenant.objects.exists()


def test_a_slug_is_given_once(city):
    with pytest.raises(CommandError, match=r"slug: .*taken"):
        call_command("create_tenant", city.tenant.slug, "--name", "Twice")
    assert Tenant.objects.get().name == "Riverton"
