"""R3 to R7 over HTTP: what each kind of answer costs, beside a bare view under the same server and the same load."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from apps.operations.benchmarks.load.requests import Answer, ask, request
from apps.operations.benchmarks.race import Contender, compare, race
from apps.operations.benchmarks.results import Result, result
from apps.operations.benchmarks.servers.gunicorn import STOCK, Server
from apps.operations.benchmarks.stage import Stage
from apps.operations.benchmarks.subjects import Subject

REPORTS = "/api/v1/reports/"
PAGE = 50
# Different issues and tenants, so that no single row stays in every cache of the processor.
_REQUESTS = 500


class WrongAnswer(RuntimeError):
    """An endpoint does not answer what is to be measured: a redirect or a 404 would be very fast."""


Check = Callable[[dict[str, Any], Answer], None]


@dataclass(frozen=True, slots=True)
class Visit:
    """A user's request, and what its answer has to hold."""

    user: dict[str, Any]
    path: str
    check: Check


def uncached_list(stage: Stage) -> Iterator[Result]:
    """Yield R3: the list of 50 with the cache off ÷ the bare view, and ÷ a stock ModelViewSet's same answer."""
    contenders = _products(stage, _list_visits, cached=False)
    stock = stage.server(STOCK, stage.large, cached=False)
    _same_items(stage, contenders[0].server, stock)
    bare, other = _bare(stage, contenders[0]), Contender("stock viewset", stock, contenders[0].requests)
    race([*contenders, bare, other], stage)
    yield from _beside("R3.list", "uncached list of 50 ÷ bare view", contenders, bare)
    found = compare(contenders[0], other)
    yield result(
        "R3.stock",
        "uncached list of 50 ÷ stock ModelViewSet",
        found.rate,
        "req/s",
        limit=found.limit,
        ratio=found.ratio,
        spread=found.spread,
    )


def cached_list(stage: Stage) -> Iterator[Result]:
    """Yield R4: the list of 50 from the cache, and the 304 to who has it already, ÷ the bare view."""
    contenders = _products(stage, _list_visits, cached=True)
    unmodified = [_not_modified(each) for each in contenders]
    bare = _bare(stage, contenders[0])
    race([*contenders, bare, *unmodified], stage)
    yield from _beside("R4.list", "cached list of 50 ÷ bare view", contenders, bare)
    yield from _beside("R4.not_modified", "304 to a list ÷ bare view", unmodified, bare)


def issue_with_reports(stage: Stage) -> Iterator[Result]:
    """Yield R5: one issue together with its reports, with the cache off, ÷ the bare view."""
    yield from _against_bare(
        stage, "R5.issue", "uncached issue with its reports ÷ bare view", _issue_visits, cached=False
    )


def dashboard(stage: Stage) -> Iterator[Result]:
    """Yield R7: the dashboard's figures, with the cache off and on, ÷ the bare view."""
    if stage.base_url is None:
        yield from _against_bare(stage, "R7.cold", "uncached dashboard ÷ bare view", _dashboard_visits, cached=False)
    yield from _against_bare(stage, "R7.warm", "cached dashboard ÷ bare view", _dashboard_visits, cached=True)


def _against_bare(
    stage: Stage,
    id: str,  # noqa: A002
    name: str,
    visits: "Callable[[Stage, Subject], list[Visit]]",
    *,
    cached: bool,
) -> Iterator[Result]:
    contenders = _products(stage, visits, cached=cached)
    bare = _bare(stage, contenders[0])
    race([*contenders, bare], stage)
    yield from _beside(id, name, contenders, bare)


def _products(stage: Stage, visits: "Callable[[Stage, Subject], list[Visit]]", *, cached: bool) -> list[Contender]:
    """Return the product over each subject, with requests whose answers have been looked at."""
    found = []
    for subject in stage.subjects:
        server = stage.product(subject, cached=cached)
        contender = Contender(f"product, {subject.name}", server, checked_requests(server, visits(stage, subject)))
        found.append(contender)
    return found


def _bare(stage: Stage, product: Contender) -> Contender:
    # The very same bytes: what reading a request costs is in both.
    return Contender("bare view", stage.bare(), product.requests)


