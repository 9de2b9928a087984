-- Takes a worker off the list.
-- include: time
-- KEYS 1 workers by their last heartbeat · 2 what they told of themselves
-- ARGV 1 time offset · 2 worker
-- Returns now
redis.call('ZREM', KEYS[1], ARGV[2])
redis.call('HDEL', KEYS[2], ARGV[2])
return { now }
