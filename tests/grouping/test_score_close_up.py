"""Algorithm v1 on small invented pairs: what it links by itself, and what it leaves alone."""

import math

import pytest

from apps.grouping.versions import ALGORITHMS, CURRENT, Features
from apps.grouping.versions.addresses import AddressAgreement, compare_addresses, read_address
from apps.grouping.versions.profiles import profile_for
from apps.grouping.versions.wording import contradictions, read_wording, similarity

HOUR = 3_600.0
LAT, LNG = 42.36, -71.06


def compare(
    first: str = "",
    second: str = "",
    *,
    metres: float = 5.0,
    hours: float = 2.0,
    services: tuple[str, str] = ("Pothole", "Pothole"),
    addresses: tuple[str, str] = ("", ""),
) -> Features | None:
    north = LAT + metres / 111_195
    places = ((LAT, first, services[0], addresses[0]), (north, second, services[1], addresses[1]))
    opener, report = (
        CURRENT.read_traits(
            lat=lat, lng=LNG, category="other", service_code=service, service_name=service, text=text, address=address
        )
        for lat, text, service, address in places
    )
    return CURRENT.score(report, opener, hours * HOUR)


def links(*args: str, **kwargs: object) -> bool:
    features = compare(*args, **kwargs)  # type: ignore[arg-type]
    return features is not None and features.score >= CURRENT.auto_threshold


def test_the_stored_name_still_finds_its_algorithm() -> None:
    assert ALGORITHMS["v1"] is CURRENT


def test_one_pothole_in_different_words_is_one_thing() -> None:
    assert links("Huge pothole", "my tyre burst on that crater", metres=30, hours=72)


def test_the_score_is_the_documented_sum() -> None:
    features = compare(metres=30, hours=0)
    assert features is not None
    logit = -1.9 + 0.3 + 3.5 * math.exp(-1) + 2.0
    assert features.score == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-6)
    assert (round(features.metres, 3), features.address, features.profile) == (30, "unknown", "pothole")


def test_nearer_sooner_and_more_alike_never_scores_less() -> None:
    def score(**kwargs: float) -> float:
        features = compare("deep hole", "deep hole", **kwargs)
        return features.score if features else 0.0

    assert score(metres=5) > score(metres=20) > score(metres=44) > score(metres=46) == 0.0
    assert score(hours=1) > score(hours=240) > score(hours=2_000) > score(hours=4_000) == 0.0
    same, other = compare("deep hole", "deep hole"), compare("deep hole", "broken asphalt")
    assert same is not None
    assert other is not None
    assert same.score > other.score


def test_another_service_is_never_the_same_thing() -> None:
    assert compare("hole", "hole", metres=0, hours=0, services=("Pothole", "Street Light Out")) is None


@pytest.mark.parametrize(
    ("service", "metres", "hours", "linked"),
    [
        ("Loud Music and Noise", 100, 1, True),
        ("Loud Music and Noise", 20, 14, False),
        ("Street Light Out", 20, 24 * 7, True),
        ("Street Light Out", 45, 1, False),
        ("Illegal Dumping", 20, 24, True),
        ("Illegal Dumping", 20, 24 * 10, False),
        ("Illegal Parking", 3, 1, True),
        ("Illegal Parking", 3, 12, False),
    ],
)
def test_each_kind_has_its_own_reach(service: str, metres: float, hours: float, linked: bool) -> None:
    assert links(metres=metres, hours=hours, services=(service, service)) is linked


def test_a_catch_all_service_needs_more_than_place_and_time() -> None:
    other = ("Other", "Other")
    assert not links("gas smell in the street", "cameras record everybody", metres=10, hours=20, services=other)
    assert links("odor of gas in street", "smell of gas, street", metres=5, hours=1, services=other)


def test_a_blue_honda_is_not_a_red_ford() -> None:
    vehicle = ("Abandoned Vehicle", "Abandoned Vehicle")
    assert links("blue honda, flat tyre", "honda with a flat tyre", services=vehicle)
    assert not links("blue honda, flat tyre", "red ford, flat tyre", services=vehicle)


def test_every_owner_clears_their_own_snow() -> None:
    snow = ("Sidewalk Not Shoveled", "Sidewalk Not Shoveled")
    assert links("not shoveled", "icy", metres=8, services=snow, addresses=("12 Elm St", "12 Elm Street"))
    assert not links("not shoveled", "not shoveled", metres=8, services=snow, addresses=("12 Elm St", "16 Elm St"))


@pytest.mark.parametrize(
    ("first", "second", "agreement"),
    [
        ("12 Tuckerman St, South Boston", "12-14 Tuckerman Street Boston, MA 02127", AddressAgreement.SAME),
        ("109 115 Providence St, Hyde Park", "111 Providence St", AddressAgreement.SAME),
        ("Intersection Of P St & E Sixth St, Boston", "Sixth St & P St", AddressAgreement.SAME),
        ("Hauptstraße 12, Stuttgart", "Hauptstraße 12", AddressAgreement.SAME),
        ("Hauptstraße 12, Stuttgart", "Hauptstraße 40", AddressAgreement.SAME_STREET),
        ("12 Elm St", "Intersection Of Elm St & Oak Ave", AddressAgreement.UNKNOWN),
        ("12 Elm St", "12 Oak Ave", AddressAgreement.DIFFERENT),
        ("12 Elm St", "", AddressAgreement.UNKNOWN),
    ],
)
def test_addresses_agree_however_they_are_written(first: str, second: str, agreement: AddressAgreement) -> None:
    assert compare_addresses(read_address(first), read_address(second)) is agreement
    assert compare_addresses(read_address(second), read_address(first)) is agreement


def test_a_forms_questions_are_nobodys_words() -> None:
    form = "Make of the abandoned car: {} | Color of the abandoned car: {}"
    blue, red = read_wording(form.format("HONDA", "BLUE")), read_wording(form.format("FORD", "RED"))
    assert similarity(blue, red) == 0.0
    assert contradictions(blue, red) == 2.25
    assert similarity(blue, blue) == pytest.approx(2 / 3)
    assert contradictions(blue, read_wording(form.format("UNKNOWN", "BLUE"))) == 0.0


def test_a_shared_word_says_less_than_a_shared_sentence() -> None:
    word, sentence = read_wording("hole"), read_wording("crater opposite bakery swallowed bicycle")
    assert similarity(word, word) == 0.5 < similarity(sentence, sentence)


def test_texts_of_common_words_or_none_resemble_little() -> None:
    assert similarity(read_wording(""), read_wording("")) == 0.0
    assert similarity(read_wording("please help, parked here"), read_wording("please help, flooded here")) < 0.2
    assert similarity(read_wording("flooding basements"), read_wording("flooded basement")) == pytest.approx(2 / 3)


def test_the_catch_all_profile_is_for_what_says_nothing() -> None:
    assert profile_for("noise", "").name == profile_for("", "Other").name == "other"
    assert profile_for("noise", "Barking dog").name == "noise"
