-- Tells that a worker lives.
-- include: time
-- KEYS 1 workers by their last heartbeat · 2 what they told of themselves
-- ARGV 1 time offset · 2 worker · 3 info
-- Returns now, 1 if it was listed before, and a text that is another one when other workers are listed
local added = redis.call('ZADD', KEYS[1], digits(now), ARGV[2])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
local names = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(names)
return { now, 1 - added, redis.sha1hex(table.concat(names, ' ')) }
