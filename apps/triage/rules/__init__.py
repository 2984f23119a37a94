"""Triage without a model: a deterministic classifier. Standard library only."""

from .classifier import RULES_VERSION, Reading, ServiceHint, Verdict, classify, judge, read
from .instructions import looks_like_instructions
from .matching import Catalogue
from .pricing import Price, cost_micros, price_of
from .topics import CATEGORIES, CRITICAL, HIGH, SEVERITIES, TOPICS

__all__ = [
    "CATEGORIES",
    "CRITICAL",
    "HIGH",
    "RULES_VERSION",
    "SEVERITIES",
    "TOPICS",
    "Catalogue",
    "Price",
    "Reading",
    "ServiceHint",
    "Verdict",
    "classify",
    "cost_micros",
    "judge",
    "looks_like_instructions",
    "price_of",
    "read",
]
