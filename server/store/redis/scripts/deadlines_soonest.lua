-- The deadlines of a shard that can be claimed first, due or not; nothing is claimed.
-- include: time
-- KEYS 1 due deadlines
-- ARGV 1 time offset · 2 limit
-- Returns now, then for each: its name, and from when on it can be claimed
local reply = { now }
for _, field in ipairs(redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[2]) - 1, 'WITHSCORES')) do
  table.insert(reply, field)
end
return reply
