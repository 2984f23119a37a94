"""`explain_query`: how PostgreSQL goes about the queries that matter."""

import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from apps.core.named_queries import NamedQuery, named_queries
from apps.observability.explaining import LARGE_FROM_ROWS, Explanation, explain
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import active_tenants, tenant_by_slug


class Command(BaseCommand):
    """Explain named queries."""

    help = (
        "Run one of the product's queries by its name, or all of them, as a tenant and as the serving role, and show "
        "each statement's plan and time. Exits with 1 if reports, issues or SLA metrics are read from end to end "
        "where they are not small. Nothing that a query writes stays. Without a name: list the names."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add which queries, whose rows, and how much to tell."""
        parser.add_argument("name", nargs="?", help="the query's name, or the beginning of several")
        parser.add_argument("--all", action="store_true", help="every query")
        parser.add_argument("--tenant", metavar="SLUG", help="whose rows (default: the first active tenant)")
        parser.add_argument("--analyze", action="store_true", help="run every statement: times, rows, pages")
        parser.add_argument("--json", action="store_true", help="write JSON, plans included")
        parser.add_argument(
            "--large-from",
            type=int,
            default=LARGE_FROM_ROWS,
            metavar="ROWS",
            help=f"tables that are not small (default {LARGE_FROM_ROWS:,} rows)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Explain the chosen queries."""
        if not options["name"] and not options["all"]:
            self.stdout.write("\n".join(named_queries()))
            return
        tenant = _tenant(options["tenant"])
        analyze, large = options["analyze"], options["large_from"]
        chosen = _chosen("" if options["all"] else options["name"])
        with tenant_scope(tenant.pk):
            found = [_explain(query, tenant.pk, analyze=analyze, large=large) for query in chosen]
        if options["json"]:
            self.stdout.write(orjson.dumps([asdict(each) for each in found], option=orjson.OPT_INDENT_2).decode())
        else:
            self._print(found, in_full=len(found) == 1)
        wrong = [each.name for each, query in zip(found, chosen, strict=True) if each.scanned and not query.may_scan]
        if wrong:
            self.stderr.write(f"read from end to end by: {', '.join(wrong)}")
            sys.exit(1)

    def _print(self, explanations: list[Explanation], *, in_full: bool) -> None:
        for each in explanations:
            time = "" if each.milliseconds is None else f"{each.milliseconds:8.2f} ms "
            scanned = f"  READS ALL OF {', '.join(each.scanned)}" if each.scanned else ""
            self.stdout.write(f"{time}{len(each.statements):3} statements  {each.name}{scanned}")
            for plan in each.statements if in_full else ():
                self.stdout.write(f"\n{plan.sql}")
                self.stdout.write("\n".join(_lines(plan.plan["Plan"], 1)))


def _tenant(slug: str | None) -> Tenant:
    tenant = tenant_by_slug(slug) if slug else next(iter(active_tenants()), None)
    if tenant is None:
        raise CommandError(f"--tenant: there is no active tenant {slug!r}" if slug else "there is no active tenant")
    return tenant


def _chosen(beginning: str) -> list[NamedQuery]:
    exact = named_queries().get(beginning)
    chosen = [exact] if exact else [each for name, each in named_queries().items() if name.startswith(beginning)]
    if not chosen:
        raise CommandError(f"no query's name begins with {beginning!r}; without a name this lists them")
    return chosen


def _explain(query: NamedQuery, tenant_id: int, *, analyze: bool, large: int) -> Explanation:
    return explain(query.name, lambda: query.run(tenant_id), analyze=analyze, large_from_rows=large)


def _lines(node: dict[str, Any], depth: int) -> list[str]:
    """Return a plan's nodes, one a line: what it does, with which index, and the rows it kept and threw away."""
    what = " ".join(filter(None, (node["Node Type"], node.get("Relation Name"), node.get("Index Name"))))
    rows = f", {node['Actual Rows']:.0f} rows" if "Actual Rows" in node else f", {node['Plan Rows']:.0f} rows expected"
    lost = f", {node['Rows Removed by Filter']:.0f} filtered out" if node.get("Rows Removed by Filter") else ""
    return [
        f"{'  ' * depth}{what}{rows}{lost}",
        *(line for each in node.get("Plans", ()) for line in _lines(each, depth + 1)),
    ]
