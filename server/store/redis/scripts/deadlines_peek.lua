-- When the oldest due deadlines of a shard are due.
-- include: time
-- KEYS 1 due deadlines
-- ARGV 1 time offset · 2 limit
-- Returns now, then the times
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', digits(now), 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local reply = { now }
for at = 2, #due, 2 do
  table.insert(reply, due[at])
end
return reply
