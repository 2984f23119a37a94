"""`cached` and `invalidates` around functions, selectors and views."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from apps.core.cache import cached, invalidates
from apps.core.cache.client import client
from apps.core.redis_link import redis_link
from apps.issues.models import Category
from apps.issues.tags import issues
from apps.tenants.scoping import require_tenant_id, tenant_scope
from tests.core.cache.conftest import with_commit

pytestmark = pytest.mark.django_db
calls: list[Any] = []


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    calls.clear()


@cached(kind="lists", partition=require_tenant_id, tags=[issues, "all"])
def rows(category: str = "noise", *, since: date | None = None, only: Any = ()) -> dict[str, int]:
    calls.append((category, since, only))
    return {"call": len(calls)}


@invalidates(partition="tenant_id", tags=[issues])
def write(*, tenant_id: int, fail: bool = False) -> str:
    if fail:
        raise ValueError
    return f"written {tenant_id}"


def test_a_selector_is_kept_by_its_arguments_and_its_tenant() -> None:
    with tenant_scope(7):
        assert rows() == rows("noise") == rows(category=Category.NOISE) == {"call": 1}
        assert rows(since=date(2026, 1, 2)) == {"call": 2}
        assert rows(only=("a", 1)) == rows(only=["a", 1]) == {"call": 3}
        assert rows(only=("a", "1")) == {"call": 4}
        assert rows(only={"b": {2, 1}}) == rows(only={"b": {1, 2}}) == {"call": 5}
    with tenant_scope(8):
        assert rows() == {"call": 6}
    keys = [key.decode() for key in redis_link().redis.keys(client.key("entry:*"))]
    assert all("call:{7}:tests.core.cache.test_decorators.rows:" in key for key in keys if "{8}" not in key)
    assert len(keys) == 6
    with tenant_scope(7), pytest.raises(TypeError, match="plain values, not object; give a key"):
        rows(only=object())


def test_a_write_ends_its_own_tenants_entries_on_commit() -> None:
    with tenant_scope(7):
        assert rows() == {"call": 1}
        with_commit(lambda: write(tenant_id=8))
        assert rows() == {"call": 1}
        with pytest.raises(ValueError), transaction.atomic():  # noqa: PT011 - the function's own
            write(tenant_id=7, fail=True)
        assert rows() == {"call": 1}
        with_commit(lambda: write(tenant_id=7))
        assert rows() == {"call": 2}


def test_a_key_of_ones_own_stands_in_place_of_the_arguments() -> None:
    @cached(kind="lists", key=lambda thing: f"thing:{{7}}:{thing.name}")
    def of_thing(thing: Any) -> int:
        calls.append(thing)
        return len(calls)

    class Thing:
        name = "lamp"

    assert of_thing(Thing()) == of_thing(Thing()) == 1


def partition(request: Any) -> int:
    return int(request.META["HTTP_X_TENANT"])


class Page:
    """A page of Django's, asked by whom one likes."""

    @staticmethod
    @cached(kind="responses", partition=partition, tags=[issues])
    def get(request: HttpRequest, number: int = 0) -> Any:
        calls.append(number)
        kind = request.GET.get("kind", "")
        if kind == "stream":
            return StreamingHttpResponse([b"a", b"b"])
        response = HttpResponse(f"{number} {len(calls)}", status=404 if kind == "missing" else 200)
        response["X-Call"] = str(len(calls))
        if kind == "cookie":
            response.set_cookie("a", "b")
        return response

    @classmethod
    def ask(cls, query: str = "", *, tenant: int = 7, key: str = "k", method: str = "get", **kwargs: Any) -> Any:
        headers = {"X-Tenant": str(tenant), "Authorization": f"Bearer {key}"}
        request = getattr(RequestFactory(), method)(f"/?{query}", headers=headers)
        request.user = AnonymousUser()
        return cls.get(request, **kwargs)


def test_a_view_is_kept_by_tenant_caller_path_and_query_in_any_order() -> None:
    first = Page.ask("b=2&a=1&a=0", number=3)
    again = Page.ask("a=0&a=1&b=2", number=3)
    assert (again.content, again["X-Call"], again["Content-Type"]) == (first.content, "1", first["Content-Type"])
    for other in ({"tenant": 8}, {"key": "other"}, {"number": 4}, {"query": "a=1"}, {"method": "head"}):
        Page.ask(**({"query": "b=2&a=1&a=0", "number": 3} | other))
    assert len(calls) == 6
    # A key that could be read out of Redis would let its reader in.
    assert b"other" not in b"".join(redis_link().redis.keys())
    with_commit(lambda: write(tenant_id=7))
    assert Page.ask("b=2&a=1&a=0", number=3)["X-Call"] == "7"


@pytest.mark.parametrize("query", ["kind=missing", "kind=cookie", "kind=stream"])
def test_what_is_for_one_caller_only_is_not_kept(query: str) -> None:
    answers = [Page.ask(query) for _ in range(3)]
    assert len({id(answer) for answer in answers}) == len(calls) == 3
    Page.ask(method="post")
    Page.ask(method="post")
    assert len(calls) == 5


class Things(APIView):
    authentication_classes = ()
    permission_classes = ()

    @cached(kind="responses", partition=partition, tags=[issues])
    def get(self, request: Any) -> Response:
        if "bad" in request.GET:
            raise ValidationError("bad")
        calls.append(1)
        return Response({"call": len(calls)}, headers={"X-Kept": "yes"})

    @invalidates(partition=partition, tags=[issues])
    def post(self, request: Any) -> Response:
        return Response(status=204)


def test_a_drf_views_answer_is_kept_as_data_and_rendered_for_each_client() -> None:
    view, factory = Things.as_view(), APIRequestFactory(headers={"X-Tenant": "7"})
    answers = [view(factory.get("/")).render() for _ in range(2)]
    assert [answer.content for answer in answers] == [b'{"call":1}'] * 2
    assert answers[1]["X-Kept"] == "yes"
    assert view(factory.get("/?bad=1")).status_code == 400
    with_commit(lambda: view(factory.post("/")))
    assert view(factory.get("/")).data == {"call": 2}
