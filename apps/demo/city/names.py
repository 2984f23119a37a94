"""Names of invented cities, streets, districts and places. None is meant to be a place that exists."""

from dataclasses import dataclass

from apps.demo.city.chance import Chance, seed_number


@dataclass(frozen=True)
class CityProfile:
    """A city before it is drawn: its slug, name, time zone and centre (degrees; open country near such places)."""

    slug: str
    name: str
    timezone: str
    lat: float
    lng: float


# (name, time zone, latitude, longitude): many zones, half-hour ones and southern summers included. English is spoken
# in all of them, since that is what most citizens write.
_FIRST = (
    ("Alderhaven", "America/New_York", 41.23, -73.11),
    ("Port Calder", "Europe/London", 53.02, -1.88),
    ("Marisol Bay", "America/Los_Angeles", 35.41, -119.32),
    ("Tarrawick", "Australia/Sydney", -33.21, 149.84),
    ("Lakemoor", "America/Chicago", 43.37, -89.76),
    ("Kilbrannagh", "Europe/Dublin", 53.19, -7.93),
    ("Stonebeck", "America/Toronto", 44.52, -78.97),
    ("Corrimal Downs", "Australia/Adelaide", -34.12, 138.93),
    ("Silver Mesa", "America/Denver", 38.61, -104.92),
    ("Wharetu", "Pacific/Auckland", -38.07, 175.61),
    ("Fundy Cross", "America/Halifax", 45.31, -64.42),
    ("Umvotsha", "Africa/Johannesburg", -26.81, 28.43),
    ("Kawela Point", "Pacific/Honolulu", 20.79, -156.31),
    ("Saltash Cove", "America/St_Johns", 47.72, -53.41),
)
_FRONT = (
    "Aldra",
    "Brumm",
    "Corv",
    "Delph",
    "Elst",
    "Fenna",
    "Gorm",
    "Hesk",
    "Iskel",
    "Jorva",
    "Kelm",
    "Lorn",
    "Ombr",
    "Quill",
)
_BACK = ("aven", "bourne", "cliffe", "dale", "ombe", "gate", "holm", "leigh", "mouth", "ridge", "stead", "wick")

FIRST_NAMES = (
    *("Ada", "Amir", "Anna", "Ben", "Carla", "Chen", "Dana", "Eli", "Emma", "Farid", "Grace", "Hana", "Ines", "Ivan"),
    *("Jonas", "Joy", "Kofi", "Lena", "Liam", "Mara", "Mei", "Nadia", "Noah", "Omar", "Paula", "Ravi", "Rosa", "Sam"),
    *("Sofia", "Tomas", "Vera", "Yusuf", "Zoe"),
)
STREET_STEMS = (
    *("Abbot", "Acorn", "Albion", "Alder", "Almond", "Anchor", "Arbour", "Ashfield", "Aspen", "Baker", "Barley"),
    *("Beacon", "Beech", "Bellmaker", "Birch", "Blossom", "Bluebell", "Brewer", "Bridge", "Brook", "Canal", "Carter"),
    *("Castle", "Cedar", "Chandler", "Chapel", "Cherry", "Chestnut", "Clover", "Cooper", "Copper", "Crescent"),
    *("Cypress", "Dairy", "Dolphin", "Eagle", "Elder", "Elm", "Falcon", "Ferry", "Fountain", "Foundry", "Garden"),
    *("Glover", "Granary", "Granite", "Grove", "Harbour", "Harvest", "Hawthorn", "Hazel", "Heron", "Hill", "Hollow"),
    *(
        "Hopper",
        "Ivy",
        "Jasmine",
        "Juniper",
        "Kestrel",
        "Kiln",
        "Lantern",
        "Larch",
        "Lark",
        "Laurel",
        "Lilac",
        "Linden",
    ),
    *("Magnolia", "Maple", "Market", "Marsh", "Mason", "Meadow", "Mercer", "Mill", "Monk", "Mulberry", "Myrtle"),
    *("Nightingale", "Nutmeg", "Oak", "Olive", "Orchard", "Osprey", "Otter", "Packer", "Paper", "Pear", "Pilgrim"),
    *("Pine", "Plum", "Poplar", "Potter", "Prospect", "Quarry", "Quince", "Raven", "River", "Rope", "Rose", "Rowan"),
    *("Saddler", "Saffron", "Sage", "Sailmaker", "School", "Silver", "Smith", "Sparrow", "Spring", "Station", "Swan"),
    *("Sycamore", "Tanner", "Thistle", "Tulip", "Union", "Valley", "Vine", "Violet", "Walnut", "Water", "Weaver"),
    *("Wheat", "Willow", "Windmill", "Woodbine", "Wren", "Yarrow", "Yew"),
)
STREET_KINDS = ("Street", "Street", "Street", "Avenue", "Avenue", "Road", "Road", "Lane", "Way", "Drive", "Terrace")
DISTRICTS = (
    *("Old Town", "Harbourside", "Millfields", "Northgate", "Southbank", "West End", "Kingsmead", "The Orchards"),
    *("Foundry Quarter", "Upper Hill", "Lower Hill", "Eastwick", "Station Quarter", "Meadowbank", "Cathedral Close"),
    *("Riverside", "New Dock", "Greenhithe", "Castle Hill", "Brickfields"),
)
PARKS = (
    *("Linden Park", "Victory Gardens", "Mill Pond Park", "Heron Green", "Founders' Park", "Rose Garden"),
    *("Kite Meadow", "Quarry Park", "Chestnut Green", "Station Gardens", "Orchard Common", "Abbey Field"),
)
RIVERS = (
    "Alder",
    "Calder",
    "Silver Brook",
    "Merle",
    "Tarn Water",
    "Osier",
    "Lune Beck",
    "Ravel",
    "Wren Water",
    "Sorrow",
)
LANDMARKS = (
    *("the central station", "the city library", "Heron primary school", "the swimming baths", "St Brannoc's church"),
    *("the old market hall", "the fire station", "the bus depot", "Northgate high school", "the general hospital"),
    *("the football ground", "the post office", "the tram stop", "the garden centre", "the courthouse", "the museum"),
    *("the petrol station", "the supermarket", "the kindergarten", "the water tower", "the town hall", "the cinema"),
)


def city_profile(*, seed: int, number: int) -> CityProfile:
    """Return the city with a number, counted from 0: the same one however many are asked for."""
    if number < len(_FIRST):
        name, timezone, lat, lng = _FIRST[number]
        return CityProfile(slug=_slug(name), name=name, timezone=timezone, lat=lat, lng=lng)
    chance = Chance(seed_number(seed, "profile", number))
    combinations = len(_FRONT) * len(_BACK)
    # A step that shares no factor with the number of combinations visits each of them once before any comes again.
    place = (number * 61) % combinations
    again = (number - len(_FIRST)) // combinations
    name = _FRONT[place % len(_FRONT)] + _BACK[place // len(_FRONT)] + (f" {again + 2}" if again else "")
    _, timezone, lat, lng = chance.pick(_FIRST)
    return CityProfile(
        slug=_slug(name),
        name=name,
        timezone=timezone,
        lat=round(lat + chance.between(-0.8, 0.8), 4),
        lng=round(lng + chance.between(-0.8, 0.8), 4),
    )


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")
