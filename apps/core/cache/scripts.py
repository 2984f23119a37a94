"""What Redis does for the cache in one call each. The keys of a call carry one hash tag: one slot of a cluster."""

from apps.core.rate_limits import COUNT_LUA
from apps.core.redis_link import Script

# How an answer begins, in place of the 0 that COUNT_LUA leaves there and that stays when a limit is exceeded.
HELD, FOUND, LEAD, WAIT = 1, 2, 3, 4

# An entry is: head, mark, body. The head is the reader's prefix and the versions of the tags; the mark is random.
#
# KEYS: counters, entry, lease, tags. ARGV: limits as COUNT_LUA expects, prefix, 16 random bytes, head and mark of the
# entry that the process holds ('' for none), ms of a lease, seconds that a tag lives.
# Answers: HELD: what the process holds is still the entry. FOUND, entry. LEAD, head: there is none, compute it.
# WAIT, head: somebody else computes it, and began under these versions.
READ = Script(
    COUNT_LUA
    + """
if exceeded then return answer end
local at = 2 * limits + 1
local prefix, random, held = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
local entry, lease = KEYS[limits + 1], KEYS[limits + 2]
local head = prefix
if #KEYS > limits + 2 then
  local versions = redis.call('MGET', unpack(KEYS, limits + 3))
  for i = 1, #versions do
    if not versions[i] then
      versions[i] = random
      redis.call('SET', KEYS[limits + 2 + i], random, 'EX', ARGV[at + 5])
    end
  end
  head = head .. table.concat(versions)
end
if held ~= '' and string.sub(held, 1, #head) == head and redis.call('GETRANGE', entry, 0, #held - 1) == held then
  answer[1] = 1
  return answer
end
local found = redis.call('GET', entry)
if found and string.sub(found, 1, #head) == head then
  answer[1] = 2
  answer[#answer + 1] = found
  return answer
end
local leader = redis.call('GET', lease)
if leader and string.sub(leader, 1, #head) == head then
  answer[1] = 4
else
  answer[1] = 3
  redis.call('SET', lease, head .. random, 'PX', ARGV[at + 4])
end
answer[#answer + 1] = head
return answer
"""
)

# KEYS: entry, lease, tags. ARGV: prefix, head and mark, body, seconds. What was computed under versions that have
# changed since is of no use to anybody, and must not take the place of what is newer.
STORE = Script(
    """
local head = ARGV[1]
if #KEYS > 2 then
  local versions = redis.call('MGET', unpack(KEYS, 3))
  for i = 1, #versions do
    head = head .. (versions[i] or '')
  end
end
if redis.call('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end
if string.sub(ARGV[2], 1, #ARGV[2] - 16) ~= head then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ARGV[3], 'EX', ARGV[4])
return 1
"""
)

# KEYS: lease. ARGV: head and mark. For a computation that failed.
RELEASE = Script("if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1")