def checked_requests(server: Server, visits: list[Visit]) -> list[bytes]:
    """Send each different request once, look at its answer, and return all of them. Errors: WrongAnswer."""
    sent: list[bytes] = []
    seen: set[bytes] = set()
    for visit in visits:
        made = request(visit.path, key=visit.user["key"])
        if made not in seen:
            answer = ask(server.address, made)
            if answer.status != 200:
                raise WrongAnswer(f"GET {visit.path} of {server.name} answers {answer.status}: {answer.body[:300]!r}")
            visit.check(visit.user, answer)
            seen.add(made)
        sent.append(made)
    return sent


def _beside(id: str, name: str, contenders: list[Contender], limit: Contender) -> Iterator[Result]:  # noqa: A002
    large, *small = contenders
    found = compare(large, limit)
    yield result(id, name, found.rate, "req/s", limit=found.limit, ratio=found.ratio, spread=found.spread)
    for each in small:
        # Cost is the inverse of the rate.
        growth = compare(each, large)
        yield result(
            f"R8.{id}",
            f"{name.partition(' ÷')[0]}, cost at 10 × the data",
            1000 / growth.limit,
            "ms/req",
            limit=1000 / growth.rate,
            ratio=growth.ratio,
            spread=growth.spread,
        )


def _list_visits(stage: Stage, subject: Subject) -> list[Visit]:
    return [Visit(user, REPORTS, check_page) for user in stage.visitors(subject)]


def _dashboard_visits(stage: Stage, subject: Subject) -> list[Visit]:
    return [Visit(user, "/api/v1/dashboard/", _check_dashboard) for user in stage.visitors(subject)]


def _issue_visits(stage: Stage, subject: Subject) -> list[Visit]:
    """Walk over the users, and with each round over the next of their issues."""
    users = stage.visitors(subject)
    visits = []
    for turn in range(_REQUESTS):
        user = users[turn % len(users)]
        number, reports = user["issues"][turn // len(users) % len(user["issues"])]
        visits.append(Visit(user, f"/api/v1/issues/{number}/?include=reports", _issue_check(reports)))
    return visits


def check_page(user: dict[str, Any], answer: Answer) -> None:
    """Refuse a page that has not as many rows as it should."""
    items = answer.document()["items"]
    wanted = min(PAGE, user["reports"])
    if len(items) < wanted:
        raise WrongAnswer(f"a page of reports has {len(items)} rows, not {wanted}")


def _check_dashboard(user: dict[str, Any], answer: Answer) -> None:
    document = answer.document()
    if not isinstance(document, dict) or not document:
        raise WrongAnswer("the dashboard is empty")


def _issue_check(reports: int) -> Check:
    def check(user: dict[str, Any], answer: Answer) -> None:
        found = answer.document().get("reports")
        if found is None or len(found) < min(reports, PAGE):
            raise WrongAnswer(f"an issue comes with {'no' if found is None else len(found)} reports, not {reports}")

    return check


def _not_modified(contender: Contender) -> Contender:
    """Return the same visits of somebody who has the answers already."""
    conditional: dict[bytes, bytes] = {}
    for sent in contender.requests:
        if sent not in conditional:
            etag = ask(contender.server.address, sent).headers.get("etag", "")
            conditional[sent] = sent[:-2] + f"If-None-Match: {etag}\r\n\r\n".encode()
            again = ask(contender.server.address, conditional[sent])
            if not etag or again.status != 304:
                raise WrongAnswer(f"a list with the ETag {etag!r} answers {again.status}, not 304")
    requests = [conditional[sent] for sent in contender.requests]
    # The bare view never answers 304.
    return Contender(f"{contender.name}, 304", contender.server, requests, frozenset(("304",)))


def _same_items(stage: Stage, product: Server, stock: Server) -> None:
    """Refuse to compare with a stock viewset that answers something else."""
    for user in stage.visitors(stage.large)[:3]:
        sent = request(REPORTS, key=user["key"])
        ours, theirs = ask(product.address, sent).document()["items"], ask(stock.address, sent).document()["results"]
        if [_plain(item) for item in ours] != [_plain(item) for item in theirs]:
            raise WrongAnswer(f"the stock viewset does not answer the product's rows: {theirs[:1]} for {ours[:1]}")


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    """Times of one moment may be written in two ways."""
    return {name: str(value).replace("+00:00", "Z") for name, value in item.items()}
