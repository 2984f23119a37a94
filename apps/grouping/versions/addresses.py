"""Whether two written addresses mean one place. Part of algorithm v1."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
# Where a street's name ends if no comma says so; the kind itself is dropped, since people write 'St' and 'Street'.
_STREET_KINDS = frozenset(
    "st street ave avenue av rd road dr drive ln lane blvd boulevard ct court pl place ter terrace pkwy parkway "
    "sq square way hwy highway cir circle park pk row path alley wharf".split()
)
_LEADING = frozenset("n s e w north south east west saint".split())


class AddressAgreement(StrEnum):
    """What two addresses say about each other."""

    SAME = "same"
    SAME_STREET = "same street, other number"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Address:
    """Streets named (two at a crossing) and the range of house numbers, 0 to 0 where none is given."""

    streets: frozenset[str]
    low: int
    high: int


def _streets_and_numbers(tokens: list[str]) -> tuple[str, list[int]]:
    words: list[str] = []
    numbers: list[int] = []
    for token in tokens:
        if token.isdigit():
            if not words or not numbers:
                numbers.append(int(token[:6]))
        elif words and token in _STREET_KINDS:
            break
        elif len(token) > 1 and token not in _LEADING:
            words.append(token)
    return " ".join(words[:3]), numbers


@lru_cache(maxsize=16_384)
def read_address(text: str) -> Address | None:
    """Read the first part of an address, house number before or after the street; None when no street is named."""
    first = text.split(",", 1)[0].lower().removeprefix("intersection of ").removeprefix("intersection ")
    corners = re.split(r"\s(?:&|and|/|at)\s", first) if "&" in first or " and " in first or " / " in first else [first]
    parts = [_streets_and_numbers(_TOKEN.findall(corner)) for corner in corners[:2]]
    streets = frozenset(street for street, _ in parts if street)
    numbers = parts[0][1] if len(streets) == 1 else []
    if not streets:
        return None
    return Address(streets, min(numbers, default=0), max(numbers, default=0))


def compare_addresses(first: Address | None, second: Address | None) -> AddressAgreement:
    """Say whether two addresses mean one place; ranges such as '109 115' agree with every number inside them."""
    if first is None or second is None:
        return AddressAgreement.UNKNOWN
    if first.streets == second.streets:
        if not first.low and not second.low:
            return AddressAgreement.SAME
        if first.low and second.low:
            overlap = first.low <= second.high and second.low <= first.high
            return AddressAgreement.SAME if overlap else AddressAgreement.SAME_STREET
        return AddressAgreement.UNKNOWN
    return AddressAgreement.UNKNOWN if first.streets & second.streets else AddressAgreement.DIFFERENT
