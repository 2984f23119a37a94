"""What a call cost, in millionths of the currency in which the operator stated the prices."""

from collections.abc import Mapping
from dataclasses import dataclass

_TOKENS_PER_PRICE = 1_000_000  # providers quote prices for a million tokens


@dataclass(frozen=True, slots=True)
class Price:
    """Micros for a million tokens: fresh input, cached input, output."""

    input: int = 0
    cached: int = 0
    output: int = 0


def cost_micros(price: Price, *, tokens_in: int, tokens_cached: int, tokens_out: int) -> int:
    """Return the cost of a call; cached tokens are part of the input and are charged at their own price."""
    fresh = max(0, tokens_in - tokens_cached)
    total = fresh * price.input + tokens_cached * price.cached + tokens_out * price.output
    return round(total / _TOKENS_PER_PRICE)


def price_of(prices: Mapping[str, Mapping[str, int]], model: str) -> Price:
    """Return a model's price, free when the operator stated none."""
    stated = prices.get(model, {})
    return Price(stated.get("input", 0), stated.get("cached", stated.get("input", 0)), stated.get("output", 0))
