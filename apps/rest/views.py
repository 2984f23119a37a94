"""What every view of the API shares: who asks, how often, in which tenant, and how a list is answered."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django_filters import FilterSet
from rest_framework.exceptions import APIException, NotFound
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from apps.core.rate_limits import Usage
from apps.rest.answers import bytes_answer, private, respond, takes_gzip
from apps.rest.caching import cached_answer, normalised_query
from apps.rest.fields import keep_fields
from apps.rest.filters import PAGING, refuse_unknown
from apps.rest.limits import COUNTED, count_request, refuse_excess, usage_headers
from apps.rest.pages import Pages, page_document
from apps.rest.principals import Principal, principal_of
from apps.rest.rendering import StaffPages
from apps.tenants.scoping import tenant_scope


class ScopedView(APIView):
    """A view that knows its caller, counts the request, and runs inside the caller's tenant until it is rendered."""

    # Documentation pages alone are for anybody.
    anonymous_allowed = False
    usage: Usage | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Handle and render the request inside one scope: a template may still read rows."""
        with ExitStack() as self._scope:
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
            return _conditional(request, response)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find out who asks before anything else can go wrong, so that every answer is counted."""
        principal = self._identify(request)
        if principal is not None:
            self._scope.enter_context(tenant_scope(principal.tenant_id))
        super().initial(request, *args, **kwargs)

    def _identify(self, request: Request) -> Principal | None:
        try:
            principal = request.auth
        except APIException:
            self._count(request, None)
            raise
        self._count(request, principal if isinstance(principal, Principal) else None)
        return None if self.anonymous_allowed else principal_of(request)

    def _count(self, request: Request, principal: Principal | None) -> None:
        counted = request.META.get(COUNTED)
        self.usage = counted or count_request(request._request, principal)
        refuse_excess(self.usage)

    def get_renderers(self) -> list[BaseRenderer]:
        """Add the browsable pages for people who are signed in."""
        renderers = super().get_renderers()
        request = getattr(self, "request", None)
        principal = getattr(request, "_auth", None)
        return [*renderers, StaffPages()] if isinstance(principal, Principal) and principal.user else renderers

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the limit headers, and keep shared caches from storing one caller's answer for another."""
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in usage_headers(self.usage).items():
            response[name] = value
        if not self.anonymous_allowed and "Cache-Control" not in response:
            private(response)
        return response


def _conditional(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Give a document that was read its entity tag, compress it, or leave it out where the client has it."""
    if not isinstance(response, HttpResponse) or request.method != "GET" or response.status_code != 200:
        return response
    if not response.headers["Content-Type"].startswith("application/json"):
        return response
    answered = respond(request, bytes_answer(response.content, compress=takes_gzip(request.META)))
    for name, value in response.headers.items():
        if name not in ("Content-Type", "Content-Length"):
            answered.headers.setdefault(name, value)
    answered.cookies = response.cookies
    return answered


class UnknownPath(ScopedView):
    """What no route of /api/ answers to, by any method."""

    authentication_classes = []
    permission_classes = []
    anonymous_allowed = True
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Count the request and answer 404."""
        super().initial(request, *args, **kwargs)
        slash = "" if request.path.endswith("/") else "; paths end with a slash"
        raise NotFound(f"there is nothing at {request.path[:200]}{slash}")


class TenantViewSet(ScopedView, GenericViewSet[Any]):
    """Rows of the active tenant: lists and single ones.

    A view says which model, which `orderings` (see filters.Ordering), what may be searched, and under which cache tags
    its list stands; a list without tags is not cached.
    """

    model: ClassVar[type[Model]]
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {}
    search_fields: ClassVar[tuple[str, ...]] = ()
    filterset_class: ClassVar[type[FilterSet] | None] = None
    list_serializer_class: ClassVar[type[BaseSerializer[Any]] | None] = None
    list_tags: ClassVar[tuple[Callable[[int], str], ...]] = ()
    list_kind: ClassVar[str] = "lists"
    pagination_class = Pages

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return principal_of(self.request)

    def rows(self) -> QuerySet[Any]:
        """Return the tenant's rows, with what the serializer of this action reads."""
        return self.model._default_manager.all()

    def get_queryset(self) -> QuerySet[Any]:
        """Return rows(); the schema's generator, which belongs to no tenant, gets none."""
        if getattr(self, "swagger_fake_view", False):
            return self.model._base_manager.none()
        return self.rows()

    def get_object(self) -> Any:
        """Return the row that the path names. Errors: Http404; ValidationError for a parameter that means nothing."""
        refuse_unknown(self.request, PAGING)
        if any("\x00" in str(value) for value in self.kwargs.values()):
            raise NotFound("there is nothing here")
        return super().get_object()

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply the list's filters to the list; DRF would apply them to single rows too."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        """Return the list's own, leaner serializer where there is one."""
        if self.action == "list" and self.list_serializer_class is not None:
            return self.list_serializer_class
        return super().get_serializer_class()

    def get_serializer(self, *args: Any, **kwargs: Any) -> BaseSerializer[Any]:
        """Return the serializer, for reads with the fields alone that `fields=` names."""
        serializer = super().get_serializer(*args, **kwargs)
        keep_fields(serializer, self.request)
        return serializer

    def get_throttles(self) -> list[Any]:
        """Return none: requests are counted before this."""
        return []

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one page of the rows."""

        def compute() -> dict[str, Any]:
            return self.page_of(self.filter_queryset(self.get_queryset()))

        if not self.list_tags:
            return Response(compute())
        return Response(self._cached(normalised_query(request, without=frozenset(("format",))), compute))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one row; what another tenant has is not there."""
        return Response(self.get_serializer(self.get_object()).data)

    def page_of(
        self, queryset: QuerySet[Any], serializer_class: type[BaseSerializer[Any]] | None = None
    ) -> dict[str, Any]:
        """Cut the page that the request asks for out of an ordered queryset and return its document."""
        query = normalised_query(self.request, without=PAGING)
        scope = f"{self.principal.tenant_id}|{self.request.path}|{query}"

        def total() -> int:
            # The tags are those of the list itself; what stands under one row announces nothing.
            if not self.list_tags or self.action != "list":
                return queryset.count()
            return int(self._cached(f"total|{self.request.path}|{query}", queryset.count, kind="statistics"))

        page = Pages().cut(queryset, self.request, scope=scope, total=total)
        chosen = serializer_class or self.get_serializer_class()
        serializer = chosen(page.items, many=True, context=self.get_serializer_context())
        keep_fields(serializer, self.request)
        return page_document(page, serializer.data)

    def _cached(self, query: str, compute: Callable[[], Any], *, kind: str = "") -> Any:
        tenant_id = self.principal.tenant_id
        searched = "search" in self.request.query_params
        return cached_answer(
            tenant_id=tenant_id,
            name=self.basename or type(self).__name__,
            query=query,
            tags=[tag(tenant_id) for tag in self.list_tags],
            kind=kind or ("search" if searched else self.list_kind),
            compute=compute,
        )
