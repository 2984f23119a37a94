"""The departments that issues are given to. They are renamed, never deleted: the timeline names them."""

from django.db import transaction

from apps.core.events import publish
from apps.issues.events import DepartmentsChanged
from apps.issues.models import Department
from apps.tenants.scoping import require_tenant_id


def create_department(*, name: str, email: str = "") -> Department:
    """Create a department of the active tenant, or return the one of that name."""
    department, _ = Department.objects.get_or_create(name=name, defaults={"email": email})
    return department


def save_department(*, department: Department, name: str, email: str = "") -> Department:
    """Give a department of the active tenant, or a new one, its name and address; publish DepartmentsChanged.

    Errors: ValueError naming the field for an empty name or one that another department of the tenant has; nothing is
    written then.
    """
    if not name.strip():
        raise ValueError("name: a department needs a name")
    with transaction.atomic():
        if Department.objects.filter(name=name.strip()).exclude(pk=department.pk).exists():
            raise ValueError(f"name: {name.strip()!r} is taken by another department")
        department.name, department.email = name.strip(), email
        department.save()
        publish(DepartmentsChanged(tenant_id=require_tenant_id()))
    return department
