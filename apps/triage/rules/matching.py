"""Know a tenant's services: which topics each is about, and which one a report without a service belongs to."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

from .classifier import Reading, ServiceHint, Verdict, judge, known_category, read
from .lexicon import stem, words_of
from .topics import TOPICS

NAME_POINTS, KEYWORD_POINTS = 2.0, 1.0
# What a word shared by report and service name is worth against a topic's points: names are short, so little.
SHARED_WORD_WEIGHT: Final = 0.5
# Below this a service is a guess that a person would have to undo; the report keeps none. Measured in README.md.
MIN_MATCH_POINTS: Final = 2.5
# Words of service names that name no problem.
_EMPTY_WORDS: Final = frozenset(
    "issue problem request repair report complaint general city public street other new and or of the a to for in on "
    "not damaged missing maintenance service inspection investigation collection out something else condition".split()
)


class Catalogue:
    """A tenant's services as rules see them. Built once a batch (about 1 ms for 20 services); read-only afterwards.

    `own_categories` holds the topics that the tenant files under another category than topics.py: the service whose
    name is most about a topic decides. A service filed under `other` decides nothing.
    """

    def __init__(self, services: Sequence[ServiceHint]) -> None:
        self.services = {service.id: service for service in services}
        self._topics = {service.id: dict(read(service.name).topics) for service in services}
        self._profiles = {service.id: self._profile(service) for service in services}
        self._by_topic: dict[str, list[tuple[int, float]]] = {}
        for service_id, profile in self._profiles.items():
            for topic, share in profile.items():
                self._by_topic.setdefault(topic, []).append((service_id, share))
        self._by_word = self._index_words(services)
        self.own_categories = self._own_categories()

    def _profile(self, service: ServiceHint) -> dict[str, float]:
        """Return the weights (a vector of length 1) of the topics in a service's words; empty for a catch-all."""
        points: Counter[str] = Counter()
        for text, factor in ((service.name, NAME_POINTS), (service.keywords, KEYWORD_POINTS)):
            for topic, value in read(text).topics.items():
                points[topic] += value * factor  # type: ignore[assignment]
        length = math.sqrt(sum(value * value for value in points.values()))
        return {topic: value / length for topic, value in points.items()} if points else {}

    @staticmethod
    def _index_words(services: Sequence[ServiceHint]) -> dict[str, list[tuple[int, float]]]:
        """Return for each telling word of the names the services that have it, weighted by its rarity among them."""
        names = {s.id: {stem(w) for w in words_of(s.name)} - _EMPTY_WORDS for s in services}
        spread = Counter(word for words in names.values() for word in words)
        rarity = {word: SHARED_WORD_WEIGHT * (1.0 + math.log(len(names) / count)) for word, count in spread.items()}
        index: dict[str, list[tuple[int, float]]] = {}
        for service_id, words in names.items():
            for word in words:
                index.setdefault(word, []).append((service_id, rarity[word]))
        return index

    def _own_categories(self) -> dict[str, str]:
        own: dict[str, str] = {}
        for topic, owners in self._by_topic.items():
            service_id, share = max(owners, key=lambda owner: owner[1])
            category = known_category(self.services[service_id])
            # A topic that is a side remark of every service is nobody's.
            if category and category != TOPICS[topic].category and share >= 0.4:
                own[topic] = category
        return own

    def match(self, reading: Reading) -> int | None:
        """Return the id of the service that fits what was read best, None when none fits well or two fit the same."""
        points: dict[int, float] = {}
        for topic, value in reading.topics.items():
            for service_id, share in self._by_topic.get(topic, ()):
                points[service_id] = points.get(service_id, 0.0) + value * share
        for word in {stem(word) for word in reading.words}:
            for service_id, value in self._by_word.get(word, ()):
                points[service_id] = points.get(service_id, 0.0) + value
        if not points:
            return None
        best = max(points, key=points.__getitem__)
        if points[best] < MIN_MATCH_POINTS or sum(value == points[best] for value in points.values()) > 1:
            return None
        return best

    def classify(self, text: str, service_id: int | None = None) -> Verdict:
        """Classify a text among the tenant's services; one without a service gets the one that fits, if any does."""
        reading = read(text)
        if service_id is None or service_id not in self.services:
            service_id = self.match(reading)
        if service_id is None:
            return judge(reading, own_categories=self.own_categories)
        return judge(
            reading,
            self.services[service_id],
            service_topics=self._topics[service_id],
            own_categories=self.own_categories,
        )
