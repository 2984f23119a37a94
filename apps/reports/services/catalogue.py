"""The services that a tenant offers."""

from dataclasses import dataclass, field

from apps.core.events import publish
from apps.issues.models import Category, Severity
from apps.reports.catalogue import DEFAULT_SERVICES
from apps.reports.events import ServicesChanged
from apps.reports.models import Service


@dataclass(frozen=True)
class ServiceDraft:
    """A service to offer."""

    code: str
    name: str
    category: str = Category.OTHER.value
    default_severity: str = Severity.MEDIUM.value
    group: str = ""
    keywords: str = ""
    description: str = ""
    attributes: list[dict[str, object]] = field(default_factory=list)


def create_services(*, tenant_id: int, drafts: list[ServiceDraft]) -> dict[str, int]:
    """Add services whose codes the tenant does not have yet; return the id of every code named. Two queries."""
    Service.objects.bulk_create(
        [
            Service(
                tenant_id=tenant_id,
                code=draft.code[:100],
                name=draft.name[:200],
                category=Category(draft.category),
                default_severity=Severity(draft.default_severity),
                group=draft.group[:200],
                keywords=draft.keywords,
                description=draft.description,
                attributes=draft.attributes,
            )
            for draft in drafts
        ],
        ignore_conflicts=True,
    )
    publish(ServicesChanged(tenant_id=tenant_id))
    codes = [draft.code[:100] for draft in drafts]
    return dict(Service.objects.filter(code__in=codes).values_list("code", "pk"))


def create_default_services(*, tenant_id: int) -> dict[str, int]:
    """Give a new tenant the services that most cities offer."""
    return create_services(tenant_id=tenant_id, drafts=[ServiceDraft(**values) for values in DEFAULT_SERVICES])
