"""What a call of the model cost and how it went."""

from collections.abc import Mapping

from django.conf import settings

from apps.triage import measures
from apps.triage.client import Provider
from apps.triage.prompts import PROMPT_VERSION
from apps.triage.rules import cost_micros, price_of
from apps.triage.services.by_model import Call
from apps.triage.services.storing import BatchRecord


def record_of(call: Call, provider: Provider, left_to_rules: int) -> BatchRecord:
    """Return what is kept of a call, and count it for Prometheus. Prices: `LLM_PRICES`, micros a million tokens."""
    completion = call.completion
    prices: Mapping[str, Mapping[str, int]] = getattr(settings, "LLM_PRICES", None) or {}
    tokens_in, tokens_out, cached = (
        (completion.tokens_in, completion.tokens_out, completion.tokens_cached) if completion else (0, 0, 0)
    )
    cost = cost_micros(
        price_of(prices, provider.model), tokens_in=tokens_in, tokens_cached=cached, tokens_out=tokens_out
    )
    measures.CALLS.increment(outcome=call.outcome)
    measures.CALL_SECONDS.observe(call.latency_ms / 1_000)
    for kind, amount in (("in", tokens_in), ("cached", cached), ("out", tokens_out)):
        measures.TOKENS.increment(amount, kind=kind)
    measures.COST.increment(cost, model=provider.model)
    return BatchRecord(
        started_at=call.started_at,
        provider=provider.name,
        model=provider.model,
        prompt_version=PROMPT_VERSION,
        item_count=sum(len(question.reports) for question in call.questions),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        tokens_cached=cached,
        cost_micros=cost,
        latency_ms=call.latency_ms,
        attempts=call.attempts,
        outcome=call.outcome,
        error=call.error,
        fallback_count=left_to_rules,
    )
