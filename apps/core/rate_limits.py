"""How often somebody may ask: counters in Redis, counted by a script in one round trip.

A window is fixed and begins with the first request that is counted in it. A sliding one would need a list of moments,
or a second counter and an estimate, for each caller; a fixed one is one key, and `seconds_left` is exactly when the
caller may ask again. The price: around the end of a window somebody can be let in twice as often for a moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.core.redis_link import RedisLink, Script, redis_link


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds, by whom and of what.

    `identity` carries a Redis hash tag, as in "{7}:key:12" or "{address:10.0.0.1}": the keys of one script have to
    live in one slot of a cluster.
    """

    name: str
    identity: str
    requests: int
    seconds: int

    @property
    def key(self) -> str:
        """The counter's key, without the project's prefix."""
        return f"limit:{self.identity}:{self.name}"


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a window's limit is used up, this request included; `seconds_left` until the window ends."""

    limit: int
    count: int
    seconds_left: int

    @property
    def remaining(self) -> int:
        """How many more requests this window allows."""
        return max(self.limit - self.count, 0)

    @property
    def exceeded(self) -> bool:
        """Whether this request is one too many."""
        return self.count > self.limit


# Counts. Expects the counters as the first KEYS, and as ARGV the number of limits, then each limit's requests and its
# window in ms. Leaves `limits`, `exceeded`, and `answer`: 0, then each limit's count and the ms left of its window.
COUNT_LUA = """
local limits = tonumber(ARGV[1])
local answer = {0}
local exceeded = false
for i = 1, limits do
  local count = redis.call('INCR', KEYS[i])
  local left = redis.call('PTTL', KEYS[i])
  if left < 0 then
    left = tonumber(ARGV[2 * i + 1])
    redis.call('PEXPIRE', KEYS[i], left)
  end
  answer[2 * i] = count
  answer[2 * i + 1] = left
  exceeded = exceeded or count > tonumber(ARGV[2 * i])
end
"""
_COUNT = Script(COUNT_LUA + "return answer")


def count_limits(limits: Sequence[Limit]) -> Usage | None:
    """Count one request against each limit and return the usage of the tightest; None without limits.

    None, too, with Redis away: everybody is let in. One round trip.
    """
    if not limits:
        return None

    def count(link: RedisLink) -> Any:
        return link.run(_COUNT, [link.prefix + limit.key for limit in limits], limit_arguments(limits))

    answer = redis_link().attempt(count)
    return tightest(limits, answer) if answer else None


def limit_arguments(limits: Sequence[Limit]) -> list[int]:
    """Return the ARGV that COUNT_LUA expects."""
    arguments = [len(limits)]
    for limit in limits:
        arguments += (limit.requests, limit.seconds * 1000)
    return arguments


def tightest(limits: Sequence[Limit], answer: Sequence[Any]) -> Usage | None:
    """Return the usage of the limit with the least left, from the script's answer; None without limits."""
    found: Usage | None = None
    for position, limit in enumerate(limits):
        count, left_ms = answer[2 * position + 1], answer[2 * position + 2]
        if found is None or limit.requests - count < found.limit - found.count:
            found = Usage(limit.requests, count, max(-(-left_ms // 1000), 1))
    return found
