"""Grouping algorithm v1: a logistic score with weights set by hand.

score = σ(BIAS − doubt + 3.5·e^(−d/r) + 2·e^(−Δt/τ) + 2·text + address − 3·contradictions), where r, τ and doubt are the
profile's. Linked automatically from AUTO_THRESHOLD on, for the same service only.

Source of the weights: docs/grouping.md §6 for the form; a logistic fit to Boston's labelled duplicates for the sizes,
then rounded and made more careful (README, decisions). Changing anything here changes answers: make a v2 instead.
"""

import math
from dataclasses import dataclass

from apps.grouping.versions.addresses import Address, AddressAgreement, compare_addresses, read_address
from apps.grouping.versions.profiles import LONGEST_REACH_SECONDS, Profile, profile_for
from apps.grouping.versions.wording import Wording, contradictions, read_wording, similarity

__all__ = ["AUTO_THRESHOLD", "LONGEST_REACH_SECONDS", "VERSION", "Features", "Traits", "read_traits", "score"]

VERSION = "v1"
AUTO_THRESHOLD = 0.8
BIAS = -1.9
W_PLACE = 3.5
W_TIME = 2.0
W_TEXT = 2.0
W_CONTRADICTION = -3.0
W_ADDRESS = {
    AddressAgreement.SAME: 0.4,
    AddressAgreement.SAME_STREET: -0.3,
    AddressAgreement.DIFFERENT: -1.4,
    AddressAgreement.UNKNOWN: 0.0,
}
W_OWN_ADDRESS = -3.0
METRES_PER_DEGREE = 111_195.0  # mean Earth radius 6,371 km · π / 180


@dataclass(frozen=True, slots=True)
class Traits:
    """One report, or the report that opened an issue, as the algorithm sees it."""

    lat: float
    lng: float
    kind: str
    profile: Profile
    wording: Wording
    address: Address | None
    metres_per_lng: float


@dataclass(frozen=True, slots=True)
class Features:
    """Why a score is what it is; stored beside it. Metres and hours rounded as people read them."""

    score: float
    metres: float
    hours: float
    text: float
    address: str
    contradictions: float
    profile: str


def kind_of(category: str, service_code: str) -> str:
    """Return what must be equal for an automatic link: the service, or the category where no service is named."""
    return f"service:{service_code}" if service_code else f"category:{category}"


def read_traits(
    *, lat: float, lng: float, category: str, service_code: str, service_name: str, text: str, address: str
) -> Traits:
    """Prepare a report for comparing. Degrees; texts of any length, of which the first 2,000 characters count."""
    return Traits(
        lat=lat,
        lng=lng,
        kind=kind_of(category, service_code),
        profile=profile_for(category, service_name),
        wording=read_wording(text),
        address=read_address(address),
        metres_per_lng=METRES_PER_DEGREE * math.cos(math.radians(lat)),
    )


def metres_between(first: Traits, second: Traits) -> float:
    """Return the distance on a flat map: exact to a millimetre at the distances compared, 200 m at most."""
    east = abs(first.lng - second.lng)
    return math.hypot((first.lat - second.lat) * METRES_PER_DEGREE, min(east, 360.0 - east) * first.metres_per_lng)


def score(report: Traits, opener: Traits, age_seconds: float) -> Features | None:
    """Score a report against the report that opened an issue; None when of another kind or out of reach.

    ``age_seconds`` is the time between the report and the issue's nearest report, never negative.
    """
    profile = report.profile
    if report.kind != opener.kind or age_seconds > profile.reach_seconds:
        return None
    metres = metres_between(report, opener)
    if metres > profile.reach_metres:
        return None
    likeness = similarity(report.wording, opener.wording)
    against = contradictions(report.wording, opener.wording)
    agreement = compare_addresses(report.address, opener.address)
    logit = (
        BIAS
        - profile.doubt
        + W_PLACE * math.exp(-metres / profile.radius_metres)
        + W_TIME * math.exp(-age_seconds / profile.lasts_seconds)
        + W_TEXT * likeness
        + W_CONTRADICTION * against
        + (W_OWN_ADDRESS if profile.own_address and agreement is AddressAgreement.SAME_STREET else W_ADDRESS[agreement])
    )
    return Features(
        score=1.0 / (1.0 + math.exp(-logit)),
        metres=metres,
        hours=age_seconds / 3_600.0,
        text=likeness,
        address=agreement.value,
        contradictions=against,
        profile=profile.name,
    )
