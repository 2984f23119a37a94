"""Triage's figures for Prometheus."""

from apps.core.metrics import Counter, Histogram

CLASSIFIED = Counter("triage_reports", "Reports classified, by method.", ("method",))
CALLS = Counter("triage_llm_calls", "Calls of the language model, by outcome.", ("outcome",))
TOKENS = Counter("triage_llm_tokens", "Tokens of the language model: in, of these cached, and out.", ("kind",))
COST = Counter("triage_llm_cost_micros", "What calls cost, in micros of the price list's currency.", ("model",))
CALL_SECONDS = Histogram("triage_llm_call_seconds", "Time of a call of the language model, retries included.")
